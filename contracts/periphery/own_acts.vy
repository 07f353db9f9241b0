# pragma version 0.4.3
"""
@title Own acts
@notice What its owner may do to a position: open, enlarge, reduce, close, add and withdraw margin; without price limit
        and deadline.
"""
from ..interfaces import IMarket
from ..market import fixed_point
from ..market import obligations
from ..market import valuation
from . import margins
from . import moments
from . import trials

SIZE_IS_ZERO: constant(String[32]) = "market: size is zero"
AMOUNT_IS_ZERO: constant(String[32]) = "market: amount is zero"


@internal
@view
def enlarged(held: IMarket.Position, delta: int256, moment: moments.Moment) -> trials.Trial:
    """
    @dev Opening and increasing; before an opening, `held` is of size 0 and has the margin and the keeper reserve.
    """
    trial: trials.Trial = trials.standing(held)
    trial = trials.refused_if(trial, moment.opening_paused, "market: opening paused")
    if delta == 0:
        return trials.refused(trial, SIZE_IS_ZERO)
    cost: int256 = 0
    trial, cost = trials.priced(trials.refused_by(trial, moment.entry_refusal), delta, moment)
    trial = trials.settled(trial, moment)
    if not trial.accrues:
        return trial
    trial.after.size += delta
    trial.after.cost += cost
    trial.after.funding_index = moment.now.index
    then: moments.Moment = moments.after(moment, held, trial.after)
    trial = trials.refused(trial, self.refusal_by_caps(trial.after.size, moment, then))
    worth: valuation.Valuation = trials.worth(trial.after, moment)
    trial = trials.refused_if(
        trial, worth.notional < moment.parameters.min_notional, "market: below min notional"
    )
    trial = trials.refused_by(trial, trials.refusal_by_margin(worth.equity, worth.notional, moment))
    short: bool = self.is_reserve_short(trial.settlement, then)
    return trials.refused_if(trial, short, "market: pool reserve")


@internal
@view
def reduced(held: IMarket.Position, quantity: uint256, moment: moments.Moment) -> trials.Trial:
    trial: trials.Trial = trials.standing(held)
    if quantity == 0:
        return trials.refused(trial, SIZE_IS_ZERO)
    if quantity >= fixed_point.magnitude(held.size):
        return trials.refused(trial, "market: decrease exceeds size")
    delta: int256 = -fixed_point.signed_like(held.size, quantity)
    cost: int256 = 0
    trial, cost = trials.priced(trials.refused_by(trial, moment.exit_refusal), delta, moment)
    removed: int256 = valuation.cost_removed(held.cost, held.size, quantity)
    trial.realised_pnl = -cost - removed
    trial = trials.settled(trial, moment)
    if not trial.accrues:
        return trial
    trial.after.size += delta
    trial.after.cost -= removed
    trial.after.funding_index = moment.now.index
    worth: valuation.Valuation = trials.worth(trial.after, moment)
    trial = trials.refused_if(
        trial, worth.notional < moment.parameters.min_notional, "market: below min notional"
    )
    needed: int256 = margins.maintenance(trials.risk_engine(moment), worth.notional)
    return trials.refused_if(trial, worth.equity < needed, "market: below maintenance")


@internal
@view
def closed(held: IMarket.Position, moment: moments.Moment) -> trials.Trial:
    """
    @dev Price impact and fee take at most what is there.
    """
    trial: trials.Trial = trials.refused_by(trials.standing(held), moment.exit_refusal)
    if trials.worth(held, moment).equity <= 0:
        return trials.refused(trial, "market: insolvent")
    cost: int256 = 0
    trial, cost = trials.priced(trial, -held.size, moment)
    trial.realised_pnl = -cost - held.cost
    due: int256 = max(trials.due(trial, moment), -convert(held.margin, int256))
    return trials.ended(trial, due, moment)


@internal
@pure
def added(held: IMarket.Position, amount: uint256) -> trials.Trial:
    """
    @dev All of it arrives.
    """
    trial: trials.Trial = trials.standing(held)
    if amount == 0:
        return trials.refused(trial, AMOUNT_IS_ZERO)
    trial.after.margin += amount
    return trial


@internal
@view
def withdrawn(held: IMarket.Position, amount: uint256, moment: moments.Moment) -> trials.Trial:
    trial: trials.Trial = trials.standing(held)
    if amount == 0:
        return trials.refused(trial, AMOUNT_IS_ZERO)
    trial = trials.refused_by(trial, moment.entry_refusal)
    if amount > held.margin:
        return trials.refused(trial, "market: amount above margin")
    trial.accrues = True
    trial.payout = amount
    trial.after.margin -= amount
    worth: valuation.Valuation = trials.worth(held, moment)
    free: int256 = min(worth.equity, valuation.to_wad(held.margin, moment.token_scale))
    rest: int256 = free - valuation.to_wad(amount, moment.token_scale)
    return trials.refused_by(trial, trials.refusal_by_margin(rest, worth.notional, moment))


@internal
@pure
def refusal_by_caps(size: int256, before: moments.Moment, then: moments.Moment) -> String[32]:
    side: uint256 = then.short
    if size > 0:
        side = then.long
    if side > then.parameters.max_open_interest:
        return "market: open interest cap"
    wider: bool = abs(then.skew) > abs(before.skew)
    if wider and fixed_point.magnitude(then.skew) > then.parameters.max_skew:
        return "market: skew cap"
    return ""


@internal
@pure
def is_reserve_short(settlement: int256, then: moments.Moment) -> bool:
    cash: int256 = convert(then.pool_cash, int256) - settlement
    assets: int256 = cash * convert(then.token_scale, int256) - trials.claims(then)
    reserved: uint256 = obligations.reserved(
        max(then.long, then.short), then.price, then.parameters.reserve_ratio
    )
    return convert(reserved, int256) > assets
