# pragma version 0.4.3
"""
@title Moments
@notice The market as it would be some time from now, if nobody acted and the price were the one given until then.
        What only a transaction or the future can tell is as it is now: multipliers, parameters, cash, a pause of the
        oracle.
"""
from ethereum.ercs import IERC20
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..market import rates
from ..market import settings
from . import reasons
from . import refusals

interface Market:
    def parameters() -> settings.Parameters: view
    def funding_accrual() -> rates.Accrual: view
    def opening_paused() -> bool: view

struct Moment:
    market: address
    token_scale: uint256  # WAD per token unit
    at: uint256  # unix seconds
    price: uint256  # WAD quote per base
    exit_refusal: bytes32  # why nobody could leave; empty when they could
    entry_refusal: bytes32  # why nobody could add risk
    forced_refusal: bytes32  # why nobody could be liquidated or deleveraged
    in_grace: bool  # after an outage
    price_before: uint256  # the last good price before it, WAD; 0 when unknown
    opening_paused: bool
    parameters: settings.Parameters
    long: uint256  # WAD base
    short: uint256  # WAD base
    skew: int256  # WAD base
    cost_sum: int256  # WAD quote
    funding_basis: int256  # WAD squared
    last: rates.Accrual  # when funding was last brought up to date
    now: rates.Accrual  # brought up to the moment
    pool_cash: uint256  # token units

PRICE_LIMIT: constant(uint256) = 2**96  # of `IOracle`
MAX_ELAPSED: constant(uint256) = 2**32  # seconds


@internal
@view
def look(
    market: address, asset: IERC20, pool: address, token_scale: uint256, price: uint256, elapsed: uint256
) -> Moment:
    """
    @dev A price of 0 stands for the newest, with all that speaks against it; any other is taken for good.
    """
    assert price < PRICE_LIMIT, "lens: price too high"
    assert elapsed <= MAX_ELAPSED, "lens: too far ahead"
    oracle: IOracle = staticcall IMarket(market).oracle()
    moment: Moment = empty(Moment)
    moment.market = market
    moment.token_scale = token_scale
    moment.at = block.timestamp + elapsed
    moment.price = price
    moment = self.with_price(moment, oracle)
    moment.opening_paused = staticcall Market(market).opening_paused()
    moment.parameters = staticcall Market(market).parameters()
    moment.long, moment.short = staticcall IMarket(market).open_interest()
    moment.skew, moment.cost_sum, moment.funding_basis = staticcall IMarket(market).aggregates()
    moment.pool_cash = staticcall asset.balanceOf(pool)
    moment.last = staticcall Market(market).funding_accrual()
    moment.now = rates.accrued(
        moment.last, moment.at, moment.price, moment.skew, self.funding_terms(moment.parameters)
    )
    return moment


@internal
@view
def with_price(moment: Moment, oracle: IOracle) -> Moment:
    """
    @dev While the newest price is good, its other faces tell what else speaks against acting.
    """
    priced: Moment = moment
    newest: uint256 = 0
    reason: String[32] = ""
    newest, reason = staticcall oracle.peek()
    ends_at: uint256 = 0
    ends_at, priced.price_before = staticcall oracle.peek_grace()
    priced.in_grace = moment.at < ends_at
    if reason == "":
        priced.entry_refusal = self.refusal(oracle, method_id("entry_price()", output_type=Bytes[4]))
        priced.forced_refusal = self.refusal(oracle, method_id("forced_price()", output_type=Bytes[4]))
    grace: bytes32 = reasons.word("oracle: grace after outage")
    if priced.in_grace and priced.entry_refusal == empty(bytes32):
        priced.entry_refusal = grace
    elif not priced.in_grace and priced.entry_refusal == grace:
        priced.entry_refusal = empty(bytes32)
    if moment.price == 0:
        priced.price = newest
        if reason != "":
            priced.exit_refusal = reasons.word(reason)
            priced.entry_refusal = priced.exit_refusal
            priced.forced_refusal = priced.exit_refusal
    return priced


@internal
@view
def refusal(oracle: IOracle, question: Bytes[4]) -> bytes32:
    """
    @dev Of a face that may write: asked without being allowed to, it tells a reason or nothing.
    """
    success: bool = False
    response: Bytes[refusals.MAX_ANSWER] = b""
    success, response = raw_call(
        oracle.address,
        question,
        max_outsize=refusals.MAX_ANSWER,
        is_static_call=True,
        revert_on_failure=False,
    )
    if success:
        return empty(bytes32)
    return reasons.word(refusals.reason(response, ""))


@internal
@pure
def funding_terms(parameters: settings.Parameters) -> rates.Terms:
    return rates.Terms(
        skew_scale=parameters.skew_scale,
        max_rate=parameters.max_funding_rate,
        max_velocity=parameters.max_funding_velocity,
    )


@internal
@pure
def after(moment: Moment, before: IMarket.Position, changed: IMarket.Position) -> Moment:
    """
    @dev The sums once a position has changed.
    """
    moved: Moment = moment
    moved.long = self.side(moment.long, max(before.size, 0), max(changed.size, 0))
    moved.short = self.side(moment.short, max(-before.size, 0), max(-changed.size, 0))
    moved.skew += changed.size - before.size
    moved.cost_sum += changed.cost - before.cost
    moved.funding_basis += changed.size * changed.funding_index - before.size * before.funding_index
    return moved


@internal
@pure
def side(sizes: uint256, before: int256, changed: int256) -> uint256:
    return sizes + convert(changed, uint256) - convert(before, uint256)
