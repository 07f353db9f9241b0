"""Oracle: a rollup's sequencer that stops, as its uptime feed tells, and the grace after it is up again."""

from __future__ import annotations

import pytest

from isomargin.chain import BLOCK_INTERVAL
from isomargin.model import OracleGuards
from isomargin.units import WAD
from tests.contracts.oracle_world import OracleWorld, create_world

MAX_AGE, GRACE = 3_600, 1_800
GUARDS = OracleGuards(MAX_AGE, 100 * WAD, 10_000 * WAD, WAD // 2, GRACE)
DOWN = "oracle: sequencer down"
UP, STOPPED = 0, 1
EMPTY, SHORT = 2, 3
NOBODY = "0x" + "00" * 20


@pytest.fixture
def world(chain) -> OracleWorld:
    """An oracle at 2,000 that obeys a sequencer which is up."""
    world = create_world(chain, GUARDS, 2_000 * WAD)
    world.push("uptime", UP)
    world.act("set_sequencer_feed", "owner", world.contracts["uptime"].address)
    return world


def stop(world: OracleWorld) -> int:
    """The sequencer stops; returns when."""
    world.push("uptime", STOPPED)
    return world.now


def start(world: OracleWorld) -> int:
    """The sequencer is up again; returns since when."""
    world.push("uptime", UP)
    return world.now


def push(world: OracleWorld, price: int) -> int:
    world.push("feed", price * WAD)
    return world.now


def check_refused(world: OracleWorld) -> None:
    world.compare()
    assert {world.ask(face) for face in ("price", "entry_price", "forced_price")} == {DOWN}
    assert world.oracle.call("peek_grace") == (0, 0)


def check_grace(world: OracleWorld, price: int, ends_at: int, price_before: int) -> None:
    world.compare()
    assert world.oracle.call("peek_grace") == (ends_at, price_before * WAD)
    assert world.oracle.call("forced_price") == (price * WAD, True, price_before * WAD)
    assert world.ask("entry_price") == "oracle: grace after outage"
    assert world.oracle.call("price") == price * WAD


def check_no_grace(world: OracleWorld, price: int) -> None:
    world.compare()
    assert world.oracle.call("peek_grace") == (0, 0)
    assert world.oracle.call("entry_price") == price * WAD


# Refusals


def test_price__when_sequencer_is_up__then_as_without(world):
    check_no_grace(world, 2_000)
    assert world.oracle.call("sequencer_feed") == world.contracts["uptime"].address


@pytest.mark.parametrize("answer", [STOPPED, 2, -1])
def test_price__when_sequencer_is_down__then_refused_and_the_price_still_shown(world, answer):
    world.push("uptime", answer)
    check_refused(world)
    assert world.oracle.call("peek") == (2_000 * WAD, DOWN)


def test_price__when_the_price_is_bad_too__then_the_sequencer_is_named_first(world):
    push(world, 50)
    stop(world)
    assert world.oracle.call("peek") == (50 * WAD, DOWN)
    world.silence("feed")
    assert world.oracle.call("peek") == (0, DOWN)


def test_price__when_uptime_feed_reverts__then_refused(world):
    world.silence("uptime")
    check_refused(world)


@pytest.mark.parametrize("shape", [EMPTY, SHORT])
def test_price__when_uptime_feed_answers_short__then_refused(world, shape):
    world.contracts["uptime"].transact("misbehave", shape, 0, sender=world.people["stranger"])
    assert world.oracle.call("peek") == (2_000 * WAD, DOWN)


def test_price__when_uptime_is_from_the_future__then_refused_until_then(world):
    world.push("uptime", UP, age=-100)
    check_refused(world)
    world.wait(100)
    check_no_grace(world, 2_000)  # and the round before said up as well


def test_price__when_uptime_round_was_never_opened__then_refused(world):
    world.push("uptime", UP)
    world.unopen("uptime")
    check_refused(world)


# The grace


def test_restart__when_nobody_looked__then_grace_from_its_second(world):
    stop(world)
    world.wait(300)
    since = start(world)
    check_grace(world, 2_000, since + GRACE, 2_000)
    world.wait(GRACE - 1)
    check_grace(world, 2_000, since + GRACE, 2_000)
    world.wait(1)
    check_no_grace(world, 2_000)


def test_restart__when_somebody_watched_meanwhile__then_the_same(world):
    stop(world)
    assert world.act("watch", "stranger") == ""
    check_refused(world)
    since = start(world)
    world.wait(100)
    check_grace(world, 2_000, since + GRACE, 2_000)
    world.act("watch", "stranger")
    check_grace(world, 2_000, since + GRACE, 2_000)


@pytest.mark.parametrize("is_watched", [False, True])
def test_restart__when_prices_came_meanwhile__then_price_before_is_from_before_the_stop(world, is_watched):
    push(world, 2_100)
    stop(world)
    push(world, 1_900)
    if is_watched:
        world.act("watch", "stranger")
    push(world, 1_800)
    since = start(world)
    push(world, 1_700)
    check_grace(world, 1_700, since + GRACE, 2_100)


def test_restart__when_the_stop_cannot_be_asked_for__then_began_as_it_ended(world):
    push(world, 2_100)
    world.push("uptime", UP, id=9)  # rounds before were not kept
    since = world.now
    push(world, 1_700)
    check_grace(world, 1_700, since + GRACE, 2_100)


def test_restart__when_the_round_before_was_never_opened__then_began_as_it_ended(world):
    stop(world)
    world.unopen("uptime")
    push(world, 2_100)
    since = start(world)
    push(world, 1_700)
    check_grace(world, 1_700, since + GRACE, 2_100)


def test_restart__when_a_price_came_in_the_second_of_the_stop__then_it_is_the_price_before(world):
    stop(world)
    world.push("feed", 2_100 * WAD, age=BLOCK_INTERVAL)
    since = start(world)
    push(world, 1_700)
    check_grace(world, 1_700, since + GRACE, 2_100)


def test_restart__when_it_was_before_another_outage_ended__then_the_grace_is_not_cut(world):
    world.wait(MAX_AGE)
    came = push(world, 2_100)
    world.act("watch", "stranger")
    world.push("uptime", STOPPED, age=60)
    world.push("uptime", UP, age=60)
    check_grace(world, 2_100, came + GRACE, 2_000)


def test_restart__when_up_is_only_said_again__then_no_outage(world):
    push(world, 2_100)
    start(world)
    check_no_grace(world, 2_100)


def test_restart__when_in_the_grace_of_a_gap__then_price_before_stays(world):
    world.wait(MAX_AGE)
    came = push(world, 2_100)
    check_grace(world, 2_100, came + GRACE, 2_000)
    stop(world)
    since = start(world)
    check_grace(world, 2_100, since + GRACE, 2_000)


def test_restart__when_paused_meanwhile__then_grace_from_the_resumption(world):
    stop(world)
    world.act("pause", "guardian")
    start(world)
    push(world, 1_900)
    resumed_at = world.now + BLOCK_INTERVAL
    world.act("resume", "owner")
    check_grace(world, 1_900, resumed_at + GRACE, 2_000)


def test_restart__when_there_is_no_grace_period__then_price_at_once(world):
    world.act("set_grace_period", "owner", 0)
    stop(world)
    check_refused(world)
    start(world)
    check_no_grace(world, 2_000)


def test_restart__when_the_uptime_feed_reverted_and_nobody_watched__then_no_outage(world):
    world.silence("uptime")
    world.silence("uptime", False)
    check_no_grace(world, 2_000)


def test_watch__when_the_uptime_feed_reverts__then_outage_until_a_good_price_is_seen(world):
    world.silence("uptime")
    world.act("watch", "stranger")
    world.silence("uptime", False)
    seen_at = world.now + BLOCK_INTERVAL
    world.act("watch", "stranger")
    check_grace(world, 2_000, seen_at + GRACE, 2_000)


# Setting


def test_grace_period__when_turned_on_after_a_restart__then_no_outage(world):
    world.act("set_grace_period", "owner", 0)
    stop(world)
    start(world)
    world.act("set_grace_period", "owner", GRACE)
    check_no_grace(world, 2_000)


def test_set_sequencer_feed__when_it_does_not_answer_yet__then_its_first_word_is_no_outage(world):
    world.act("set_sequencer_feed", "owner", NOBODY)
    world.silence("uptime")
    world.act("set_sequencer_feed", "owner", world.contracts["uptime"].address)
    world.silence("uptime", False)
    check_no_grace(world, 2_000)


def test_set_sequencer_feed__when_it_was_restarted_before__then_no_outage(world):
    other = world.contracts["uptime"].address
    world.act("set_sequencer_feed", "owner", NOBODY)
    stop(world)
    check_no_grace(world, 2_000)
    start(world)
    world.act("set_sequencer_feed", "owner", other)
    check_no_grace(world, 2_000)


def test_set_sequencer_feed__when_down__then_outage_until_it_is_up(world):
    world.act("set_sequencer_feed", "owner", NOBODY)
    stop(world)
    push(world, 2_100)
    world.act("set_sequencer_feed", "owner", world.contracts["uptime"].address)
    check_refused(world)
    since = start(world)
    check_grace(world, 2_100, since + GRACE, 2_100)


def test_set_sequencer_feed__when_taken_off_in_a_stop__then_the_outage_ends_there(world):
    stop(world)
    ended = world.now + BLOCK_INTERVAL
    world.act("set_sequencer_feed", "owner", NOBODY)
    check_grace(world, 2_000, ended + GRACE, 2_000)
    assert world.oracle.call("sequencer_feed") == NOBODY


def test_set_sequencer_feed__when_owner__then_announced(world):
    feed = world.contracts["second"].address
    receipt = world.oracle.transact("set_sequencer_feed", feed, sender=world.people["owner"])
    (event,) = world.oracle.events(receipt.logs)
    assert (event.name, event.args) == ("SequencerFeedSet", {"feed": feed})


def test_set_sequencer_feed__when_not_a_contract__then_refused(world, refused):
    with refused("oracle: feed is no contract"):
        world.oracle.transact("set_sequencer_feed", world.people["owner"], sender=world.people["owner"])


# The stop of 15 December 2023: 78 minutes, and another price afterwards


def test_stop_of_78_minutes__when_prices_have_fallen__then_forced_price_tells_of_the_one_before(world):
    push(world, 2_000)
    stop(world)
    world.wait(78 * 60)
    start(world)
    first = push(world, 1_400)  # 30% lower; older than max_age, so a gap as well
    grace_ends_at = first + GRACE
    for _ in range(3):
        check_grace(world, 1_400, grace_ends_at, 2_000)
        assert world.act("forced_price", "stranger") == ""
        world.wait(GRACE // 4)
    world.wait(grace_ends_at - world.now)
    check_no_grace(world, 1_400)
