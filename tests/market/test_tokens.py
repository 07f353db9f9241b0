"""A whole life of a position on tokens that are not quite ERC-20."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain
from isomargin.protocol import Sources
from isomargin.units import WAD
from tests.market.world import World, build_world, terms_of


@pytest.fixture(scope="module")
def returnless_world() -> World:
    """A market on a token whose transfers return nothing."""
    return build_world(Chain(), terms_of(6), Sources(token="testing/ReturnlessToken"))


def test_market__token_that_returns_nothing__works_throughout(returnless_world: World):
    world = returnless_world
    before = world.balances()
    first = world.open(10 * WAD, world.tokens(200))
    world.increase(first, WAD)
    world.decrease(first, WAD)
    world.act("add_margin", first, world.tokens(10))
    world.act("withdraw_margin", first, world.tokens(10))
    second = world.open(10 * WAD, world.tokens("108.7005"), sender=world.rival)
    third = world.open(10 * WAD, world.tokens("108.7005"), sender=world.rival)
    world.push("93")
    world.liquidate(second)
    world.push("88")
    world.liquidate(third)
    world.close(first)
    assert world.balance(world.vault(first)) == world.balance(world.vault(third)) == 0
    assert world.position(second).size > 0
    moved = world.moved(before)
    assert moved["keeper"] > world.tokens(5)
    assert sum(moved.values()) == -world.balance(world.vault(second))
