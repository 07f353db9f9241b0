"""Margin calls in plain integers: who is called, with which figures, and who is no longer."""

from __future__ import annotations

from typing import Any

from isomargin.model import MarketModel, Moment, Rejected, Status, ceil_div
from isomargin.units import WAD

__all__ = ["CALL_FIELDS", "CallModel"]

CALL_FIELDS = {
    "MarginCalled": ("id", "caller", "equity", "maintenance_margin", "shortfall", "liquidation_price"),
    "MarginRestored": ("id", "caller"),
}
"""What the events tell."""


class CallModel:
    """The calls of one market model."""

    def __init__(self, model: MarketModel) -> None:
        self.model = model
        self.called: set[int] = set()

    def call_margin(self, caller: str, id: int, at: Moment) -> list[tuple[Any, ...]]:
        """Call a position, or note that it is healthy again; returns what the events say, if it is news."""
        model, price = self.model, at.good_price()
        if not model.is_open(id):
            raise Rejected("calls: no such position")
        is_healthy = model.status(id, price, at.now) is Status.HEALTHY
        if is_healthy is not (id in self.called):
            return []
        if is_healthy:
            self.called.remove(id)
            return [("MarginRestored", id, caller)]
        self.called.add(id)
        return [("MarginCalled", id, caller, *self._figures(id, at))]

    def _figures(self, id: int, at: Moment) -> tuple[int, int, int, int]:
        """Equity, maintenance margin, shortfall to the call level and liquidation price."""
        model, holding = self.model, self.model.holding(id)
        equity, maintenance = model.equity(id, at.price, at.now), model.maintenance(id, at.price, at.now)
        shortfall = ceil_div(model.risk.call_ratio * maintenance, WAD) - equity
        cash = holding.net_cash(at.price, model.funding_index_at(at.price, at.now), model.token_scale)
        multiplier = model.multipliers.for_maintenance(at.now)
        return equity, maintenance, shortfall, model.risk.liquidation_price(holding.size, cash, multiplier)
