"""Writes down how safe open positions are: margin ratios block by block, liquidation prices twice a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isomargin.book import Book, margin_ratios_at
from isomargin.book.positions import BookPosition
from isomargin.model import Holding, RiskTable
from isomargin.record import LiquidationPriceRow, MarginRatioRow, Moment

__all__ = ["MarginWatch"]

_QUANTILES = ((0, 1), (1, 20), (1, 4), (1, 2), (3, 4), (19, 20))


@dataclass(frozen=True, slots=True)
class _Standing:
    """The open positions after one block; the mappings are as they were then."""

    block: int
    price: int
    index: int
    multiplier: int
    positions: Mapping[int, BookPosition]
    balances: Mapping[str, int]


class MarginWatch:
    """Looks at the open positions after each block.

    Parameters
    ----------
    risk : RiskTable
    token_scale : int
        WAD per token unit.
    """

    def __init__(self, risk: RiskTable, token_scale: int) -> None:
        self._risk, self._token_scale = risk, token_scale
        self._fullest: _Standing | None = None
        self._latest = (0, 0, 0, 0)  # block, price, index and multiplier

    def see(self, book: Book, block: int, price: int, index: int, multiplier: int) -> list[MarginRatioRow]:
        """Look at the book as a block left it: the row of its margin ratios, if a position has one.

        Parameters
        ----------
        book : Book
        block : int
        price, index, multiplier : int
            Oracle price and funding index, WAD quote per base, and the multiplier of maintenance, WAD.
        """
        self._latest = (block, price, index, multiplier)
        if len(book.positions) > (len(self._fullest.positions) if self._fullest else 0):
            self._fullest = _Standing(*self._latest, dict(book.positions), dict(book.balances))
        count, ratios = margin_ratios_at(
            book, _QUANTILES, price, index, self._risk, self._token_scale, multiplier
        )
        return [MarginRatioRow(block, count, *ratios)] if count else []

    def liquidation_prices(self, book: Book) -> Iterator[LiquidationPriceRow]:
        """Tell liquidation prices: when the most were open, and now, after the last block that was seen."""
        if self._fullest is not None:
            yield from self._prices("most open", self._fullest)
            yield from self._prices("end", _Standing(*self._latest, book.positions, book.balances))

    def _prices(self, moment: Moment, standing: _Standing) -> Iterator[LiquidationPriceRow]:
        price, index = standing.price, standing.index
        for position_id, position in sorted(standing.positions.items()):
            margin = standing.balances.get(position.vault, 0) - position.keeper_reserve
            held = Holding(position.size, position.cost, position.funding_index, margin)
            equity, notional = held.equity(price, index, self._token_scale), held.notional(price)
            net_cash = equity - held.value(price)
            yield LiquidationPriceRow(
                moment=moment,
                block=standing.block,
                position=position_id,
                side="long" if position.size > 0 else "short",
                size=position.size,
                notional=notional,
                margin=margin,
                equity=equity,
                liquidation_price=self._risk.liquidation_price(position.size, net_cash, standing.multiplier),
            )
