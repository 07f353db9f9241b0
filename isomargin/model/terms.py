"""The words of the model: how a position stands, what the market is set to, and the refusal of an action."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum

from isomargin.errors import InputError, IsomarginError
from isomargin.units import WAD, from_wad

__all__ = ["Moment", "Parameters", "Rejected", "Status"]


class Rejected(IsomarginError):
    """An action that the market refuses; nothing has changed.

    Attributes
    ----------
    reason : str
        The reason of the contract, for example ``"market: price limit"``. A payer who holds too little is
        refused with ``"token: insufficient balance"``, a receiver whom the token blocks with
        ``"token: refused"``, and what the ABI itself refuses has no reason.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason or "refused without a reason")
        self.reason = reason


class Status(Enum):
    """How a position stands; equality is always on the safe side.

    With equity E and maintenance margin R: healthy is ``E >= call_ratio * R``, in margin call ``R <= E``
    below that, liquidatable ``0 < E < R``, insolvent ``E <= 0``.
    """

    HEALTHY = "healthy"
    MARGIN_CALL = "margin call"
    LIQUIDATABLE = "liquidatable"
    INSOLVENT = "insolvent"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the market's owner sets.

    Attributes
    ----------
    trade_fee_ratio : int
        Fee of a trade as a share of its notional at the fill price, WAD.
    keeper_share : int
        The keeper's share of a liquidation penalty, WAD; the insurance fund gets the rest.
    max_funding_rate : int
        Most funding a day, WAD ratio; 0 for none.
    reserve_ratio : int
        What the pool must hold for each unit of the larger side's notional, WAD ratio.
    skew_scale : int
        Skew that doubles the price, WAD base.
    max_open_interest, max_skew : int
        Caps on each side and on their difference, WAD base.
    min_notional : int
        Least notional of a position, WAD quote.
    keeper_reserve : int
        Put aside at opening for whoever liquidates, token units.
    max_funding_velocity : int
        By how much a day full skew moves the funding rate, WAD ratio a day; 0 for a rate that follows the
        skew at once.
    adl_threshold : int
        Traders' claims as a share of the pool's assets, WAD ratio, above which positions in profit may be
        deleveraged; 0 for never.

    Raises
    ------
    InputError
        If a figure is negative, a share above one, or the skew scale zero.
    """

    trade_fee_ratio: int
    keeper_share: int
    max_funding_rate: int
    reserve_ratio: int
    skew_scale: int
    max_open_interest: int
    max_skew: int
    min_notional: int
    keeper_reserve: int
    max_funding_velocity: int = 0
    adl_threshold: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise InputError(f"{field.name}: expected 0 or more, found {getattr(self, field.name)}")
        for name in ("trade_fee_ratio", "keeper_share"):
            share = getattr(self, name)
            if share > WAD:
                raise InputError(f"{name}: expected a share of at most 1, found {from_wad(share)}")
        if self.skew_scale == 0:
            raise InputError("skew_scale: expected more than 0, found 0")


@dataclass(frozen=True, slots=True)
class Moment:
    """When an action happens and what the oracle says then, by each of its three faces.

    Attributes
    ----------
    now : int
        Block timestamp, unix seconds.
    price : int
        WAD quote per base; not looked at when there is a reason.
    price_reason : str
        Why the oracle gives no price, for example ``"oracle: price stale"``; empty for a good price.
    entry_reason : str
        Why it gives no price to add risk at, though it gives one to leave at: ``"oracle: paused"``.
    forced_reason : str
        Why it gives no price to liquidate or deleverage at, though it gives one to leave at.
    in_grace : bool
        Whether owners are still given time to top up after an outage.
    price_before : int
        The last good price before the outage, WAD; 0 if none is known.
    """

    now: int
    price: int = 0
    price_reason: str = ""
    entry_reason: str = ""
    forced_reason: str = ""
    in_grace: bool = False
    price_before: int = 0

    def good_price(self) -> int:
        """The price to leave at, WAD.

        Raises
        ------
        Rejected
            With the oracle's reason while there is no good price.
        """
        return self._unless(self.price_reason)

    def entry_price(self) -> int:
        """The price to add risk at, WAD.

        Raises
        ------
        Rejected
            With the oracle's reason.
        """
        return self._unless(self.price_reason or self.entry_reason)

    def forced_price(self) -> int:
        """The price to liquidate and deleverage at, WAD.

        Raises
        ------
        Rejected
            With the oracle's reason.
        """
        return self._unless(self.price_reason or self.forced_reason)

    def _unless(self, reason: str) -> int:
        if reason:
            raise Rejected(reason)
        return self.price
