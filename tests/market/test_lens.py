"""The lens: health of positions in batches, and the market at a glance."""

from __future__ import annotations

import pytest

from isomargin.errors import TransactionReverted
from isomargin.model import Status, bankruptcy_price
from isomargin.units import WAD, to_wad
from tests.market.world import RISK, World

# The usual position: 10 at 100.05, cost 1000.5, margin 107.7.
MARGIN = "108.7005"


def test_position__usual_one__shows_every_figure(any_world: World):
    world = any_world
    id = world.open(10 * WAD, world.tokens(MARGIN))
    world.push("96")
    seen = world.position(id)
    # Equity 107.7 + 960 - 1000.5 = 67.2 against 48: 1.4 times maintenance. It is liquidatable where
    # 107.7 - 1000.5 + 10 p < 0.5 p, below 892.8 / 9.5, and has nothing left at 89.28.
    assert (seen.id, seen.owner, seen.size, seen.cost) == (id, world.trader, 10 * WAD, to_wad("1000.5"))
    assert (seen.margin, seen.keeper_reserve) == (world.tokens("107.7"), world.tokens(5))
    assert (seen.notional, seen.unrealised_pnl) == (960 * WAD, -to_wad("40.5"))
    assert (seen.equity, seen.maintenance_margin) == (to_wad("67.2"), 48 * WAD)
    assert (seen.accrued_funding, seen.margin_ratio) == (0, to_wad("1.4"))
    assert seen.liquidation_price == to_wad("892.8") * 10 // 95
    assert seen.bankruptcy_price == to_wad("89.28")
    assert seen.status is Status.HEALTHY


def test_position__short__is_liquidated_upwards(world: World):
    # -10 at 99.95, cost -999.5, margin 109.9005: equity 1109.4005 - 10 p < 0.5 p above 1109.4005 / 10.5.
    id = world.open(-10 * WAD, world.tokens("110.9"))
    seen = world.position(id)
    assert seen.liquidation_price == to_wad("1109.4005") * 10 // 105 + 1
    assert seen.bankruptcy_price == to_wad("110.94005")


def test_position__large_one__is_measured_by_its_bracket(world: World):
    # 150 at 100: 15,000 of notional need a tenth less 500.
    id = world.open(150 * WAD, world.tokens(3_000))
    seen = world.position(id)
    assert seen.maintenance_margin == 1_000 * WAD
    assert seen.liquidation_price == RISK.liquidation_price(seen.size, seen.equity - seen.notional)


@pytest.mark.parametrize(
    ("price", "status"),
    [
        ("95.000000000000000001", Status.HEALTHY),
        ("95", Status.HEALTHY),
        ("94.9", Status.MARGIN_CALL),
        ("93.978947368421052632", Status.MARGIN_CALL),
        ("93.978947368421052631", Status.LIQUIDATABLE),
        ("89.280000000000000001", Status.LIQUIDATABLE),
        ("89.28", Status.INSOLVENT),
        ("1", Status.INSOLVENT),
    ],
)
def test_status__by_price__turns_where_it_should(world: World, price: str, status: Status):
    # 107.7 - 1000.5 + 10 p = 1.2 x 0.5 p at p = 892.8 / 9.4 = 94.978...; equality is safe.
    id = world.open(10 * WAD, world.tokens(MARGIN))
    world.push(price)
    assert world.position(id).status is status


def test_status__equity_exactly_at_the_call_ratio__is_healthy(world: World):
    # 6% of 1000 is 60: a margin of 60 + 0.5 of price impact, taken out until just that stays.
    world.system.risk_engine.transact(
        "set_risk_table",
        [(0, to_wad("0.055"), to_wad("0.05"))],
        50_000 * WAD,
        to_wad("0.01"),
        0,
        sender=world.system.admin,
    )
    id = world.open(10 * WAD, world.tokens("61.5005"))
    assert world.position(id).equity == 60 * WAD
    assert world.position(id).status is Status.HEALTHY
    world.act("withdraw_margin", id, 1)
    assert world.position(id).status is Status.MARGIN_CALL


def test_position__insolvent__has_no_margin_ratio(world: World):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    world.push("88")
    seen = world.position(id)
    assert (seen.equity, seen.margin_ratio) == (-to_wad("12.8"), 0)


