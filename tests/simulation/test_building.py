"""A scenario becomes a market: its terms, its people's purses, and a pool that is full beforehand."""

from functools import partial
from unittest.mock import patch

import pytest

from isomargin.chain import Chain
from isomargin.model import Bracket
from isomargin.simulation import build_world, system_terms
from isomargin.units import WAD, to_wad
from tests.simulation.small import scenario, world_of

GWEI = 10**9


# Terms


def test_system_terms__amounts_in_quote__are_base_at_the_first_price():
    """1,000, 600 and 300 of quote at a price of 200 are 5, 3 and 1.5 coins."""
    terms = system_terms(
        scenario(
            prices={"values": [200, 100]},
            market={
                "skew_scale": 1_000,
                "max_open_interest": 600,
                "max_skew": 300,
                "min_notional": 50,
                "keeper_reserve": 7,
                "trade_fee_ratio": 0.001,
                "keeper_share": 0.25,
                "max_funding_rate": 0.03,
                "reserve_ratio": 0.5,
            },
        )
    )
    parameters = terms.parameters

    assert terms.first_price == 200 * WAD
    assert parameters.skew_scale == 5 * WAD
    assert parameters.max_open_interest == 3 * WAD
    assert parameters.max_skew == to_wad("1.5")
    assert parameters.min_notional == 50 * WAD
    assert parameters.keeper_reserve == 7_000_000
    assert parameters.trade_fee_ratio == to_wad("0.001")
    assert parameters.keeper_share == to_wad("0.25")
    assert parameters.max_funding_rate == to_wad("0.03")
    assert parameters.reserve_ratio == to_wad("0.5")


def test_system_terms__guards_and_table__are_the_scenarios():
    terms = system_terms(
        scenario(
            base="BTC",
            token={"symbol": "EUR", "decimals": 18},
            prices={"values": [200, 100]},
            oracle={"min_ratio": 0.5, "max_ratio": 3, "max_deviation": 0.4, "max_age": 5_000},
            risk={
                "brackets": [{"notional_floor": 0, "imr": 0.04, "mmr": 0.02}],
                "max_notional": 70_000,
                "liquidation_fee_ratio": 0.01,
                "call_ratio": 1.3,
                "max_move": 0.005,
                "health_target": 1.7,
            },
            pool={"cooldown": 120, "withdrawal_window": 7_200},
        )
    )

    assert terms.oracle.max_age == 5_000
    assert (terms.oracle.min_price, terms.oracle.max_price) == (100 * WAD, 600 * WAD)
    assert terms.oracle.max_deviation == to_wad("0.4")
    assert terms.risk.brackets == (Bracket(0, to_wad("0.04"), to_wad("0.02")),)
    assert terms.risk.max_notional == 70_000 * WAD
    assert terms.risk.liquidation_fee_ratio == to_wad("0.01")
    assert terms.risk.call_ratio == to_wad("1.3")
    assert terms.risk.max_move == to_wad("0.005")
    assert terms.health_target == to_wad("1.7")
    assert (terms.pool.cooldown, terms.pool.withdrawal_window) == (120, 7_200)
    assert (terms.token_symbol, terms.token_decimals, terms.market_name) == ("EUR", 18, "BTC / EUR")
    assert terms.parameters.keeper_reserve == 5 * 10**18


def test_system_terms__full_policy__has_no_health_target():
    assert system_terms(scenario(risk={"policy": "full"})).health_target is None


# The world before its first price


@pytest.fixture(scope="module")
def world():
    """Two traders who may top up by half, two keepers, and two providers of 3,000 and 1,000."""
    return world_of(
        traders={"count": 2, "top_up": {"share": 1, "amount": 0.5}},
        pool={"providers": [{"name": "large", "deposit": 3_000}, {"name": "lesser", "deposit": 1_000}]},
        insurance={"deposit": 777},
        keepers=[
            {"name": "swift", "batch_size": 9, "min_profit": 2, "gas_bid": 1.5},
            {"name": "slow", "latency": 4},
        ],
    )


def test_build_world__people__have_their_roles(world):
    assert [(actor.name, actor.role) for actor in world.actors.values()] == [
        ("trader-1", "trader"),
        ("trader-2", "trader"),
        ("large", "lp"),
        ("lesser", "lp"),
        ("swift", "keeper"),
        ("slow", "keeper"),
    ]
    assert all(world.chain.account(actor.name) == account for account, actor in world.actors.items())


