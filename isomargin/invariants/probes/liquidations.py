"""Tries to liquidate: whoever is below maintenance has no way to be immune (I8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from isomargin.chain import Transaction
from isomargin.errors import ChainError
from isomargin.invariants.case import Case
from isomargin.invariants.catalogue import NO_IMMUNITY
from isomargin.invariants.probes.rehearsal import GAS_CAP, Rehearsal
from isomargin.model import bankruptcy_price

__all__ = ["try_liquidations"]

_DEEPEST = 2
"""Equity is tried down to this many times maintenance below zero."""

_APPROACHES = 4
"""Of the liquidation price: each brings what funding depends on it nearer, by many orders of magnitude."""


def try_liquidations(rehearsal: Rehearsal, ids: Sequence[int]) -> None:
    """Let a stranger liquidate each position: where it stands, and where worse prices would bring it."""
    with rehearsal.with_stranger(0):
        for position_id in ids:
            _try_at(rehearsal, position_id, None)
            for price in _worse_prices(rehearsal, position_id):
                _try_at(rehearsal, position_id, price)


def _worse_prices(rehearsal: Rehearsal, position_id: int) -> Iterator[int]:
    """Just below maintenance, at zero equity, and far below it; WAD."""
    now = rehearsal.next_moment()
    if now.price <= 0:
        return
    case = rehearsal.case(position_id, now)
    size = case.position.size
    for price in (
        _liquidation_price(rehearsal, position_id),
        bankruptcy_price(size, _net_cash(case)),
        _price_far_below(case),
    ):
        is_worse = price < now.price if size > 0 else price > now.price
        if price > 0 and is_worse:
            yield price


def _liquidation_price(rehearsal: Rehearsal, position_id: int) -> int:
    """The price nearest to now at which it can be liquidated, WAD; funding accrues at that very price."""
    price = rehearsal.next_moment().price
    for _ in range(_APPROACHES):
        case = rehearsal.case(position_id, rehearsal.next_moment(price))
        now = case.circumstances
        price = now.risk.liquidation_price(case.position.size, _net_cash(case), now.multiplier)
    return price


def _net_cash(case: Case) -> int:
    now = case.circumstances
    return case.holding.net_cash(now.price, case.funding_index, now.token_scale)


def _price_far_below(case: Case) -> int:
    """The price nearest to now at which equity is twice maintenance below zero, WAD; 0 if there is none."""
    now, holding = case.circumstances, case.holding

    def is_there(price: int) -> bool:
        equity = holding.equity(price, case.funding_index, now.token_scale)
        return equity <= -_DEEPEST * now.maintenance(holding.notional(price))

    if holding.size > 0:
        return _last(is_there, 1, now.price)
    return _first(is_there, now.price, 16 * now.price)


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The greatest number from `low` to `high` for which something holds that holds below it; or 0."""
    if not holds(low):
        return 0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The least number from `low` to `high` for which something holds that holds above it; or 0."""
    if not holds(high):
        return 0
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _try_at(rehearsal: Rehearsal, position_id: int, price: int | None) -> None:
    """Liquidate at a price pushed in the same block, None for the one there is.

    Then once more with an owner whom the token blocks.
    """
    now = rehearsal.next_moment(price)
    case = rehearsal.case(position_id, now)
    equity, maintenance = case.health()
    if now.forced_refusal or equity >= maintenance:
        return
    push = [] if price is None else [rehearsal.system.push_price(price)]
    for blocking in ([], _blocking(rehearsal, case.position.owner)):
        if blocking is not None:
            _try_once(rehearsal, case, [*push, *blocking], equity, maintenance)


def _blocking(rehearsal: Rehearsal, owner: str) -> list[Transaction] | None:
    """What makes the token block an owner; None where the token cannot."""
    token = rehearsal.system.token
    try:
        token.abi.function("set_blacklisted", 2)
    except ChainError:
        return None
    return [token.transaction("set_blacklisted", owner, True, sender=rehearsal.system.admin)]


def _try_once(
    rehearsal: Rehearsal, case: Case, first: Sequence[Transaction], equity: int, maintenance: int
) -> None:
    position_id, system = case.position.id, rehearsal.system
    liquidation = system.market.transaction("liquidate", position_id, sender=rehearsal.stranger, gas=GAS_CAP)
    with rehearsal.undone():
        block = rehearsal.mine(*first, liquidation)
        if rehearsal.price_refused() or rehearsal.in_grace():
            return  # for a reason that the feed does not tell
        if not all(receipt.success for receipt in block.receipts[:-1]):
            return
        receipt = block.receipts[-1]
        rehearsal.tally.check(
            NO_IMMUNITY,
            receipt.success,
            lambda: (
                f"{case.place}: equity {equity} is below maintenance {maintenance}"
                f" at price {case.circumstances.price}, but liquidating failed: {receipt.revert_reason!r}"
            ),
        )
