"""Oracle: what it lets pass, what it refuses and in which order, on a feed that says anything."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isomargin.chain import BLOCK_INTERVAL, Chain, Contract
from isomargin.contracts import compile_contract
from isomargin.errors import TransactionReverted
from isomargin.units import WAD

MAX_AGE = 3600
MIN_PRICE = 100 * WAD
MAX_PRICE = 10_000 * WAD
MAX_DEVIATION = WAD // 5
GUARDS = (MAX_AGE, MIN_PRICE, MAX_PRICE, MAX_DEVIATION)
ONE = 10**8  # the feed has eight decimals

WELL, REVERTING, EMPTY, SHORT = range(4)
PHASE = 5 << 64  # where a Chainlink proxy keeps the number of its aggregator


@pytest.fixture(scope="module")
def feed(chain: Chain) -> Contract:
    return chain.deploy(compile_contract("testing/FeedStub"), 8)


@pytest.fixture(scope="module")
def oracle(chain: Chain, feed: Contract, owner: str) -> Contract:
    return chain.deploy(compile_contract("oracle/Oracle"), feed.address, *GUARDS, 0, sender=owner)


@pytest.fixture
def show(chain: Chain, feed: Contract, stranger: str) -> Callable[..., None]:
    """`show(answer, age=, id=)`: a round that is `age` seconds old at the head."""

    def show_round(answer: int, *, age: int = 0, id: int = 1) -> None:
        updated_at = chain.timestamp + BLOCK_INTERVAL - age
        feed.transact("set_round", id, answer, updated_at, sender=stranger)

    return show_round


def verdict(oracle: Contract) -> tuple[int, str]:
    """What `peek` says, after making sure that `price` says the same."""
    price, reason = oracle.call("peek")
    if reason:
        with pytest.raises(TransactionReverted) as caught:
            oracle.call("price")
        assert caught.value.reason == reason
    else:
        assert oracle.call("price") == price
    return price, reason


# Default behaviour


def test_price__when_the_round_is_sound__then_is_scaled_to_wad(oracle, show):
    show(1_234_56789012)
    assert verdict(oracle) == (1_234_567_890_120_000_000_000, "")


@pytest.mark.parametrize(("decimals", "answer"), [(0, 5), (8, 5 * 10**8), (18, 5 * 10**18)])
def test_price__when_feed_has_other_decimals__then_is_the_same(chain, stranger, decimals, answer):
    feed = chain.deploy(compile_contract("testing/FeedStub"), decimals)
    oracle = chain.deploy(compile_contract("oracle/Oracle"), feed.address, MAX_AGE, 1, 10 * WAD, 0, 0)
    feed.transact("set_round", 1, answer, chain.timestamp + BLOCK_INTERVAL, sender=stranger)
    assert verdict(oracle) == (5 * WAD, "")


def test_price__when_read_from_the_price_feed__then_follows_its_rounds(chain, owner):
    feed = chain.deploy(compile_contract("oracle/PriceFeed"), 18, "DOGE / USD", sender=owner)
    oracle = chain.deploy(compile_contract("oracle/Oracle"), feed.address, 60, 1, WAD, MAX_DEVIATION, 0)
    feed.transact("set_pusher", owner, True, sender=owner)
    assert verdict(oracle) == (0, "oracle: feed reverts")
    feed.transact("push", 212_345_678_901_234_567, sender=owner)
    assert verdict(oracle) == (212_345_678_901_234_567, "")
    feed.transact("push", 300 * 10**15, sender=owner)
    assert verdict(oracle) == (300 * 10**15, "oracle: price deviates")
    chain.mine(timestamp=chain.timestamp + 61)
    assert verdict(oracle) == (300 * 10**15, "oracle: price stale")


# Each refusal, and the last value before it


@pytest.mark.parametrize("shape", [REVERTING, EMPTY, SHORT])
def test_price__when_feed_gives_no_round__then_feed_reverts(oracle, feed, show, stranger, shape):
    show(2_000 * ONE)
    feed.transact("misbehave", shape, WELL, sender=stranger)
    assert verdict(oracle) == (0, "oracle: feed reverts")


@pytest.mark.parametrize("answer", [0, -1, -(2**255)])
def test_price__when_answer_is_not_positive__then_refused(oracle, show, answer):
    show(answer)
    assert verdict(oracle) == (0, "oracle: price not positive")


def test_price__when_updated_after_now__then_refused(oracle, show):
    show(2_000 * ONE, age=-1)
    assert verdict(oracle) == (2_000 * WAD, "oracle: price from the future")


@pytest.mark.parametrize(("age", "reason"), [(MAX_AGE, ""), (MAX_AGE + 1, "oracle: price stale")])
def test_price__when_old__then_stale_only_beyond_max_age(oracle, show, age, reason):
    show(2_000 * ONE, age=age)
    assert verdict(oracle) == (2_000 * WAD, reason)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (100 * ONE, "oracle: price out of bounds"),
        (100 * ONE + 1, ""),
        (10_000 * ONE - 1, ""),
        (10_000 * ONE, "oracle: price out of bounds"),
    ],
)
def test_price__when_at_a_bound__then_refused(oracle, show, answer, reason):
    show(answer)
    assert verdict(oracle) == (answer * 10**10, reason)


@pytest.mark.parametrize("answer", [2**96 // 10**10 + 1, 2**96, 2**200, 2**255 - 1])
def test_peek__when_answer_does_not_fit__then_no_price_and_out_of_bounds(oracle, show, answer):
    show(answer)
    assert verdict(oracle) == (0, "oracle: price out of bounds")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (2_400 * ONE, ""),
        (2_400 * ONE + 1, "oracle: price deviates"),
        (1_600 * ONE, ""),
        (1_600 * ONE - 1, "oracle: price deviates"),
    ],
)
def test_price__when_a_fifth_from_the_round_before__then_deviates_only_beyond_it(
    oracle, show, answer, reason
):
    show(2_000 * ONE, id=7)
    show(answer, id=8)
    assert verdict(oracle) == (answer * 10**10, reason)


@pytest.mark.parametrize("previous", [0, -1, -(2**255), 2**255 - 1])
def test_price__when_the_round_before_was_absurd__then_deviates(oracle, show, previous):
    show(previous, id=7)
    show(2_000 * ONE, id=8)
    assert verdict(oracle) == (2_000 * WAD, "oracle: price deviates")


@pytest.mark.parametrize("first", [0, 1, PHASE, PHASE + 1])
def test_price__when_first_round_of_a_phase__then_deviation_is_not_checked(oracle, show, first):
    show(5_000 * ONE, id=first)
    assert verdict(oracle) == (5_000 * WAD, "")


@pytest.mark.parametrize("shape", [REVERTING, EMPTY, SHORT])
def test_price__when_the_round_before_is_lost__then_feed_reverts(oracle, feed, show, stranger, shape):
    show(2_000 * ONE, id=7)
    show(2_000 * ONE, id=8)
    feed.transact("misbehave", WELL, shape, sender=stranger)
    assert verdict(oracle) == (2_000 * WAD, "oracle: feed reverts")


def test_price__when_round_id_is_malformed__then_feed_reverts(oracle, show):
    show(2_000 * ONE, id=2**80 + 2)
    assert verdict(oracle) == (2_000 * WAD, "oracle: feed reverts")


def test_price__when_deviation_is_off__then_the_round_before_is_not_asked_for(
    oracle, feed, owner, show, stranger
):
    oracle.transact("set_guards", MAX_AGE, MIN_PRICE, MAX_PRICE, 0, sender=owner)
    show(200 * ONE, id=7)
    show(9_000 * ONE, id=8)
    feed.transact("misbehave", WELL, REVERTING, sender=stranger)
    assert verdict(oracle) == (9_000 * WAD, "")


@pytest.mark.parametrize(
    ("answer", "age", "price", "reason"),
    [
        (-1, -1, 0, "oracle: price not positive"),
        (-1, MAX_AGE + 1, 0, "oracle: price not positive"),
        (50 * ONE, -1, 50 * WAD, "oracle: price from the future"),
        (50 * ONE, MAX_AGE + 1, 50 * WAD, "oracle: price stale"),
        (2**255 - 1, MAX_AGE + 1, 0, "oracle: price stale"),
        (50 * ONE, 0, 50 * WAD, "oracle: price out of bounds"),
    ],
)
def test_price__when_several_guards_refuse__then_the_first_is_named(oracle, show, answer, age, price, reason):
    show(2_000 * ONE, id=7)  # from which every one of these deviates
    show(answer, age=age, id=8)
    assert verdict(oracle) == (price, reason)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    previous=st.integers(1, 10**13),
    permille=st.sampled_from([1, 10, 200, 999, 1000]),
    off=st.integers(-2, 2),
    rising=st.booleans(),
)
def test_deviation__when_near_its_limit__then_agrees_with_rationals(
    chain, oracle, feed, owner, stranger, previous, permille, off, rising
):
    deviation = Fraction(permille, 1000)
    answer = max(1, int(previous * (1 + deviation if rising else 1 - deviation)) + off)
    oracle.transact("set_guards", MAX_AGE, 1, 2**96 - 1, permille * WAD // 1000, sender=owner)
    now = chain.timestamp
    feed.transact("set_round", 7, previous, now, sender=stranger)
    feed.transact("set_round", 8, answer, now, sender=stranger)
    deviates = abs(answer - previous) > deviation * previous
    assert verdict(oracle) == (answer * 10**10, "oracle: price deviates" if deviates else "")


# Guards


def test_set_guards__when_owner__then_stored_and_announced(oracle, owner):
    new = (2**31 - 1, 1, 2**96 - 1, WAD)
    receipt = oracle.transact("set_guards", *new, sender=owner)
    assert oracle.call("guards") == new
    (event,) = oracle.events(receipt.logs)
    assert event.name == "GuardsSet"
    assert tuple(event.args.values()) == new


def test_guards__when_deployed__then_as_given(oracle, feed):
    assert oracle.call("guards") == GUARDS
    assert oracle.call("feed") == feed.address


BAD_GUARDS = [
    ((0, 1, 2, 0), "oracle: max age is zero"),
    ((2**31, 1, 2, 0), "oracle: max age too long"),
    ((1, 0, 2, 0), "oracle: min price is zero"),
    ((1, 2, 2, 0), "oracle: bounds not rising"),
    ((1, 3, 2, 0), "oracle: bounds not rising"),
    ((1, 1, 2**96, 0), "oracle: max price too high"),
    ((1, 1, 2, WAD + 1), "oracle: deviation above one"),
    ((1, 1, 2, WAD - 1), "oracle: deviation too fine"),
]


@pytest.mark.parametrize(("guards", "reason"), BAD_GUARDS)
def test_set_guards__when_senseless__then_refused(chain, oracle, feed, owner, refused, guards, reason):
    with refused(reason):
        oracle.transact("set_guards", *guards, sender=owner)
    assert oracle.call("guards") == GUARDS
    with refused(reason):
        chain.deploy(compile_contract("oracle/Oracle"), feed.address, *guards, 0)


def test_set_guards__when_not_owner__then_refused(oracle, stranger, refused):
    with refused("ownable: caller is not the owner"):
        oracle.transact("set_guards", *GUARDS, sender=stranger)


def test_ownership__when_transferred__then_only_acceptance_moves_it(oracle, owner, stranger):
    oracle.transact("transfer_ownership", stranger, sender=owner)
    assert (oracle.call("owner"), oracle.call("pending_owner")) == (owner, stranger)
    oracle.transact("accept_ownership", sender=stranger)
    oracle.transact("set_guards", *GUARDS, sender=stranger)


def test_deploy__when_feed_has_more_than_18_decimals__then_refused(chain, refused):
    feed = chain.deploy(compile_contract("testing/FeedStub"), 19)
    with refused("oracle: too many decimals"):
        chain.deploy(compile_contract("oracle/Oracle"), feed.address, *GUARDS, 0)