def test_build_world__keepers__are_as_described(world):
    swift, slow = world.keepers

    assert (swift.batch_size, swift.min_profit, swift.gas_bid, swift.latency) == (9, 2 * WAD, 3 * WAD // 2, 0)
    assert (slow.batch_size, slow.min_profit, slow.gas_bid, slow.latency) == (20, 0, WAD, 4)


def test_build_world__traders__hold_margin_reserve_and_top_up(world):
    """500 of margin, 5 of reserve, 250 to top up."""
    for trader in world.traders:
        assert world.system.token_balance(trader.account) == 755_000_000


def test_build_world__trader_without_the_habit__gets_nothing_to_top_up_with():
    [trader] = (world := world_of(traders={"count": 1})).traders

    assert world.system.token_balance(trader.account) == 505_000_000


def test_build_world__pool_and_insurance__are_full_before_the_first_price(world):
    system = world.system
    shares = [system.pool.call("balanceOf", provider.account) for provider in world.providers]

    assert world.chain.timestamp < world.path.start
    assert system.pool.call("totalAssets") == system.token_balance(system.pool.address) == 4_000_000_000
    assert shares[0] == 3 * shares[1] > 0
    assert [system.token_balance(provider.account) for provider in world.providers] == [0, 0]
    assert system.token_balance(system.insurance_fund.address) == 777_000_000
    assert system.last_id() == 0


def test_build_world__book__knows_every_balance(world):
    assert world.book.total_supply == (2 * 755 + 4_000 + 777) * 10**6
    assert all(
        world.system.token_balance(account) == balance for account, balance in world.book.balances.items()
    )


def test_build_world__no_insurance__leaves_the_fund_empty():
    world = world_of(traders={"count": 1}, insurance={"deposit": 0})

    assert world.system.token_balance(world.system.insurance_fund.address) == 0


def test_build_world__price_good_for_a_minute__is_fresh_when_providers_deposit():
    """Deploying takes longer than that."""
    world = world_of(prices={"step": 60}, oracle={"max_age": 60})

    assert world.system.token_balance(world.system.pool.address) == 20_000_000 * 10**6
    assert world.chain.timestamp - world.path.start > -86_400 + 60


def test_build_world__crowd_larger_than_a_block__is_funded_in_several_though_gas_costs_nothing():
    """150 x (100,000 + 2 x 80,000) of gas limits pass 36,000,000; blocks that full raise the base fee."""
    world = world_of(traders={"count": 150}, gas={"price": 0})
    blocks = [world.chain.block(number) for number in range(world.chain.block_number + 1)]

    assert len([block for block in blocks if len(block.receipts) > 20]) == 2
    assert max(block.base_fee for block in blocks) > 0
    assert all(world.system.token_balance(trader.account) == 505_000_000 for trader in world.traders)
    assert world.system.token_balance(world.system.pool.address) == 20_000_000 * 10**6


def test_build_world__blocks_with_room_for_all__prepare_a_thousand_at_once():
    """A mint and two approvals for each of 400 traders; a node would take very long to tell them all."""
    roomy = partial(Chain, block_gas_limit=10**9)
    with patch("isomargin.simulation.building.Chain", roomy):
        world = build_world(scenario(traders={"count": 400}), "revm")
    blocks = [world.chain.block(number).receipts for number in range(1, world.chain.block_number + 1)]
    full = [len(receipts) for receipts in blocks].index(1_000)
    assert 200 <= len(blocks[full + 1]) < 300  # their other approvals, the pool's and the insurance fund's
    assert max(len(receipts) for receipts in blocks) == 1_000
    assert all(world.system.token_balance(trader.account) for trader in world.traders)


def test_mine__gas_price_below_the_base_fee__is_raised_to_it():
    world = world_of(traders={"count": 1}, gas={"price": 0})
    [order] = world.trader_orders(world.view(0, world.state(), world.chain.timestamp))

    [receipt] = world.mine([order]).block.receipts

    assert (order.gas_price, receipt.success, receipt.gas_price) == (0, True, 1)


def test_mine__gas_price_above_the_base_fee__is_paid_as_it_is():
    world = world_of(traders={"count": 1}, gas={"price": 10})
    [order] = world.trader_orders(world.view(0, world.state(), world.chain.timestamp))

    [receipt] = world.mine([order]).block.receipts

    assert (receipt.success, receipt.gas_price) == (True, 10 * GWEI)
