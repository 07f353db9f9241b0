"""Markets of many kinds live through the same crash: tokens, coins, policies, pools, oracles, prices."""

from decimal import Decimal

import pytest

from isomargin.errors import ScenarioError
from isomargin.units import WAD, to_wad
from tests.simulation.small import HOUR, play, play_in_world

USD = 10**6  # token units
CRASH = [100, 100, 95, 80, 98]


def assert_sound(record):
    counts = record.summary.positions
    assert record.run.complete
    assert record.summary.invariants.checked > 0
    assert record.summary.invariants.violations == 0
    assert counts.opened == counts.closed + counts.liquidated + counts.open_at_end


def bought(record):
    return [(row.outcome, row.bankrupt, row.opened_block, row.closed_block) for row in record.positions]


# Tokens and coins

MIXED = {"count": 8, "leverage": {"min": 2, "max": 40}, "long_share": 0.7}


@pytest.fixture(scope="module")
def usual():
    """The mixed crowd with a token of six decimals and a coin of 100."""
    return play(prices={"values": CRASH}, traders=MIXED)


def test_run__mixed_crowd__is_liquidated_in_part(usual):
    assert_sound(usual)
    assert 0 < usual.summary.positions.liquidated < usual.summary.positions.opened == 8


def test_run__token_of_18_decimals__tells_the_same_story(usual):
    """Only the dust differs: less than a unit of six decimals for each settlement."""
    fine = play(prices={"values": CRASH}, traders=MIXED, token={"decimals": 18})
    scale = 10**12

    assert_sound(fine)
    assert bought(fine) == bought(usual)
    assert abs(fine.summary.bad_debt - usual.summary.bad_debt) < 100 * scale
    assert abs(fine.summary.pool.assets_end - usual.summary.pool.assets_end * scale) < 100 * scale
    assert abs(fine.summary.keeper.rewards - usual.summary.keeper.rewards * scale) < 100 * scale


@pytest.mark.parametrize("coin", ["0.2", "100000"])
def test_run__coin_of_another_price__tells_the_same_story(usual, coin):
    """Sizes follow from the first price, so amounts in quote are the same but for rounded sizes."""
    prices = [str(Decimal(price) * Decimal(coin) / 100) for price in CRASH]
    other = play(prices={"values": prices}, traders=MIXED)

    assert_sound(other)
    assert other.blocks[0].price == to_wad(coin)
    assert bought(other) == bought(usual)
    assert abs(other.summary.bad_debt - usual.summary.bad_debt) < WAD // 1_000
    assert abs(other.summary.pool.pnl - usual.summary.pool.pnl) < USD // 1_000


# Policies


def test_run__just_below_maintenance__target_health_closes_a_part_and_full_all():
    prices = {"values": [100, 100, 95.45, 95.45]}
    part, full = play(prices=prices), play(prices=prices, risk={"policy": "full"})

    for record in (part, full):
        assert_sound(record)
        assert record.summary.liquidations.count == 4
        assert record.summary.bad_debt == 0
    assert [row.partial_liquidations for row in part.positions] == [1] * 4
    assert part.summary.positions.open_at_end == full.summary.positions.liquidated == 4
    assert part.summary.liquidations.notional < full.summary.liquidations.notional
    assert sum(row.penalty for row in part.positions) < sum(row.penalty for row in full.positions)


# Who pays


def test_run__no_insurance__leaves_bad_debt_to_the_pool():
    """Four longs of 100 coins lose 20 each coin and have 500 less the fee of 5, nearly, besides."""
    insured = play(prices={"values": [100, 100, 80, 80]})
    bare = play(prices={"values": [100, 100, 80, 80]}, insurance={"deposit": 0})

    assert_sound(bare)
    assert bare.summary.insurance_fund == 0
    assert bare.summary.bad_debt == insured.summary.bad_debt
    assert 6_000 * WAD < bare.summary.bad_debt < 6_030 * WAD
    difference = insured.summary.pool.pnl - bare.summary.pool.pnl
    assert difference == 250_000 * USD - insured.summary.insurance_fund
    assert 0 <= bare.summary.bad_debt - difference * 10**12 < 4 * 10**12


def test_run__no_keepers__leaves_everybody_under_water():
    record = play(prices={"values": [100, 100, 80, 80]}, keepers=[])

    assert_sound(record)
    assert record.keepers == ()
    assert record.summary.positions.open_at_end == record.blocks[-1].liquidatable == 4
    assert record.blocks[-1].trader_equity == 0
    assert record.summary.bad_debt == 0  # not realised
    assert record.summary.keeper.profit == 0


# The pool


