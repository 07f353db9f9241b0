# pragma version 0.4.3
"""
@title Rounds
@notice Reads feeds of Chainlink's AggregatorV3 shape without ever reverting: a feed that reverts or answers short is
        a fact to be told, also by views.
"""


interface AggregatorV3:
    def decimals() -> uint8: view


struct FeedRound:
    id: uint256
    answer: int256  # in the feed's decimals
    started_at: uint256  # unix seconds
    updated_at: uint256  # unix seconds


DECIMALS: constant(uint256) = 18
ROUND_BYTES: constant(uint256) = 160
ID_LIMIT: constant(uint256) = 2**80
PHASE_ROUNDS: constant(uint256) = 2**64  # the upper bits of an id are the phase in Chainlink's proxies
PRICE_LIMIT: constant(uint256) = 2**96


@view
@internal
def latest(source: address) -> (bool, FeedRound):
    """
    @dev False when the feed reverts or answers short.
    """
    return self.ask(source, method_id("latestRoundData()", output_type=Bytes[4]))


@view
@internal
def before(source: address, id: uint256) -> (bool, FeedRound):
    """
    @dev The round before another one. False also when it has none: the first of a phase.
    """
    if self.is_first(id) or id > ID_LIMIT:
        return False, empty(FeedRound)
    found: bool = False
    previous: FeedRound = empty(FeedRound)
    found, previous = self.ask(source, concat(method_id("getRoundData(uint80)"), convert(id - 1, bytes32)))
    previous.id = id - 1  # whatever the feed calls it
    return found, previous


@pure
@internal
def is_first(id: uint256) -> bool:
    return id % PHASE_ROUNDS <= 1


@view
@internal
def ask(source: address, question: Bytes[36]) -> (bool, FeedRound):
    success: bool = False
    response: Bytes[ROUND_BYTES] = b""
    success, response = raw_call(
        source, question, max_outsize=ROUND_BYTES, is_static_call=True, revert_on_failure=False
    )
    if not success or len(response) < ROUND_BYTES:
        return False, empty(FeedRound)
    # Whole words, because decoding into uint80 would revert on a malformed id.
    return True, FeedRound(
        id=extract32(response, 0, output_type=uint256),
        answer=extract32(response, 32, output_type=int256),
        started_at=extract32(response, 64, output_type=uint256),
        updated_at=extract32(response, 96, output_type=uint256),
    )


@view
@internal
def scale_of(source: address) -> uint256:
    """
    @dev What makes a WAD of the feed's answers.
    """
    assert source.is_contract, "oracle: feed is no contract"
    decimals: uint256 = convert(staticcall AggregatorV3(source).decimals(), uint256)
    assert decimals <= DECIMALS, "oracle: too many decimals"
    return 10 ** (DECIMALS - decimals)


@pure
@internal
def to_wad(answer: int256, scale: uint256) -> uint256:
    """
    @dev 0 for an answer that is not positive, or at or above 2**96: no guard lets it pass, and nobody has to count
         with it.
    """
    if answer <= 0:
        return 0
    magnitude: uint256 = convert(answer, uint256)
    if magnitude >= PRICE_LIMIT or magnitude * scale >= PRICE_LIMIT:
        return 0
    return magnitude * scale
