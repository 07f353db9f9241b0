"""How safe all open positions are at once: exact quantiles of equity over maintenance margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from isomargin.book.book import Book
from isomargin.book.positions import BookPosition
from isomargin.model import RiskTable, ceil_div
from isomargin.units import WAD

__all__ = ["LARGEST_RATIO", "margin_ratio", "margin_ratios_at"]

LARGEST_RATIO = 10**6 * WAD
"""A margin ratio is cut at a million on either side: beyond, it only tells that hardly anything is left."""

_FLOAT_ERROR = 2.0**-45  # more than a dozen roundings of a float come to
_ROUNDED = 64.0  # wei that value, funding and maintenance may be rounded by
_TINY = 1e9  # wei of maintenance below which a float says nothing

_Floats = NDArray[np.float64]


def margin_ratio(equity: int, maintenance: int) -> int:
    """Equity over maintenance (above 0), WAD, rounded down and cut at `LARGEST_RATIO`."""
    return max(-LARGEST_RATIO, min(LARGEST_RATIO, equity * WAD // maintenance))


def margin_ratios_at(
    book: Book,
    ranks: Sequence[tuple[int, int]],
    price: int,
    index: int,
    risk: RiskTable,
    token_scale: int,
    multiplier: int = WAD,
) -> tuple[int, list[int]]:
    """Return quantiles of the margin ratios of all open positions, each the very ratio of one of them.

    The quantile `part / whole` of `n` ratios is the `ceil(n * part / whole)`-th smallest: the least that
    so many do not exceed. Floats only say between which positions the choice is; integers make it.

    Parameters
    ----------
    book : Book
    ranks : sequence of (int, int)
        Quantiles as fractions, ``(1, 20)`` for 5%; ``(0, 1)`` is the smallest.
    price, index : int
        Oracle price and funding index of the moment, WAD quote per base.
    risk : RiskTable
    token_scale : int
        WAD per token unit.
    multiplier : int
        Of maintenance, WAD.

    Returns
    -------
    tuple of int and list of int
        How many positions have a ratio: those that need any maintenance. And their quantiles, WAD, none if no
        position has one.
    """
    exact = _Exact(book, price, index, risk, token_scale, multiplier)
    held = [position for position in book.positions.values() if exact.has_ratio(position)]
    if not held:
        return 0, []
    low, high = _bounds(book, held, price, index, risk, token_scale, multiplier)
    rising_low, rising_high = np.sort(low), np.sort(high)
    quantiles = []
    for part, whole in ranks:
        place = max(0, ceil_div(len(held) * part, whole) - 1)
        least, most = rising_low[place], rising_high[place]  # the ratio wanted lies between
        below = int(np.count_nonzero(high < least))
        near = np.flatnonzero((high >= least) & (low <= most)).tolist()
        quantiles.append(sorted(exact.ratio(held[number]) for number in near)[place - below])
    return len(held), quantiles


class _Exact:
    """The ratio of one position, in integers."""

    def __init__(
        self, book: Book, price: int, index: int, risk: RiskTable, token_scale: int, multiplier: int
    ) -> None:
        self._book, self._risk = book, risk
        self._price, self._index = price, index
        self._token_scale, self._multiplier = token_scale, multiplier

    def has_ratio(self, position: BookPosition) -> bool:
        """Whether it needs any maintenance; only the smallest specks need none."""
        return abs(position.size) * self._price >= WAD and self._multiplier > 0

    def ratio(self, position: BookPosition) -> int:
        """Equity over maintenance, WAD."""
        held = self._book.held(position.id)
        equity = held.equity(self._price, self._index, self._token_scale)
        maintenance = self._risk.maintenance(held.notional(self._price), self._multiplier)
        return margin_ratio(equity, maintenance)


def _bounds(
    book: Book,
    held: Sequence[BookPosition],
    price: int,
    index: int,
    risk: RiskTable,
    token_scale: int,
    multiplier: int,
) -> tuple[_Floats, _Floats]:
    """Between what the ratio of each position lies, WAD."""
    size = _floats(position.size for position in held)
    value = size * (price / WAD)
    cost = _floats(position.cost for position in held)
    margin = _floats(book.margin(position.id) for position in held) * float(token_scale)
    funding = _floats(position.size * (index - position.funding_index) for position in held) / WAD
    notional = np.abs(value)
    equity = margin + value - cost - funding
    error = (margin + notional + np.abs(cost) + np.abs(funding)) * _FLOAT_ERROR + _ROUNDED
    maintenance = np.zeros_like(value)
    for bracket, deduction in zip(risk.brackets, risk.deductions(), strict=True):
        np.maximum(maintenance, notional * (bracket.mmr / WAD) - float(deduction), out=maintenance)
    maintenance *= multiplier / WAD
    required_error = notional * (risk.brackets[-1].mmr * multiplier / WAD**2) * _FLOAT_ERROR + _ROUNDED
    least, most = maintenance - required_error, maintenance + required_error
    tiny = least < _TINY
    least = np.where(tiny, 1.0, least)
    low, high = equity - error, equity + error
    largest = float(LARGEST_RATIO)
    lowest_ratio = np.where(low < 0, low / least, low / most) * WAD - 2.0
    highest_ratio = np.where(high < 0, high / most, high / least) * WAD + 2.0
    lowest_ratio = np.where(tiny, -largest, lowest_ratio - np.abs(lowest_ratio) * _FLOAT_ERROR)
    highest_ratio = np.where(tiny, largest, highest_ratio + np.abs(highest_ratio) * _FLOAT_ERROR)
    return np.clip(lowest_ratio, -largest, largest), np.clip(highest_ratio, -largest, largest)


def _floats(amounts: Iterator[int]) -> _Floats:
    return np.fromiter(amounts, dtype=np.float64)
