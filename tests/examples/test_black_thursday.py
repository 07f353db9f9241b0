"""The example lives through the crash: the books balance, and the summary agrees with itself and the chain."""

import json
from decimal import Decimal

import pytest

from isomargin.book import Book
from isomargin.invariants import INVARIANTS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def summary(black_thursday):
    return json.loads((black_thursday.directory / "summary.json").read_text())


def test_example__played__ends_well_and_says_so(black_thursday):
    assert (black_thursday.code, black_thursday.err) == (0, "")
    assert "the books balance" in black_thursday.out
    assert (black_thursday.directory / "report.html").stat().st_size > 10_000


def test_example__crowd__is_large_and_the_crash_hits_it(summary):
    positions = summary["positions"]

    assert positions["opened"] >= 200
    assert positions["liquidated"] > 0
    assert positions["bankrupt"] > 0
    assert positions["closed"] > 0
    assert summary["transactions"] > positions["opened"]
    assert summary["blocks"] == 31 * 4 * 3  # hours, prices an hour, blocks a price


def test_example__totals__agree_with_each_other(summary):
    positions, pool, keeper = summary["positions"], summary["pool"], summary["keeper"]

    assert positions["opened"] == sum(positions[name] for name in ("closed", "liquidated", "open_at_end"))
    assert positions["bankrupt"] <= positions["liquidated"]
    assert Decimal(pool["pnl"]) == Decimal(pool["assets_end"]) - Decimal(pool["deposited"])
    assert Decimal(keeper["profit"]) == Decimal(keeper["rewards"]) - Decimal(keeper["gas_cost"])
    assert keeper["gas_used"] > 0


def test_example__invariants__are_checked_after_every_block_and_hold(black_thursday, summary):
    record = black_thursday.record
    checked: dict[str, set[int]] = {}
    for row in record.checks:
        checked.setdefault(row.invariant, set()).add(row.block)
    blocks = {row.block for row in record.blocks}

    assert summary["invariants"]["violations"] == 0
    assert summary["invariants"]["checked"] == sum(row.checked for row in record.checks) > len(blocks)
    assert set(checked) == set(INVARIANTS)  # each had its case
    for always in ("I2", "I4", "I5", "I6", "I16", "I17"):
        assert checked[always] == blocks


def test_example__book_from_the_logs_alone__is_the_chains(black_thursday):
    """Kept nowhere in between: all logs from genesis on, into a new book."""
    system, book = black_thursday.world.system, Book()
    for seen in system.events(system.chain.logs()):
        book.apply(seen.contract, seen.event.name, seen.event.args)
    held = {position.id: position for position in system.open_positions()}

    assert book.positions.keys() == held.keys()
    assert len(held) == black_thursday.record.summary.positions.open_at_end > 0
    for position_id, position in held.items():
        kept = book.held(position_id)
        assert (kept.size, kept.cost, kept.funding_index, kept.margin, kept.keeper_reserve) == (
            position.size,
            position.cost,
            position.funding_index,
            position.margin,
            position.keeper_reserve,
        )
    state = system.market_state()
    assert (book.long_open_interest, book.short_open_interest) == (
        state.long_open_interest,
        state.short_open_interest,
    )
    assert (book.cost_sum, book.funding_basis, book.bad_debt) == (
        state.cost_sum,
        state.funding_basis,
        state.bad_debt,
    )
    for account, balance in book.balances.items():
        assert system.token_balance(account) == balance


def test_example__record__ends_where_the_chain_does(black_thursday, summary):
    chain, record = black_thursday.world.chain, black_thursday.record

    assert summary["state_root"] == chain.state_root.hex()
    assert (record.blocks[-1].block, record.blocks[-1].hash) == (
        chain.block_number,
        chain.block_hash(chain.block_number).hex(),
    )
    assert {row.success for row in record.transactions if row.action in ("open", "push")} == {True}
