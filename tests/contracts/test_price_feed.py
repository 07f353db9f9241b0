"""PriceFeed: rounds in the shape of Chainlink's AggregatorV3."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract

ANSWER_LIMIT = 2**191


@pytest.fixture(scope="module")
def pusher(chain: Chain) -> str:
    return chain.account("pusher")


@pytest.fixture(scope="module")
def feed(chain, owner, pusher) -> Contract:
    feed = chain.deploy(compile_contract("oracle/PriceFeed"), 8, "ETH / USD", sender=owner)
    feed.transact("set_pusher", pusher, True, sender=owner)
    return feed


def test_metadata__when_deployed__then_as_given(feed):
    assert feed.call("decimals") == 8
    assert feed.call("description") == "ETH / USD"
    assert feed.call("version") == 1
    assert feed.call("latest_round") == 0


def test_shape__when_compared_with_aggregator_v3__then_selectors_and_event_are_its_own(feed, pusher):
    # as published for Chainlink's AggregatorV3Interface and AggregatorInterface
    selectors = {
        "latestRoundData()": 0xFEAF968C,
        "getRoundData(uint80)": 0x9A6FC8F5,
        "decimals()": 0x313CE567,
        "description()": 0x7284E416,
        "version()": 0x54FD4D50,
    }
    identifiers = feed.compiled.method_identifiers
    assert {signature: int(identifiers[signature], 16) for signature in selectors} == selectors

    (log,) = feed.transact("push", 7, sender=pusher).logs
    assert log.topics[0].hex() == "0559884fd3a460db3073b7fc896cc77986f16e378210ded43186175bf646fc5f"


def test_push__when_allowed__then_opens_a_round_and_says_so(chain, feed, pusher, mine_at):
    moment = chain.timestamp + 100
    receipt = mine_at(moment, feed.transaction("push", 2_000 * 10**8, sender=pusher))
    assert feed.call("latestRoundData") == (1, 2_000 * 10**8, moment, moment, 1)
    assert feed.call("getRoundData", 1) == (1, 2_000 * 10**8, moment, moment, 1)
    (event,) = feed.events(receipt.logs)
    assert event.name == "AnswerUpdated"
    assert event.args == {"current": 2_000 * 10**8, "roundId": 1, "updatedAt": moment}


def test_rounds__when_many__then_all_are_kept(chain, feed, pusher, mine_at):
    start = chain.timestamp
    answers = [100, -5, 0, ANSWER_LIMIT - 1, -ANSWER_LIMIT, -1, 1]
    for number, answer in enumerate(answers, start=1):
        mine_at(start + 7 * number, feed.transaction("push", answer, sender=pusher))
    for number, answer in enumerate(answers, start=1):
        moment = start + 7 * number
        assert feed.call("getRoundData", number) == (number, answer, moment, moment, number)
    assert feed.call("latestRoundData")[:2] == (7, 1)


def test_latest_round_data__when_nothing_was_pushed__then_refused(feed, refused):
    with refused("feed: no round yet"):
        feed.call("latestRoundData")


@pytest.mark.parametrize("number", [0, 2, 2**80 - 1])
def test_get_round_data__when_unknown__then_refused(feed, pusher, refused, number):
    feed.transact("push", 1, sender=pusher)
    with refused("feed: no such round"):
        feed.call("getRoundData", number)


def test_push__when_second_in_a_block__then_refused(chain, feed, pusher):
    pushes = [feed.transaction("push", answer, sender=pusher) for answer in (1, 2)]
    first, second = chain.mine(pushes).receipts
    assert first.success
    assert not second.success
    assert second.revert_reason == "feed: one round a block"
    assert feed.call("latestRoundData")[:2] == (1, 1)


@pytest.mark.parametrize("answer", [ANSWER_LIMIT, -ANSWER_LIMIT - 1, 2**255 - 1, -(2**255)])
def test_push__when_answer_has_more_than_192_bits__then_refused(feed, pusher, refused, answer):
    with refused("feed: answer out of range"):
        feed.transact("push", answer, sender=pusher)


def test_push__when_not_allowed__then_refused(feed, owner, refused):
    with refused("feed: not a pusher"):
        feed.transact("push", 1, sender=owner)


def test_set_pusher__when_taken_back__then_pusher_is_refused(feed, owner, pusher, refused):
    receipt = feed.transact("set_pusher", pusher, False, sender=owner)
    (event,) = feed.events(receipt.logs)
    assert (event.name, event.args) == ("PusherSet", {"pusher": pusher, "allowed": False})
    with refused("feed: not a pusher"):
        feed.transact("push", 1, sender=pusher)


def test_set_pusher__when_not_owner__then_refused(feed, stranger, refused):
    with refused("ownable: caller is not the owner"):
        feed.transact("set_pusher", stranger, True, sender=stranger)


def test_ownership__when_transferred__then_only_acceptance_moves_it(feed, owner, stranger):
    feed.transact("transfer_ownership", stranger, sender=owner)
    assert (feed.call("owner"), feed.call("pending_owner")) == (owner, stranger)
    feed.transact("accept_ownership", sender=stranger)
    assert feed.call("owner") == stranger
    feed.transact("set_pusher", stranger, True, sender=stranger)


def test_deploy__when_more_than_18_decimals__then_refused(chain, refused):
    with refused("feed: too many decimals"):
        chain.deploy(compile_contract("oracle/PriceFeed"), 19, "ETH / USD")
