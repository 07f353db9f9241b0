"""What an agent may know when it decides: a read-only picture of the market after the newest block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from isomargin.model import Holding, TriggerOrder

__all__ = ["HeldPosition", "MarketView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPosition(Holding):
    """An open position as the chain holds it, with its id and the account that owns it."""

    id: int
    owner: str


@dataclass(frozen=True)
class MarketView:
    """The market at one moment.

    Attributes
    ----------
    step : int
        Number of the newest price of the path, from 0; people think once a step.
    block, timestamp : int
        The newest block; the time now, unix seconds, when the next one is about to be made.
    price : int
        WAD quote per base; 0 while the oracle refuses to give one.
    funding_index : int
        Accrued to this moment, WAD quote per base.
    token_decimals : int
        Of the collateral token.
    gas_price : int
        Wei, what a transaction has to pay now.
    positions : mapping of int to HeldPosition
        The open positions by id.
    pool_shares : mapping of str to int
        Pool shares by account.
    orders : mapping of int to TriggerOrder
        The open trigger orders by id.
    """

    step: int
    block: int
    timestamp: int
    price: int
    funding_index: int
    token_decimals: int
    gas_price: int
    positions: Mapping[int, HeldPosition]
    pool_shares: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    orders: Mapping[int, TriggerOrder] = field(default_factory=lambda: MappingProxyType({}))

    def positions_of(self, owner: str) -> tuple[HeldPosition, ...]:
        """The open positions of one account, oldest first."""
        return self._by_owner.get(owner, ())

    def orders_of(self, owner: str) -> tuple[int, ...]:
        """The open trigger orders of one account, oldest first."""
        return tuple(order_id for order_id, order in sorted(self.orders.items()) if order.owner == owner)

    def equity(self, position: HeldPosition) -> int:
        """Margin, unrealised profit and accrued funding of a position together, WAD quote."""
        return position.equity(self.price, self.funding_index, 10 ** (18 - self.token_decimals))

    @cached_property
    def _by_owner(self) -> Mapping[str, tuple[HeldPosition, ...]]:
        held: dict[str, tuple[HeldPosition, ...]] = {}
        for _, position in sorted(self.positions.items()):
            held[position.owner] = (*held.get(position.owner, ()), position)
        return held
