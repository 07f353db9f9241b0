# pragma version 0.4.3
"""
@title Settings
@notice What the market's owner may tune, checked when set and packed four words deep.
"""
from . import fixed_point
from . import rates

struct Parameters:
    trade_fee_ratio: uint256  # share of the traded notional, WAD
    keeper_share: uint256  # share of the liquidation penalty, WAD
    max_funding_rate: uint256  # a day, at full skew, WAD
    reserve_ratio: uint256  # pool assets kept per notional of the larger side, WAD
    skew_scale: uint256  # skew at which price doubles or vanishes, WAD base
    max_open_interest: uint256  # a side, WAD base
    max_skew: uint256  # WAD base
    min_notional: uint256  # of a position, WAD quote
    keeper_reserve: uint256  # token units
    max_funding_velocity: uint256  # a day and day, at full skew, WAD; 0: the rate follows the skew at once
    adl_threshold: uint256  # trader claims per pool assets above which winners are deleveraged, WAD; 0: never

struct Ratios:
    trade_fee: uint256
    keeper_share: uint256
    max_funding_rate: uint256
    reserve: uint256

event ParametersSet:
    parameters: Parameters

MAX_TRADE_FEE: constant(uint256) = 10**17
MAX_FUNDING_RATE: constant(uint256) = 10**18
MAX_FUNDING_VELOCITY: constant(uint256) = 10 * 10**18
MAX_RESERVE_RATIO: constant(uint256) = 10 * 10**18
MAX_ADL_THRESHOLD: constant(uint256) = 1000 * 10**18
MAX_SIZE: constant(uint256) = 2**96
SIZE_BITS: constant(uint256) = 96
RATIO_BITS: constant(uint256) = 64
RATIO_MASK: constant(uint256) = 2**64 - 1

ratio_word: uint256  # trade fee | keeper share | max funding rate | reserve ratio
depth_word: uint256  # max funding velocity | skew scale | max open interest
bound_word: uint256  # max skew | min notional
incentive_word: uint256  # ADL threshold | keeper reserve


@internal
def set(new: Parameters, open_interest: uint256):
    """
    @dev `open_interest` is the larger side now: the skew scale must stay above it, so that every fill price
         of an exit is positive.
    """
    self.check(new.trade_fee_ratio <= MAX_TRADE_FEE, "market: trade fee too high")
    self.check(new.keeper_share <= fixed_point.WAD, "market: keeper share above one")
    self.check(new.max_funding_rate <= MAX_FUNDING_RATE, "market: funding rate too high")
    self.check(new.reserve_ratio <= MAX_RESERVE_RATIO, "market: reserve ratio too high")
    self.check(new.skew_scale < MAX_SIZE, "market: skew scale too large")
    self.check(new.skew_scale > new.max_open_interest, "market: skew scale below cap")
    self.check(new.skew_scale > open_interest, "market: skew scale below open")
    self.check(new.max_skew <= new.max_open_interest, "market: max skew above cap")
    self.ratio_word = self.packed_ratios(new)
    self.check(new.max_funding_velocity <= MAX_FUNDING_VELOCITY, "market: velocity too high")
    self.check(new.adl_threshold <= MAX_ADL_THRESHOLD, "market: ADL threshold too high")
    self.check(new.keeper_reserve <= MAX_SIZE, "market: keeper reserve too large")
    self.depth_word = (
        (new.max_funding_velocity << (2 * SIZE_BITS)) | (new.skew_scale << SIZE_BITS) | new.max_open_interest
    )
    self.bound_word = fixed_point.pack(new.max_skew, new.min_notional)
    self.incentive_word = fixed_point.pack(new.adl_threshold, new.keeper_reserve)
    log ParametersSet(parameters=new)


@internal
@pure
def check(good: bool, reason: String[32]):
    """
    @dev One place that reverts: a reason in each assertion would cost the market half a kilobyte.
    """
    assert good, reason


@internal
@pure
def packed_ratios(new: Parameters) -> uint256:
    word: uint256 = new.trade_fee_ratio
    for ratio: uint256 in [new.keeper_share, new.max_funding_rate, new.reserve_ratio]:
        word = (word << RATIO_BITS) | ratio
    return word


@internal
@view
def ratios() -> Ratios:
    word: uint256 = self.ratio_word
    return Ratios(
        trade_fee=word >> (3 * RATIO_BITS),
        keeper_share=(word >> (2 * RATIO_BITS)) & RATIO_MASK,
        max_funding_rate=(word >> RATIO_BITS) & RATIO_MASK,
        reserve=word & RATIO_MASK,
    )


@internal
@view
def funding_terms() -> rates.Terms:
    depth: uint256 = self.depth_word
    return rates.Terms(
        skew_scale=(depth >> SIZE_BITS) % MAX_SIZE,
        max_rate=self.ratios().max_funding_rate,
        max_velocity=depth >> (2 * SIZE_BITS),
    )


@internal
@view
def skew_scale() -> uint256:
    return (self.depth_word >> SIZE_BITS) % MAX_SIZE


@internal
@view
def max_open_interest() -> uint256:
    return self.depth_word % MAX_SIZE


@internal
@view
def max_skew() -> uint256:
    return fixed_point.high(self.bound_word)


@internal
@view
def min_notional() -> uint256:
    return fixed_point.low(self.bound_word)


@internal
@view
def keeper_reserve() -> uint256:
    return fixed_point.low(self.incentive_word)


@internal
@view
def adl_threshold() -> uint256:
    return fixed_point.high(self.incentive_word)


@external
@view
def parameters() -> Parameters:
    """
    @notice The parameters in force.
    @return WAD unless said otherwise at the struct.
    """
    ratios: Ratios = self.ratios()
    return Parameters(
        trade_fee_ratio=ratios.trade_fee,
        keeper_share=ratios.keeper_share,
        max_funding_rate=ratios.max_funding_rate,
        reserve_ratio=ratios.reserve,
        skew_scale=self.skew_scale(),
        max_open_interest=self.max_open_interest(),
        max_skew=self.max_skew(),
        min_notional=self.min_notional(),
        keeper_reserve=self.keeper_reserve(),
        max_funding_velocity=self.funding_terms().max_velocity,
        adl_threshold=self.adl_threshold(),
    )
