"""The markets that are fuzzed: terms for a moving and a still world, tokens of both kinds, both policies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from isomargin.model import NO_ADJUSTMENT, Adjustment, Bracket, Parameters, RiskTable
from isomargin.protocol import OracleGuards, PoolTerms, SystemTerms
from isomargin.units import WAD, to_wad

__all__ = ["FIRST_PRICE", "VARIANTS", "Variant", "moving_terms", "still_terms"]

FIRST_PRICE = 180 * WAD

A_LONG_TIME = 86_400 * 365
"""Seconds; no example lasts so long."""

VOLATILE = Adjustment(
    volatility_reference=to_wad("0.8"),
    volatility_memory=7_200,
    volatility_cap=2 * WAD,
    max_multiplier=to_wad("2.5"),
    ramp_seconds=1_800,
)


@dataclass(frozen=True)
class Variant:
    """What differs between the markets of a machine; requirements follow volatility in a moving one only."""

    decimals: int
    policy: Literal["target health", "full", "half then all"]
    is_adjusted: bool
    funding: Literal["proportional", "velocity", "none"] = "proportional"
    grace_period: int = 150


VARIANTS = (
    Variant(6, "target health", is_adjusted=False),
    Variant(18, "target health", is_adjusted=True, funding="velocity"),
    Variant(6, "half then all", is_adjusted=True, funding="none", grace_period=0),
    Variant(18, "full", is_adjusted=False),
)

FUNDING = {
    "proportional": (to_wad("0.3"), 0),
    "velocity": (to_wad("0.002"), to_wad("10")),
    "none": (0, 0),
}
"""Largest rate a day and velocity a day and day; a moving rate meets its bound within the hour or so."""


def moving_terms(variant: Variant) -> SystemTerms:
    """Guards that are met often: bounds a factor of six away, rounds good for two hours, moves up to 30%."""
    max_funding_rate, max_funding_velocity = FUNDING[variant.funding]
    return SystemTerms(
        first_price=FIRST_PRICE,
        oracle=OracleGuards(
            max_age=7_200,
            min_price=FIRST_PRICE // 6,
            max_price=FIRST_PRICE * 6,
            max_deviation=to_wad("0.3"),
            grace_period=variant.grace_period,
        ),
        risk=RiskTable(
            brackets=(
                Bracket(0, to_wad("0.02"), to_wad("0.01")),
                Bracket(20_000 * WAD, to_wad("0.04"), to_wad("0.02")),
                Bracket(100_000 * WAD, to_wad("0.1"), to_wad("0.05")),
            ),
            max_notional=200_000 * WAD,
            liquidation_fee_ratio=to_wad("0.005"),
            max_move=0,
            call_ratio=to_wad("1.2"),
        ),
        parameters=Parameters(
            trade_fee_ratio=to_wad("0.0007"),
            keeper_share=to_wad("0.37"),
            max_funding_rate=max_funding_rate,
            reserve_ratio=to_wad("0.4"),
            skew_scale=_base(2_000_000),
            max_open_interest=_base(300_000),
            max_skew=_base(120_000),
            min_notional=50 * WAD,
            keeper_reserve=3 * 10**variant.decimals + 1,
            max_funding_velocity=max_funding_velocity,
            adl_threshold=to_wad("0.002"),
        ),
        health_target=to_wad("1.2") if variant.policy == "target health" else None,
        small_notional=1_000 * WAD if variant.policy == "half then all" else None,
        adjustment=VOLATILE if variant.is_adjusted else NO_ADJUSTMENT,
        token_decimals=variant.decimals,
        pool=PoolTerms(cooldown=600, withdrawal_window=3_600),
        min_order_fee=10**variant.decimals // 2,
    )


def still_terms(variant: Variant) -> SystemTerms:
    """Time passes but does nothing: no funding, a price never stale, a pool that is left at once.

    Little is owed to traders where no price moves, so little is enough to deleverage them.
    """
    terms = moving_terms(variant)
    return replace(
        terms,
        oracle=replace(terms.oracle, max_age=A_LONG_TIME, grace_period=0),
        parameters=replace(terms.parameters, max_funding_rate=0, adl_threshold=to_wad("0.0001")),
        pool=PoolTerms(cooldown=0),
        adjustment=NO_ADJUSTMENT,
    )


def _base(quote: int) -> int:
    return quote * WAD * WAD // FIRST_PRICE
