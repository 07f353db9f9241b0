"""An action on one position leaves every other one as it is: its storage, its tokens, its health."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from isomargin.protocol import PositionView
from isomargin.units import WAD
from tests.market.storage import position_words
from tests.market.world import World

Witness = tuple[list[int], int, PositionView]


def witness(world: World, id: int) -> Witness:
    """All that is a position's own. Without funding its health does not move with time."""
    return position_words(world.market, id), world.balance(world.vault(id)), world.position(id)


def increase(world: World, id: int) -> None:
    world.increase(id, WAD)


def decrease(world: World, id: int) -> None:
    world.decrease(id, WAD)


def close(world: World, id: int) -> None:
    world.close(id)


def add_margin(world: World, id: int) -> None:
    world.act("add_margin", id, 1, sender=world.rival)


def withdraw_margin(world: World, id: int) -> None:
    world.act("withdraw_margin", id, 1)


def open_another(world: World, id: int) -> None:
    world.open(7 * WAD, world.tokens(200))


def donate(world: World, id: int) -> None:
    world.chain.send(world.system.mint(world.vault(id), 1))


ACTIONS = [increase, decrease, close, add_margin, withdraw_margin, open_another, donate]


def test_position_words__open_position__are_where_its_state_is(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    exposure, terms, owner = position_words(world.market, id)
    assert exposure >> 128 == 10 * WAD
    assert terms & (2**128 - 1) == world.tokens(5)
    assert owner == int(world.trader, 16)


@pytest.mark.parametrize("action", ACTIONS)
def test_isolation__action_on_one_position__leaves_the_others_bit_identical(
    world: World, action: Callable[[World, int], None]
):
    others = [
        world.open(10 * WAD, world.tokens(200)),
        world.open(-3 * WAD, world.tokens(50), sender=world.rival),
        world.open(2 * WAD, world.tokens(40), sender=world.rival),
    ]
    ended = world.open(WAD, world.tokens(40))
    world.close(ended)
    touched = world.open(10 * WAD, world.tokens(400))
    before = [witness(world, id) for id in others]
    changed = witness(world, touched)
    action(world, touched)
    assert [witness(world, id) for id in others] == before
    assert position_words(world.market, ended)[:2] == [0, 0]
    assert (witness(world, touched) == changed) == (action is open_another)


@pytest.mark.parametrize("price", ["93", "88", "50"], ids=["in part", "insolvent", "by far"])
def test_isolation__liquidation_of_one_position__leaves_the_others_bit_identical(world: World, price: str):
    others = [
        world.open(10 * WAD, world.tokens(900)),
        world.open(10 * WAD, world.tokens("109.9")),  # liquidatable as well, and nobody asks for it
        world.open(-3 * WAD, world.tokens(50), sender=world.rival),
    ]
    doomed = world.open(10 * WAD, world.tokens("108.7005"))
    world.push(price)
    assert {others[1], doomed} <= set(world.system.liquidatable())
    before = [witness(world, id) for id in others]
    world.liquidate(doomed)
    assert [witness(world, id) for id in others] == before


def test_isolation__refused_action__leaves_even_its_own_position_identical(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    before = witness(world, id), world.system.market_state()
    with refused("market: price limit"):
        world.decrease(id, WAD, limit=2**255)
    assert (witness(world, id), world.system.market_state()) == before
