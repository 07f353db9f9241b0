"""The markets that are fuzzed: terms for a moving and for a still world, tokens of both kinds, both policies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from isomargin.model import Bracket, Parameters, RiskTable
from isomargin.protocol import OracleGuards, PoolTerms, SystemTerms
from isomargin.units import WAD, to_wad

__all__ = ["FIRST_PRICE", "VARIANTS", "Variant", "moving_terms", "still_terms"]

FIRST_PRICE = 180 * WAD


@dataclass(frozen=True)
class Variant:
    """What differs between the markets of a machine."""

    decimals: int
    full_liquidations: bool


VARIANTS = (
    Variant(decimals=6, full_liquidations=False),
    Variant(decimals=18, full_liquidations=False),
    Variant(decimals=6, full_liquidations=True),
    Variant(decimals=18, full_liquidations=True),
)


def moving_terms(variant: Variant) -> SystemTerms:
    """Guards that are met often: bounds a factor of six away, rounds good for two hours, moves of at most 30%."""
    return SystemTerms(
        first_price=FIRST_PRICE,
        oracle=OracleGuards(
            max_age=7_200,
            min_price=FIRST_PRICE // 6,
            max_price=FIRST_PRICE * 6,
            max_deviation=to_wad("0.3"),
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
            max_funding_rate=to_wad("0.3"),
            reserve_ratio=to_wad("0.4"),
            skew_scale=_base(2_000_000),
            max_open_interest=_base(300_000),
            max_skew=_base(120_000),
            min_notional=50 * WAD,
            keeper_reserve=3 * 10**variant.decimals + 1,
        ),
        health_target=None if variant.full_liquidations else to_wad("1.2"),
        token_decimals=variant.decimals,
        pool=PoolTerms(cooldown=600, withdrawal_window=3_600),
    )


def still_terms(variant: Variant) -> SystemTerms:
    """Time passes but does nothing: no funding, a price that never grows stale, a pool that is left at once."""
    terms = moving_terms(variant)
    return replace(
        terms,
        oracle=replace(terms.oracle, max_age=2**32 - 1),
        parameters=replace(terms.parameters, max_funding_rate=0),
        pool=PoolTerms(cooldown=0),
    )


def _base(quote: int) -> int:
    return quote * WAD * WAD // FIRST_PRICE
