# pragma version 0.4.3
"""
@title Spiral planner
@notice Flawed on purpose: closes half of a position for a penalty, however little equity it has, and does not ask whether
        the rest is healthier.
"""

from interfaces import ILiquidationPlanner
from interfaces import IRiskEngine

implements: ILiquidationPlanner

WAD: constant(int256) = 10**18


@view
@external
def plan(case: ILiquidationPlanner.LiquidationCase) -> ILiquidationPlanner.Outcome:
    """
    @notice Half of it, or all that is left below the minimum notional or without equity.
    @param case The position just before it.
    @return What happens.
    """
    whole: uint256 = convert(abs(case.size), uint256)
    notional: uint256 = convert(abs(case.value), uint256)
    fee_ratio: uint256 = staticcall IRiskEngine(case.risk_engine).liquidation_fee_ratio()
    is_full: bool = case.equity <= 0 or notional // 2 < case.min_notional
    quantity: uint256 = whole if is_full else whole // 2
    closed: int256 = convert(quantity, int256)
    trade_cost: int256 = -case.value * closed // convert(whole, int256)
    cost_removed: int256 = self.div_up(case.cost * closed, convert(whole, int256))
    scale: int256 = convert(case.token_scale, int256)
    settlement: int256 = -self.div_up(trade_cost + cost_removed + case.funding, scale)
    settlement = max(settlement, -convert(case.margin, int256))
    left: uint256 = convert(convert(case.margin, int256) + settlement, uint256)
    penalty: uint256 = convert(abs(trade_cost), uint256) * fee_ratio // convert(WAD, uint256) // case.token_scale
    return ILiquidationPlanner.Outcome(
        quantity=quantity,
        full=is_full,
        trade_cost=trade_cost,
        cost_removed=cost_removed,
        settlement=settlement,
        penalty=min(penalty, left),
        bad_debt=convert(max(-case.equity, 0), uint256) if is_full else 0,
    )


@pure
@internal
def div_up(a: int256, b: int256) -> int256:
    if a > 0:
        return (a + b - 1) // b
    return a // b
