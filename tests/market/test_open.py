"""Opening: what it costs, where the tokens go, and every reason to refuse."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain
from isomargin.model import Status
from isomargin.protocol import Sources
from isomargin.units import WAD, to_wad
from tests.market.world import FOREVER, World, build_world, terms_of

# A buy of 10 at skew 0 and scale 10,000 fills at 100 x (1 + 5 / 10,000) = 100.05 and costs 1000.5;
# the fee is a thousandth of that, 1.0005. A sale of 10 fills at 99.95 and yields 999.5; its fee is 0.9995.


def test_open__long__pays_the_fill_price_and_the_fee(any_world: World):
    world = any_world
    before = world.balances()
    id = world.open(10 * WAD, world.tokens(200))
    seen = world.position(id)
    assert (seen.id, seen.owner, seen.size, seen.cost) == (1, world.trader, 10 * WAD, to_wad("1000.5"))
    assert seen.margin == world.tokens("198.9995")
    assert seen.keeper_reserve == world.tokens(5)
    assert seen.unrealised_pnl == -to_wad("0.5")
    assert seen.equity == to_wad("198.4995")
    assert seen.status is Status.HEALTHY
    assert world.balance(seen.vault) == world.tokens("203.9995")
    assert world.moved(before) == {"trader": -world.tokens(205), "pool": world.tokens("1.0005")}


def test_open__short__is_the_mirror_image(any_world: World):
    world = any_world
    id = world.open(-10 * WAD, world.tokens(200))
    seen = world.position(id)
    assert (seen.size, seen.cost) == (-10 * WAD, -to_wad("999.5"))
    assert seen.margin == world.tokens("199.0005")
    assert seen.unrealised_pnl == -to_wad("0.5")


def test_open__skew_on_the_other_side__fills_better_than_the_oracle(world: World):
    world.open(-100 * WAD, world.tokens(2_000), sender=world.rival)
    # 100 x (1 + (-100 + 10 / 2) / 10,000) = 99.05
    id = world.open(10 * WAD, world.tokens(200))
    assert world.position(id).cost == to_wad("990.5")


def test_open__fee_of_a_fraction_of_a_unit__is_rounded_up(world: World):
    # 1.000000000000000001 fills at 100 x (1 + 0.5000000000000000005 / 10,000), rounded up; the fee of about
    # 0.100005 has digits below a millionth, and the trader pays the whole unit.
    size = WAD + 1
    id = world.open(size, world.tokens(50))
    fill = -(-100 * WAD * (2 * 10_000 * WAD + size) // (2 * 10_000 * WAD))
    cost = -(-size * fill // WAD)
    fee = -(-cost // 1000)
    assert fee % 10**12 != 0
    assert world.position(id).cost == cost
    assert world.position(id).margin == world.tokens(50) - (fee // 10**12 + 1)


def test_open__several__count_up_and_add_to_their_side(world: World):
    sizes = [10 * WAD, -4 * WAD, 3 * WAD]
    assert [world.open(size, world.tokens(200)) for size in sizes] == [1, 2, 3]
    state = world.system.market_state()
    assert (state.long_open_interest, state.short_open_interest) == (13 * WAD, 4 * WAD)
    assert state.skew == 9 * WAD
    assert state.cost_sum == sum(world.position(id).cost for id in (1, 2, 3))
    assert state.last_id == 3


def test_open__event__carries_everything(world: World):
    receipt = world.opened(10 * WAD, world.tokens(200))
    assert world.event(receipt, "PositionOpened") == {
        "id": 1,
        "owner": world.trader,
        "vault": world.vault(1),
        "size": 10 * WAD,
        "cost": to_wad("1000.5"),
        "funding_index": 0,
        "margin": world.tokens("198.9995"),
        "keeper_reserve": world.tokens(5),
        "fill_price": to_wad("100.05"),
        "fee": to_wad("1.0005"),
    }


def test_open__limit_and_deadline_just_met__succeeds(world: World):
    now = world.chain.timestamp
    buy = world.system.open(world.trader, 10 * WAD, world.tokens(200), to_wad("100.05"), now + 7)
    assert world.at(now + 7, buy).success
    sale = world.system.open(world.trader, -20 * WAD, world.tokens(300), to_wad(100), FOREVER)
    assert world.at(now + 9, sale).success  # at skew 10 the middle of a sale of 20 is the oracle price itself


def test_open__equity_just_initial__succeeds_and_one_unit_less_does_not(any_world: World, refused):
    # Notional 1000 needs 100; price impact 0.5 and fee 1.0005 come on top.
    world = any_world
    needed = world.tokens("101.5005")
    with refused("market: below initial margin"):
        world.open(10 * WAD, needed - 1)
    assert world.position(world.open(10 * WAD, needed)).equity == to_wad(100)


def test_open__size_at_the_caps__succeeds_and_one_more_unit_does_not(world: World, refused):
    world.set_risk(max_notional=10**9 * WAD)
    margin = world.tokens(30_000)
    with refused("market: skew cap"):
        world.open(500 * WAD + 1, margin)
    world.open(500 * WAD, margin)
    world.open(-500 * WAD, margin)
    world.open(500 * WAD, margin)
    with refused("market: open interest cap"):
        world.open(1, margin)


def test_open__skew_beyond_its_cap_but_not_larger__succeeds(world: World, refused):
    world.open(100 * WAD, world.tokens(2_000))
    world.set_parameters(max_skew=50 * WAD)
    with refused("market: skew cap"):
        world.open(2 * WAD, world.tokens(100))
    world.open(-40 * WAD, world.tokens(1_000))  # 60 is above the cap still
    assert world.system.market_state().skew == 60 * WAD
    world.open(-110 * WAD, world.tokens(3_000))  # 50 on the other side is within it
    with refused("market: skew cap"):
        world.open(-2 * WAD, world.tokens(100))


def test_open__skew_mirrored_beyond_its_cap__is_not_larger_and_succeeds(world: World):
    world.open(100 * WAD, world.tokens(2_000))
    world.set_parameters(max_skew=50 * WAD)
    world.open(-200 * WAD, world.tokens(5_000))
    assert world.system.market_state().skew == -100 * WAD


def test_open__everything_wrong__is_refused_in_the_stated_order(world: World, refused):
    world.spoil_price()
    world.act("pause_opening", sender=world.system.guardian)
    size, margin = 2_000 * WAD, 0
    with refused("market: deadline passed"):
        world.open(0, margin, limit=0, deadline=world.chain.timestamp)
    with refused("market: opening paused"):
        world.open(0, margin, limit=0)
    world.act("resume_opening", sender=world.system.admin)
    with refused("market: size is zero"):
        world.open(0, margin, limit=0)
    with refused("oracle: price stale"):
        world.open(size, margin, limit=0)
    world.push("100")
    world.set_parameters(min_notional=10**9 * WAD, reserve_ratio=10 * WAD)
    with refused("erc20: transfer amount exceeds balance"):
        world.open(size, world.tokens(2_000_000), limit=0)
    with refused("market: price limit"):
        world.open(size, margin, limit=0)
    with refused("market: margin below costs"):
        world.open(size, margin)
    margin = world.tokens(300)
    with refused("market: open interest cap"):
        world.open(size, margin)
    world.set_parameters(min_notional=10**9 * WAD, reserve_ratio=10 * WAD, max_open_interest=2_000 * WAD)
    with refused("market: skew cap"):
        world.open(size, margin)
    caps = {"max_open_interest": 2_000 * WAD, "max_skew": 2_000 * WAD}
    world.set_parameters(min_notional=10**9 * WAD, reserve_ratio=10 * WAD, **caps)
    with refused("market: below min notional"):
        world.open(size, margin)
    world.set_parameters(reserve_ratio=10 * WAD, **caps)
    with refused("risk: above max notional"):
        world.open(size, margin)
    size = 400 * WAD
    with refused("market: below initial margin"):
        world.open(size, margin)
    margin = world.tokens(20_000)
    with refused("market: pool reserve"):
        world.open(size, margin)
    world.set_parameters(**caps)
    assert world.open(size, margin) == 1


def test_open__sale_that_takes_the_middle_of_the_trade_below_the_scale__is_refused(world: World, refused):
    # The scale is 10,000: the middle of 20,000 sold fills at nothing. One unit less fills at almost nothing,
    # costs nothing, and meets the next check.
    with refused("market: skew beyond scale"):
        world.open(-20_000 * WAD, world.tokens(1_000))
    with refused("market: open interest cap"):
        world.open(-20_000 * WAD + 1, 0)


def test_open__sale_below_its_limit__is_refused(world: World, refused):
    with refused("market: price limit"):
        world.open(-10 * WAD, world.tokens(200), limit=to_wad("99.95") + 1)
    world.open(-10 * WAD, world.tokens(200), limit=to_wad("99.95"))


def test_open__reserve_just_covered_by_pool_and_fee__succeeds(world: World, refused):
    # Two longs worth 1000 each reserve 2000 at ratio 1; the pool is worth its cash and both fees. The premium
    # that both paid is not its own.
    world.open(10 * WAD, world.tokens(200))
    world.drain_pool()
    cash = world.balance(world.system.pool.address)
    second_cost = to_wad("1001.5")  # 10 x 100.15
    second_fee = second_cost // 1000
    assets = cash * world.scale + second_fee
    ratio = assets // 2_000
    world.set_parameters(reserve_ratio=ratio + 10**12)
    with refused("market: pool reserve"):
        world.open(10 * WAD, world.tokens(200))
    world.set_parameters(reserve_ratio=ratio)
    world.open(10 * WAD, world.tokens(200))


def test_open__refused__leaves_nothing_behind(world: World, refused):
    before, state = world.balances(), world.system.market_state()
    with refused("market: below initial margin"):
        world.open(10 * WAD, world.tokens(50))
    assert world.moved(before) == {}
    assert world.system.market_state() == state
    assert world.open(10 * WAD, world.tokens(200)) == 1  # the id was not used up


@pytest.fixture(scope="module")
def taxed_world() -> World:
    return build_world(Chain(), terms_of(6), Sources(token="testing/TaxedToken"))


def test_open__token_with_a_tax__credits_what_arrived(taxed_world: World, refused):
    world = taxed_world
    # One hundredth is lost on the way in; less than the reserve of 5 arrives of 5.05.
    with refused("market: margin below reserve"):
        world.open(10 * WAD, world.tokens("0.05"), limit=0)
    id = world.open(10 * WAD, world.tokens(200))
    # 205 become 202.95; of these 5 are the reserve and 1.0005 the fee.
    assert world.position(id).margin == world.tokens("196.9495")
