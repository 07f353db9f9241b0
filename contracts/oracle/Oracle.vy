# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Oracle
@notice Guards a Chainlink-shaped feed: a price is given only if it is fresh, within bounds and near the round
        before it. What the guards refuse has a name; see `price` for their order.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from ..interfaces import IOracle
from ..market import fixed_point

implements: IOracle
initializes: ownable
initializes: ownable_2step[ownable := ownable]
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


interface AggregatorV3:
    def decimals() -> uint8: view


struct Guards:
    max_age: uint256  # seconds
    min_price: uint256  # WAD, itself refused
    max_price: uint256  # WAD, itself refused
    max_deviation: uint256  # WAD ratio of the previous round's answer, 0 for no check


struct FeedRound:
    id: uint256
    answer: int256  # in the feed's decimals
    updated_at: uint256  # unix seconds


event GuardsSet:
    max_age: uint256
    min_price: uint256
    max_price: uint256
    max_deviation: uint256


FEED_REVERTS: constant(String[32]) = "oracle: feed reverts"
FEED_DECIMALS: constant(uint256) = 18
ROUND_BYTES: constant(uint256) = 160

# The guards share one slot: 30 bits of deviation in billionths, 32 of age, 96 for each bound.
PRICE_LIMIT: constant(uint256) = 2**96
AGE_LIMIT: constant(uint256) = 2**32
BILLIONTH: constant(uint256) = 10**9
MAX_PRICE_SHIFT: constant(uint256) = 96
AGE_SHIFT: constant(uint256) = 192
DEVIATION_SHIFT: constant(uint256) = 224

feed: public(immutable(address))
SCALE: immutable(uint256)  # feed answer -> WAD

packed_guards: uint256


@deploy
def __init__(
    feed_: address, max_age: uint256, min_price: uint256, max_price: uint256, max_deviation: uint256
):
    """
    @notice The deployer becomes the owner.
    @param feed_ A feed of the AggregatorV3 shape with at most 18 decimals.
    @param max_age Seconds, see `set_guards` for this and the rest.
    @param min_price WAD quote per base.
    @param max_price WAD quote per base.
    @param max_deviation WAD ratio.
    """
    ownable.__init__()
    ownable_2step.__init__()
    decimals: uint256 = convert(staticcall AggregatorV3(feed_).decimals(), uint256)
    assert decimals <= FEED_DECIMALS, "oracle: too many decimals"
    feed = feed_
    SCALE = 10 ** (FEED_DECIMALS - decimals)
    self.store_guards(
        Guards(max_age=max_age, min_price=min_price, max_price=max_price, max_deviation=max_deviation)
    )


# The price


@view
@external
def price() -> uint256:
    """
    @notice The price to act on, or the first of these refusals: feed reverts, price not positive, price from the
            future, price stale, price out of bounds, price deviates.
    @return WAD quote per base.
    """
    return self.good_price()


@external
def entry_price() -> uint256:
    """
    @notice The price to open, enlarge or withdraw at.
    @return WAD quote per base.
    """
    return self.good_price()


@external
def forced_price() -> (uint256, bool, uint256):
    """
    @notice The price to liquidate or deleverage at.
    @return WAD quote per base; whether it is the grace after an outage; the last good price before, WAD.
    """
    return self.good_price(), False, 0


@view
@external
def round_id() -> uint256:
    """
    @notice The newest round of the feed.
    @return 0 before the first.
    """
    found: bool = False
    newest: FeedRound = empty(FeedRound)
    found, newest = self.ask_feed(method_id("latestRoundData()", output_type=Bytes[4]))
    return newest.id


@view
@external
def peek_grace() -> (uint256, uint256):
    """
    @notice The grace after an outage.
    @return When it ends, unix seconds; the last good price before the outage, WAD.
    """
    return 0, 0


@view
@internal
def good_price() -> uint256:
    newest: uint256 = 0
    reason: String[32] = ""
    newest, reason = self.read()
    assert reason == "", reason
    return newest


@view
@external
def peek() -> (uint256, String[32]):
    """
    @notice The same without reverting.
    @return WAD quote per base, 0 when the feed gives none that is positive and below 2**96; the reason not to
            act on it, empty for a good price.
    """
    return self.read()


@view
@internal
def read() -> (uint256, String[32]):
    found: bool = False
    newest: FeedRound = empty(FeedRound)
    found, newest = self.ask_feed(method_id("latestRoundData()", output_type=Bytes[4]))
    if not found:
        return 0, FEED_REVERTS
    if newest.answer <= 0:
        return 0, "oracle: price not positive"

    newest_price: uint256 = self.to_wad(newest.answer)
    guards: Guards = self.unpack_guards()
    if newest.updated_at > block.timestamp:
        return newest_price, "oracle: price from the future"
    if block.timestamp - newest.updated_at > guards.max_age:
        return newest_price, "oracle: price stale"
    if newest_price <= guards.min_price or newest_price >= guards.max_price:
        return newest_price, "oracle: price out of bounds"
    return newest_price, self.deviation_refusal(newest, guards.max_deviation)


