"""What a system is deployed with: the one record that a scenario comes to and that `deploy` reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from isomargin.model import (
    NO_ADJUSTMENT,
    Adjustment,
    OracleGuards,
    Parameters,
    Policy,
    RiskTable,
    full,
    half_then_all,
    target_health,
)

__all__ = ["OracleGuards", "PoolTerms", "SecondSource", "Sources", "SystemTerms"]


@dataclass(frozen=True, slots=True)
class SecondSource:
    """Another feed, which has to agree with the first.

    Attributes
    ----------
    max_difference : int
        WAD ratio of its price by which the first may differ from it.
    decimals : int
        Digits behind the point of its answers, at most 18.
    """

    max_difference: int
    decimals: int = 18


@dataclass(frozen=True, slots=True)
class PoolTerms:
    """When liquidity providers may leave, in seconds; a cooldown of 0 asks for no request."""

    cooldown: int = 0
    withdrawal_window: int = 86_400


@dataclass(frozen=True, slots=True)
class Sources:
    """Which Vyper source stands for each part: a packaged name or a file of the user's."""

    token: str | Path = "testing/Token"
    feed: str | Path = "oracle/PriceFeed"
    oracle: str | Path = "oracle/Oracle"
    risk_engine: str | Path = "risk/RiskEngine"
    full_liquidation: str | Path = "risk/policies/FullLiquidation"
    target_health: str | Path = "risk/policies/TargetHealth"
    half_then_all: str | Path = "risk/policies/HalfThenAll"
    planner: str | Path = "market/LiquidationPlanner"
    vault: str | Path = "custody/PositionVault"
    pool: str | Path = "custody/LiquidityPool"
    insurance_fund: str | Path = "custody/InsuranceFund"
    market: str | Path = "market/Market"
    lens: str | Path = "periphery/Lens"
    what_if: str | Path = "periphery/WhatIf"
    margin_calls: str | Path = "periphery/MarginCalls"
    trigger_orders: str | Path = "periphery/TriggerOrders"


@dataclass(frozen=True, slots=True)
class SystemTerms:
    """Everything that the constructors take.

    Attributes
    ----------
    first_price : int
        WAD; the feed's first round, pushed when the system is deployed.
    health_target : int or None
        WAD multiple of maintenance that a partial liquidation restores; None for full liquidations.
    small_notional : int or None
        WAD quote; if given, liquidations close half instead, and all of a position of at most this notional.
    adjustment : Adjustment
        How volatility and the risk admin multiply the margin requirements.
    sequencer : bool
        Whether there is a sequencer, with an uptime feed that the oracle obeys; up at first.
    second_source : SecondSource or None
        A second feed that must agree with the first; the first price is pushed to both.
    min_order_fee : int
        Least fee for the executor of a trigger order, token units.
    """

    first_price: int
    oracle: OracleGuards
    risk: RiskTable
    parameters: Parameters
    health_target: int | None = 1_200_000_000_000_000_000
    token_symbol: str = "USD"
    token_decimals: int = 6
    market_name: str = "ETH / USD"
    pool: PoolTerms = field(default_factory=PoolTerms)
    adjustment: Adjustment = NO_ADJUSTMENT
    small_notional: int | None = None
    sequencer: bool = False
    second_source: SecondSource | None = None
    min_order_fee: int = 0

    @property
    def token_scale(self) -> int:
        """WAD per token unit."""
        return int(10 ** (18 - self.token_decimals))

    @property
    def policy(self) -> Policy:
        """How much a liquidation closes, as the model counts it."""
        if self.small_notional is not None:
            return partial(half_then_all, small_notional=self.small_notional)
        if self.health_target is not None:
            return partial(target_health, health_target=self.health_target)
        return full

    def initial_margin(self, notional: int) -> int:
        """What opening needs before any volatility is observed, WAD quote."""
        return self.risk.initial(notional, self.adjustment.target(0))
