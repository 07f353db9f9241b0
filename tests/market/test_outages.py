"""Outages end to end, with the packaged oracle: who can act while one lasts, in the grace, and after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from isomargin.chain import Chain
from isomargin.protocol import Action
from isomargin.units import WAD
from tests.market.conftest import isolated
from tests.market.test_liquidate import usual_position
from tests.market.world import World, build_world, terms_of

MINUTE, HOUR = 60, 3_600
GRACE = HOUR


@pytest.fixture(scope="module")
def rollup() -> World:
    """A market on a rollup: an uptime feed, a price that is stale after half an hour, a grace of an hour."""
    terms = terms_of(6)
    guards = replace(terms.oracle, max_age=30 * MINUTE, max_deviation=WAD // 5, grace_period=GRACE)
    return build_world(Chain(), replace(terms, oracle=guards, sequencer=True))


@pytest.fixture
def world(rollup: World) -> Iterator[World]:
    yield from isolated(rollup)


def sequencer(world: World, *, is_up: bool, at: int) -> None:
    world.at(at, world.system.push_sequencer(is_up))


def price_at(world: World, timestamp: int, price: int) -> None:
    world.at(timestamp, world.system.push_price(price * WAD))


def price_until(world: World, timestamp: int, price: int) -> None:
    """Push a price every twenty minutes: a longer silence would be the next outage."""
    while world.chain.timestamp < timestamp:
        price_at(world, min(world.chain.timestamp + 20 * MINUTE, timestamp), price)


def test_sequencer_stop_of_78_minutes__sound_position__has_a_grace_to_top_up_in(world: World, refused):
    """An L2 stood still for 78 minutes while the price fell below what the position could bear."""
    topped_up, idle = usual_position(world), usual_position(world)
    world.push("100")
    start = world.chain.timestamp + MINUTE
    sequencer(world, is_up=False, at=start)
    for force in (lambda: world.liquidate(idle), lambda: world.open(WAD, world.tokens(20))):
        with refused("oracle: sequencer down"):
            force()
    sequencer(world, is_up=True, at=start + 78 * MINUTE)
    resumed = start + 79 * MINUTE  # until then the newest price was stale
    price_at(world, resumed, 90)
    for id in (topped_up, idle):
        assert id in world.system.liquidatable()
        with refused("market: top-up grace"):
            world.liquidate(id)
    assert world.market.call("liquidate_batch", [topped_up, idle], sender=world.keeper) == 0
    with refused("oracle: grace after outage"):
        world.open(WAD, world.tokens(20))
    world.act("add_margin", topped_up, world.tokens(50))
    price_until(world, resumed + GRACE - 13, 90)
    with refused("market: top-up grace"):
        world.at(resumed + GRACE - 1, world.system.liquidate(world.keeper, idle))
    world.at(resumed + GRACE, world.system.liquidate(world.keeper, idle))
    with refused("market: position is sound"):
        world.liquidate(topped_up)


def test_sequencer_stop__position_below_maintenance_before__is_liquidated_at_once(world: World):
    id = usual_position(world)
    world.push("93")
    start = world.chain.timestamp + MINUTE
    sequencer(world, is_up=False, at=start)
    sequencer(world, is_up=True, at=start + 10 * MINUTE)
    price_at(world, start + 11 * MINUTE, 93)
    world.liquidate(id)
    assert world.position(id).size == 6 * WAD


def test_stale_price__grace_begins_with_the_next_round__whether_or_not_anybody_looked(world: World, refused):
    id = usual_position(world)
    world.push("100")
    resumed = world.chain.timestamp + 2 * HOUR
    price_at(world, resumed, 92)
    price_at(world, resumed + MINUTE, 91)  # nobody acted at the first round after the gap
    with refused("market: top-up grace"):
        world.liquidate(id)
    world.close(id)  # leaving is always possible at a good price


def test_breaker__price_that_jumped__gives_a_grace_once_it_is_believed(world: World, refused):
    id = usual_position(world)
    world.push("100")
    world.push("75")  # further than a fifth: refused
    for act in (lambda: world.liquidate(id), lambda: world.close(id)):
        with refused("oracle: price deviates"):
            act()
    world.act("add_margin", id, world.tokens(1))
    world.push("75")
    with refused("market: top-up grace"):
        world.liquidate(id)


def test_pause__stops_force_and_entry__never_leaving(world: World, refused):
    leaving, staying = usual_position(world), usual_position(world)
    world.push("100")
    world.chain.send(world.system.pause())
    world.push("93")
    for act in (
        lambda: world.liquidate(staying),
        lambda: world.open(WAD, world.tokens(20)),
        lambda: world.act("withdraw_margin", staying, 1),
    ):
        with refused("oracle: paused"):
            act()
    world.act("add_margin", staying, world.tokens(1))
    world.close(leaving)
    world.chain.send(world.system.resume())
    resumed = world.chain.timestamp
    with refused("market: top-up grace"):
        world.liquidate(staying)
    price_until(world, resumed + GRACE - 1, 93)
    world.at(resumed + GRACE, world.system.liquidate(world.keeper, staying))


def test_what_if__asked_in_a_grace__tells_whether_it_will_be_over(world: World):
    id = usual_position(world)
    world.push("100")
    resumed = world.chain.timestamp + 2 * HOUR
    price_at(world, resumed, 99)
    ask, price = world.system.what_if, 99 * WAD
    assert ask(id, Action.INCREASE, WAD // 10).refusal == "oracle: grace after outage"
    assert ask(id, Action.INCREASE, WAD // 10, price=price).refusal == "oracle: grace after outage"
    last = GRACE - 1  # seconds from now to the last one of the grace
    refusal = ask(id, Action.INCREASE, WAD // 10, price=price, elapsed=last).refusal
    assert refusal == "oracle: grace after outage"
    after = ask(id, Action.INCREASE, WAD // 10, price=price, elapsed=last + 1)
    assert after.refusal != "oracle: grace after outage"
