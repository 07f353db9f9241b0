"""The people of a market, who look at a read-only view of it and propose actions; the simulation disposes."""

from isomargin.agents.actions import (
    Action,
    AddMargin,
    ApproveOrders,
    CallMargin,
    CancelOrder,
    Claim,
    Close,
    Decrease,
    Deleverage,
    DepositLiquidity,
    ExecuteOrders,
    Increase,
    LiquidateBatch,
    Open,
    PlaceLimit,
    PlaceReduce,
    RequestWithdrawal,
    WithdrawLiquidity,
    WithdrawMargin,
)
from isomargin.agents.liquidity_provider import LiquidityProvider
from isomargin.agents.order_habits import OrderHabits
from isomargin.agents.population import PopulationTraits, population
from isomargin.agents.trader import Behaviour, Trader
from isomargin.agents.view import HeldPosition, MarketView

__all__ = [
    "Action",
    "AddMargin",
    "ApproveOrders",
    "Behaviour",
    "CallMargin",
    "CancelOrder",
    "Claim",
    "Close",
    "Decrease",
    "Deleverage",
    "DepositLiquidity",
    "ExecuteOrders",
    "HeldPosition",
    "Increase",
    "LiquidateBatch",
    "LiquidityProvider",
    "MarketView",
    "Open",
    "OrderHabits",
    "PlaceLimit",
    "PlaceReduce",
    "PopulationTraits",
    "RequestWithdrawal",
    "Trader",
    "WithdrawLiquidity",
    "WithdrawMargin",
    "population",
]
