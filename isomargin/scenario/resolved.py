"""What a scenario comes to once the first price is known: the integers that contracts are deployed with."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bracket", "MarketParameters", "OracleGuards", "RiskTerms"]


@dataclass(frozen=True, slots=True)
class OracleGuards:
    """In the order of the oracle's constructor: seconds, WAD prices, WAD ratio."""

    max_age: int
    min_price: int
    max_price: int
    max_deviation: int


@dataclass(frozen=True, slots=True)
class Bracket:
    """One bracket of the risk table: WAD quote, WAD ratios."""

    notional_floor: int
    imr: int
    mmr: int


@dataclass(frozen=True, slots=True)
class RiskTerms:
    """In the order of the risk engine's constructor: WAD quote and WAD ratios."""

    brackets: tuple[Bracket, ...]
    max_notional: int
    liquidation_fee_ratio: int
    max_move: int
    call_ratio: int


@dataclass(frozen=True, slots=True)
class MarketParameters:
    """In the order of the market's struct: WAD ratios, WAD base, WAD quote, token units."""

    trade_fee_ratio: int
    keeper_share: int
    max_funding_rate: int
    reserve_ratio: int
    skew_scale: int
    max_open_interest: int
    max_skew: int
    min_notional: int
    keeper_reserve: int
