"""Oracle: a second source that has to agree, and what it refuses."""

from __future__ import annotations

import pytest

from isomargin.chain import BLOCK_INTERVAL
from isomargin.contracts import compile_contract
from isomargin.model import OracleGuards
from isomargin.units import WAD
from tests.contracts.oracle_world import OracleWorld, create_world

MAX_AGE, GRACE = 600, 900
GUARDS = OracleGuards(MAX_AGE, WAD // 100, 10_000 * WAD, 0, GRACE)
ONE = 10**8  # the second source has eight decimals
BAD, DISAGREE = "oracle: second source bad", "oracle: sources disagree"
NOBODY = "0x" + "00" * 20
EMPTY, SHORT = 2, 3


@pytest.fixture
def world(chain) -> OracleWorld:
    """An oracle whose two sources say 1,000 and may differ by a tenth."""
    return two_sources(create_world(chain, GUARDS, 1_000 * WAD), 1_000 * ONE, WAD // 10)


def two_sources(world: OracleWorld, answer: int, max_difference: int) -> OracleWorld:
    world.push("second", answer)
    world.act("set_second_source", "owner", world.contracts["second"].address, max_difference)
    return world


def verdict(world: OracleWorld) -> tuple[int, str]:
    """What `peek` says, after making sure that the model and all faces say the same."""
    world.compare()
    price, reason = world.oracle.call("peek")
    if reason:
        assert {world.ask(face) for face in ("price", "entry_price", "forced_price")} == {reason}
    return price, reason


# Refusals


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (1_000 * ONE, ""),
        (1_111_11111111, ""),  # a tenth of it is 111.1: 1,000 may be 111.1 below
        (1_111_11111112, DISAGREE),
        (909_09090910, ""),  # and 90.9 above
        (909_09090909, DISAGREE),
        (1, DISAGREE),
        (0, BAD),
        (-1, BAD),
        (2**96, BAD),
        (2**255 - 1, BAD),
        (-(2**255), BAD),
    ],
)
def test_price__when_second_source_says__then_refused_beyond_a_tenth_of_it(world, answer, reason):
    world.push("second", answer)
    assert verdict(world) == (1_000 * WAD, reason)


@pytest.mark.parametrize(("age", "reason"), [(-1, BAD), (0, ""), (MAX_AGE, ""), (MAX_AGE + 1, BAD)])
def test_price__when_second_source_is_old_or_early__then_bad(world, age, reason):
    world.push("feed", 1_000 * WAD)
    world.push("second", 1_000 * ONE, age=age)
    assert verdict(world) == (1_000 * WAD, reason)


def test_price__when_second_source_reverts__then_bad(world):
    world.silence("second")
    assert verdict(world) == (1_000 * WAD, BAD)
    world.silence("second", False)
    assert verdict(world) == (1_000 * WAD, "")


@pytest.mark.parametrize("shape", [EMPTY, SHORT])
def test_price__when_second_source_answers_short__then_bad(world, shape):
    world.contracts["second"].transact("misbehave", shape, 0, sender=world.people["stranger"])
    assert world.oracle.call("peek") == (1_000 * WAD, BAD)


def test_price__when_both_sources_are_bad__then_the_first_is_named(world):
    world.push("second", 0)
    world.push("feed", 10_000 * WAD)
    assert verdict(world) == (10_000 * WAD, "oracle: price out of bounds")


@pytest.mark.parametrize(("decimals", "answer"), [(0, 1_000), (18, 1_000 * WAD)])
def test_price__when_second_source_has_other_decimals__then_compared_in_wad(world, decimals, answer):
    other = world.chain.deploy(compile_contract("testing/FeedStub"), decimals)
    now = world.now + BLOCK_INTERVAL
    other.transact("set_round", 1, answer, now, sender=world.people["stranger"])
    world.oracle.transact("set_second_source", other.address, 10**9, sender=world.people["owner"])
    assert world.oracle.call("peek") == (1_000 * WAD, "")


# Setting


def test_set_second_source__when_none__then_it_is_not_asked(world):
    world.push("second", 1)
    world.act("set_second_source", "owner", NOBODY, 7)
    assert verdict(world) == (1_000 * WAD, "")
    assert world.oracle.call("second_feed") == (NOBODY, 0)


