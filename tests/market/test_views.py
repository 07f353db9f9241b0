"""What the market shows of itself."""

from __future__ import annotations

from isomargin.units import WAD, to_wad
from tests.market.world import World

ZERO_ADDRESS = "0x" + "00" * 20


def test_position__never_used__is_all_zero(world: World):
    for id in (0, 1, 2**256 - 1):
        assert world.market.call("position", id) == (ZERO_ADDRESS, ZERO_ADDRESS, 0, 0, 0, 0, 0)


def test_position__open__is_what_the_market_holds(any_world: World):
    world = any_world
    id = world.open(-10 * WAD, world.tokens(200))
    owner, vault, *figures = world.market.call("position", id)
    assert owner == world.trader
    assert world.balance(vault) == world.tokens("204.0005")
    assert figures == [-10 * WAD, -to_wad("999.5"), 0, world.tokens(5), world.tokens("199.0005")]


def test_position__ended__keeps_owner_and_vault(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    vault = world.vault(id)
    world.close(id)
    assert world.market.call("position", id) == (world.trader, vault, 0, 0, 0, 0, 0)


def test_position__ended_with_something_to_claim__has_no_margin(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    world.close(id)
    world.chain.send(world.system.mint(world.vault(id), 7))
    assert world.market.call("position", id)[-1] == 0


def test_last_id__positions_come_and_go__never_falls(world: World):
    seen = [world.market.call("last_id")]
    for _ in range(2):
        id = world.open(10 * WAD, world.tokens(200))
        seen.append(world.market.call("last_id"))
        world.close(id)
        seen.append(world.market.call("last_id"))
    assert seen == [0, 1, 1, 2, 2]


def test_open_interest_and_aggregates__both_sides__are_the_sums(world: World):
    world.open(10 * WAD, world.tokens(200))
    world.open(-4 * WAD, world.tokens(200), sender=world.rival)
    assert world.market.call("open_interest") == (10 * WAD, 4 * WAD)
    # The sale of 4 at skew 10 fills at 100.08 and yields 400.32.
    assert world.market.call("aggregates") == (6 * WAD, to_wad("1000.5") - to_wad("400.32"), 0)


def test_pool_obligations__price_moved__are_what_the_traders_would_take(world: World):
    # Opening 10 at skew 0 cost a premium of 0.5, which closing them gives back.
    world.open(10 * WAD, world.tokens(200))
    assert world.market.call("pool_obligations") == (0, 500 * WAD, "")
    world.push("110")
    # A profit of 99.5 and a premium of 110 x 10 x 10 / 20,000.
    assert world.market.call("pool_obligations") == (to_wad("100.05"), 550 * WAD, "")


def test_pool_obligations__fractions_of_a_wei__are_rounded_up(world: World):
    size, price = 10 * WAD + 1, 100 * WAD + 1
    world.open(size, world.tokens(200))
    world.push(price)
    assert size * price % WAD != 0
    notional = -(-size * price // WAD)
    premium = -(-notional * size // (2 * 10_000 * WAD))
    assert notional * size % (2 * 10_000 * WAD) != 0
    claims, _, _ = world.market.call("pool_obligations")
    assert claims == notional - world.position(1).cost + premium


def test_pool_obligations__bad_price__are_given_with_the_reason(world: World):
    world.open(10 * WAD, world.tokens(200))
    world.spoil_price()
    assert world.market.call("pool_obligations") == (0, 500 * WAD, "oracle: price stale")


def test_pool_obligations__both_sides__reserve_follows_the_larger(world: World):
    world.open(10 * WAD, world.tokens(200))
    world.open(-30 * WAD, world.tokens(600), sender=world.rival)
    assert world.market.call("pool_obligations")[1] == 1_500 * WAD  # half of 30 at 100
    world.push("110.000000000000000001")
    assert world.market.call("pool_obligations")[1] == to_wad("1650.000000000000000015")


def test_immutables_and_plugs__deployed__are_the_parts(world: World):
    system = world.system
    for name, part in {
        "asset": system.token,
        "pool": system.pool,
        "insurance_fund": system.insurance_fund,
        "oracle": system.oracle,
        "risk_engine": system.risk_engine,
        "liquidation_policy": system.policy,
    }.items():
        assert world.market.call(name) == part.address
    assert world.market.call("guardian") == system.guardian
    assert world.market.call("owner") == system.admin
    assert world.market.call("bad_debt") == 0
