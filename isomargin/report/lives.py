"""The life of each position in words, from opening to end, and the groups of positions that plots lead to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isomargin.record import EventRow, PositionRow, RunRecord
from isomargin.report.amounts import amount, price_digits, utc
from isomargin.report.price_map import PriceMap, price_range
from isomargin.report.series import block_group, struck_blocks

__all__ = ["Group", "LifeEvent", "groups", "liquidated_in", "lives"]

_SHOWN_EVENTS = 30  # of one position; whoever has more, like a bot, is told by the record


@dataclass(frozen=True)
class LifeEvent:
    """Something that happened to a position: when, in which block, what, and in which amounts."""

    timestamp: int
    block: int
    kind: str
    text: str


@dataclass(frozen=True)
class Group:
    """Positions that a mark of a plot stands for.

    Attributes
    ----------
    label : str
        What they have in common, to follow "positions".
    ids : tuple of int
        Those that the table shows.
    more : int
        How many others there are.
    """

    label: str
    ids: tuple[int, ...]
    more: int


def lives(record: RunRecord, shown: Iterable[PositionRow]) -> dict[int, list[LifeEvent]]:
    """Tell the lives of some positions, by id.

    Opening and end are in the table of positions; what was between them only if the record has its events.
    """
    words = _Words(record)
    told = {row.id: [words.opening(row)] for row in shown}
    rows = {row.id: row for row in record.positions if row.id in told}
    ended: set[int] = set()
    for event, args in _events_of_positions(record):
        position = int(args["id"])
        if position not in told or event.event == "PositionOpened":
            continue
        found = words.event(event.event, args)
        if found is not None:
            kind, text = found
            told[position].append(LifeEvent(words.time_of(event.block), event.block, kind, text))
            if kind == rows[position].outcome:
                ended.add(position)
    for position, row in rows.items():
        if row.outcome != "open" and position not in ended:
            told[position].append(words.end(row))
    return {position: _cut(_in_order(events)) for position, events in told.items()}


def liquidated_in(record: RunRecord) -> dict[int, list[int]]:
    """The positions that each block liquidated, in part or in full, as far as the record tells."""
    found: dict[int, list[int]] = {}
    for event, args in _events_of_positions(record):
        if event.event == "PositionLiquidated":
            found.setdefault(event.block, []).append(int(args["id"]))
    if not found:  # a record without events
        for row in record.positions:
            if row.outcome == "liquidated" and row.closed_block is not None:
                found.setdefault(row.closed_block, []).append(row.id)
    return {block: list(dict.fromkeys(ids)) for block, ids in found.items()}


def groups(record: RunRecord, prices: PriceMap | None, shown: Iterable[int]) -> dict[str, Group]:
    """All groups that plots lead to, by name."""
    table, found = set(shown), {}
    struck = liquidated_in(record)
    for block in struck_blocks(record.blocks):
        label = f"liquidated in block {block.block}, {utc(block.timestamp, year=False)}"
        found[block_group(block.block)] = _group(label, struck.get(block.block, ()), table)
    if prices is not None:
        for moment in prices.moments:
            for place, step in enumerate(moment.steps):
                if step.ids:
                    found[step.group] = _group(
                        f"to be liquidated {price_range(prices, place)},"
                        f" as of {utc(moment.timestamp, year=False)}",
                        step.ids,
                        table,
                    )
    return found


class _Words:
    """Events of one run in words."""

    def __init__(self, record: RunRecord) -> None:
        self._times = {row.block: row.timestamp for row in record.blocks}
        self._decimals = record.run.token_decimals
        self._token, self._base = record.run.token_symbol, record.run.base_symbol
        self._digits = price_digits(min((row.price for row in record.blocks), default=0))

    def time_of(self, block: int) -> int:
        """Unix time of a block; 0 if the record does not have it."""
        return self._times.get(block, 0)

    def opening(self, row: PositionRow) -> LifeEvent:
        """How it began."""
        text = (
            f"{row.side} {self._size(row.size)} at {self._price(row.entry_price)},"
            f" margin {self._tokens(row.margin)}"
        )
        return LifeEvent(row.opened_at, row.opened_block, "opened", text)

    def end(self, row: PositionRow) -> LifeEvent:
        """How it ended, by the table of positions alone."""
        text = f"at {self._price(row.exit_price or 0)}, paid out {self._tokens(row.payout)}"
        if row.bad_debt:
            text += f", bad debt {self._quote(row.bad_debt)}"
        return LifeEvent(row.closed_at or 0, row.closed_block or 0, row.outcome, text)

    def event(self, name: str, args: Mapping[str, Any]) -> tuple[str, str] | None:
        """Kind and amounts of an event; None for what changes nothing for its owner."""
        teller = _TELLERS.get(name)
        return None if teller is None else teller(self, args)

    def _modified(self, args: Mapping[str, Any]) -> tuple[str, str]:
        size, delta = int(args["size"]), int(args["size_delta"])
        kind = "enlarged" if (size > 0) == (delta > 0) else "reduced"
        return kind, (
            f"by {self._size(delta)} to {self._size(size)} at {self._price(int(args['fill_price']))},"
            f" margin {self._tokens(int(args['margin']))}"
        )

    def _closed(self, args: Mapping[str, Any]) -> tuple[str, str]:
        gain = self._quote(int(args["realised_pnl"]), signed=True)
        paid = self._tokens(int(args["payout"]))
        return "closed", f"at {self._price(int(args['fill_price']))}, result {gain}, paid out {paid}"

    def _deleveraged(self, args: Mapping[str, Any]) -> tuple[str, str]:
        paid = self._tokens(int(args["payout"]))
        return "deleveraged", f"at {self._price(int(args['price']))}, paid out {paid}"

    def _liquidated(self, args: Mapping[str, Any]) -> tuple[str, str]:
        text = f"{self._size(int(args['size_delta']))} at {self._price(int(args['price']))}"
        text += f", penalty {self._tokens(int(args['penalty']))}"
        left = int(args["size"])
        if left:
            return "liquidated in part", f"{text}; {self._size(left)} left"
        return "liquidated", f"{text}, paid out {self._tokens(int(args['payout']))}"

    def _lost(self, args: Mapping[str, Any]) -> tuple[str, str]:
        paid, borne = self._tokens(int(args["insurance_paid"])), self._quote(int(args["pool_loss"]))
        return "bad debt", f"{self._quote(int(args['amount']))}: the fund paid {paid}, the pool {borne}"

    def _margin_added(self, args: Mapping[str, Any]) -> tuple[str, str]:
        return "margin added", self._margin_moved(args)

    def _margin_withdrawn(self, args: Mapping[str, Any]) -> tuple[str, str]:
        return "margin withdrawn", self._margin_moved(args)

    def _margin_moved(self, args: Mapping[str, Any]) -> str:
        return f"{self._tokens(int(args['amount']))}, margin {self._tokens(int(args['margin']))}"

    def _called(self, args: Mapping[str, Any]) -> tuple[str, str]:
        equity, lacking = self._quote(int(args["equity"])), self._quote(int(args["shortfall"]))
        return "margin called", f"equity {equity}, {lacking} short of the call level"

    def _restored(self, args: Mapping[str, Any]) -> tuple[str, str]:
        return "healthy again", ""

    def _size(self, size: int) -> str:
        return f"{amount(abs(size), 18, digits=4).text} {self._base}".rstrip()

    def _price(self, price: int) -> str:
        return amount(price, 18, digits=self._digits).text

    def _tokens(self, units: int) -> str:
        return f"{amount(units, self._decimals).text} {self._token}".rstrip()

    def _quote(self, quote: int, *, signed: bool = False) -> str:
        return f"{amount(quote, 18, signed=signed).text} {self._token}".rstrip()


_TELLERS: Mapping[str, Callable[[_Words, Mapping[str, Any]], tuple[str, str]]] = {
    "PositionModified": _Words._modified,
    "PositionClosed": _Words._closed,
    "PositionDeleveraged": _Words._deleveraged,
    "PositionLiquidated": _Words._liquidated,
    "BadDebt": _Words._lost,
    "MarginAdded": _Words._margin_added,
    "MarginWithdrawn": _Words._margin_withdrawn,
    "MarginCalled": _Words._called,
    "MarginRestored": _Words._restored,
}


def _events_of_positions(record: RunRecord) -> Iterator[tuple[EventRow, Mapping[str, Any]]]:
    for row in record.events:
        if row.contract in ("market", "margin_calls") and row.event in _TELLERS:
            yield row, json.loads(row.arguments)


def _in_order(events: Sequence[LifeEvent]) -> list[LifeEvent]:
    """By block; the debt that a liquidation leaves is logged before it, and told after it."""
    return sorted(events, key=lambda event: (event.block, event.kind == "bad debt"))


def _cut(events: Sequence[LifeEvent]) -> list[LifeEvent]:
    """Beginning and end of a life with very many events."""
    if len(events) <= _SHOWN_EVENTS:
        return list(events)
    kept, end = events[: _SHOWN_EVENTS - 6], events[-5:]
    left_out = len(events) - len(kept) - len(end)
    gap = LifeEvent(kept[-1].timestamp, kept[-1].block, "and so on", f"{left_out:,} more in the events table")
    return [*kept, gap, *end]


def _group(label: str, ids: Iterable[int], table: set[int]) -> Group:
    whole = tuple(ids)
    shown = tuple(position for position in whole if position in table)
    return Group(label, shown, len(whole) - len(shown))
