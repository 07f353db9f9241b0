"""The model of the oracle by hand: small times and whole prices; and what holds for any history."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.model import MOST_ROUNDS, Cause, FeedModel, OracleGuards, OracleModel, OutageMemory, Rejected
from isomargin.units import WAD

GUARDS = OracleGuards(max_age=100, min_price=10, max_price=1_000, max_deviation=WAD // 2, grace_period=50)
IN_GRACE = "oracle: grace after outage"


def oracle_at(*answers: tuple[int, int], guards: OracleGuards = GUARDS) -> OracleModel:
    """An oracle deployed at 1,000 over rounds of (time, price); prices are in WAD units."""
    feed = FeedModel()
    for at, answer in answers:
        feed.push(answer, at)
    return OracleModel(guards, feed, 1_000)


def refusal(oracle: OracleModel, face: str, now: int) -> str:
    with pytest.raises(Rejected) as refused:
        getattr(oracle, face)(now)
    return refused.value.reason


# Memory


def test_begin__when_nothing_holds__then_the_last_good_price_is_the_one_before():
    memory = OutageMemory(50, last_good=7).begin(Cause.UNPRICED, 100)
    assert (memory.price_before, memory.causes) == (7, frozenset({Cause.UNPRICED}))
    later = OutageMemory(50, last_good=8, price_before=7, ended_at=100)
    assert later.begin(Cause.PAUSED, 149).price_before == 7  # the last second of the grace
    assert later.begin(Cause.PAUSED, 150).price_before == 8


def test_end__when_another_cause_holds__then_the_outage_goes_on():
    memory = OutageMemory(50, last_good=7).begin(Cause.UNPRICED, 100).begin(Cause.PAUSED, 110)
    memory = memory.end(Cause.UNPRICED, 120)
    assert memory.grace(120) == (0, 0)
    memory = memory.end(Cause.PAUSED, 130)
    assert [memory.grace(now) for now in (130, 179, 180)] == [(180, 7), (180, 7), (0, 0)]


def test_end__when_earlier_than_the_end_before__then_the_later_one_counts():
    memory = OutageMemory(50, ended_at=200).begin(Cause.SEQUENCER, 120).end(Cause.SEQUENCER, 130)
    assert memory.ended_at == 200
    assert memory.end(Cause.SEQUENCER, 300) == memory  # which does not hold


# The price


@pytest.mark.parametrize(
    ("rounds", "now", "verdict"),
    [
        ([], 1_000, (0, "oracle: feed reverts")),
        ([(1_000, -5)], 1_000, (0, "oracle: price not positive")),
        ([(1_000, 2**96)], 1_000, (0, "oracle: price out of bounds")),
        ([(1_001, 100)], 1_000, (100, "oracle: price from the future")),
        ([(1_000, 100)], 1_100, (100, "")),
        ([(1_000, 100)], 1_101, (100, "oracle: price stale")),
        ([(1_000, 10)], 1_000, (10, "oracle: price out of bounds")),
        ([(1_000, 11)], 1_000, (11, "")),
        ([(1_000, 999)], 1_000, (999, "")),
        ([(1_000, 1_000)], 1_000, (1_000, "oracle: price out of bounds")),
        ([(990, 100), (1_000, 150)], 1_000, (150, "")),
        ([(990, 100), (1_000, 151)], 1_000, (151, "oracle: price deviates")),
        ([(990, 100), (1_000, 50)], 1_000, (50, "")),
        ([(990, 100), (1_000, 49)], 1_000, (49, "oracle: price deviates")),
        ([(990, 0), (1_000, 100)], 1_000, (100, "oracle: price deviates")),
    ],
)
def test_peek__by_hand__names_the_first_refusal(rounds, now, verdict):
    oracle = oracle_at(*rounds)
    assert oracle.peek(now) == verdict
    assert (refusal(oracle, "price", now) == verdict[1]) if verdict[1] else (oracle.price(now) == verdict[0])


def test_price__when_sequencer_and_second_source_are_set__then_both_must_agree():
    oracle = oracle_at((1_000, 100))
    uptime, second = FeedModel(decimals=0), FeedModel(decimals=18)
    oracle.set_sequencer_feed("owner", uptime, 1_000)
    assert refusal(oracle, "price", 1_000) == "oracle: sequencer down"
    uptime.push(0, 1_000)
    oracle.set_second_source("owner", second, WAD // 4, 1_000)
    assert refusal(oracle, "price", 1_000) == "oracle: second source bad"
    for answer, reason in (
        (80, ""),
        (79, "oracle: sources disagree"),
        (134, "oracle: sources disagree"),
        (133, ""),
    ):
        second.push(answer, 1_000)  # 80 and a quarter is 100; 134 less a quarter is 100.5
        assert oracle.peek(1_000) == (100, reason)


# Outages


def test_gap__by_hand__grace_from_the_round_that_ends_it():
    oracle = oracle_at((1_000, 100))
    oracle.feed.push(110, 1_101)
    assert oracle.forced_price(1_101) == (110, True, 100)
    assert oracle.peek_grace(1_150) == (1_151, 100)
    assert refusal(oracle, "entry_price", 1_150) == IN_GRACE
    assert oracle.entry_price(1_151) == 110
    assert oracle.forced_price(1_151) == (110, False, 0)


def test_bad_rounds__by_hand__one_outage_until_the_first_good_round():
    oracle = oracle_at((1_000, 100))
    for at, answer in ((1_010, 200), (1_020, 500), (1_030, 510), (1_040, 520)):
        oracle.feed.push(answer, at)  # the first two deviate
    assert oracle.forced_price(1_040) == (520, True, 100)
    assert oracle.peek_grace(1_040) == (1_080, 100)


@pytest.mark.parametrize("looks", [[], [1_010], [1_010, 1_020, 1_030, 1_055, 1_065], range(1_000, 1_070)])
def test_chain_of_outages__however_often_somebody_looks__is_the_same(looks):
    oracle, rounds = oracle_at((1_000, 100)), {1_010: 200, 1_020: 210, 1_050: 400, 1_060: 410}
    for now in range(1_000, 1_071):
        if now in rounds:
            oracle.feed.push(rounds[now], now)
        if now in looks:
            oracle.attend(now)
    assert oracle.forced_price(1_070) == (410, True, 100)  # the second began in the grace until 1,070
    assert oracle.peek_grace(1_070) == (1_110, 100)


def test_look__when_rounds_are_many__then_the_newest_32_count():
    for count, grace in ((MOST_ROUNDS, (1_183, 100)), (MOST_ROUNDS + 1, (0, 0))):
        oracle = oracle_at((1_000, 100))
        for number in range(count):
            oracle.feed.push(101, 1_133 + number)  # after a gap
        assert oracle.peek_grace(1_170) == grace


def test_look__when_a_good_round_is_older_than_the_grace__then_goes_back_no_further():
    oracle = oracle_at((1_000, 100))
    for at, answer in ((1_010, 200), (1_020, 210), (1_025, 211), (1_060, 212)):
        oracle.feed.push(answer, at)
    assert oracle.peek_grace(1_069) == (1_070, 100)
    assert oracle.peek_grace(1_075) == (0, 0)


def test_watch__by_hand__counts_from_then_until_a_good_price_is_seen():
    oracle = oracle_at((1_000, 100))
    oracle.feed.is_silent = True
    oracle.attend(1_010)
    oracle.feed.is_silent = False
    assert oracle.peek_grace(1_020) == (1_070, 100)
    assert oracle.peek_grace(1_030) == (1_080, 100)  # nobody has looked yet
    oracle.attend(1_040)
    assert oracle.peek_grace(1_050) == (1_090, 100)


def test_pause__by_hand__grace_from_the_resumption_at_the_price_of_the_pause():
    oracle = oracle_at((1_000, 100))
    oracle.feed.push(120, 1_010)
    with pytest.raises(Rejected, match=r"^oracle: not guardian$"):
        oracle.pause("stranger", 1_015)
    oracle.pause("guardian", 1_020)
    oracle.feed.push(130, 1_030)
    assert oracle.price(1_030) == 130
    assert refusal(oracle, "entry_price", 1_030) == refusal(oracle, "forced_price", 1_030) == "oracle: paused"
    with pytest.raises(Rejected, match=r"^ownable: caller is not the owner$"):
        oracle.resume("guardian", 1_035)
    oracle.resume("owner", 1_040)
    assert oracle.forced_price(1_040) == (130, True, 120)
    assert oracle.peek_grace(1_089) == (1_090, 120)


@pytest.mark.parametrize("looks", [[], [1_022], [1_025, 1_045]])
def test_sequencer__by_hand__price_before_is_from_before_the_stop(looks):
    oracle, uptime = oracle_at((1_000, 100)), FeedModel(decimals=0)
    uptime.push(0, 500)
    oracle.set_sequencer_feed("owner", uptime, 1_000)
    happenings = {
        1_010: (oracle.feed, 110), 1_020: (uptime, 1), 1_030: (oracle.feed, 90),
        1_040: (uptime, 0), 1_050: (oracle.feed, 80),
    }  # fmt: skip
    for now in range(1_001, 1_051):
        if now in happenings:
            feed, answer = happenings[now]
            feed.push(answer, now)
        if now in looks:
            oracle.attend(now)
    assert oracle.forced_price(1_050) == (80, True, 110)
    assert oracle.peek_grace(1_050) == (1_090, 110)


def test_grace_period__when_zero__then_faces_are_one_and_nothing_is_remembered():
    oracle = oracle_at((1_000, 100), guards=OracleGuards(100, 10, 1_000, 0))
    oracle.feed.push(900, 1_200)
    oracle.attend(1_200)
    assert oracle.forced_price(1_200) == (900, False, 0)
    assert oracle.entry_price(1_200) == 900
    assert oracle.memory == OutageMemory(0)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(1, 120), st.integers(5, 1_100), st.integers(0, 200)), max_size=30))
def test_grace__any_history_of_rounds__does_not_depend_on_who_looked(steps):
    oracle, unwatched, now = oracle_at((1_000, 100)), oracle_at((1_000, 100)), 1_000
    for seconds, answer, until_look in steps:
        now += seconds
        for each in (oracle, unwatched):
            each.feed.push(answer, now)
        if until_look % 2:
            now += until_look
            oracle.attend(now)
    for wait in (0, 20, 49, 90, 110):
        assert oracle.peek_grace(now + wait) == unwatched.peek_grace(now + wait)
        ends_at, _ = oracle.peek_grace(now + wait)
        assert ends_at == 0 or 0 < ends_at - now - wait <= GUARDS.grace_period
