"""Claiming what a token refused to pay; liquidation and closing go on meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from isomargin.units import WAD
from tests.market.world import World


def reverting(world: World) -> None:
    world.system.token.transact("set_answers_false", False, sender=world.system.admin)


def answering_false(world: World) -> None:
    world.system.token.transact("set_answers_false", True, sender=world.system.admin)


WAYS = pytest.mark.parametrize("refuse", [reverting, answering_false])
Refuse = Callable[[World], None]


def blacklist(world: World, account: str, blacklisted: bool = True) -> None:
    world.system.token.transact("set_blacklisted", account, blacklisted, sender=world.system.admin)


def refusals(world: World, receipt) -> list[tuple[str, str, int]]:
    return [
        (event.args["vault"], event.args["receiver"], event.args["amount"])
        for event in world.events(receipt)
        if event.name == "PayoutRefused"
    ]


@WAYS
def test_claim__after_a_close_that_the_token_refused__pays_everything(blacklist_world: World, refuse: Refuse):
    world = blacklist_world
    id = world.open(10 * WAD, world.tokens(200))
    vault = world.vault(id)
    refuse(world)
    blacklist(world, world.trader)
    receipt = world.close(id)
    due = world.tokens("202.999")  # 198.9995 and the reserve of 5 less the fee of 1.0005
    assert world.event(receipt, "PositionClosed")["payout"] == 0
    assert refusals(world, receipt) == [(vault, world.trader, due)]
    assert world.balance(vault) == due
    assert (world.position(id).owner, world.position(id).status) == (world.trader, None)
    before = world.balances()
    receipt = world.act("claim", id, world.stranger)
    assert world.moved(before) == {"stranger": due}
    assert world.event(receipt, "Claimed") == {"id": id, "receiver": world.stranger, "amount": due}
    assert world.balance(vault) == 0


@WAYS
def test_claim__after_a_liquidation_whose_owner_is_refused__pays_the_rest(
    blacklist_world: World, refuse: Refuse
):
    world = blacklist_world
    id = world.open(10 * WAD, world.tokens("108.7005"))
    world.set_parameters(min_notional=10_000 * WAD)
    world.push("93")
    refuse(world)
    blacklist(world, world.trader)
    before = world.balances()
    receipt = world.liquidate(id)
    assert world.event(receipt, "PositionLiquidated")["payout"] == 0
    assert world.moved(before) == {
        "keeper": world.tokens("9.65"),
        "insurance": world.tokens("4.65"),
        "pool": world.tokens("70.5"),
    }
    blacklist(world, world.trader, False)
    before = world.balances()
    world.act("claim", id, world.trader)
    assert world.moved(before) == {"trader": world.tokens("27.9")}


@WAYS
def test_claim__after_a_liquidation_whose_keeper_is_refused__the_owner_gets_it(
    blacklist_world: World, refuse: Refuse
):
    world = blacklist_world
    id = world.open(10 * WAD, world.tokens("108.7005"))
    world.set_parameters(min_notional=10_000 * WAD)
    world.push("93")
    refuse(world)
    blacklist(world, world.keeper)
    vault, before = world.vault(id), world.balances()
    receipt = world.liquidate(id)
    done = world.event(receipt, "PositionLiquidated")
    assert (done["reward"], done["payout"]) == (0, world.tokens("37.55"))  # 27.9 and 9.65
    assert refusals(world, receipt) == [(vault, world.keeper, world.tokens("9.65"))]
    assert world.moved(before)["trader"] == world.tokens("37.55")


@WAYS
def test_claim__keeper_and_owner_refused__leaves_both_shares_to_the_owner(
    blacklist_world: World, refuse: Refuse
):
    world = blacklist_world
    id = world.open(10 * WAD, world.tokens("108.7005"))
    world.push("88")
    refuse(world)
    blacklist(world, world.keeper)
    blacklist(world, world.trader)
    world.liquidate(id)
    assert world.system.market_state().bad_debt > 0  # insolvent, and liquidated all the same
    before = world.balances()
    world.act("claim", id, world.stranger)
    assert world.moved(before) == {"stranger": world.tokens(5)}


@WAYS
def test_claim__keeper_refused_in_a_part_liquidation__stays_as_margin(blacklist_world: World, refuse: Refuse):
    world = blacklist_world
    id = world.open(10 * WAD, world.tokens("108.7005"))
    world.push("93")
    refuse(world)
    blacklist(world, world.keeper)
    receipt = world.liquidate(id)
    assert world.position(id).margin == world.tokens("77.64")  # 75.78 and the keeper's 1.86
    assert world.event(receipt, "PositionLiquidated")["margin"] == world.tokens("77.64")


def test_claim__tokens_sent_to_the_vault_of_an_ended_position__belong_to_its_owner(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    vault = world.vault(id)
    world.close(id)
    world.chain.send(world.system.mint(vault, 7))
    before = world.balances()
    world.act("claim", id, world.trader)
    assert world.moved(before) == {"trader": 7}


def test_claim__everything_wrong__is_refused_in_the_stated_order(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    with refused("market: not owner"):
        world.act("claim", 99, world.trader)
    with refused("market: not owner"):
        world.act("claim", id, world.stranger, sender=world.stranger)
    with refused("market: position is open"):
        world.act("claim", id, world.trader)
    world.close(id)
    with refused("market: nothing to claim"):
        world.act("claim", id, world.trader)
    with refused("market: not owner"):
        world.act("claim", id, world.rival, sender=world.rival)


@WAYS
def test_claim__receiver_refused_as_well__keeps_it_claimable(blacklist_world: World, refuse: Refuse, refused):
    world = blacklist_world
    id = world.open(10 * WAD, world.tokens(200))
    refuse(world)
    blacklist(world, world.trader)
    world.close(id)
    with refused("token: blacklisted" if refuse is reverting else "vault: transfer refused"):
        world.act("claim", id, world.trader)
    world.act("claim", id, world.stranger)


@WAYS
def test_withdraw_margin__owner_refused__is_refused(blacklist_world: World, refuse: Refuse, refused):
    world = blacklist_world
    id = world.open(10 * WAD, world.tokens(200))
    refuse(world)
    blacklist(world, world.trader)
    with refused("token: blacklisted" if refuse is reverting else "vault: transfer refused"):
        world.act("withdraw_margin", id, 1)


@WAYS
def test_open_and_add_margin__payer_refused__are_refused(blacklist_world: World, refuse: Refuse, refused):
    world = blacklist_world
    id = world.open(10 * WAD, world.tokens(200))
    refuse(world)
    blacklist(world, world.trader)
    reason = "token: blacklisted" if refuse is reverting else "market: transfer refused"
    with refused(reason):
        world.open(10 * WAD, world.tokens(200))
    with refused(reason):
        world.act("add_margin", id, 1)
    world.act("add_margin", id, 1, sender=world.rival)
