"""LiquidationPlanner: what the market's own tests do not reach, by figures that are handed over directly."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.chain import Contract
from isomargin.contracts import compile_contract
from isomargin.units import WAD
from tests.market.world import World

TOKEN = 10**6
PLENTY = 10**6 * TOKEN


@pytest.fixture
def planner(world: World) -> Contract:
    return world.chain.at(world.market.call("planner"), compile_contract("market/LiquidationPlanner"))


def asks_for(world: World, quantity: int) -> str:
    """The address of a policy that closes this much, WAD."""
    policy = world.chain.deploy(compile_contract(Path(__file__).with_name("ChosenPolicy.vy")))
    policy.transact("choose", quantity, sender=world.stranger)
    return policy.address


def test_plan__part_that_the_vault_cannot_settle__closes_everything(world: World, planner: Contract):
    # A long of 10 at 100 has won 100 and owes funding of 60; with a margin of 10 its equity is 50. All of
    # the funding is due with the first part: one unit has won 10, so 50 is owed and 10 is there. The whole
    # has won 40 after funding; the penalty is a hundredth of 1,000.
    figures = (
        10 * WAD,
        900 * WAD,
        100 * WAD,
        10 * TOKEN,
        1_000 * WAD,
        60 * WAD,
        50 * WAD,
        100 * WAD,
        100 * WAD,
    )
    money = WAD // TOKEN, PLENTY
    case = (*figures, *money, world.system.risk_engine.address, asks_for(world, WAD))
    everything = (10 * WAD, True, -1_000 * WAD, 900 * WAD, 40 * TOKEN, 10 * TOKEN, 0)
    assert planner.call("plan", case) == everything


def test_plan__same_part_without_funding__stands_alone(world: World, planner: Contract):
    # Without funding the equity is 110, the part settles 10 and pays 1: 19 of margin are left, and the rest
    # has won 90. Its 109 of 45 needed are healthier than 110 of 200.
    figures = 10 * WAD, 900 * WAD, 100 * WAD, 10 * TOKEN, 1_000 * WAD, 0, 110 * WAD, 200 * WAD, 100 * WAD
    money = WAD // TOKEN, PLENTY
    case = (*figures, *money, world.system.risk_engine.address, asks_for(world, WAD))
    part = (WAD, False, -100 * WAD, 90 * WAD, 10 * TOKEN, TOKEN, 0)
    assert planner.call("plan", case) == part
