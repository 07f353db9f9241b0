# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Price feed
@notice A price source in the shape of Chainlink's AggregatorV3: pushers report answers, every answer is a round,
        rounds are kept forever. It judges nothing, not even the sign: what may be acted on is the oracle's affair.
        Names in camel case are the ones the shape demands.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

initializes: ownable
initializes: ownable_2step[ownable := ownable]
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


event AnswerUpdated:
    current: indexed(int256)
    roundId: indexed(uint256)
    updatedAt: uint256


event PusherSet:
    pusher: indexed(address)
    allowed: bool


MAX_DECIMALS: constant(uint8) = 18
ANSWER_LIMIT: constant(int256) = 2**191
TIMESTAMP_BITS: constant(uint256) = 64
TIMESTAMP_MASK: constant(uint256) = 2**64 - 1

decimals: public(immutable(uint8))
description: public(immutable(String[64]))
version: public(constant(uint256)) = 1

is_pusher: public(HashMap[address, bool])
latest_round: public(uint256)  # 0 before the first round
rounds: HashMap[uint256, uint256]  # round -> int192 answer above a uint64 timestamp: one slot each


@deploy
def __init__(decimals_: uint8, description_: String[64]):
    """
    @notice The deployer becomes the owner; nobody may push yet.
    @param decimals_ Digits behind the point of an answer, at most 18.
    @param description_ What is priced, for example "ETH / USD".
    """
    assert decimals_ <= MAX_DECIMALS, "feed: too many decimals"
    ownable.__init__()
    ownable_2step.__init__()
    decimals = decimals_
    description = description_


# Reporting


@external
def push(answer: int256):
    """
    @notice Opens a round with a new answer. Pushers only; once per block, so that a block has one price.
    @param answer Quote per base, scaled by 10**decimals; any sign, at most 192 bits.
    """
    assert self.is_pusher[msg.sender], "feed: not a pusher"
    assert answer >= -ANSWER_LIMIT and answer < ANSWER_LIMIT, "feed: answer out of range"
    newest: uint256 = self.latest_round
    assert block.timestamp > self.rounds[newest] & TIMESTAMP_MASK, "feed: one round a block"

    round_id: uint256 = newest + 1
    self.rounds[round_id] = (
        convert(convert(answer << TIMESTAMP_BITS, bytes32), uint256) | (block.timestamp & TIMESTAMP_MASK)
    )
    self.latest_round = round_id
    log AnswerUpdated(current=answer, roundId=round_id, updatedAt=block.timestamp)


# Views


@view
@external
def latestRoundData() -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice The newest round.
    @return Round id; answer, scaled by 10**decimals; when it started and was updated (unix seconds, the same
            moment here); the round in which it was answered, which is itself.
    """
    newest: uint256 = self.latest_round
    assert newest != 0, "feed: no round yet"
    return self.round_data(newest)


@view
@external
def getRoundData(roundId: uint80) -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice One round.
    @param roundId Counts from 1.
    @return As `latestRoundData`.
    """
    return self.round_data(convert(roundId, uint256))


@view
@internal
def round_data(round_id: uint256) -> (uint80, int256, uint256, uint256, uint80):
    packed: uint256 = self.rounds[round_id]
    assert packed != 0, "feed: no such round"
    answer: int256 = convert(convert(packed, bytes32), int256) >> TIMESTAMP_BITS
    updated_at: uint256 = packed & TIMESTAMP_MASK
    id: uint80 = convert(round_id, uint80)
    return id, answer, updated_at, updated_at, id


# Administration


@external
def set_pusher(pusher: address, allowed: bool):
    """
    @notice Lets an account push answers, or stops it. Owner only.
    @param pusher The account.
    @param allowed Whether it may.
    """
    ownable._check_owner()
    self.is_pusher[pusher] = allowed
    log PusherSet(pusher=pusher, allowed=allowed)
