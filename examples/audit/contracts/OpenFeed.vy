# pragma version 0.4.3
"""
@title Open feed
@notice Flawed on purpose: a feed of the AggregatorV3 shape that takes its answers from anybody. It has a list of pushers, as
        the forwarder had signatures, and does not look at it.
"""

event AnswerUpdated:
    current: indexed(int256)
    roundId: indexed(uint256)
    updatedAt: uint256


event PusherSet:
    pusher: indexed(address)
    allowed: bool


struct Round:
    answer: int256
    updated_at: uint256


decimals: public(immutable(uint8))
description: public(immutable(String[64]))
version: public(constant(uint256)) = 1

owner: public(address)
is_pusher: public(HashMap[address, bool])
latest_round: public(uint256)
rounds: HashMap[uint256, Round]


@deploy
def __init__(decimals_: uint8, description_: String[64]):
    """
    @param decimals_ Digits behind the point of an answer.
    @param description_ What is priced.
    """
    decimals = decimals_
    description = description_
    self.owner = msg.sender


@external
def push(answer: int256):
    """
    @notice Opens a round. Anyone: this is the flaw.
    @param answer Quote per base, scaled by 10**decimals.
    """
    assert block.timestamp > self.rounds[self.latest_round].updated_at, "feed: one round a block"
    self.latest_round += 1
    self.rounds[self.latest_round] = Round(answer=answer, updated_at=block.timestamp)
    log AnswerUpdated(current=answer, roundId=self.latest_round, updatedAt=block.timestamp)


@external
def set_pusher(pusher: address, allowed: bool):
    """
    @notice Writes the list that nobody reads.
    """
    assert msg.sender == self.owner, "ownable: caller is not the owner"
    self.is_pusher[pusher] = allowed
    log PusherSet(pusher=pusher, allowed=allowed)


@view
@external
def latestRoundData() -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice The newest round.
    """
    return self.round_data(convert(self.latest_round, uint80))


@view
@external
def getRoundData(roundId: uint80) -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice One round.
    """
    return self.round_data(roundId)


@view
@internal
def round_data(id: uint80) -> (uint80, int256, uint256, uint256, uint80):
    found: Round = self.rounds[convert(id, uint256)]
    assert found.updated_at != 0, "feed: no such round"
    return id, found.answer, found.updated_at, found.updated_at, id
