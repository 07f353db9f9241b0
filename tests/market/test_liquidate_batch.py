"""Liquidating many positions at once: what can be is, the rest is skipped, and nothing fails as a whole."""

from __future__ import annotations

import pytest

from isomargin.errors import TransactionReverted
from isomargin.units import WAD, to_wad
from tests.market.world import World

# The usual position (10, margin 107.7) at 88 is insolvent by 12.8 and pays its keeper the reserve of 5.
MARGIN = "108.7005"


def batch(world: World, ids: list[int]):
    return world.chain.send(world.system.liquidate_batch(world.keeper, ids))


def counted(world: World, ids: list[int]) -> int:
    return int(world.market.call("liquidate_batch", ids, sender=world.keeper))


def test_liquidate_batch__sound_gone_and_unknown__are_skipped(any_world: World):
    world = any_world
    doomed = world.open(10 * WAD, world.tokens(MARGIN))
    sound = world.open(10 * WAD, world.tokens(900))
    gone = world.open(10 * WAD, world.tokens(200))
    world.close(gone)
    world.push("88")
    ids = [sound, 0, gone, doomed, 99, 2**256 - 1]
    assert counted(world, ids) == 1
    before, untouched = world.balances(), world.position(sound)
    receipt = batch(world, ids)
    named = [event.args["id"] for event in world.events(receipt) if event.name == "PositionLiquidated"]
    assert named == [doomed]
    assert world.moved(before)["keeper"] == world.tokens(5)
    assert world.position(sound) == untouched
    assert world.position(doomed).status is None


def test_liquidate_batch__nothing_to_do__succeeds_and_moves_nothing(world: World):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    before = world.balances()
    assert counted(world, []) == counted(world, [id]) == 0
    batch(world, [])
    batch(world, [id])
    assert world.moved(before) == {}


def test_liquidate_batch__same_id_twice__takes_effect_once(world: World):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    world.push("93")
    assert counted(world, [id, id, id]) == 1
    before = world.balances()
    batch(world, [id, id, id])
    assert world.moved(before)["keeper"] == world.tokens("1.86")  # a part of it, once
    assert world.position(id).size == 6 * WAD


def test_liquidate_batch__many__does_what_single_liquidations_do(world: World):
    ids = [world.open((8 + n) * WAD, world.tokens(95 + 10 * n)) for n in range(6)]
    ids += [world.open(-9 * WAD, world.tokens(110), sender=world.rival)]
    world.push("90")
    snapshot = world.chain.snapshot()
    batch(world, ids)
    at_once = (world.balances(), world.system.positions(ids), world.system.market_state())
    world.chain.revert(snapshot)
    liquidated = world.system.liquidatable()
    assert len(liquidated) > 3
    for id in liquidated:
        world.liquidate(id)
    assert (world.balances(), world.system.positions(ids), world.system.market_state()) == at_once


def test_liquidate_batch__one_price_and_one_accrual__for_all(world: World):
    world.set_parameters(max_funding_rate=to_wad("0.1"))
    ids = [world.open(10 * WAD, world.tokens(MARGIN)) for _ in range(3)]
    world.push("80")
    receipt = batch(world, ids)
    names = [event.name for event in world.events(receipt)]
    assert names.count("FundingAccrued") == 1
    assert names.count("PositionLiquidated") == 3


def test_liquidate_batch__bad_price__is_refused(world: World, refused):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    world.spoil_price()
    with refused("oracle: price stale"):
        batch(world, [id])


def test_liquidate_batch__more_than_64__is_refused_by_the_abi(world: World):
    assert counted(world, list(range(100, 164))) == 0
    with pytest.raises(TransactionReverted) as caught:
        counted(world, list(range(100, 165)))
    assert caught.value.reason == ""


def test_liquidate_batch__64_at_once__fit_into_a_block(world: World):
    ids = [world.open(2 * WAD, world.tokens(25)) for _ in range(64)]
    world.push("80")
    receipt = batch(world, ids)
    assert receipt.gas_used < 10_000_000
    assert all(view.status is None for view in world.system.positions(ids))


def test_liquidate_batch__owner_blacklisted__is_no_obstacle_to_the_others(blacklist_world: World):
    world = blacklist_world
    first = world.open(10 * WAD, world.tokens(MARGIN))
    second = world.open(10 * WAD, world.tokens(MARGIN), sender=world.rival)
    world.set_parameters(min_notional=10_000 * WAD)  # so that all of them are closed
    world.push("93")
    world.system.token.transact("set_blacklisted", world.trader, True, sender=world.system.admin)
    before = world.balances()
    batch(world, [first, second])
    moved = world.moved(before)
    assert moved["rival"] == world.tokens("26.899")  # filled at 100.15: 1 worse, and 0.001 more of fee
    assert moved["keeper"] == 2 * world.tokens("9.65")
    assert world.balance(world.vault(first)) == world.tokens("27.9")
