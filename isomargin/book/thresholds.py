"""Whom a price puts below maintenance, without a look at everybody: positions filed by size and threshold.

For a position of `q` base on the side `d` (1 long, -1 short), equity below maintenance reads, but for
roundings of a few wei::

    (cost - margin) / q - d * index_at_touch > d * (price - index) - maintenance(q * price) / q

On the left is its *threshold*, which no price, funding, bracket or multiplier moves: it changes only when the
position is touched, or its vault is sent something. On the right is the *limit* of its size, the same for all
of that size. Maintenance is convex, and 0 at 0, so limits fall as sizes rise, and the limit of the largest
size in a group is a lower bound for the whole group. Groups of sizes are the leaves of a binary tree whose
nodes know the highest threshold under them; a question enters only nodes where that is above the limit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import takewhile

from sortedcontainers import SortedList

from isomargin.model import Holding, RiskTable, ceil_div, floor_div
from isomargin.units import WAD

__all__ = ["Thresholds"]

_STEP_BITS = 5  # 32 groups for each doubling of size: within one, sizes differ by 3% at most
_SIZE_BITS = 8 + _STEP_BITS  # sizes have 1 to 256 bits
_GROUPS = 1 << _SIZE_BITS  # of each side
_FIRST_LEAF = 2 * _GROUPS  # nodes are numbered as in a heap, n over 2n and 2n + 1

_Entry = tuple[int, int]  # threshold, WAD quote per base, and position id
_Place = tuple[int, _Entry]  # leaf and entry


class Thresholds:
    """Positions filed such that those near a limit are found first.

    Parameters
    ----------
    token_scale : int
        WAD per token unit.
    """

    def __init__(self, token_scale: int) -> None:
        self.token_scale = token_scale
        self._places: dict[int, _Place] = {}  # by position id
        self._leaves: dict[int, SortedList] = {}  # those with positions in them; entries, by threshold
        self._highest: dict[int, int] = {}  # threshold under each node that has any

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
            after = None if held is None else self._place(position_id, held)
            if after is not None:
                self._places[position_id] = after
            if before == after:
                continue
            if before is not None:
                leaf, entry = before
                self._leaves[leaf].remove(entry)
                changed.add(leaf)
            if after is not None:
                leaf, entry = after
                arriving[leaf].append(entry)
        for leaf, entries in arriving.items():
            self._leaves.setdefault(leaf, SortedList()).update(entries)
        for leaf in changed | arriving.keys():
            self._tell_upwards(leaf)

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
            an upper bracket and of such equity that they would belong if they were 3% larger.
        """
        limits = _Limits(price, index, risk, multiplier, leeway)
        found: list[int] = []
        nodes = [1]
        while nodes:
            node = nodes.pop()
            for child in (2 * node, 2 * node + 1):
                highest = self._highest.get(child)
                if highest is None or highest <= (limit := limits.below(child)):
                    continue
                if child < _FIRST_LEAF:
                    nodes.append(child)
                else:
                    found += _above(self._leaves[child], limit)
        return found

    def _place(self, position_id: int, held: Holding) -> _Place:
        quantity = abs(held.size)
        side = 1 if held.size > 0 else -1
        owed = held.cost - held.margin * self.token_scale
        threshold = ceil_div(owed * WAD, quantity) - side * held.funding_index
        return _leaf(side, quantity), (threshold, position_id)

    def _tell_upwards(self, leaf: int) -> None:
        """Let the nodes over a leaf know its highest threshold, as far as they did not know."""
        entries = self._leaves[leaf]
        highest: int | None = entries[-1][0] if entries else None
        if highest is None:
            del self._leaves[leaf]
        node = leaf
        while self._highest.get(node) != highest:
            if highest is None:
                del self._highest[node]
            else:
                self._highest[node] = highest
            node >>= 1
            if node == 1:
                break
            below = (self._highest.get(2 * node), self._highest.get(2 * node + 1))
            highest = max((known for known in below if known is not None), default=None)


class _Limits:
    """The limits of all sizes at a moment, never above the true ones.

    Within a bracket, what each base of a size must hold is a ratio of the price less a deduction that all its
    base share.
    """

    def __init__(self, price: int, index: int, risk: RiskTable, multiplier: int, leeway: int) -> None:
        self._move = price - index
        # Value and funding are each rounded by less than one; the notional of a short too, which moves its
        # maintenance by less than the last ratio.
        self._slack = (leeway + 2 + ceil_div(multiplier * risk.brackets[-1].mmr, WAD * WAD)) * WAD
        positive = max(price, 1)
        self._first_sizes = [ceil_div(step.notional_floor * WAD, positive) for step in risk.brackets]
        self._ratios = [ceil_div(multiplier * step.mmr * positive, WAD * WAD) for step in risk.brackets]
        self._deductions = [multiplier * deduction for deduction in risk.deductions()]

    def below(self, node: int) -> int:
        """A lower bound of the limits of all sizes under a node, WAD quote per base."""
        side, smallest, largest = _sizes(node)
        bracket = bisect_right(self._first_sizes, largest) - 1
        required = self._ratios[bracket] - self._deductions[bracket] // largest
        return side * self._move - required - ceil_div(self._slack, smallest)


def _above(entries: SortedList, limit: int) -> Iterator[int]:
    return (position_id for _, position_id in takewhile(lambda entry: entry[0] > limit, reversed(entries)))


def _leaf(side: int, quantity: int) -> int:
    """The node of a size: its bits counted, and those after the first."""
    doublings = quantity.bit_length() - 1
    digits = (quantity << _STEP_BITS >> doublings) - (1 << _STEP_BITS)
    return _FIRST_LEAF + (_GROUPS if side > 0 else 0) + (doublings << _STEP_BITS) + digits


@cache
def _sizes(node: int) -> tuple[int, int, int]:
    """The side of a node, and the smallest and the largest size under it, WAD base."""
    levels = _FIRST_LEAF.bit_length() - node.bit_length()  # between it and its leaves
    first = node << levels
    side = 1 if first >= _FIRST_LEAF + _GROUPS else -1
    smallest = floor_div(*_beginning(first % _GROUPS))
    largest = ceil_div(*_beginning(first % _GROUPS + (1 << levels))) - 1
    return side, smallest, largest


def _beginning(group: int) -> tuple[int, int]:
    """Where a group of sizes begins, as a fraction: small sizes have more groups than there are integers."""
    doublings, digits = divmod(group, 1 << _STEP_BITS)
    return ((1 << _STEP_BITS) + digits) << doublings, 1 << _STEP_BITS
