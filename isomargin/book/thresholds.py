"""Whom a price puts below maintenance, without a look at everybody: positions filed by size and threshold.

For a position of `q` base on the side `d` (1 long, -1 short), equity below maintenance reads, but for
roundings of a few wei::

    (cost - margin) / q - d * index_at_touch > d * (price - index) - maintenance(q * price) / q

On the left is its *threshold*, which no price, funding, bracket or multiplier moves: it changes only when the
position is touched, or its vault is sent something. On the right is the *limit* of its size, the same for all
of that size. Maintenance is convex, and 0 at 0, so limits fall as sizes rise, and the limit of the largest
size in a group is a lower bound for the whole group. There are some 400 groups to a power of ten, however
many the positions. A question compares the highest threshold of each group with its limit, all groups at
once, and where that is above it looks at the positions down to the limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from math import inf

import numpy as np
from numpy.typing import NDArray
from sortedcontainers import SortedList

from isomargin.model import Holding, RiskTable, ceil_div
from isomargin.units import WAD

__all__ = ["Thresholds"]

_LEADING_BITS = 8  # sizes that agree in them and in length make a group, and differ by less than 0.8%
_FLOAT_ERROR = 2.0**-45  # more than a dozen roundings of a float come to

_Key = tuple[int, int, int]  # of a group: side, leading bits, number of other bits
_Entry = tuple[int, int]  # threshold, WAD quote per base, and position id
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Group:
    """Positions of one side and nearly one size, WAD base, by threshold."""

    side: int
    smallest: int
    largest: int
    entries: SortedList = field(default_factory=SortedList)

    def above(self, limit: int) -> Iterator[int]:
        """The positions whose threshold is above a limit."""
        highest_first = takewhile(lambda entry: entry[0] > limit, reversed(self.entries))
        return (position_id for _, position_id in highest_first)


class Thresholds:
    """Positions filed such that those near a limit are found first.

    Parameters
    ----------
    token_scale : int
        WAD per token unit.
    """

    def __init__(self, token_scale: int) -> None:
        self.token_scale = token_scale
        self._places: dict[int, tuple[int, _Entry]] = {}  # row and entry by position id
        self._rows: dict[_Key, int] = {}
        self._groups: list[_Group] = []
        # By row: side, one over the smallest and over the largest size, and the highest threshold.
        self._table: _Floats = np.empty((4, 64))

    def file(self, holdings: Iterable[tuple[int, Holding | None]]) -> None:
        """File positions as they are now, or take them out.

        Parameters
        ----------
        holdings : iterable of int and Holding or None
            Each position once, by id, of a size other than 0; None if it is gone.
        """
        changed: set[int] = set()
        arriving: defaultdict[int, list[_Entry]] = defaultdict(list)
        for position_id, held in holdings:
            before = self._places.pop(position_id, None)
            if before is not None:
                row, entry = before
                self._groups[row].entries.remove(entry)
                changed.add(row)
            if held is not None:
                row, entry = self._place(position_id, held)
                self._places[position_id] = row, entry
                arriving[row].append(entry)
        for row, entries in arriving.items():
            self._groups[row].entries.update(entries)
        for row in changed | arriving.keys():
            entries = self._groups[row].entries
            self._table[3, row] = float(entries[-1][0]) if entries else -inf

    def reached(self, price: int, index: int, risk: RiskTable, multiplier: int, leeway: int = 0) -> list[int]:
        """Return everybody whose equity is below maintenance, and few besides.

        Parameters
        ----------
        price, index : int
            Oracle price and funding index of the moment, WAD quote per base.
        risk : RiskTable
            Its brackets are what maintenance is.
        multiplier : int
            Of maintenance, WAD.
        leeway : int
            All whose equity is below maintenance plus this are wanted, WAD quote.

        Returns
        -------
        list of int
            Ids in no order that means anything. Those who do not belong are few: within the roundings, or in
            an upper bracket and of such equity that they would belong if they were 0.8% larger.
        """
        limits = _Limits(price, index, risk, multiplier, leeway)
        table = self._table[:, : len(self._groups)]
        found: list[int] = []
        for row in np.flatnonzero(table[3] > limits.roughly_below(table)).tolist():
            group = self._groups[row]
            found += group.above(limits.below(group))
        return found

    def _place(self, position_id: int, held: Holding) -> tuple[int, _Entry]:
        side, quantity = (1 if held.size > 0 else -1), abs(held.size)
        owed = held.cost - held.margin * self.token_scale
        threshold = ceil_div(owed * WAD, quantity) - side * held.funding_index
        others = max(0, quantity.bit_length() - _LEADING_BITS)
        key = (side, quantity >> others, others)
        row = self._rows.get(key)
        return self._new_row(key) if row is None else row, (threshold, position_id)

    def _new_row(self, key: _Key) -> int:
        side, leading, others = key
        group = _Group(side, leading << others, (leading + 1 << others) - 1)
        row = self._rows[key] = len(self._groups)
        self._groups.append(group)
        if row == self._table.shape[1]:
            self._table = np.concatenate((self._table, np.empty_like(self._table)), axis=1)
        self._table[:, row] = side, 1 / group.smallest, 1 / group.largest, -inf
        return row


class _Limits:
    """The limits of groups at a moment, WAD quote per base: never above that of any size in the group.

    By each bracket, what a base must hold is a ratio of the price, less its part of a deduction that all base
    of a position share.
    """

    def __init__(self, price: int, index: int, risk: RiskTable, multiplier: int, leeway: int) -> None:
        self._move = price - index
        self._lines = [
            (ceil_div(multiplier * bracket.mmr * price, WAD * WAD), multiplier * deduction)
            for bracket, deduction in zip(risk.brackets, risk.deductions(), strict=True)
        ]
        # Value and funding are each rounded by less than one; the notional of a short too, which moves its
        # maintenance by less than the last ratio.
        self._slack = (leeway + 2 + ceil_div(multiplier * risk.brackets[-1].mmr, WAD * WAD)) * WAD

    def below(self, group: _Group) -> int:
        """The limit of one group."""
        required = max(ratio - deduction // group.largest for ratio, deduction in self._lines)
        return group.side * self._move - required - ceil_div(self._slack, group.smallest)

    def roughly_below(self, table: _Floats) -> _Floats:
        """The limits of all groups in a table, lowered by more than the roundings of floats come to.

        Those of the highest thresholds too: one above a limit does not fall below the limit's own rounding.
        """
        side, over_smallest, over_largest, _ = table
        required = np.zeros_like(side)
        for ratio, deduction in self._lines:
            np.maximum(required, float(ratio) - float(deduction) * over_largest, out=required)
        error = (abs(self._move) + self._lines[-1][0]) * _FLOAT_ERROR
        slack = self._slack * (1 + _FLOAT_ERROR) * over_smallest
        limits: _Floats = side * float(self._move) - required - slack - error
        return limits
