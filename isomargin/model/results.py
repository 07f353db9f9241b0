"""What an action of the market did: amounts to compare with the contract's events."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.model.liquidation import LiquidationOutcome

__all__ = ["DeleverageResult", "LiquidationResult", "TradeResult"]


@dataclass(frozen=True, slots=True)
class TradeResult:
    """What a trade did.

    Attributes
    ----------
    position_id : int
        The position.
    delta : int
        Signed base traded, WAD.
    fill_price : int
        WAD quote per base.
    trade_cost, trade_fee, accrued_funding, realised_pnl : int
        WAD quote; no profit is realised while a position grows.
    settlement : int
        Token units from pool to vault; negative from vault to pool.
    payout : int
        Token units to the owner at the close; 0 where the token refused, and for other trades.
    """

    position_id: int
    delta: int
    fill_price: int
    trade_cost: int
    trade_fee: int
    accrued_funding: int
    realised_pnl: int
    settlement: int
    payout: int = 0


@dataclass(frozen=True, slots=True)
class LiquidationResult:
    """What a liquidation did.

    Attributes
    ----------
    position_id : int
        The position.
    outcome : LiquidationOutcome
        As planned.
    accrued_funding : int
        Settled with it, WAD quote.
    covered : int
        Of the bad debt, paid by the insurance fund to the pool, token units.
    reward, payout : int
        What left the vault for the keeper and for the owner, token units; 0 where the token refused.
    """

    position_id: int
    outcome: LiquidationOutcome
    accrued_funding: int
    covered: int
    reward: int
    payout: int


@dataclass(frozen=True, slots=True)
class DeleverageResult:
    """What a deleveraging did.

    Attributes
    ----------
    position_id : int
        The position, which is gone.
    delta : int
        Signed base closed, WAD.
    price : int
        The oracle's, WAD quote per base.
    realised_pnl, accrued_funding : int
        WAD quote.
    settlement : int
        Token units from pool to vault.
    payout : int
        Token units to the owner; 0 where the token refused.
    """

    position_id: int
    delta: int
    price: int
    realised_pnl: int
    accrued_funding: int
    settlement: int
    payout: int
