"""How a trader uses trigger orders: enters by a limit order, and protects what it holds while it sleeps."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.agents.actions import Action, ApproveOrders, PlaceLimit, PlaceReduce
from isomargin.agents.view import HeldPosition, MarketView
from isomargin.model import OrderKind
from isomargin.units import WAD

__all__ = ["OrderHabits"]


@dataclass(frozen=True, slots=True)
class OrderHabits:
    """What a trader leaves to orders; None turns one off.

    Attributes
    ----------
    stop_loss, take_profit : int or None
        Distance of the trigger from the entry price, as a share of that price, WAD.
    entry : int or None
        Opens by a limit order that waits so far on the better side of the price, WAD share.
    fee : int
        For the executor of each order, WAD quote.
    slippage : int
        How much worse than its trigger a fill may be, WAD share.
    lifetime : int
        Seconds that an order stays valid.
    """

    stop_loss: int | None = None
    take_profit: int | None = None
    entry: int | None = None
    fee: int = WAD
    slippage: int = WAD // 20
    lifetime: int = 604_800

    def costs(self, token_decimals: int) -> int:
        """The fees of all orders that it may place in its life, token units."""
        used = [
            distance for distance in (self.stop_loss, self.take_profit, self.entry) if distance is not None
        ]
        return len(used) * self._fee_units(token_decimals)

    def entry_order(self, is_long: bool, notional: int, margin: int, view: MarketView) -> list[Action]:
        """The limit order that opens a position; notional WAD quote, margin token units."""
        assert self.entry is not None
        trigger = _moved(view.price, -self.entry if is_long else self.entry)
        quantity = notional * WAD // trigger
        if not quantity:
            return []
        return [
            PlaceLimit(
                size=quantity if is_long else -quantity,
                margin=margin,
                trigger_price=trigger,
                price_limit=self._limit(trigger, buys=is_long),
                deadline=view.timestamp + self.lifetime,
                fee=self._fee_units(view.token_decimals),
            )
        ]

    def protection(self, position: HeldPosition, view: MarketView) -> list[Action]:
        """The orders that close a position at a loss or a gain, and the approval that they need."""
        towards_gain = 1 if position.size > 0 else -1
        entry_price = position.cost * WAD // position.size
        wanted = {
            OrderKind.STOP_LOSS: None if self.stop_loss is None else -self.stop_loss * towards_gain,
            OrderKind.TAKE_PROFIT: None if self.take_profit is None else self.take_profit * towards_gain,
        }
        orders: list[Action] = [
            PlaceReduce(
                id=position.id,
                kind=kind,
                quantity=0,
                trigger_price=trigger,
                price_limit=self._limit(trigger, buys=position.size < 0),
                deadline=view.timestamp + self.lifetime,
                fee=self._fee_units(view.token_decimals),
            )
            for kind, distance in wanted.items()
            if distance is not None and (trigger := _moved(entry_price, distance)) > 0
        ]
        return [ApproveOrders(position.id), *orders] if orders else []

    def _limit(self, trigger: int, *, buys: bool) -> int:
        return _moved(trigger, self.slippage if buys else -self.slippage)

    def _fee_units(self, token_decimals: int) -> int:
        scale: int = 10 ** (18 - token_decimals)
        return -(-self.fee // scale)


def _moved(price: int, share: int) -> int:
    return price * (WAD + share) // WAD
