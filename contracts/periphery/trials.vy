# pragma version 0.4.3
"""
@title Trials
@notice What an action would come to at a moment, and the first reason for which the market would refuse it; what
        all actions share. Where the market refuses a result (a cap, a margin too small), the result is there to be
        seen; where there is none to refuse, the position stays as it is.
"""
from ..interfaces import IMarket
from ..market import obligations
from ..market import pricing
from ..market import valuation
from . import margins
from . import moments
from . import reasons

struct Trial:
    refusal: bytes32  # of `reasons`; empty when there is none
    accrues: bool  # whether it has a result, refused or not, that brings funding up to date
    after: IMarket.Position
    fill_price: uint256  # WAD quote per base
    fee: uint256  # WAD quote
    funding: int256  # settled, > 0: paid by the position; WAD quote
    realised_pnl: int256  # WAD quote
    settlement: int256  # token units, > 0: from the pool to the vault
    penalty: uint256  # token units
    bad_debt: uint256  # WAD quote
    payout: uint256  # to the owner, token units


@internal
@pure
def standing(held: IMarket.Position) -> Trial:
    """
    @dev The trial of nothing.
    """
    trial: Trial = empty(Trial)
    trial.after = held
    return trial


@internal
@pure
def refused(trial: Trial, reason: String[32]) -> Trial:
    return self.refused_by(trial, reasons.word(reason))


@internal
@pure
def refused_by(trial: Trial, reason: bytes32) -> Trial:
    """
    @dev The first reason stays.
    """
    refused: Trial = trial
    if trial.refusal == empty(bytes32):
        refused.refusal = reason
    return refused


@internal
@pure
def refused_if(trial: Trial, bad: bool, reason: String[32]) -> Trial:
    if not bad:
        return trial
    return self.refused(trial, reason)


@internal
@pure
def priced(trial: Trial, delta: int256, moment: moments.Moment) -> (Trial, int256):
    """
    @dev At the skew before the trade; its cost goes with it. Nothing can be sold below a price of zero.
    """
    priced: Trial = trial
    skew_scale: uint256 = moment.parameters.skew_scale
    priced.accrues = convert(2 * skew_scale, int256) + 2 * moment.skew + delta > 0
    if not priced.accrues:
        return self.refused(priced, "market: skew beyond scale"), 0
    priced.fill_price = pricing.fill_price(moment.price, moment.skew, delta, skew_scale)
    cost: int256 = pricing.trade_cost(delta, priced.fill_price)
    priced.fee = pricing.trade_fee(cost, moment.parameters.trade_fee_ratio)
    priced.funding = valuation.accrued_funding(
        trial.after.size, moment.now.index, trial.after.funding_index
    )
    return priced, cost


@internal
@pure
def due(trial: Trial, moment: moments.Moment) -> int256:
    net: int256 = trial.realised_pnl - trial.funding - convert(trial.fee, int256)
    return valuation.to_tokens_down(net, moment.token_scale)


@internal
@pure
def settled(trial: Trial, moment: moments.Moment) -> Trial:
    """
    @dev The vault must have what it owes, or there is no result; the pool must have what it owes.
    """
    if not trial.accrues:
        return trial
    settled: Trial = trial
    settled.settlement = self.due(trial, moment)
    left: int256 = convert(trial.after.margin, int256) + settled.settlement
    settled.accrues = left >= 0
    if not settled.accrues:
        return self.refused(settled, "market: margin below costs")
    settled.after.margin = convert(left, uint256)
    return self.paid_by_pool(settled, moment)


@internal
@pure
def paid_by_pool(trial: Trial, moment: moments.Moment) -> Trial:
    short: bool = trial.settlement > convert(moment.pool_cash, int256)
    return self.refused_if(trial, short, "market: pool short of cash")


@internal
@pure
def ended(trial: Trial, due: int256, moment: moments.Moment) -> Trial:
    """
    @dev The owner gets all that the vault holds once `due` is settled.
    """
    ended: Trial = trial
    ended.accrues = True
    ended.settlement = due
    left: int256 = convert(trial.after.margin, int256) + due
    ended.payout = convert(left, uint256) + trial.after.keeper_reserve
    ended.after = self.emptied(trial.after)
    return self.paid_by_pool(ended, moment)


@internal
@pure
def emptied(held: IMarket.Position) -> IMarket.Position:
    rest: IMarket.Position = empty(IMarket.Position)
    rest.owner = held.owner
    rest.vault = held.vault
    return rest


@internal
@pure
def worth(held: IMarket.Position, moment: moments.Moment) -> valuation.Valuation:
    return valuation.appraise(
        held.size,
        held.cost,
        held.funding_index,
        held.margin,
        moment.token_scale,
        moment.price,
        moment.now.index,
    )


@internal
@pure
def claims(moment: moments.Moment) -> int256:
    return obligations.claims(
        moment.skew,
        moment.cost_sum,
        moment.funding_basis,
        moment.price,
        moment.now.index,
        moment.parameters.skew_scale,
    )


@internal
@view
def risk_engine(moment: moments.Moment) -> address:
    return (staticcall IMarket(moment.market).risk_engine()).address


@internal
@view
def refusal_by_margin(held: int256, notional: uint256, moment: moments.Moment) -> bytes32:
    needed: uint256 = 0
    reason: bytes32 = empty(bytes32)
    needed, reason = margins.initial(self.risk_engine(moment), notional)
    if reason == empty(bytes32) and held < convert(needed, int256):
        return reasons.word("market: below initial margin")
    return reason