def test_position__long_with_more_margin_than_cost__cannot_be_liquidated(world: World):
    id = world.open(10 * WAD, world.tokens(1_100))
    seen = world.position(id)
    assert (seen.liquidation_price, seen.bankruptcy_price) == (0, 0)
    assert bankruptcy_price(seen.size, seen.equity - seen.notional) == 0


def test_position__not_open__shows_owner_and_vault_alone(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    vault = world.vault(id)
    world.close(id)
    ended, unknown = world.system.positions([id, 99])
    assert (ended.owner, ended.vault, ended.status) == (world.trader, vault, None)
    assert (unknown.owner, unknown.status) == ("0x" + "00" * 20, None)
    assert ended.equity == ended.liquidation_price == unknown.equity == 0


def test_positions__many__are_the_single_ones_in_the_order_asked(world: World):
    ids = [world.open(size * WAD, world.tokens(300)) for size in (10, -4, 7)]
    assert world.system.positions([3, 1, 2, 1]) == [world.position(id) for id in (3, 1, 2, 1)]
    assert [view.id for view in world.system.open_positions()] == ids


def test_positions__more_than_a_page__is_refused_by_the_abi(world: World):
    assert len(world.system.lens.call("positions", list(range(256)))) == 256
    with pytest.raises(TransactionReverted):
        world.system.lens.call("positions", list(range(257)))
    with pytest.raises(TransactionReverted):
        world.system.lens.call("liquidatable", 1, 257)


def test_liquidatable__page__has_those_below_maintenance(world: World):
    margins = ["108.7005", "300", "109.8", "300", "111"]
    for margin in margins:
        world.open(10 * WAD, world.tokens(margin))
    world.close(5)
    world.push("90")
    assert world.system.lens.call("liquidatable", 1, 256) == (1, 3)
    assert world.system.lens.call("liquidatable", 2, 1) == ()
    assert world.system.lens.call("liquidatable", 2, 2) == (3,)
    assert world.system.lens.call("liquidatable", 4, 256) == ()
    assert world.system.liquidatable() == [1, 3]


def test_market_state__after_trades__adds_up(any_world: World):
    world = any_world
    world.open(10 * WAD, world.tokens(200))
    world.open(-4 * WAD, world.tokens(200), sender=world.rival)
    world.push("110")
    state = world.system.market_state()
    assert (state.price, state.price_reason) == (110 * WAD, "")
    assert (state.long_open_interest, state.short_open_interest, state.skew) == (10 * WAD, 4 * WAD, 6 * WAD)
    assert state.cost_sum == to_wad("600.18")  # 1000.5 - 400.32
    assert state.trader_claims == to_wad("60.018")  # a profit of 59.82, a premium of 110 x 6 x 6 / 20,000
    assert state.reserved == 550 * WAD
    assert state.pool_cash == world.tokens("100001.40082")  # fees of 1.0005 and 0.40032
    assert state.pool_assets == world.tokens("99941.38282")
    assert (state.insurance_fund, state.bad_debt, state.last_id) == (world.tokens(1_000), 0, 2)


def test_lens__bad_price__answers_at_the_newest_and_names_the_reason(world: World):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    world.push("93")
    world.spoil_price()
    state = world.system.market_state()
    assert (state.price, state.price_reason) == (93 * WAD, "oracle: price stale")
    assert world.position(id).status is Status.LIQUIDATABLE


def test_lens__price_of_zero__shows_longs_insolvent(world: World):
    long = world.open(10 * WAD, world.tokens(MARGIN))
    short = world.open(-10 * WAD, world.tokens(MARGIN))
    world.push(0)
    state = world.system.market_state()
    assert (state.price, state.price_reason) == (0, "oracle: price not positive")
    assert world.position(long).status is Status.INSOLVENT
    assert world.position(short).status is Status.HEALTHY


def test_lens__parts__are_named(world: World):
    system = world.system
    for name, part in {
        "market": system.market,
        "asset": system.token,
        "pool": system.pool,
        "insurance_fund": system.insurance_fund,
    }.items():
        assert system.lens.call(name) == part.address
