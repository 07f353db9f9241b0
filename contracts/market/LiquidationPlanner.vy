# pragma version 0.4.3
"""
@title Liquidation planner
@notice Decides how much of a position a liquidation closes and what everybody gets. Holds and moves nothing: the
        arithmetic of the market that does not fit into it. The policy proposes; a part is closed only if the vault
        can pay for it and the rest is healthier.
"""
from ..interfaces import ILiquidationPlanner
from ..interfaces import ILiquidationPolicy
from ..interfaces import IRiskEngine
from . import fixed_point
from . import pricing
from . import valuation

implements: ILiquidationPlanner

MAX_PENALTY_PERCENT: constant(uint256) = 95  # of the remaining equity


@external
@view
def plan(case: ILiquidationPlanner.LiquidationCase) -> ILiquidationPlanner.Outcome:
    """
    @notice The liquidation of one position.
    @param case The position just before it.
    @return What happens.
    """
    fee_ratio: uint256 = staticcall IRiskEngine(case.risk_engine).liquidation_fee_ratio()
    quantity: uint256 = self.quantity_asked(case, fee_ratio)
    if quantity < fixed_point.magnitude(case.size):
        stands: bool = False
        part: ILiquidationPlanner.Outcome = empty(ILiquidationPlanner.Outcome)
        stands, part = self.partly(case, quantity, fee_ratio)
        if stands:
            return part
    return self.wholly(case, fee_ratio)


@internal
@view
def quantity_asked(case: ILiquidationPlanner.LiquidationCase, fee_ratio: uint256) -> uint256:
    """
    @dev Everything when insolvent, when the policy asks for nothing, or when the rest would be too small.
    """
    whole: uint256 = fixed_point.magnitude(case.size)
    if case.equity <= 0:
        return whole
    quantity: uint256 = staticcall ILiquidationPolicy(case.liquidation_policy).size_to_close(
        ILiquidationPolicy.LiquidationContext(
            size=whole,
            price=case.price,
            notional=fixed_point.magnitude(case.value),
            equity=case.equity,
            maintenance=convert(case.maintenance, uint256),
            fee_ratio=fee_ratio,
        )
    )
    if quantity == 0 or quantity >= whole:
        return whole
    rest: int256 = case.size - fixed_point.signed_like(case.size, quantity)
    if valuation.notional(rest, case.price) < case.min_notional:
        return whole
    return quantity


@internal
@view
def partly(
    case: ILiquidationPlanner.LiquidationCase, quantity: uint256, fee_ratio: uint256
) -> (bool, ILiquidationPlanner.Outcome):
    """
    @dev Fills at the oracle price without a trade fee. The margin ratio is compared unrounded, crosswise.
    """
    closed: int256 = fixed_point.signed_like(case.size, quantity)
    trade_cost: int256 = pricing.trade_cost(-closed, case.price)
    cost_removed: int256 = valuation.cost_removed(case.cost, case.size, quantity)
    settlement: int256 = self.settled(case, -trade_cost - cost_removed - case.funding)
    penalty: uint256 = self.penalty(case, trade_cost, fee_ratio)
    margin: int256 = convert(case.margin, int256) + settlement - convert(penalty, int256)
    outcome: ILiquidationPlanner.Outcome = ILiquidationPlanner.Outcome(
        quantity=quantity,
        full=False,
        trade_cost=trade_cost,
        cost_removed=cost_removed,
        settlement=settlement,
        penalty=penalty,
        bad_debt=0,
    )
    if margin < 0:
        return False, outcome
    rest: int256 = valuation.value(case.size - closed, case.price)
    equity: int256 = margin * convert(case.token_scale, int256) + rest - (case.cost - cost_removed)
    needed: uint256 = staticcall IRiskEngine(case.risk_engine).maintenance_margin(fixed_point.magnitude(rest))
    healthier: bool = equity * case.maintenance > case.equity * convert(needed, int256)
    return healthier, outcome


@internal
@pure
def wholly(case: ILiquidationPlanner.LiquidationCase, fee_ratio: uint256) -> ILiquidationPlanner.Outcome:
    """
    @dev A loss takes at most the margin; what it leaves unpaid is bad debt. A pool too poor to pay a profit out
         must not make the penalty unpayable.
    """
    margin: int256 = convert(case.margin, int256)
    settlement: int256 = max(self.settled(case, case.value - case.cost - case.funding), -margin)
    penalty: uint256 = self.penalty(case, case.value, fee_ratio)
    return ILiquidationPlanner.Outcome(
        quantity=fixed_point.magnitude(case.size),
        full=True,
        trade_cost=-case.value,
        cost_removed=case.cost,
        settlement=settlement,
        penalty=min(penalty, convert(margin + settlement, uint256)),
        bad_debt=fixed_point.magnitude(min(case.equity, 0)),
    )


@internal
@pure
def settled(case: ILiquidationPlanner.LiquidationCase, net: int256) -> int256:
    """
    @dev Token units, rounded down; the pool pays what it holds at the most, so that nothing it lacks can
         stop a liquidation.
    """
    return min(valuation.to_tokens_down(net, case.token_scale), convert(case.pool_cash, int256))


@internal
@pure
def penalty(case: ILiquidationPlanner.LiquidationCase, traded: int256, fee_ratio: uint256) -> uint256:
    """
    @dev Token units: the fee rounded up, at most 95% of the equity rounded down.
    """
    if case.equity <= 0:
        return 0
    fee: uint256 = fixed_point.mul_div_up(fixed_point.magnitude(traded), fee_ratio, fixed_point.WAD)
    most: uint256 = convert(case.equity, uint256) * MAX_PENALTY_PERCENT // 100
    return min(fixed_point.div_up(fee, case.token_scale), most // case.token_scale)
