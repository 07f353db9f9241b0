"""Approvals: an owner lets another address manage one position; the money stays the owner's."""

from __future__ import annotations

import pytest

from isomargin.units import WAD
from tests.market.world import FOREVER, World

NOBODY = "0x" + "00" * 20


@pytest.fixture
def managed(world: World) -> int:
    """A position of the trader that the stranger manages."""
    id = world.open(10 * WAD, world.tokens(300))
    receipt = world.act("approve", id, world.stranger)
    assert world.event(receipt, "Approved") == {"id": id, "manager": world.stranger}
    assert world.market.call("approved", id) == world.stranger
    return id


def test_manager__manages__and_the_owner_is_paid(world: World, managed: int):
    before = world.balances()
    world.increase(managed, WAD, sender=world.stranger)
    world.decrease(managed, WAD, sender=world.stranger)
    world.act("withdraw_margin", managed, world.tokens(50), sender=world.stranger)
    assert world.moved(before)["trader"] == world.tokens(50)
    world.close(managed, sender=world.stranger)
    moved = world.moved(before)
    assert moved["trader"] > world.tokens(290)
    assert "stranger" not in moved


def test_manager__claim_and_approve__are_the_owners(world: World, managed: int, refused):
    with refused("market: not owner"):
        world.act("approve", managed, world.rival, sender=world.stranger)
    world.close(managed, sender=world.stranger)
    with refused("market: not owner"):
        world.act("claim", managed, world.stranger, sender=world.stranger)


def test_manager__of_one_position__has_no_say_in_another(world: World, managed: int, refused):
    other = world.open(10 * WAD, world.tokens(300))
    for act in (
        lambda: world.increase(other, WAD, sender=world.stranger),
        lambda: world.decrease(other, WAD, sender=world.stranger),
        lambda: world.close(other, sender=world.stranger),
        lambda: world.act("withdraw_margin", other, 1, sender=world.stranger),
    ):
        with refused("market: not owner"):
            act()


@pytest.mark.parametrize("successor", ["rival", None])
def test_approve__again__ends_the_first_approval(world: World, managed: int, successor, refused):
    world.act("approve", managed, NOBODY if successor is None else getattr(world, successor))
    with refused("market: not owner"):
        world.close(managed, sender=world.stranger)
    world.close(managed)


def test_approve__closed_or_unknown__is_refused(world: World, managed: int, refused):
    world.close(managed)
    for id in (managed, 99):
        with refused("market: no such position"):
            world.act("approve", id, world.rival)


def test_open__for_another__is_paid_by_the_caller_and_owned_by_the_other(world: World, refused):
    before = world.balances()
    receipt = world.act("open", 10 * WAD, world.tokens(200), 2**255, FOREVER, world.stranger)
    id = world.system.last_id()
    assert world.event(receipt, "PositionOpened")["owner"] == world.stranger
    assert world.moved(before) == {"trader": -world.tokens(205), "pool": world.tokens("1.0005")}
    with refused("market: not owner"):
        world.close(id)
    world.close(id, sender=world.stranger)
    assert world.balance(world.stranger) == world.tokens("202.999")  # less two fees of 1.0005, impact 0


def test_open__for_the_zero_address__is_refused(world: World, refused):
    with refused("market: owner is zero"):
        world.act("open", 10 * WAD, world.tokens(200), 2**255, FOREVER, NOBODY)


def test_open__for_another__needs_no_approval_and_touches_nothing_of_theirs(world: World):
    held = world.balance(world.rival)
    world.act("open", -WAD, world.tokens(30), 0, FOREVER, world.rival)
    assert world.balance(world.rival) == held
    assert world.position(world.system.last_id()).owner == world.rival