def test_set_second_source__when_owner__then_stored_and_announced(world):
    feed = world.contracts["second"].address
    receipt = world.oracle.transact("set_second_source", feed, WAD, sender=world.people["owner"])
    (event,) = world.oracle.events(receipt.logs)
    assert (event.name, event.args) == ("SecondSourceSet", {"feed": feed, "max_difference": WAD})
    assert world.oracle.call("second_feed") == (feed, WAD)


def test_set_guards__when_there_are_further_feeds__then_they_are_kept(world):
    world.push("uptime", 1)
    world.act("set_sequencer_feed", "owner", world.contracts["uptime"].address)
    world.act("set_guards", "owner", 300, WAD, 2_000 * WAD, 0)
    assert verdict(world) == (1_000 * WAD, "oracle: sequencer down")
    world.push("uptime", 0)
    world.push("second", 1)
    assert verdict(world) == (1_000 * WAD, DISAGREE)
    world.act("set_sequencer_feed", "owner", NOBODY)
    assert verdict(world) == (1_000 * WAD, DISAGREE)
    assert world.oracle.call("guards") == (300, WAD, 2_000 * WAD, 0)


@pytest.mark.parametrize(
    ("max_difference", "reason"),
    [
        (0, "oracle: difference is zero"),
        (WAD + 10**9, "oracle: difference above one"),
        (10**9 - 1, "oracle: difference too fine"),
    ],
)
def test_set_second_source__when_senseless__then_refused(world, refused, max_difference, reason):
    feed = world.contracts["second"].address
    with refused(reason):
        world.oracle.transact("set_second_source", feed, max_difference, sender=world.people["owner"])


def test_set_second_source__when_not_a_feed__then_refused(world, refused):
    with refused("oracle: feed is no contract"):
        world.oracle.transact("set_second_source", world.people["owner"], WAD, sender=world.people["owner"])
    fine = world.chain.deploy(compile_contract("testing/FeedStub"), 19)
    with refused("oracle: too many decimals"):
        world.oracle.transact("set_second_source", fine.address, WAD, sender=world.people["owner"])


# Outages


def test_disagreement__when_watched__then_grace_once_they_agree_again(world):
    world.push("second", 1_200 * ONE)
    world.act("watch", "stranger")
    assert verdict(world) == (1_000 * WAD, DISAGREE)
    world.push("second", 1_000 * ONE)
    seen_at = world.now + BLOCK_INTERVAL
    world.act("forced_price", "stranger")
    assert verdict(world) == (1_000 * WAD, "")
    assert world.oracle.call("peek_grace") == (seen_at + GRACE, 1_000 * WAD)


def test_disagreement__when_watched__then_price_before_is_one_that_both_agreed_on(world):
    world.push("feed", 1_300 * WAD)
    assert world.act("watch", "stranger") == ""
    world.push("feed", 1_050 * WAD)
    came = world.now
    assert verdict(world) == (1_050 * WAD, "")
    assert world.oracle.call("peek_grace") == (came + GRACE, 1_000 * WAD)


# Incidents: Synthetix, 25 June 2019, and Compound, 26 November 2020


@pytest.mark.parametrize("source", ["feed", "second"])
def test_synthetix_krw__when_one_source_is_a_thousandfold__then_no_price_for_anybody(chain, source):
    world = two_sources(create_world(chain, GUARDS, WAD), ONE, WAD // 20)
    world.push(source, 1_000 * (WAD if source == "feed" else ONE))
    assert verdict(world)[1] == DISAGREE
    world.push(source, WAD if source == "feed" else ONE)
    assert verdict(world) == (WAD, "")


def test_compound_dai__when_one_venue_is_30_percent_up__then_nobody_is_liquidated_at_it(chain):
    world = two_sources(create_world(chain, GUARDS, WAD), ONE, WAD // 20)
    world.push("feed", 13 * WAD // 10)
    assert verdict(world) == (13 * WAD // 10, DISAGREE)
    alone = create_world(chain, GUARDS, WAD)
    alone.push("feed", 13 * WAD // 10)
    assert alone.oracle.call("forced_price") == (13 * WAD // 10, False, 0)  # what the second source prevents
