"""One position as its vault and the market's record hold it, and its figures at a price."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.model import arithmetic

__all__ = ["Holding"]


@dataclass(frozen=True, slots=True)
class Holding:
    """A position without its owner: all that its figures depend on.

    Attributes
    ----------
    size : int
        Signed base, WAD.
    cost : int
        Signed sum of size x fill price, WAD quote.
    funding_index : int
        At the last touch, WAD quote per base.
    margin, keeper_reserve : int
        Token units; the vault holds both.
    """

    size: int
    cost: int
    funding_index: int
    margin: int
    keeper_reserve: int = 0

    def value(self, price: int) -> int:
        """What it would fetch, WAD quote, signed."""
        return arithmetic.value(self.size, price)

    def notional(self, price: int) -> int:
        """Magnitude of the value, WAD quote."""
        return arithmetic.notional(self.size, price)

    def unrealised_pnl(self, price: int) -> int:
        """Gain since the cost was paid, WAD quote."""
        return arithmetic.unrealised_pnl(self.size, self.cost, price)

    def accrued_funding(self, index: int) -> int:
        """Owed funding at the market's index, WAD quote."""
        return arithmetic.accrued_funding(self.size, index, self.funding_index)

    def equity(self, price: int, index: int, token_scale: int) -> int:
        """Margin, profit and funding together, WAD quote."""
        return arithmetic.equity(
            self.margin, token_scale, self.unrealised_pnl(price), self.accrued_funding(index)
        )

    def net_cash(self, price: int, index: int, token_scale: int) -> int:
        """The part of equity that does not move with the price, WAD quote."""
        return arithmetic.net_cash(self.equity(price, index, token_scale), self.value(price))
