# pragma version 0.4.3
"""
@title Impact planner
@notice Flawed on purpose: sells a whole position into a virtual market of fixed depth, as a market of its own reserves does. The
        larger the position, the worse its fill, whatever its margin was; nobody asked for more of it.
"""

from interfaces import ILiquidationPlanner

implements: ILiquidationPlanner

DEPTH: constant(int256) = 6 * 10**24  # base that moves the price by 100%, WAD: six million
WAD: constant(int256) = 10**18


@view
@external
def plan(case: ILiquidationPlanner.LiquidationCase) -> ILiquidationPlanner.Outcome:
    """
    @notice Everything, at the price less half of what the sale moves it by.
    @param case The position just before it.
    @return What happens.
    """
    quantity: int256 = abs(case.size)
    impact: int256 = abs(case.value) * quantity // DEPTH // 2
    scale: int256 = convert(case.token_scale, int256)
    gain: int256 = case.value - case.cost - case.funding - impact
    tokens: int256 = gain // scale
    if gain < 0 and gain % scale != 0:
        tokens = -((-gain + scale - 1) // scale)
    return ILiquidationPlanner.Outcome(
        quantity=convert(quantity, uint256),
        full=True,
        trade_cost=-case.value + impact,
        cost_removed=case.cost,
        settlement=max(min(tokens, convert(case.pool_cash, int256)), -convert(case.margin, int256)),
        penalty=0,
        bad_debt=convert(max(impact - case.equity, 0), uint256),
    )
