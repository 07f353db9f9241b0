"""Oracle: which outages it finds, by itself or when told to watch, and the grace and price that follow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isomargin.chain import BLOCK_INTERVAL
from isomargin.model import OracleGuards
from isomargin.units import WAD
from tests.contracts.oracle_world import OracleWorld, create_world

MAX_AGE, GRACE = 600, 900
GUARDS = OracleGuards(MAX_AGE, 100 * WAD, 10_000 * WAD, WAD // 5, GRACE)
IN_GRACE = "oracle: grace after outage"
NO_GRACE = (0, 0)


@pytest.fixture
def world(chain) -> OracleWorld:
    """An oracle deployed at a price of 2,000."""
    return create_world(chain, GUARDS, 2_000 * WAD)


def push(world: OracleWorld, *prices: int) -> int:
    """Push whole prices, a block each, and return when the last came."""
    for price in prices:
        world.push("feed", price * WAD)
    return world.now


def check_grace(world: OracleWorld, price: int, ends_at: int, price_before: int) -> None:
    """A grace runs: exit at the price, no entry, forced price tells of the price before; whole quote."""
    world.compare()
    assert world.oracle.call("price") == price * WAD
    assert world.oracle.call("peek_grace") == (ends_at, price_before * WAD)
    assert world.oracle.call("forced_price") == (price * WAD, True, price_before * WAD)
    assert world.ask("entry_price") == IN_GRACE


def check_no_grace(world: OracleWorld, price: int) -> None:
    """All three faces give one price, in whole quote."""
    world.compare()
    assert world.oracle.call("peek_grace") == NO_GRACE
    assert world.oracle.call("entry_price") == world.oracle.call("price") == price * WAD
    assert world.oracle.call("forced_price") == (price * WAD, False, 0)


def events_of(
    world: OracleWorld, name: str, caller: str = "stranger", *args: object
) -> list[tuple[object, ...]]:
    """What a transaction logs, as name and values."""
    receipt = world.oracle.transact(name, *args, sender=world.people[caller])
    return [(event.name, *event.args.values()) for event in world.oracle.events(receipt.logs)]


# What rounds show


def test_gap__when_longer_than_max_age__then_grace_from_the_round_that_ends_it(world):
    world.wait(MAX_AGE)
    came = push(world, 2_100)
    check_grace(world, 2_100, came + GRACE, 2_000)
    world.wait(GRACE - 400)
    push(world, 2_150)
    world.wait(came + GRACE - 1 - world.now)
    check_grace(world, 2_150, came + GRACE, 2_000)
    world.wait(1)
    check_no_grace(world, 2_150)


@pytest.mark.parametrize(("gap", "is_outage"), [(MAX_AGE, False), (MAX_AGE + 1, True)])
def test_gap__when_just_at_max_age__then_outage_only_beyond_it(world, gap, is_outage):
    push(world, 2_000)
    world.wait(gap - BLOCK_INTERVAL)
    came = push(world, 2_100)
    if is_outage:
        check_grace(world, 2_100, came + GRACE, 2_000)
    else:
        check_no_grace(world, 2_100)


def test_gap__where_no_deviation_is_guarded__then_grace_all_the_same(chain):
    world = create_world(chain, replace(GUARDS, max_deviation=0), 2_000 * WAD)
    world.wait(MAX_AGE)
    came = push(world, 9_000)
    check_grace(world, 9_000, came + GRACE, 2_000)


def test_gap_in_the_numbers__when_the_round_before_is_missing__then_bad_until_one_can_be_compared(world):
    world.push("feed", 2_010 * WAD, id=7)  # no round 6, from which it might deviate
    world.compare()
    assert world.ask("entry_price") == world.ask("price") == "oracle: feed reverts"
    came = push(world, 2_020)
    check_grace(world, 2_020, came + GRACE, 2_000)


def test_bad_round__when_it_deviates__then_outage_until_the_first_good_one(world):
    push(world, 3_000)
    world.compare()
    assert world.ask("forced_price") == "oracle: price deviates"
    assert world.oracle.call("peek_grace") == NO_GRACE
    came = push(world, 3_100)
    check_grace(world, 3_100, came + GRACE, 2_000)
    push(world, 3_150)
    check_grace(world, 3_150, came + GRACE, 2_000)


def test_bad_round__when_at_its_bound__then_outage_until_the_first_good_one(world):
    world.act("set_guards", "owner", MAX_AGE, 100 * WAD, 2_300 * WAD, WAD // 5)
    push(world, 2_250, 2_300)
    came = push(world, 2_290)
    check_grace(world, 2_290, came + GRACE, 2_250)


@pytest.mark.parametrize("answer", [0, -1, 2**96, 2**255 - 1])
def test_bad_round__when_no_price_at_all__then_price_before_is_the_last_good_one(world, answer):
    push(world, 2_050)
    world.push("feed", answer)
    push(world, 2_060)  # deviates from nonsense
    came = push(world, 2_070)
    check_grace(world, 2_070, came + GRACE, 2_050)


def test_bad_round__when_nothing_good_was_known__then_price_before_is_zero(chain):
    world = create_world(chain, GUARDS)
    push(world, 50)
    came = push(world, 51, 101, 105)
    check_grace(world, 105, came + GRACE, 0)


def test_outage__when_it_begins_in_a_grace__then_price_before_stays(world):
    world.wait(MAX_AGE)
    first = push(world, 2_100)
    world.act("forced_price", "stranger")
    push(world, 3_000)  # within the grace
    second = push(world, 3_050)
    assert second < first + GRACE
    check_grace(world, 3_050, second + GRACE, 2_000)
    world.act("watch", "stranger")
    check_grace(world, 3_050, second + GRACE, 2_000)


def test_outage__when_nobody_looked_until_the_first_grace_was_over__then_price_before_stays(world):
    world.act("set_guards", "owner", 10_000, 100 * WAD, 10_000 * WAD, WAD // 5)
    push(world, 2_500)
    first = push(world, 2_550)
    world.wait(800)
    push(world, 3_500)  # within the grace
    second = push(world, 3_550)
    world.wait(200)
    assert first + GRACE < world.now
    check_grace(world, 3_550, second + GRACE, 2_000)


def test_outage__when_stale_in_a_grace_but_watched_after_it__then_price_before_stays(world):
    world.wait(MAX_AGE)
    first = push(world, 2_100)
    world.act("watch", "stranger")
    world.wait(GRACE)
    assert events_of(world, "watch") == [("OutageBegan", 2_000 * WAD, first + MAX_AGE + 1)]
    world.model.attend(world.now)
    second = push(world, 2_200)
    check_grace(world, 2_200, second + GRACE, 2_000)


def test_outage__when_the_grace_before_is_over__then_price_before_is_newer(world):
    world.wait(MAX_AGE)
    push(world, 2_100)
    world.wait(500)
    push(world, 2_200)
    world.wait(500)
    came = push(world, 2_300, 3_000, 3_100)
    check_grace(world, 3_100, came + GRACE, 2_300)


def test_outage__when_long_past__then_nothing_is_left_of_it(world):
    world.wait(MAX_AGE)
    world.push("feed", *[2_100 * WAD] * 4, every=400)
    check_no_grace(world, 2_100)


# Looking


def test_look__when_two_rounds_of_an_outage_are_between__then_found_by_all(world):
    push(world, 2_040, 3_000)
    came = push(world, 3_100)
    push(world, 3_110)
    check_grace(world, 3_110, came + GRACE, 2_040)
    assert world.act("entry_price", "stranger") == IN_GRACE
    assert events_of(world, "forced_price") == [
        ("OutageBegan", 2_040 * WAD, came - BLOCK_INTERVAL),
        ("OutageEnded", came, came + GRACE),
    ]
    assert events_of(world, "forced_price") == []


@pytest.mark.parametrize(("rounds", "is_seen"), [(32, True), (33, False)])
def test_look__when_more_than_32_rounds_are_new__then_older_ones_are_passed_over(world, rounds, is_seen):
    world.wait(MAX_AGE + rounds * 10)
    world.push("feed", *[2_100 * WAD] * rounds, every=10)
    ends_at = world.now - (rounds - 1) * 10 + GRACE  # of the oldest of them, which ends the gap
    if is_seen:
        check_grace(world, 2_100, ends_at, 2_000)
    else:
        check_no_grace(world, 2_100)


def test_look__when_the_feed_has_lost_its_rounds__then_goes_no_further(world):
    world.act("set_guards", "owner", MAX_AGE, 100 * WAD, 10_000 * WAD, 0)
    world.push("feed", 3_000 * WAD, id=7)  # nobody has seen 2 to 6
    check_no_grace(world, 3_000)


def test_look__when_a_phase_begins__then_its_first_round_follows_none(world):
    world.wait(MAX_AGE)
    world.push("feed", 3_000 * WAD, id=(1 << 64) + 1)
    check_no_grace(world, 3_000)
    came = push(world, 4_000, 4_100)
    check_grace(world, 4_100, came + GRACE, 3_000)


def test_look__when_the_id_is_malformed__then_the_round_is_passed_over(world):
    world.act("set_guards", "owner", MAX_AGE, 100 * WAD, 10_000 * WAD, 0)
    world.push("feed", 3_000 * WAD, id=2**80 + 5)
    check_no_grace(world, 3_000)
    world.act("forced_price", "stranger")
    world.silence("feed")
    world.act("watch", "stranger")
    world.silence("feed", False)
    check_grace(world, 3_000, world.now + GRACE, 3_000)


def test_look__when_the_price_has_not_moved__then_changes_nothing(world):
    assert events_of(world, "watch") == events_of(world, "entry_price") == []
    check_no_grace(world, 2_000)


# What only somebody who watches can tell


def test_watch__when_stale__then_outage_until_the_next_good_round(world):
    came = push(world, 2_000)
    world.wait(MAX_AGE)
    assert events_of(world, "watch") == [("OutageBegan", 2_000 * WAD, came + MAX_AGE + 1)]
    world.model.attend(world.now)
    assert world.oracle.call("peek_grace") == NO_GRACE
    assert world.ask("forced_price") == "oracle: price stale"
    assert events_of(world, "watch") == []  # nothing new
    came = push(world, 2_100)
    check_grace(world, 2_100, came + GRACE, 2_000)
    assert events_of(world, "watch") == [("OutageEnded", came, came + GRACE)]


def test_watch__when_the_feed_reverts_and_recovers__then_grace_from_the_next_look(world):
    world.silence("feed")
    assert world.act("watch", "stranger") == ""
    world.silence("feed", False)
    world.wait(100)
    seen_at = world.now + BLOCK_INTERVAL
    assert world.act("forced_price", "stranger") == ""
    check_grace(world, 2_000, seen_at + GRACE, 2_000)


def test_watch__when_nobody_did__then_a_feed_that_reverted_leaves_no_trace(world):
    world.silence("feed")
    world.silence("feed", False)
    check_no_grace(world, 2_000)


def test_watch__when_the_feed_recovers_with_a_round__then_grace_from_that_round(world):
    world.silence("feed")
    world.act("watch", "stranger")
    world.silence("feed", False)
    came = push(world, 2_100)
    world.wait(100)
    check_grace(world, 2_100, came + GRACE, 2_000)


def test_watch__when_guards_make_the_price_good_again__then_grace_from_the_next_look(world):
    push(world, 3_000)
    world.act("set_guards", "owner", MAX_AGE, 100 * WAD, 10_000 * WAD, WAD)
    seen_at = world.now + BLOCK_INTERVAL
    world.act("watch", "stranger")
    check_grace(world, 3_000, seen_at + GRACE, 2_000)


def test_watch__when_the_round_is_from_the_future__then_it_is_looked_at_in_its_time(world):
    world.push("feed", 3_000 * WAD, age=-200)
    comes = world.now + 200
    world.act("watch", "stranger")
    world.wait(300)
    world.compare()
    assert world.ask("price") == "oracle: price deviates"
    world.push("feed", 3_050 * WAD)
    check_grace(world, 3_050, world.now + GRACE, 2_000)
    assert world.now > comes


# Pause


def test_pause__when_guardian__then_only_leaving_goes_on(world):
    assert world.act("pause", "guardian") == ""
    push(world, 2_100)
    world.compare()
    assert world.oracle.call("price") == 2_100 * WAD
    assert world.ask("entry_price") == world.ask("forced_price") == "oracle: paused"
    assert world.oracle.call("peek_grace") == NO_GRACE


def test_resume__when_owner__then_a_grace_at_the_price_of_the_pause(world):
    push(world, 2_100)
    world.act("pause", "owner")
    push(world, 2_200, 2_300)
    resumed_at = world.now + BLOCK_INTERVAL
    world.act("resume", "owner")
    check_grace(world, 2_300, resumed_at + GRACE, 2_100)


def test_pause__when_no_good_price__then_price_before_is_that_of_the_outage(world):
    push(world, 2_100, 3_000)
    world.act("pause", "guardian")
    push(world, 3_100)
    resumed_at = world.now + BLOCK_INTERVAL
    world.act("resume", "owner")
    check_grace(world, 3_100, resumed_at + GRACE, 2_100)


def test_resume__when_no_good_price__then_outage_until_there_is_one(world):
    world.act("pause", "guardian")
    push(world, 3_000)
    world.act("resume", "owner")
    assert world.ask("forced_price") == "oracle: price deviates"
    came = push(world, 3_100)
    check_grace(world, 3_100, came + GRACE, 2_000)


def test_pause__when_paused_already__then_nothing_changes(world):
    world.act("pause", "guardian")
    push(world, 2_100)
    world.act("pause", "owner")
    resumed_at = world.now + BLOCK_INTERVAL
    world.act("resume", "owner")
    world.act("resume", "owner")
    check_grace(world, 2_100, resumed_at + GRACE, 2_000)


def test_pause__when_there_is_no_grace_period__then_stops_without_a_grace(chain):
    world = create_world(chain, replace(GUARDS, grace_period=0), 2_000 * WAD)
    guardian, owner = world.people["guardian"], world.people["owner"]
    assert events_of(world, "pause", "guardian") == [("Paused", guardian)]
    assert world.oracle.call("paused") is True
    assert world.ask("entry_price") == world.ask("forced_price") == "oracle: paused"
    assert world.oracle.call("price") == 2_000 * WAD
    assert events_of(world, "resume", "owner") == [("Resumed", owner)]
    check_no_grace(world, 2_000)


def test_pause__when_grace_period__then_logs_say_so(world):
    began = world.now + BLOCK_INTERVAL
    assert events_of(world, "pause", "guardian") == [
        ("OutageBegan", 2_000 * WAD, began),
        ("Paused", world.people["guardian"]),
    ]
    ended = world.now + BLOCK_INTERVAL
    assert events_of(world, "resume", "owner") == [
        ("OutageEnded", ended, ended + GRACE),
        ("Resumed", world.people["owner"]),
    ]


# Administration


def test_grace_period__when_zero__then_no_outage_counts(chain):
    world = create_world(chain, replace(GUARDS, grace_period=0), 2_000 * WAD)
    world.wait(MAX_AGE)
    assert events_of(world, "watch") == []
    push(world, 2_100)
    check_no_grace(world, 2_100)


def test_grace_period__when_turned_on__then_what_was_before_is_no_outage(chain):
    world = create_world(chain, replace(GUARDS, grace_period=0), 2_000 * WAD)
    world.wait(MAX_AGE)
    push(world, 2_100)
    assert events_of(world, "set_grace_period", "owner", GRACE) == [("GracePeriodSet", GRACE)]
    world.model.set_grace_period("owner", GRACE, world.now)
    check_no_grace(world, 2_100)
    push(world, 3_000)
    came = push(world, 3_100)
    check_grace(world, 3_100, came + GRACE, 2_100)


def test_grace_period__when_turned_on_in_a_pause__then_the_pause_counts(chain):
    world = create_world(chain, replace(GUARDS, grace_period=0), 2_000 * WAD)
    world.act("pause", "owner")
    push(world, 2_100)
    world.act("set_grace_period", "owner", GRACE)
    push(world, 2_200)
    resumed_at = world.now + BLOCK_INTERVAL
    world.act("resume", "owner")
    check_grace(world, 2_200, resumed_at + GRACE, 2_100)


def test_grace_period__when_changed_in_a_grace__then_it_binds_at_once(world):
    world.wait(MAX_AGE)
    came = push(world, 2_100)
    world.act("set_grace_period", "owner", 300)
    check_grace(world, 2_100, came + 300, 2_000)
    world.act("set_grace_period", "owner", 0)
    check_no_grace(world, 2_100)
    world.act("set_grace_period", "owner", GRACE)
    check_no_grace(world, 2_100)


def test_grace_period__when_longer_than_30_days__then_refused(chain, world, refused):
    longest = 30 * 86_400
    world.oracle.transact("set_grace_period", longest, sender=world.people["owner"])
    assert world.oracle.call("grace_period") == longest
    with refused("oracle: grace period too long"):
        world.oracle.transact("set_grace_period", longest + 1, sender=world.people["owner"])
    with refused("oracle: grace period too long"):
        create_world(chain, replace(GUARDS, grace_period=longest + 1))


def test_set_guards__when_rounds_are_new__then_they_are_judged_by_the_old_ones(world):
    push(world, 2_500)  # more than a fifth
    world.act("set_guards", "owner", MAX_AGE, 100 * WAD, 10_000 * WAD, WAD)
    came = push(world, 2_600)
    check_grace(world, 2_600, came + GRACE, 2_000)


def test_set_guardian__when_owner__then_announced_and_may_pause(world, refused):
    owner, stranger, guardian = (world.people[name] for name in ("owner", "stranger", "guardian"))
    assert events_of(world, "set_guardian", "owner", stranger) == [("GuardianSet", stranger)]
    assert world.oracle.call("guardian") == stranger
    with refused("oracle: not guardian"):
        world.oracle.transact("pause", sender=guardian)
    world.oracle.transact("pause", sender=stranger)
    world.oracle.transact("resume", sender=owner)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("set_guardian", ("0x" + "11" * 20,)),
        ("set_guards", (MAX_AGE, 1, 2, 0)),
        ("set_grace_period", (1,)),
        ("set_sequencer_feed", ("0x" + "00" * 20,)),
        ("set_second_source", ("0x" + "00" * 20, 0)),
        ("resume", ()),
    ],
)
def test_administration__when_guardian_or_stranger__then_refused(world, refused, function, args):
    for name in ("guardian", "stranger"):
        with refused("ownable: caller is not the owner"):
            world.oracle.transact(function, *args, sender=world.people[name])


def test_pause__when_stranger__then_refused(world):
    assert world.act("pause", "stranger") == "oracle: not guardian"
    check_no_grace(world, 2_000)


def test_round_id__when_the_feed_reverts__then_zero(world):
    assert world.oracle.call("round_id") == 1
    world.silence("feed")
    assert world.oracle.call("round_id") == 0


def test_rounds__without_a_deviation_check__jump_without_an_outage_and_gaps_are_found(chain):
    world = create_world(chain, replace(GUARDS, max_deviation=0), 2_000 * WAD)
    push(world, 400, 2_000)
    check_no_grace(world, 2_000)
    world.wait(MAX_AGE + 1)
    ended = push(world, 500)
    push(world, 501)
    check_grace(world, 501, ended + GRACE, 2_000)
