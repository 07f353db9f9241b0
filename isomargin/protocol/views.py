"""What the lens shows, as records: one for a position, one for the market."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isomargin.model import Status
from isomargin.units import WAD

__all__ = ["MarketState", "PositionView", "status_of"]


@dataclass(frozen=True, slots=True)
class PositionView:
    """One position and its health at the newest price, in the order of the lens.

    Sizes are WAD base; `margin` and `keeper_reserve` token units; prices and the funding index WAD quote
    per base; `margin_ratio` WAD; everything else WAD quote. `accrued_funding` above zero is owed.
    """

    id: int
    owner: str
    vault: str
    size: int
    cost: int
    funding_index: int
    keeper_reserve: int
    margin: int
    notional: int
    unrealised_pnl: int
    accrued_funding: int
    equity: int
    maintenance_margin: int
    margin_ratio: int
    liquidation_price: int
    bankruptcy_price: int
    status: Status | None

    @classmethod
    def from_lens(cls, fields: tuple[Any, ...]) -> PositionView:
        """Read the tuple that `Lens.position` returns; a position that is not open has no status."""
        return cls(*(*fields[:-1], status_of(fields[-1])))

    @property
    def is_open(self) -> bool:
        """Whether the position still has a size."""
        return self.size != 0


@dataclass(frozen=True, slots=True)
class MarketState:
    """Everything about the market that is not a position, in the order of the lens.

    Open interest and skew are WAD base; `funding_basis` WAD squared; the funding index WAD quote per base,
    accrued to the newest block; pool and insurance fund token units; multipliers WAD, `volatility` too, which
    is the standard deviation of a day's return; `grace_ends_at` unix seconds, 0 when there is no grace after
    an outage; `price_before`, the last good price before it; the rest WAD quote.
    """

    price: int
    price_reason: str
    long_open_interest: int
    short_open_interest: int
    skew: int
    cost_sum: int
    funding_basis: int
    funding_index: int
    trader_claims: int
    reserved: int
    bad_debt: int
    pool_cash: int
    pool_assets: int
    insurance_fund: int
    last_id: int
    opening_multiplier: int = WAD
    maintenance_multiplier: int = WAD
    volatility_multiplier: int = WAD
    system_multiplier: int = WAD
    volatility: int = 0
    grace_ends_at: int = 0
    price_before: int = 0


def status_of(number: int) -> Status | None:
    """Return the status that the lenses number; none for a position that is not open."""
    return _STATUS[number]


_STATUS = (None, Status.HEALTHY, Status.MARGIN_CALL, Status.LIQUIDATABLE, Status.INSOLVENT)
