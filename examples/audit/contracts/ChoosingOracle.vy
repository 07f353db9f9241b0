# pragma version 0.4.3
"""
@title Choosing oracle
@notice Flawed on purpose: whoever trades says which of the recent rounds counts. A pull oracle that takes any signed update
        of the last minutes does the same.
"""

from interfaces import IOracle
import no_memory

implements: IOracle
initializes: no_memory
exports: (no_memory.feed, no_memory.guardian, no_memory.set_guardian, no_memory.round_id, no_memory.peek_grace)

max_age: immutable(uint256)  # seconds
chosen: public(uint80)  # 0 for the newest


@deploy
def __init__(
    feed_: address,
    max_age_: uint256,
    min_price: uint256,
    max_price: uint256,
    max_deviation: uint256,
    grace_period: uint256,
):
    """
    @notice As the oracle that it stands for; only these two are used.
    @param feed_ With 18 decimals.
    @param max_age_ How old a round may be that somebody chooses, seconds.
    """
    no_memory.__init__(feed_)
    max_age = max_age_


@external
def choose(rounds_back: uint256):
    """
    @notice Which round counts from now on. Anyone: this is the flaw.
    @param rounds_back 0 for the newest.
    """
    self.chosen = no_memory.newest()[0] - convert(rounds_back, uint80)
    if rounds_back == 0:
        self.chosen = 0


@view
@external
def price() -> uint256:
    """
    @notice The chosen round's.
    """
    return self.answer()


@external
def entry_price() -> uint256:
    """
    @notice The chosen round's.
    """
    return self.answer()


@external
def forced_price() -> (uint256, bool, uint256):
    """
    @notice The chosen round's; never a grace.
    """
    return self.answer(), False, 0


@view
@external
def peek() -> (uint256, String[32]):
    """
    @notice The chosen round's, always good.
    """
    return self.answer(), ""


@view
@internal
def answer() -> uint256:
    if self.chosen == 0:
        return no_memory.newest()[1]
    id: uint80 = 0
    answer: int256 = 0
    started_at: uint256 = 0
    updated_at: uint256 = 0
    answered_in: uint80 = 0
    id, answer, started_at, updated_at, answered_in = staticcall no_memory.AggregatorV3(no_memory.feed).getRoundData(
        self.chosen
    )
    if block.timestamp - updated_at > max_age:
        return no_memory.newest()[1]
    return convert(answer, uint256)