@view
@internal
def deviation_refusal(newest: FeedRound, max_deviation: uint256) -> String[32]:
    """
    @dev `newest` is within the bounds, so its answer is below 2**96. A feed that has lost the round before the
         newest is not trusted; one without history is used with the check off.
    """
    if max_deviation == 0 or newest.id & (2**64 - 1) <= 1:  # the upper bits are the phase in Chainlink's proxies
        return ""
    found: bool = False
    previous: FeedRound = empty(FeedRound)
    found, previous = self.ask_feed(
        concat(method_id("getRoundData(uint80)"), convert(newest.id - 1, bytes32))
    )
    if not found:
        return FEED_REVERTS
    if self.deviates(newest.answer, previous.answer, max_deviation):
        return "oracle: price deviates"
    return ""


@pure
@internal
def deviates(answer: int256, previous: int256, max_deviation: uint256) -> bool:
    """
    @dev abs(answer - previous) * WAD > max_deviation * previous, written so that no answer can overflow it.
    """
    if previous <= 0:
        return True
    now: uint256 = convert(answer, uint256)
    before: uint256 = convert(previous, uint256)
    if now >= before:
        return (now - before) * fixed_point.WAD > max_deviation * before
    if max_deviation == fixed_point.WAD:
        return False  # no fall loses more than everything
    return before > now * fixed_point.WAD // (fixed_point.WAD - max_deviation)


@view
@internal
def ask_feed(question: Bytes[36]) -> (bool, FeedRound):
    """
    @dev Low level, because a feed that reverts or answers short must become a reason, also in `peek`.
    """
    success: bool = False
    response: Bytes[ROUND_BYTES] = b""
    success, response = raw_call(
        feed, question, max_outsize=ROUND_BYTES, is_static_call=True, revert_on_failure=False
    )
    if not success or len(response) < ROUND_BYTES:
        return False, empty(FeedRound)
    # Whole words, because decoding into uint80 would revert on a malformed id.
    return True, FeedRound(
        id=extract32(response, 0, output_type=uint256),
        answer=extract32(response, 32, output_type=int256),
        updated_at=extract32(response, 96, output_type=uint256),
    )


@view
@internal
def to_wad(answer: int256) -> uint256:
    """
    @dev 0 for an answer at or above 2**96: no guard lets it pass, and nobody has to count with it.
    """
    magnitude: uint256 = convert(answer, uint256)
    if magnitude >= PRICE_LIMIT:
        return 0
    scaled: uint256 = magnitude * SCALE
    if scaled >= PRICE_LIMIT:
        return 0
    return scaled


# Guards


@view
@external
def guards() -> Guards:
    """
    @notice The guards in force.
    @return Seconds, WAD, WAD and WAD ratio.
    """
    return self.unpack_guards()


@external
def set_guards(max_age: uint256, min_price: uint256, max_price: uint256, max_deviation: uint256):
    """
    @notice Replaces all guards. Owner only.
    @param max_age Seconds after which a round is stale, positive and below 2**32.
    @param min_price WAD quote per base, positive; a price at it or below is refused.
    @param max_price WAD quote per base, above `min_price` and below 2**96; a price at it or above is refused.
    @param max_deviation Largest change from the previous round, WAD ratio of that round, at most 10**18 and a
           multiple of 10**9; 0 for no check.
    """
    ownable._check_owner()
    self.store_guards(
        Guards(max_age=max_age, min_price=min_price, max_price=max_price, max_deviation=max_deviation)
    )


@internal
def store_guards(new: Guards):
    assert new.max_age > 0, "oracle: max age is zero"
    assert new.max_age < AGE_LIMIT, "oracle: max age too long"
    assert new.min_price > 0, "oracle: min price is zero"
    assert new.min_price < new.max_price, "oracle: bounds not rising"
    assert new.max_price < PRICE_LIMIT, "oracle: max price too high"
    assert new.max_deviation <= fixed_point.WAD, "oracle: deviation above one"
    assert new.max_deviation % BILLIONTH == 0, "oracle: deviation too fine"
    self.packed_guards = (
        (new.max_deviation // BILLIONTH << DEVIATION_SHIFT)
        | (new.max_age << AGE_SHIFT)
        | (new.max_price << MAX_PRICE_SHIFT)
        | new.min_price
    )
    log GuardsSet(
        max_age=new.max_age,
        min_price=new.min_price,
        max_price=new.max_price,
        max_deviation=new.max_deviation,
    )


@view
@internal
def unpack_guards() -> Guards:
    packed: uint256 = self.packed_guards
    return Guards(
        max_age=(packed >> AGE_SHIFT) % AGE_LIMIT,
        min_price=packed % PRICE_LIMIT,
        max_price=(packed >> MAX_PRICE_SHIFT) % PRICE_LIMIT,
        max_deviation=(packed >> DEVIATION_SHIFT) * BILLIONTH,
    )
