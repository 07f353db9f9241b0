"""The people of a market, who look at a read-only view of it and propose actions; the simulation disposes."""

from isomargin.agents.actions import (
    Action,
    AddMargin,
    CallMargin,
    Claim,
    Close,
    Decrease,
    DepositLiquidity,
    Increase,
    LiquidateBatch,
    Open,
    RequestWithdrawal,
    WithdrawLiquidity,
    WithdrawMargin,
)
from isomargin.agents.liquidity_provider import LiquidityProvider
from isomargin.agents.population import PopulationTraits, population
from isomargin.agents.trader import Behaviour, Trader
from isomargin.agents.view import HeldPosition, MarketView

__all__ = [
    "Action",
    "AddMargin",
    "Behaviour",
    "CallMargin",
    "Claim",
    "Close",
    "Decrease",
    "DepositLiquidity",
    "HeldPosition",
    "Increase",
    "LiquidateBatch",
    "LiquidityProvider",
    "MarketView",
    "Open",
    "PopulationTraits",
    "RequestWithdrawal",
    "Trader",
    "WithdrawLiquidity",
    "WithdrawMargin",
    "population",
]