def test_run__provider_that_withdraws__takes_its_share_after_the_cooldown():
    world, record = play_in_world(
        prices={"values": [100, 100, 101, 102, 103, 104]},
        pool={
            "cooldown": 2 * HOUR,
            "withdrawal_window": 5 * HOUR,
            "providers": [
                {"name": "stays", "deposit": 300_000},
                {"name": "leaves", "deposit": 100_000, "withdraws_at": 2, "withdraw_share": 0.5},
            ],
        },
    )
    [request] = [row for row in record.transactions if row.action == "request_withdrawal"]
    [redeem] = [row for row in record.transactions if row.action == "redeem"]
    first = record.blocks[0].block
    got = world.system.token_balance(world.chain.account("leaves"))

    assert_sound(record)
    assert (request.success, redeem.success) == (True, True)
    assert (request.block - first) // 2 == 2
    assert (redeem.block - first) // 2 == 5  # the first step that is later than the cooldown
    assert {request.role, redeem.role} == {"lp"}
    # half of 100,000, less an eighth of what 400 coins of longs have won at 104: some 200
    assert 49_700 * USD < got < 50_000 * USD
    assert record.summary.pool.deposited == 400_000 * USD - got
    assert record.summary.pool.pnl == record.summary.pool.assets_end - record.summary.pool.deposited


def test_run__withdrawal_against_the_reserve__is_refused_and_tried_again():
    """40,000 of notional keep 20,000 of the pool's 20,500 in place until the traders are gone."""
    record = play(
        prices={"values": [100, 100, 100, 100, 80, 80]},
        market={"reserve_ratio": 0.5, "max_skew": 1_000_000},
        keepers=[{"name": "swift", "gas_bid": 2}],  # before the provider, in one block
        pool={
            "cooldown": 0,
            "withdrawal_window": 24 * HOUR,
            "providers": [{"name": "leaves", "deposit": 20_500, "withdraws_at": 1, "withdraw_share": 0.9}],
        },
    )
    tries = [(row.success, row.reason) for row in record.transactions if row.action == "redeem"]

    assert_sound(record)
    assert tries == [(False, "pool: reserve"), (False, "pool: reserve"), (True, "")]


# The oracle


def test_run__price_that_deviates__stops_everybody_until_the_next_round():
    """From 100 to 80 is refused; the same price once more is no deviation from the round before."""
    record = play(prices={"values": [100, 100, 80, 80, 79]}, oracle={"max_deviation": 0.1})
    per_step = [record.blocks[step : step + 2] for step in range(0, 10, 2)]

    assert_sound(record)
    assert [row.price // WAD for row in record.blocks] == [100] * 4 + [80] * 4 + [79] * 2
    assert [row.liquidatable for row in per_step[2]] == [4, 4]
    assert [row.liquidations for row in per_step[2]] == [0, 0]
    assert [row.liquidations for row in per_step[3]] == [0, 4]
    refused = {row.block for row in per_step[2]}
    assert {row.action for row in record.transactions if row.block in refused} == {"push"}


def test_run__traders_who_meet_a_bad_price__open_when_it_is_good_again():
    record = play(prices={"values": [100, 80, 80]}, oracle={"max_deviation": 0.1}, traders={"open_over": 2})
    first = record.blocks[0].block
    steps = {(row.opened_block - first) // 2 for row in record.positions}

    assert_sound(record)
    assert steps == {0, 2}
    assert record.summary.positions.opened == 4


# Random prices


def test_run__random_walk__is_played_as_drawn():
    random = {"gbm": {"start_price": 2_000, "volatility": 3, "steps": 30}, "step": HOUR}
    world, record = play_in_world(prices={**random, "values": None}, traders={"count": 6, "long_share": 0.5})
    path = world.path

    assert_sound(record)
    assert len({point.price for point in path}) == 31
    assert [row.price for row in record.blocks[::2]] == [point.price for point in path]
    assert record.summary.liquidations.count > 0


# A rollup's sequencer


def test_run__sequencer_that_a_step_stops__refuses_prices_until_it_is_up():
    def says(answer, block):
        call = {"contract": "sequencer_feed", "function": "push", "args": [answer]}
        return {"block": block, "by": "oracle", "call": call}

    def closing(block, reverts):
        return {"block": block, "by": "alice", "close": {"position": "alice"}, "reverts": reverts}

    record = play(
        prices={"values": [100, 100, 100]},
        oracle={"sequencer": True},
        people=[{"name": "alice", "tokens": 1_000}],
        steps=[
            {"block": 1, "by": "alice", "open": {"size": 1, "margin": 50}},
            says(1, 2),
            closing(3, "oracle: sequencer down"),
            says(0, 4),
            closing(5, False),
        ],
    )
    assert_sound(record)
    assert [row.success for row in record.steps] == [True, True, False, True, True]


def test_run__no_sequencer__has_no_feed_to_call():
    call = {"contract": "sequencer_feed", "function": "push", "args": [1]}
    with pytest.raises(ScenarioError, match="sequencer_feed"):
        play(steps=[{"block": 1, "by": "oracle", "call": call}])
