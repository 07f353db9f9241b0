# pragma version 0.4.3
"""
@title What if
@notice What an action would come to at a price and a time: whether the market would refuse it, what it costs, how
        the position stands after it, and how long funding alone leaves it. Holds nothing and may be replaced.
        Nobody else acts until then, and what only a transaction or the future can tell is as it is now.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from ..interfaces import IMarket
from ..interfaces import IRiskEngine
from ..market import fixed_point
from ..market import valuation
from ..risk import price_bounds
from . import forced_acts
from . import health
from . import margins
from . import moments
from . import own_acts
from . import reasons
from . import runway
from . import trials

HOLD: constant(uint256) = 0
ADD_MARGIN: constant(uint256) = 1  # amount: token units, all of which arrive
WITHDRAW_MARGIN: constant(uint256) = 2  # amount: token units
INCREASE: constant(uint256) = 3  # amount: WAD base
DECREASE: constant(uint256) = 4  # amount: WAD base
CLOSE: constant(uint256) = 5
LIQUIDATE: constant(uint256) = 6
DELEVERAGE: constant(uint256) = 7

struct Answer:
    refusal: String[32]  # the first reason for which the market would refuse; empty when it would not
    price: uint256  # WAD quote per base, that was asked about
    fill_price: uint256  # WAD quote per base, of the trade
    fee: uint256  # WAD quote
    funding: int256  # settled by the action, > 0: paid by the position; WAD quote
    realised_pnl: int256  # WAD quote
    settlement: int256  # token units, > 0: from the pool to the vault
    penalty: uint256  # of a liquidation, token units
    bad_debt: uint256  # WAD quote
    payout: uint256  # to the owner, token units
    size: int256  # WAD base; this and all below: after the action
    cost: int256  # WAD quote
    margin: uint256  # token units
    notional: uint256  # WAD quote
    unrealised_pnl: int256  # WAD quote
    accrued_funding: int256  # not settled, > 0: owed; WAD quote
    equity: int256  # WAD quote
    initial_margin: uint256  # WAD quote; max_value(uint256) when no margin is enough
    maintenance_margin: uint256  # WAD quote
    margin_ratio: uint256  # equity / maintenance, WAD; 0 when there is no equity
    liquidation_price: uint256  # WAD quote per base; 0 for a long that cannot be liquidated
    bankruptcy_price: uint256  # WAD quote per base; 0 for a long that cannot go bankrupt
    status: uint256  # as in the lens
    seconds_to_liquidation: uint256  # by funding alone; max_value(uint256) for never

market: public(immutable(IMarket))
asset: public(immutable(IERC20))
pool: public(immutable(address))
TOKEN_SCALE: immutable(uint256)


@deploy
def __init__(market_: address, asset_: address, pool_: address):
    """
    @param market_ The market to ask about.
    @param asset_ Its collateral token.
    @param pool_ Its liquidity pool.
    """
    market = IMarket(market_)
    asset = IERC20(asset_)
    pool = pool_
    TOKEN_SCALE = 10 ** (18 - convert(staticcall IERC20Detailed(asset_).decimals(), uint256))


@external
@view
def what_if(id: uint256, action: uint256, amount: uint256, price: uint256, elapsed: uint256) -> Answer:
    """
    @notice What would come of an action of the owner's, or against the owner's will, on a position that is there.
    @param id The position.
    @param action HOLD 0, ADD_MARGIN 1, WITHDRAW_MARGIN 2, INCREASE 3, DECREASE 4, CLOSE 5, LIQUIDATE 6, DELEVERAGE 7.
    @param amount Token units of margin, or WAD base of a change in size; not looked at otherwise.
    @param price WAD quote per base, below 2**96; 0 for the newest, good or bad.
    @param elapsed Seconds from now, at most 2**32.
    @return The answer; all zero but the refusal when there is no such position.
    """
    assert action <= DELEVERAGE, "lens: no such action"
    moment: moments.Moment = self._moment(price, elapsed)
    held: IMarket.Position = staticcall market.position(id)
    if held.size == 0:
        return self._answer_to_nobody(action, moment)
    return self._answer(self._trial(held, action, amount, moment), held, moment)


@external
@view
def what_if_opened(size: int256, margin: uint256, price: uint256, elapsed: uint256) -> Answer:
    """
    @notice What would come of opening a position.
    @param size Signed base quantity, WAD.
    @param margin Token units, all of which arrive, the keeper reserve besides.
    @param price WAD quote per base, below 2**96; 0 for the newest, good or bad.
    @param elapsed Seconds from now, at most 2**32.
    @return The answer.
    """
    moment: moments.Moment = self._moment(price, elapsed)
    nothing: IMarket.Position = empty(IMarket.Position)
    nothing.margin = margin
    nothing.keeper_reserve = moment.parameters.keeper_reserve
    return self._answer(own_acts.enlarged(nothing, size, moment), nothing, moment)


@internal
@view
def _moment(price: uint256, elapsed: uint256) -> moments.Moment:
    return moments.look(market.address, asset, pool, TOKEN_SCALE, price, elapsed)


@internal
@view
def _trial(
    held: IMarket.Position, action: uint256, amount: uint256, moment: moments.Moment
) -> trials.Trial:
    if action == ADD_MARGIN:
        return own_acts.added(held, amount)
    if action == WITHDRAW_MARGIN:
        return own_acts.withdrawn(held, amount, moment)
    if action == INCREASE:
        return own_acts.enlarged(held, fixed_point.signed_like(held.size, amount), moment)
    if action == DECREASE:
        return own_acts.reduced(held, amount, moment)
    if action == CLOSE:
        return own_acts.closed(held, moment)
    if action == LIQUIDATE:
        return forced_acts.liquidated(held, moment)
    if action == DELEVERAGE:
        return forced_acts.deleveraged(held, moment)
    return trials.standing(held)


@internal
@pure
def _answer_to_nobody(action: uint256, moment: moments.Moment) -> Answer:
    answer: Answer = empty(Answer)
    answer.price = moment.price
    answer.refusal = "market: no such position"
    if action == INCREASE and moment.opening_paused:
        answer.refusal = "market: opening paused"
    answer.seconds_to_liquidation = runway.NEVER
    return answer


@internal
@view
def _answer(trial: trials.Trial, held: IMarket.Position, moment: moments.Moment) -> Answer:
    answer: Answer = empty(Answer)
    answer.refusal = reasons.text(trial.refusal)
    answer.price = moment.price
    answer.fill_price = trial.fill_price
    answer.fee = trial.fee
    answer.funding = trial.funding
    answer.realised_pnl = trial.realised_pnl
    answer.settlement = trial.settlement
    answer.penalty = trial.penalty
    answer.bad_debt = trial.bad_debt
    answer.payout = trial.payout
    answer.seconds_to_liquidation = runway.NEVER
    if trial.after.size == 0:
        return answer
    return self._with_health(answer, trial, held, moment)


@internal
@view
def _with_health(
    answer: Answer, trial: trials.Trial, held: IMarket.Position, moment: moments.Moment
) -> Answer:
    after: IMarket.Position = trial.after
    seen: Answer = answer
    worth: valuation.Valuation = trials.worth(after, moment)
    net_cash: int256 = worth.equity - worth.value
    risk_engine: IRiskEngine = staticcall market.risk_engine()
    maintenance: uint256 = staticcall risk_engine.maintenance_margin(worth.notional)
    reason: bytes32 = empty(bytes32)
    seen.size = after.size
    seen.cost = after.cost
    seen.margin = after.margin
    seen.notional = worth.notional
    seen.unrealised_pnl = worth.value - after.cost
    seen.accrued_funding = worth.funding
    seen.equity = worth.equity
    seen.initial_margin, reason = margins.initial(risk_engine.address, worth.notional)
    if reason != empty(bytes32):
        seen.initial_margin = max_value(uint256)
    seen.maintenance_margin = maintenance
    seen.margin_ratio = health.margin_ratio(worth.equity, maintenance)
    seen.liquidation_price = staticcall risk_engine.liquidation_price(after.size, net_cash)
    seen.bankruptcy_price = price_bounds.bankruptcy_price(after.size, net_cash)
    seen.status = health.status(worth.equity, maintenance, staticcall risk_engine.call_ratio())
    cushion: int256 = worth.equity + worth.funding - convert(maintenance, int256)
    seen.seconds_to_liquidation = runway.seconds_left(
        runway.Stake(size=after.size, funding_index=after.funding_index, cushion=cushion),
        self._course(trial, held, moment),
        moment.at,
    )
    return seen


@internal
@pure
def _course(trial: trials.Trial, held: IMarket.Position, moment: moments.Moment) -> runway.Course:
    """
    @dev Every action that reads a price brings funding up to date; holding and adding margin do not.
    """
    course: runway.Course = runway.Course(
        since=moment.last,
        price=moment.price,
        skew=moment.skew,
        terms=moments.funding_terms(moment.parameters),
    )
    if trial.accrues:
        course.since = moment.now
        course.skew += trial.after.size - held.size
    return course
