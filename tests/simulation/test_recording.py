"""The record of a lively run agrees with the chain that it tells of, row by row and sum by sum."""

import json
from collections import Counter

import pytest

from isomargin.book import Book
from isomargin.chain import ENDOWMENT
from isomargin.units import WAD
from tests.simulation.small import play_in_world

USD = 10**6  # token units


@pytest.fixture(scope="module")
def lively():
    """Longs and shorts of all leverages, a crash in two steps and back, and two keepers that race."""
    return play_in_world(
        prices={"values": [100, 100, 103, 105, 103, 97, 95, 80, 98, 104]},
        traders={
            "count": 16,
            "notional": {"min": 1_000, "max": 50_000},
            "leverage": {"min": 2, "max": 40},
            "long_share": 0.6,
            "open_over": 3,
            "close_probability": 0.03,
            "top_up": {"share": 0.5},
        },
        risk={
            "brackets": [{"notional_floor": 0, "imr": 0.03, "mmr": 0.025}],
            "liquidation_fee_ratio": 0.005,
        },
        insurance={"deposit": 1_000},
        keepers=[{"name": "swift", "min_profit": 1, "gas_bid": 1.2}, {"name": "slow", "latency": 1}],
        gas={"price": 10, "ether_price": "index"},
    )


@pytest.fixture(scope="module")
def world(lively):
    return lively[0]


@pytest.fixture(scope="module")
def record(lively):
    return lively[1]


def of_actor(record, *names):
    return [row for row in record.transactions if row.actor in names]


def test_run__lively__has_every_outcome(record):
    """Otherwise the tests below would prove little."""
    assert {row.outcome for row in record.positions} == {"open", "closed", "liquidated"}
    touched = [row for row in record.positions if row.keeper_reward]
    assert {row.side for row in touched} == {"long", "short"}
    assert 0 < record.summary.positions.bankrupt < record.summary.positions.liquidated
    assert any(row.partial_liquidations for row in record.positions)
    assert any(not row.success for row in record.transactions)
    assert record.summary.invariants.violations == 0


def test_blocks__each__is_the_chains(record, world):
    for row in record.blocks:
        block = world.chain.block(row.block)
        assert (row.timestamp, row.hash, row.state_root) == (
            block.timestamp,
            block.hash.hex(),
            block.state_root.hex(),
        )
    assert [row.block for row in record.blocks] == list(
        range(record.blocks[0].block, world.chain.block_number + 1)
    )
    assert record.summary.state_root == world.chain.state_root.hex()


def test_transactions__each__is_a_receipt_of_the_chain(record, world):
    receipts = [receipt for row in record.blocks for receipt in world.chain.block(row.block).receipts]

    assert [
        (row.block, row.index, row.hash, row.sender, row.gas_used, row.gas_price, row.success, row.reason)
        for row in record.transactions
    ] == [
        (
            receipt.block_number,
            receipt.transaction_index,
            receipt.transaction_hash.hex(),
            receipt.sender,
            receipt.gas_used,
            receipt.gas_price,
            receipt.success,
            receipt.revert_reason,
        )
        for receipt in receipts
    ]
    assert record.summary.transactions == len(receipts)


def test_transactions__people__have_their_names_and_roles(record, world):
    for row in record.transactions:
        assert row.sender == world.chain.account(row.actor)
    assert {(row.actor, row.role) for row in of_actor(record, "oracle", "swift", "slow", "trader-01")} == {
        ("oracle", "oracle"),
        ("swift", "keeper"),
        ("slow", "keeper"),
        ("trader-01", "trader"),
    }


def test_transactions__about_one_position__name_it(record):
    for row in record.transactions:
        if row.action in ("close", "add_margin"):
            assert row.position is not None
        if row.action in ("open", "push"):
            assert row.position is None


def test_events__all__are_the_logs_of_the_chain(record, world):
    logged = world.system.events(world.chain.logs(from_block=record.blocks[0].block))

    assert [(row.block, row.log_index, row.contract, row.event) for row in record.events] == [
        (seen.event.log.block_number, seen.event.log.log_index, seen.contract, seen.event.name)
        for seen in logged
    ]
    transfers = [
        json.loads(row.arguments)["value"]
        for row in record.events
        if (row.contract, row.event) == ("token", "Transfer")
    ]
    assert [int(value) for value in transfers] == [
        seen.event.args["value"]
        for seen in logged
        if (seen.contract, seen.event.name) == ("token", "Transfer")
    ]


def test_last_block__market__is_what_the_lens_shows(record, world):
    last, state = record.blocks[-1], world.system.market_state()
    held = world.system.open_positions()

    for name in (
        *("price", "long_open_interest", "short_open_interest", "skew", "funding_index"),
        *("pool_cash", "pool_assets", "insurance_fund", "bad_debt"),
    ):
        assert getattr(last, name) == getattr(state, name), name
    assert last.open_positions == len(held) > 0
    one_by_one = sum(max(0, position.equity) for position in held)
    assert 0 <= last.trader_equity - one_by_one <= 2 * len(held)  # each is rounded down twice
    assert last.margin == sum(position.margin for position in held)
    assert last.liquidatable == len(world.system.liquidatable())


def test_liquidatable__over_the_run__rises_with_the_crash_and_is_worked_off(record):
    due = [row.liquidatable for row in record.blocks]

    assert max(due) > 1
    assert due[0] == due[-1] == 0
    for before, after in zip(record.blocks, record.blocks[1:], strict=False):
        if after.price == before.price:
            assert after.liquidations <= before.liquidatable


