# pragma version 0.4.3
"""
@title Forced acts
@notice What anyone may do to a position against its owner's will: liquidate and deleverage it.
"""
from ..interfaces import ILiquidationPlanner
from ..interfaces import IMarket
from ..market import fixed_point
from ..market import obligations
from ..market import valuation
from . import margins
from . import moments
from . import trials

interface Market:
    def liquidation_policy() -> address: view
    def planner() -> ILiquidationPlanner: view


@internal
@view
def liquidated(held: IMarket.Position, moment: moments.Moment) -> trials.Trial:
    trial: trials.Trial = trials.refused_by(trials.standing(held), moment.forced_refusal)
    worth: valuation.Valuation = trials.worth(held, moment)
    needed: int256 = margins.maintenance(trials.risk_engine(moment), worth.notional)
    if worth.equity >= needed:
        return trials.refused(trial, "market: position is sound")
    in_grace: bool = moment.in_grace and self.was_sound(held, moment)
    trial = trials.refused_if(trial, in_grace, "market: top-up grace")
    plan: ILiquidationPlanner.Outcome = self.plan(held, moment, worth, needed)
    trial.accrues = True
    trial.fill_price = moment.price
    trial.funding = worth.funding
    trial.realised_pnl = -plan.trade_cost - plan.cost_removed
    trial.settlement = plan.settlement
    trial.penalty = plan.penalty
    trial.bad_debt = plan.bad_debt
    left: int256 = convert(held.margin, int256) + plan.settlement
    rest: uint256 = convert(left, uint256) - plan.penalty
    if plan.full:
        trial.payout = rest
        trial.after = trials.emptied(held)
        return trial
    trial.after.size -= fixed_point.signed_like(held.size, plan.quantity)
    trial.after.cost -= plan.cost_removed
    trial.after.funding_index = moment.now.index
    trial.after.margin = rest
    return trial


@internal
@view
def was_sound(held: IMarket.Position, moment: moments.Moment) -> bool:
    """
    @dev At the last good price before an outage; at an unknown one everybody was.
    """
    if moment.price_before == 0:
        return True
    before: moments.Moment = moment
    before.price = moment.price_before
    worth: valuation.Valuation = trials.worth(held, before)
    return worth.equity >= margins.maintenance(trials.risk_engine(moment), worth.notional)


@internal
@view
def plan(
    held: IMarket.Position, moment: moments.Moment, worth: valuation.Valuation, maintenance: int256
) -> ILiquidationPlanner.Outcome:
    market: Market = Market(moment.market)
    return staticcall (staticcall market.planner()).plan(
        ILiquidationPlanner.LiquidationCase(
            size=held.size,
            cost=held.cost,
            price=moment.price,
            margin=held.margin,
            value=worth.value,
            funding=worth.funding,
            equity=worth.equity,
            maintenance=maintenance,
            min_notional=moment.parameters.min_notional,
            token_scale=moment.token_scale,
            pool_cash=moment.pool_cash,
            risk_engine=trials.risk_engine(moment),
            liquidation_policy=staticcall market.liquidation_policy(),
        )
    )


@internal
@view
def deleveraged(held: IMarket.Position, moment: moments.Moment) -> trials.Trial:
    trial: trials.Trial = trials.refused_by(trials.standing(held), moment.forced_refusal)
    claims: int256 = trials.claims(moment)
    cash: int256 = valuation.to_wad(moment.pool_cash, moment.token_scale)
    if not obligations.are_excessive(claims, cash, moment.parameters.adl_threshold):
        return trials.refused(trial, "market: deleverage not needed")
    worth: valuation.Valuation = trials.worth(held, moment)
    pnl: int256 = worth.value - held.cost
    if pnl <= worth.funding:
        return trials.refused(trial, "market: position not in profit")
    trial.fill_price = moment.price
    trial.funding = worth.funding
    trial.realised_pnl = pnl
    trial = trials.ended(trial, trials.due(trial, moment), moment)
    left: int256 = trials.claims(moments.after(moment, held, trial.after))
    return trials.refused_if(trial, left >= claims, "market: deleverage does not help")
