# pragma version 0.4.3
"""
@title Feed stub
@notice A feed of the AggregatorV3 shape that says whatever a test wants: any round, or no well-formed one.
"""

struct Round:
    id: uint256
    answer: int256
    started_at: uint256
    updated_at: uint256


WELL_FORMED: constant(uint256) = 0
REVERTING: constant(uint256) = 1
EMPTY: constant(uint256) = 2
SHORT: constant(uint256) = 3

decimals: public(immutable(uint8))

latest: Round
rounds: HashMap[uint256, Round]
latest_answer_shape: uint256
rounds_answer_shape: uint256


@deploy
def __init__(decimals_: uint8):
    """
    @param decimals_ Digits behind the point of an answer.
    """
    decimals = decimals_


@external
def set_round(id: uint256, answer: int256, updated_at: uint256):
    """
    @notice Makes a round the newest.
    @param id Any word; a well-formed id has 80 bits.
    @param answer Quote per base, scaled by 10**decimals.
    @param updated_at Unix seconds.
    """
    self.latest = Round(id=id, answer=answer, started_at=updated_at, updated_at=updated_at)
    self.rounds[id] = self.latest


@external
def set_newest_start(started_at: uint256):
    """
    @notice Changes when the newest round started, which is when it was updated otherwise.
    @param started_at Unix seconds, 0 for a round that was never opened.
    """
    self.latest.started_at = started_at
    self.rounds[self.latest.id] = self.latest


@external
def misbehave(latest_answer_shape: uint256, rounds_answer_shape: uint256):
    """
    @notice Chooses how the two questions are answered.
    @param latest_answer_shape Of `latestRoundData`: 0 well, 1 revert, 2 nothing, 3 four words instead of five.
    @param rounds_answer_shape Of `getRoundData`, the same.
    """
    self.latest_answer_shape = latest_answer_shape
    self.rounds_answer_shape = rounds_answer_shape


@view
@raw_return
@external
def latestRoundData() -> Bytes[160]:
    """
    @notice The newest round, in the shape that `misbehave` chose.
    @return Id, answer, started at, updated at, answered in round: 160 bytes, or what `misbehave` chose.
    """
    return self.shaped(self.latest, self.latest_answer_shape)


@view
@raw_return
@external
def getRoundData(roundId: uint80) -> Bytes[160]:
    """
    @notice One round, in the shape that `misbehave` chose.
    @param roundId Of a round that was set.
    @return As `latestRoundData`.
    """
    return self.shaped(self.rounds[convert(roundId, uint256)], self.rounds_answer_shape)


@view
@internal
def shaped(data: Round, answer_shape: uint256) -> Bytes[160]:
    assert answer_shape != REVERTING and data.updated_at != 0, "stub: as told"
    if answer_shape == EMPTY:
        return b""
    words: Bytes[160] = abi_encode(data.id, data.answer, data.started_at, data.updated_at, data.id)
    if answer_shape == SHORT:
        return slice(words, 0, 128)
    return words
