"""Liquidation of one position: when, how much, who gets what, and what cannot stop it."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.chain import Contract
from isomargin.contracts import compile_contract
from isomargin.model import Status
from isomargin.units import WAD, to_wad
from tests.market.world import World

# The usual position: 10 at 100.05, cost 1000.5, margin 107.7 after the fee, keeper reserve 5.
#
# At 93 its equity is 107.7 + 930 - 1000.5 = 37.2 and it needs 46.5. To be back at 1.2 times maintenance,
# equity must be 6% of notional: (0.06 x 930 - 37.2) / (0.06 - 0.01) = 372 are closed, which are 4 at 93. The
# penalty is 3.72; the loss realised is 4 x 100.05 - 372 = 28.2; of 107.7 remain 75.78, and the equity of the
# remaining 6 is 75.78 + 558 - 600.3 = 33.48, which is 1.2 times the 27.9 they need.


def usual_position(world: World, sender: str | None = None) -> int:
    return world.open(10 * WAD, world.tokens("108.7005"), sender=sender)


def test_liquidate__below_maintenance__closes_what_restores_the_target(any_world: World):
    world = any_world
    id = usual_position(world)
    assert world.position(id).margin == world.tokens("107.7")
    world.push("93")
    assert world.position(id).status is Status.LIQUIDATABLE
    before = world.balances()
    receipt = world.liquidate(id)
    assert world.moved(before) == {
        "keeper": world.tokens("1.86"),
        "insurance": world.tokens("1.86"),
        "pool": world.tokens("28.2"),
    }
    seen = world.position(id)
    assert (seen.size, seen.cost, seen.margin) == (6 * WAD, to_wad("600.3"), world.tokens("75.78"))
    assert seen.keeper_reserve == world.tokens(5)
    assert (seen.equity, seen.maintenance_margin) == (to_wad("33.48"), to_wad("27.9"))
    assert world.event(receipt, "PositionLiquidated") == {
        "id": id,
        "keeper": world.keeper,
        "size_delta": -4 * WAD,
        "size": 6 * WAD,
        "cost": to_wad("600.3"),
        "funding_index": 0,
        "margin": world.tokens("75.78"),
        "price": 93 * WAD,
        "realised_pnl": -to_wad("28.2"),
        "funding": 0,
        "settlement": -world.tokens("28.2"),
        "penalty": world.tokens("3.72"),
        "reward": world.tokens("1.86"),
        "payout": 0,
    }


def test_liquidate__short__mirrors_the_long(world: World):
    # -10 at 99.95: cost -999.5, margin 109.9005 after a fee of 0.9995. At 106 the equity is 109.9005 + 999.5
    # - 1060 = 49.4005 against 53. Closed: (63.6 - 49.4005) / 0.05 = 283.99, which are 2.679150943... at 106,
    # rounded up.
    id = world.open(-10 * WAD, world.tokens("110.9"))
    world.push("106")
    before = world.balances()
    world.liquidate(id)
    quantity = -(-to_wad("283.99") // 106)
    seen = world.position(id)
    assert seen.size == -10 * WAD + quantity
    # 283.99 are bought at 106; what they brought at 99.95 was 267.781...: the cost removed is rounded up, so
    # is the price paid.
    paid = -(-quantity * 106 * WAD // WAD)
    removed = -(to_wad("99.95") * quantity // WAD)
    assert seen.cost == -to_wad("999.5") - removed
    loss = -(-(paid + removed) // world.scale)
    penalty = -(-paid // 100 // world.scale)
    assert world.moved(before) == {
        "pool": loss,
        "keeper": penalty // 2,
        "insurance": penalty - penalty // 2,
    }
    assert seen.margin == world.tokens("109.9005") - loss - penalty
    # The target is met but for the two units by which loss and penalty are rounded up.
    assert (seen.equity + 2 * world.scale) * 10 >= seen.maintenance_margin * 12


def test_liquidate__rest_below_the_minimum__closes_everything(any_world: World):
    # In full at 93: the loss is 70.5, the penalty 9.3, and 27.9 are left for the owner.
    world = any_world
    id = usual_position(world)
    vault = world.vault(id)
    world.set_parameters(min_notional=to_wad("558.000000000000000001"))
    world.push("93")
    before = world.balances()
    receipt = world.liquidate(id)
    assert world.moved(before) == {
        "keeper": world.tokens("9.65"),  # half the penalty and the reserve
        "insurance": world.tokens("4.65"),
        "pool": world.tokens("70.5"),
        "trader": world.tokens("27.9"),
    }
    assert world.balance(vault) == 0
    assert world.event(receipt, "PositionLiquidated") == {
        "id": id,
        "keeper": world.keeper,
        "size_delta": -10 * WAD,
        "size": 0,
        "cost": 0,
        "funding_index": 0,
        "margin": 0,
        "price": 93 * WAD,
        "realised_pnl": -to_wad("70.5"),
        "funding": 0,
        "settlement": -world.tokens("70.5"),
        "penalty": world.tokens("9.3"),
        "reward": world.tokens("9.65"),
        "payout": world.tokens("27.9"),
    }
    assert world.position(id).status is None
    state = world.system.market_state()
    assert (state.long_open_interest, state.cost_sum, state.bad_debt) == (0, 0, 0)


def test_liquidate__rest_just_at_the_minimum__closes_a_part(world: World):
    id = usual_position(world)
    world.set_parameters(min_notional=558 * WAD)
    world.push("93")
    world.liquidate(id)
    assert world.position(id).size == 6 * WAD


def test_liquidate__penalty__takes_at_most_95_percent_of_the_equity(world: World):
    # At 89.5 the equity is 2.2: a penalty of 2.09 instead of 8.95, and 0.11 for the owner.
    id = usual_position(world)
    world.push("89.5")
    before = world.balances()
    world.liquidate(id)
    assert world.moved(before) == {
        "keeper": world.tokens("6.045"),
        "insurance": world.tokens("1.045"),
        "pool": world.tokens("105.5"),
        "trader": world.tokens("0.11"),
    }


def test_liquidate__insolvent__costs_the_fund_and_still_pays_the_keeper(any_world: World):
    # At 88 the equity is -12.8: the margin goes to the pool, the fund pays the rest, the keeper gets the
    # reserve.
    world = any_world
    id = usual_position(world)
    world.push("88")
    assert world.position(id).status is Status.INSOLVENT
    before = world.balances()
    receipt = world.liquidate(id)
    assert world.moved(before) == {
        "keeper": world.tokens(5),
        "insurance": -world.tokens("12.8"),
        "pool": world.tokens("120.5"),
    }
    assert world.event(receipt, "BadDebt") == {
        "id": id,
        "amount": to_wad("12.8"),
        "insurance_paid": world.tokens("12.8"),
        "pool_loss": 0,
    }
    done = world.event(receipt, "PositionLiquidated")
    assert (done["settlement"], done["penalty"]) == (-world.tokens("107.7"), 0)
    assert (done["reward"], done["payout"]) == (world.tokens(5), 0)
    assert world.system.market_state().bad_debt == to_wad("12.8")


def test_liquidate__insolvent_beyond_the_fund__costs_the_pool_the_rest(world: World):
    id = usual_position(world)
    fund = world.system.insurance_fund
    keep = world.tokens(3)
    everything = world.balance(fund.address)
    fund.transact("withdraw", world.stranger, everything - keep, sender=world.system.admin)
    world.push("88")
    before = world.balances()
    receipt = world.liquidate(id)
    assert world.moved(before) == {
        "keeper": world.tokens(5),
        "insurance": -keep,
        "pool": world.tokens("110.7"),
    }
    debt = world.event(receipt, "BadDebt")
    assert (debt["insurance_paid"], debt["pool_loss"]) == (keep, to_wad("9.8"))


def test_liquidate__bad_debt_of_a_fraction_of_a_unit__falls_on_the_pool(world: World):
    id = usual_position(world)
    world.push("88.0000000123")  # equity -12.799999877
    receipt = world.liquidate(id)
    assert world.event(receipt, "BadDebt") == {
        "id": id,
        "amount": to_wad("12.799999877"),
        "insurance_paid": world.tokens("12.799999"),
        "pool_loss": to_wad("0.000000877"),
    }


def test_liquidate__twice_insolvent__adds_up_the_bad_debt(world: World):
    first, second = usual_position(world), world.open(-WAD, world.tokens(20), sender=world.rival)
    world.push("88")
    world.liquidate(first)
    # -1 was sold at 100 x (1 + 9.5 / 10,000) = 100.095 for a fee of 0.100095; at 130 its equity is
    # 19.899905 + 100.095 - 130 = -10.005095.
    world.push("130")
    world.liquidate(second)
    assert world.system.market_state().bad_debt == to_wad("12.8") + to_wad("10.005095")


def test_liquidate__equity_just_maintenance__is_sound(any_world: World, refused):
    # With a margin of 107.7 equity is 0.5 x price at 107.7 + 10 p - 1000.5 = 0.5 p, p = 892.8 / 9.5 =
    # 93.978947...
    world = any_world
    id = usual_position(world)
    at = world.position(id).liquidation_price
    assert at == to_wad("892.8") * 10 // 95
    world.push(at + 1)
    with refused("market: position is sound"):
        world.liquidate(id)
    world.push(at)
    world.liquidate(id)


def test_liquidate__returns__what_the_keeper_received(world: World):
    id = usual_position(world)
    world.push("93")
    assert world.market.call("liquidate", id, sender=world.keeper) == world.tokens("1.86")
    world.push("88")
    assert world.market.call("liquidate", id, sender=world.keeper) == world.tokens(5)


def test_liquidate__owner_as_keeper__is_like_any_other(world: World):
    id = usual_position(world)
    world.push("93")
    before = world.balances()
    world.liquidate(id, sender=world.trader)
    assert world.moved(before)["trader"] == world.tokens("1.86")


def test_liquidate__while_opening_is_paused__succeeds(world: World):
    id = usual_position(world)
    world.act("pause_opening", sender=world.system.guardian)
    world.push("88")
    world.liquidate(id)
    assert world.position(id).status is None


def test_liquidate__everything_wrong__is_refused_in_the_stated_order(world: World, refused):
    id = usual_position(world)
    world.spoil_price()
    with refused("market: no such position"):
        world.liquidate(99)
    with refused("oracle: price stale"):
        world.liquidate(id)
    world.push("100")
    with refused("market: position is sound"):
        world.liquidate(id)
    world.push("88")
    world.liquidate(id)
    with refused("market: no such position"):
        world.liquidate(id)


def test_liquidate__keeper_share_of_nothing_and_of_everything__splits_accordingly(world: World):
    id = usual_position(world)
    world.push("93")
    snapshot = world.chain.snapshot()
    for share, keeper, insurance in [(0, "0", "3.72"), (WAD, "3.72", "0")]:
        world.set_parameters(keeper_share=share)
        before = world.balances()
        world.liquidate(id)
        moved = world.moved(before)
        assert moved.get("keeper", 0) == world.tokens(keeper)
        assert moved.get("insurance", 0) == world.tokens(insurance)
        world.chain.revert(snapshot)


def test_liquidate__pool_without_cash__pays_what_it_has(world: World):
    # A table ten times as strict catches a position in profit; the pool holds less than the profit. The
    # penalty of 11 and the reserve go to keeper and fund, the rest to the owner.
    id = usual_position(world)
    world.drain_pool()
    world.set_parameters(min_notional=10**6 * WAD)
    world.push("110")
    pool = world.system.pool.address
    cash = world.balance(pool)
    assert cash < world.tokens("99.5")  # the profit: 1100 - 1000.5
    require(world, "0.9", "0.5")
    before = world.balances()
    receipt = world.liquidate(id)
    assert world.event(receipt, "PositionLiquidated")["settlement"] == cash
    moved = world.moved(before)
    assert moved["pool"] == -cash
    assert (moved["keeper"], moved["insurance"]) == (world.tokens("10.5"), world.tokens("5.5"))
    assert moved["trader"] == world.tokens("96.7") + cash
    assert world.position(id).status is None


def test_liquidate__pool_and_margin_below_the_penalty__takes_what_is_there(world: World):
    # With a fee of a quarter: 275 of penalty, at most 95% of the equity of 207.2, and then more than the
    # vault holds.
    id = usual_position(world)
    vault = world.vault(id)
    world.drain_pool()
    world.push("110")
    cash = world.balance(world.system.pool.address)
    require(world, "0.9", "0.5", fee="0.25")
    before = world.balances()
    receipt = world.liquidate(id)
    penalty = world.tokens("107.7") + cash
    assert world.event(receipt, "PositionLiquidated")["penalty"] == penalty
    assert world.moved(before) == {
        "pool": -cash,
        "keeper": penalty // 2 + world.tokens(5),
        "insurance": penalty - penalty // 2,
    }
    assert world.balance(vault) == 0


def require(world: World, initial: str, maintenance: str, fee: str = "0.01") -> None:
    """Put a stricter table of one bracket in place, which has to be announced."""
    engine, admin = world.system.risk_engine, world.system.admin
    table = ([(0, to_wad(initial), to_wad(maintenance))], 50_000 * WAD, to_wad(fee), 0)
    engine.transact("announce_risk_table", *table, sender=admin)
    world.chain.mine(timestamp=engine.call("table_due"))
    engine.transact("set_risk_table", *table, sender=admin)


@pytest.fixture
def policy(world: World) -> Contract:
    source = Path(__file__).with_name("ChosenPolicy.vy")
    policy = world.chain.deploy(compile_contract(source))
    world.act("set_liquidation_policy", policy.address, sender=world.system.admin)
    return policy


@pytest.mark.parametrize(
    ("asked", "rest"),
    [("0", "0"), ("10", "0"), ("10.000000000000000001", "0"), ("8.93", "0"), ("8.92", "1.08"), ("3", "7")],
    ids=["nothing", "all", "too much", "rest too small", "rest just large enough", "a part"],
)
def test_liquidate__policy_of_any_answer__closes_it_or_everything(
    world: World, policy: Contract, asked: str, rest: str
):
    # At 93 the minimum notional of 100 is 1.0752... of base.
    id = usual_position(world)
    policy.transact("choose", to_wad(asked), sender=world.stranger)
    world.push("93")
    world.liquidate(id)
    assert world.position(id).size == to_wad(rest)


def test_liquidate__part_that_would_not_heal__closes_everything(world: World, policy: Contract):
    # A closed part costs a hundredth and frees a twentieth: it heals only while equity is above a fifth of
    # what is needed. At 90.2 that is 9.2 of 45.1, just above; at 90.1 it is 8.2 of 45.05, below.
    id = usual_position(world)
    policy.transact("choose", WAD, sender=world.stranger)
    world.push("90.2")
    snapshot = world.chain.snapshot()
    world.liquidate(id)
    assert world.position(id).size == 9 * WAD
    world.chain.revert(snapshot)
    world.push("90.1")
    world.liquidate(id)
    assert world.position(id).size == 0
