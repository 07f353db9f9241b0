"""Assertions about a market: that it can pay, that its positions share nothing, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from isomargin.chain import Block, Contract, Event, Log, Receipt
from isomargin.invariants import INVARIANTS, Monitor
from isomargin.testing.market import Market
from isomargin.testing.numbers import Human, human
from isomargin.testing.position import Position
from isomargin.testing.result import Result
from isomargin.units import to_wad

__all__ = ["assert_events", "assert_invariants", "assert_isolated", "assert_solvent"]

_ABOUT_MONEY = ("I1", "I2", "I5", "I16")

_Expected = str | tuple[str, Mapping[str, Any]]
_Happened = Result | Receipt | Block | Sequence[Log] | Sequence[Event]


def assert_invariants(market: Market, *ids: str) -> None:
    """Assert that invariants hold for every block of the chain: those named, or all that need no trying.

    Raises
    ------
    AssertionError
        With the id, the name and the first violation of each that does not.
    """
    __tracebackhide__ = True
    findings = Monitor(market.system).finish()
    broken = [
        f"{finding.invariant} {INVARIANTS[finding.invariant].name}: {finding.message}"
        for finding in findings
        if finding.violations and (not ids or finding.invariant in ids)
    ]
    if broken:
        raise AssertionError("\n".join(broken))


def assert_solvent(market: Market, *, bad_debt: Human = 0) -> None:
    """Assert that the market can pay everybody: traders, providers and the insurance fund.

    Its balances cover what it owes (I5), every token is accounted for (I1, I2), no open position is under
    water, and bad debt is no more than `bad_debt` quote and rightly counted (I16).

    Raises
    ------
    AssertionError
        With everything that is amiss.
    """
    __tracebackhide__ = True
    amiss = []
    owed = market.system.market_state().bad_debt
    if owed > to_wad(bad_debt):
        amiss.append(f"bad debt is {human(owed)}, expected at most {bad_debt}")
    amiss += [
        f"position {view.id} is under water: equity {human(view.equity)}"
        for view in market.system.open_positions()
        if view.equity < 0
    ]
    try:
        assert_invariants(market, *_ABOUT_MONEY)
    except AssertionError as error:
        amiss.append(str(error))
    if amiss:
        raise AssertionError("not solvent:\n" + "\n".join(amiss))


class assert_isolated:  # noqa: N801 -- read as a verb
    """Assert that open positions share nothing; as a ``with`` block, that all but some are left alone in it.

    Called, it looks at each open position: its vault is nobody else's and holds just its margin and its
    reserve. At the end of a ``with`` block, owner, vault, size, cost, funding index, reserve and the vault's
    balance of every position that was open before, and is not among those named, are what they were.

    Parameters
    ----------
    market : Market
    *touched : Position or int
        Those that may change.

    Raises
    ------
    AssertionError
        With each position that is not isolated.
    """

    def __init__(self, market: Market, *touched: Position | int) -> None:
        __tracebackhide__ = True
        self._market = market
        self._touched = {one.id if isinstance(one, Position) else one for one in touched}
        self._check_vaults()

    def __enter__(self) -> assert_isolated:
        ids = [view.id for view in self._market.system.open_positions()]
        self._before = {number: self._held(number) for number in ids if number not in self._touched}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        if error is not None:
            return
        moved = []
        for number, before in self._before.items():
            after = self._held(number)
            moved += [
                f"position {number}: {name} is {after[name]}, was {value}"
                for name, value in before.items()
                if after[name] != value
            ]
        if moved:
            raise AssertionError("not isolated:\n" + "\n".join(moved))
        self._check_vaults()

    def _check_vaults(self) -> None:
        __tracebackhide__ = True
        amiss, owners = [], dict[str, int]()
        for view in self._market.system.open_positions():
            held = self._market.system.token_balance(view.vault)
            if held != view.margin + view.keeper_reserve:
                amiss.append(
                    f"position {view.id}: its vault holds {held} token units, its margin is {view.margin} "
                    f"and its reserve {view.keeper_reserve}"
                )
            if owners.setdefault(view.vault, view.id) != view.id:
                amiss.append(f"positions {owners[view.vault]} and {view.id} share the vault {view.vault}")
        if amiss:
            raise AssertionError("not isolated:\n" + "\n".join(amiss))

    def _held(self, number: int) -> dict[str, Any]:
        names = ("owner", "vault", "size", "cost", "funding_index", "keeper_reserve")
        view = self._market.system.position(number)
        stored = {name: getattr(view, name) for name in names}
        return {**stored, "the vault's balance": self._market.system.token_balance(view.vault)}


def assert_events(
    happened: _Happened, *expected: _Expected, source: Market | Contract | Iterable[Market | Contract] = ()
) -> list[Event]:
    """Assert that events were logged, in this order; others may stand between them.

    Parameters
    ----------
    happened : Result, Receipt, Block, or a sequence of Log or of Event
        Where to look.
    *expected : str or (str, mapping)
        Names, or names with the arguments that must be equal; arguments left out may be anything. None at
        all: nothing may have been logged.
    source : Market, Contract or several, optional
        Whose ABI decodes receipts, blocks and logs; a `Result` is decoded already.

    Returns
    -------
    list of Event
        Those found, one for each that was expected.

    Raises
    ------
    AssertionError
        With the first that is missing, and all there are.
    """
    __tracebackhide__ = True
    events = _decoded(happened, source)
    there = "\n".join(f"  {_shown(event)}" for event in events) or "  none"
    if not expected and events:
        raise AssertionError(f"expected no events, found:\n{there}")
    found: list[Event] = []
    rest = iter(events)
    for one in expected:
        name, args = (one, {}) if isinstance(one, str) else one
        match = next((event for event in rest if event.name == name and _has(event, args)), None)
        if match is None:
            after = f" after {found[-1].name}" if found else ""
            wanted = f"{name}({', '.join(f'{key}={value!r}' for key, value in args.items())})"
            raise AssertionError(f"expected {wanted}{after}, found:\n{there}")
        found.append(match)
    return found


def _has(event: Event, args: Mapping[str, Any]) -> bool:
    return all(name in event.args and event.args[name] == value for name, value in args.items())


def _shown(event: Event) -> str:
    return f"{event.name}({', '.join(f'{name}={value!r}' for name, value in event.args.items())})"


def _decoded(happened: _Happened, source: Market | Contract | Iterable[Market | Contract]) -> list[Event]:
    known: Sequence[Event] = ()
    if isinstance(happened, Result):
        known, logs = happened.events, list(happened.receipt.logs)
    elif isinstance(happened, Receipt):
        logs = list(happened.logs)
    elif isinstance(happened, Block):
        logs = [log for receipt in happened.receipts for log in receipt.logs]
    else:
        known = [one for one in happened if isinstance(one, Event)]
        logs = [one for one in happened if isinstance(one, Log)]
    by_log = {event.log: event for event in (*_read(logs, source), *known)}
    return sorted(by_log.values(), key=lambda event: (event.log.block_number, event.log.log_index))


def _read(logs: Sequence[Log], source: Market | Contract | Iterable[Market | Contract]) -> list[Event]:
    events: list[Event] = []
    for one in [source] if isinstance(source, Market | Contract) else source:
        if isinstance(one, Market):
            events += [item.event for item in one.system.events(logs)]
        else:
            events += one.events(logs)
    return events