def test_liquidated_notional__over_the_run__is_that_of_the_events(record):
    events = [json.loads(row.arguments) for row in record.events if row.event == "PositionLiquidated"]

    assert record.summary.liquidations.count == len(events) > 0
    assert record.summary.liquidations.notional == sum(
        abs(int(args["size_delta"])) * int(args["price"]) // WAD for args in events
    )


# Keepers


@pytest.mark.parametrize("name", ["swift", "slow"])
def test_keepers__each__earned_what_its_account_holds_and_paid_what_its_account_lacks(record, world, name):
    account = world.chain.account(name)
    rows = [row for row in record.keepers if row.keeper == name]
    sent = of_actor(record, name)

    assert sum(row.rewards for row in rows) == world.system.token_balance(account)
    assert sum(row.gas_cost_wei for row in rows) == ENDOWMENT - world.chain.balance(account) > 0
    assert sum(row.gas_used for row in rows) == sum(row.gas_used for row in sent)
    assert sum(row.transactions for row in rows) == len(sent)
    assert sum(row.failed for row in rows) == sum(not row.success for row in sent)


def test_keepers__cost_in_tokens__is_wei_at_the_price_of_the_block_rounded_up(record):
    prices = {row.block: row.price for row in record.blocks}
    for row in record.keepers:
        exact = row.gas_cost_wei * prices[row.block] // WAD  # WAD quote
        assert 0 <= row.gas_cost * 10**12 - exact <= 10**12


def test_keepers__profit__is_rewards_less_gas(record):
    keeper = record.summary.keeper

    assert keeper.rewards == sum(row.rewards for row in record.keepers)
    assert keeper.gas_cost == sum(row.gas_cost for row in record.keepers)
    assert keeper.profit == keeper.rewards - keeper.gas_cost


def test_keepers__liquidations__are_those_of_the_blocks(record):
    by_block = Counter[int]()
    for row in record.keepers:
        by_block[row.block] += row.liquidations

    assert {block: count for block, count in by_block.items() if count} == {
        row.block: row.liquidations for row in record.blocks if row.liquidations
    }


# Positions against the whole


def test_positions__outcomes__add_up(record, world):
    counts = record.summary.positions

    assert counts.opened == counts.closed + counts.liquidated + counts.open_at_end == len(record.positions)
    assert counts.opened == world.system.last_id()
    assert {row.id for row in record.positions if row.outcome == "open"} == {
        position.id for position in world.system.open_positions()
    }


def test_positions__bad_debt_and_rewards__are_the_totals(record):
    assert sum(row.bad_debt for row in record.positions) == record.summary.bad_debt > 0
    assert sum(row.keeper_reward for row in record.positions) == record.summary.keeper.rewards


def test_positions__penalties__went_to_keepers_and_the_insurance_fund(record):
    """What keepers got besides the reserves of 5 is their share; the fund has the rest, less what it paid."""
    paid_out = sum(
        int(json.loads(row.arguments)["insurance_paid"]) for row in record.events if row.event == "BadDebt"
    )
    reserves = 5 * USD * record.summary.positions.liquidated
    to_keepers = sum(row.keeper_reward for row in record.positions) - reserves
    to_fund = sum(row.penalty for row in record.positions) - to_keepers

    assert 0 < to_keepers <= to_fund
    assert record.summary.insurance_fund == 1_000 * USD + to_fund - paid_out


def test_positions__payouts__are_what_owners_hold_besides_what_they_never_used(record, world):
    purses = {}
    for event in world.system.events(world.chain.logs(to_block=record.blocks[0].block - 1)):
        if (event.contract, event.event.name) == ("token", "Transfer"):
            purses[event.event.args["receiver"]] = event.event.args["value"]
    brought: Counter[str] = Counter()
    for event in world.system.events(world.chain.logs(from_block=record.blocks[0].block)):
        if (event.contract, event.event.name) == ("token", "Transfer"):
            brought[event.event.args["sender"]] += event.event.args["value"]

    assert len(record.positions) > 10
    for row in record.positions:
        assert world.system.token_balance(row.owner) == purses[row.owner] - brought[row.owner] + row.payout


def test_positions__of_the_book_from_recorded_events__are_the_chains(record, world):
    """Nothing but the logs: those of the preparation, then the rows of the record."""
    book = Book()
    for seen in world.system.events(world.chain.logs(to_block=record.blocks[0].block - 1)):
        book.apply(seen.contract, seen.event.name, seen.event.args)
    for row in record.events:
        book.apply(row.contract, row.event, from_json(row.arguments))

    held = {position.id: position for position in world.system.open_positions()}
    assert book.positions.keys() == held.keys()
    for position_id, position in held.items():
        kept = book.held(position_id)
        assert (kept.size, kept.cost, kept.funding_index, kept.margin) == (
            position.size,
            position.cost,
            position.funding_index,
            position.margin,
        )
    assert book.balances == {account: world.system.token_balance(account) for account in book.balances}


def from_json(arguments):
    """Integers come as text, so that no digit is lost."""
    return {
        name: int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value
        for name, value in json.loads(arguments).items()
    }


# The pool


def test_pool__profit__is_assets_less_deposits(record, world):
    pool = record.summary.pool

    assert pool.deposited == 20_000_000 * USD
    assert pool.assets_end == world.system.pool.call("totalAssets")
    assert pool.pnl == pool.assets_end - pool.deposited


def test_run__parameters__are_all_of_the_scenario(record, world):
    assert record.run.parameters == world.scenario.as_parameters()
    assert (record.run.engine, record.run.seed, record.run.token_decimals) == ("py-evm", 3, 6)
    assert set(record.run.versions) == {"isomargin", "vyper", "py-evm", "python"}
    assert (record.run.base_symbol, record.run.token_symbol) == ("ETH", "USD")
