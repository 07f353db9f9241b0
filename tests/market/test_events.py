"""Events: which ones an action logs, in which order, and that together they tell everything that moved."""

from __future__ import annotations

from collections import Counter

import pytest

from isomargin.chain import Chain, Receipt
from isomargin.units import WAD, to_wad
from tests.market.world import FOREVER, World, build_world, terms_of


@pytest.fixture(scope="module")
def story() -> tuple[World, dict[str, Receipt]]:
    """One position through everything that can happen, and a second one that is wiped out."""
    world = build_world(Chain(), terms_of(6, max_funding_rate=to_wad("0.1")))
    told: dict[str, Receipt] = {}
    told["open"] = world.opened(10 * WAD, world.tokens("158.7005"))
    told["increase"] = world.increase(1, WAD)
    told["decrease"] = world.decrease(1, WAD)
    told["add margin"] = world.act("add_margin", 1, world.tokens(1), sender=world.rival)
    told["withdraw margin"] = world.act("withdraw_margin", 1, world.tokens(51))
    world.opened(-5 * WAD, world.tokens(60), sender=world.rival)
    world.push("93")
    told["liquidate in part"] = world.liquidate(1)
    told["close"] = world.close(1)
    world.push("150")
    told["liquidate insolvent"] = world.liquidate(2)
    return world, told


NAMES = {
    "open": ["FundingAccrued", "PositionOpened"],
    "increase": ["FundingAccrued", "PositionModified"],
    "decrease": ["FundingAccrued", "PositionModified"],
    "add margin": ["MarginAdded"],
    "withdraw margin": ["FundingAccrued", "MarginWithdrawn"],
    "liquidate in part": ["FundingAccrued", "PositionLiquidated"],
    "close": ["FundingAccrued", "PositionClosed"],
    "liquidate insolvent": ["FundingAccrued", "BadDebt", "PositionLiquidated"],
}


@pytest.mark.parametrize("action", NAMES)
def test_events__of_an_action__come_in_this_order(story, action: str):
    world, told = story
    assert [event.name for event in world.events(told[action])] == NAMES[action]


@pytest.mark.parametrize("action", NAMES)
def test_events__of_an_action__name_the_position_in_a_topic(story, action: str):
    world, told = story
    id = 2 if action == "liquidate insolvent" else 1
    for event in world.events(told[action]):
        if event.name != "FundingAccrued":
            assert int.from_bytes(event.log.topics[1], "big") == event.args["id"] == id


def test_events__transfers_of_all_actions__explain_every_balance(story):
    world, _ = story
    balances: Counter[str] = Counter()
    token = world.system.token
    for event in token.events(world.chain.logs(address=token.address)):
        if event.name == "Transfer":
            sender, receiver, amount = event.args.values()
            balances[sender] -= amount
            balances[receiver] += amount
    vaults = {name: world.vault(id) for id, name in enumerate(["first vault", "second vault"], 1)}
    accounts = {
        name: getattr(world, name) for name in ("trader", "rival", "keeper", "lp", "stranger")
    } | vaults
    accounts |= {"pool": world.system.pool.address, "fund": world.system.insurance_fund.address}
    for name, account in accounts.items():
        assert balances[account] == world.balance(account), name


def test_events__margins_of_all_actions__follow_from_one_to_the_next(story):
    world, told = story
    opened, grown, shrunk, added, withdrawn, liquidated = (
        world.events(told[action])[-1].args
        for action in ("open", "increase", "decrease", "add margin", "withdraw margin", "liquidate in part")
    )
    assert opened["margin"] == world.tokens("157.7")
    assert grown["margin"] == opened["margin"] + grown["settlement"]
    assert shrunk["margin"] == grown["margin"] + shrunk["settlement"]
    assert added["margin"] == shrunk["margin"] + added["amount"]
    assert withdrawn["margin"] == added["margin"] - withdrawn["amount"]
    assert liquidated["margin"] == withdrawn["margin"] + liquidated["settlement"] - liquidated["penalty"]


def test_events__settlements_of_trades__are_profit_less_funding_and_fee_rounded_down(story):
    world, told = story
    for action in ("increase", "decrease", "close"):
        args = world.events(told[action])[-1].args
        net = args["realised_pnl"] - args["funding"] - args["fee"]
        assert args["settlement"] == net // world.scale


def test_events__liquidation_in_part__leaves_the_keeper_reserve_in_place(story):
    world, told = story
    args = world.events(told["liquidate in part"])[-1].args
    assert args["size"] != 0
    assert args["reward"] == args["penalty"] // 2
    assert args["payout"] == 0


def test_events__of_a_refused_action__there_are_none(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    refused = world.system.close(world.trader, id, 2**255, FOREVER)
    (receipt,) = world.chain.mine([refused]).receipts
    assert (receipt.success, receipt.logs) == (False, ())
