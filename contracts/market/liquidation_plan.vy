# pragma version 0.4.3
"""
@title Liquidation plan
@notice Decides how much of a position a liquidation closes and what everybody gets. Moves nothing itself.
        The policy proposes; a part is closed only if the vault can pay for it and the rest is healthier.
"""
from ..interfaces import IRiskEngine
from ..interfaces import ILiquidationPolicy
from . import fixed_point
from . import pricing
from . import valuation

struct Terms:
    risk_engine: IRiskEngine
    liquidation_policy: ILiquidationPolicy
    fee_ratio: uint256  # of the notional closed, WAD
    min_notional: uint256  # WAD quote
    token_scale: uint256  # WAD per token unit
    pool_cash: uint256  # token units

struct Outcome:
    quantity: uint256  # closed, WAD base
    full: bool
    trade_cost: int256  # WAD quote
    cost_removed: int256  # WAD quote
    settlement: int256  # token units, > 0: from the pool to the vault
    penalty: uint256  # token units
    bad_debt: uint256  # WAD quote

MAX_PENALTY_PERCENT: constant(uint256) = 95  # of the remaining equity


@internal
@view
def decide(
    size: int256,
    cost: int256,
    price: uint256,
    worth: valuation.Valuation,
    maintenance: int256,
    terms: Terms,
) -> Outcome:
    quantity: uint256 = self.quantity_asked(size, price, worth, maintenance, terms)
    if quantity < fixed_point.magnitude(size):
        stands: bool = False
        part: Outcome = empty(Outcome)
        stands, part = self.partly(size, cost, quantity, price, worth, maintenance, terms)
        if stands:
            return part
    return self.wholly(size, cost, worth, terms)


@internal
@view
def quantity_asked(
    size: int256,
    price: uint256,
    worth: valuation.Valuation,
    maintenance: int256,
    terms: Terms,
) -> uint256:
    """
    @dev Everything when insolvent, when the policy asks for nothing, or when the rest would be too small.
    """
    whole: uint256 = fixed_point.magnitude(size)
    if worth.equity <= 0:
        return whole
    quantity: uint256 = staticcall terms.liquidation_policy.size_to_close(
        ILiquidationPolicy.LiquidationContext(
            size=whole,
            price=price,
            notional=worth.notional,
            equity=worth.equity,
            maintenance=convert(maintenance, uint256),
            fee_ratio=terms.fee_ratio,
        )
    )
    if quantity == 0 or quantity >= whole:
        return whole
    rest: int256 = size - fixed_point.signed_like(size, quantity)
    if valuation.notional(rest, price) < terms.min_notional:
        return whole
    return quantity


@internal
@view
def partly(
    size: int256,
    cost: int256,
    quantity: uint256,
    price: uint256,
    worth: valuation.Valuation,
    maintenance: int256,
    terms: Terms,
) -> (bool, Outcome):
    """
    @dev Fills at the oracle price without a trade fee. The margin ratio is compared unrounded, crosswise.
    """
    closed: int256 = fixed_point.signed_like(size, quantity)
    trade_cost: int256 = pricing.trade_cost(-closed, price)
    cost_removed: int256 = valuation.cost_removed(cost, size, quantity)
    settlement: int256 = self.settled(-trade_cost - cost_removed - worth.funding, terms)
    penalty: uint256 = self.penalty(trade_cost, worth.equity, terms)
    margin: int256 = convert(worth.margin, int256) + settlement - convert(penalty, int256)
    outcome: Outcome = Outcome(
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
    rest: int256 = valuation.value(size - closed, price)
    equity: int256 = margin * convert(terms.token_scale, int256) + rest - (cost - cost_removed)
    needed: uint256 = staticcall terms.risk_engine.maintenance_margin(fixed_point.magnitude(rest))
    healthier: bool = equity * maintenance > worth.equity * convert(needed, int256)
    return healthier, outcome


@internal
@pure
def wholly(size: int256, cost: int256, worth: valuation.Valuation, terms: Terms) -> Outcome:
    """
    @dev A loss takes at most the margin; what it leaves unpaid is bad debt. A pool too poor to pay a profit out
         must not make the penalty unpayable.
    """
    margin: int256 = convert(worth.margin, int256)
    settlement: int256 = max(self.settled(worth.value - cost - worth.funding, terms), -margin)
    penalty: uint256 = self.penalty(worth.value, worth.equity, terms)
    return Outcome(
        quantity=fixed_point.magnitude(size),
        full=True,
        trade_cost=-worth.value,
        cost_removed=cost,
        settlement=settlement,
        penalty=min(penalty, convert(margin + settlement, uint256)),
        bad_debt=fixed_point.magnitude(min(worth.equity, 0)),
    )


@internal
@pure
def settled(net: int256, terms: Terms) -> int256:
    """
    @dev Token units, rounded down; the pool pays what it holds at the most, so that nothing it lacks can
         stop a liquidation.
    """
    return min(
        valuation.to_tokens_down(net, terms.token_scale), convert(terms.pool_cash, int256)
    )


@internal
@pure
def penalty(traded: int256, equity: int256, terms: Terms) -> uint256:
    """
    @dev Token units: the fee rounded up, at most 95% of the equity rounded down.
    """
    if equity <= 0:
        return 0
    fee: uint256 = fixed_point.mul_div_up(
        fixed_point.magnitude(traded), terms.fee_ratio, fixed_point.WAD
    )
    most: uint256 = convert(equity, uint256) * MAX_PENALTY_PERCENT // 100
    return min(fixed_point.div_up(fee, terms.token_scale), most // terms.token_scale)
