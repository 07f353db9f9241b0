"""The margin ratios and liquidation prices of the record are those that the chain's own lens gives."""

import pytest

from isomargin.book import margin_ratio
from isomargin.model import ceil_div
from isomargin.record import RunRecord
from isomargin.simulation.world import World
from isomargin.units import WAD
from tests.simulation.small import play_in_world


@pytest.fixture(scope="module")
def played() -> tuple[World, RunRecord]:
    return play_in_world(
        prices={"values": [100, 100, 103, 99, 97, 95, 98]},
        traders={
            "count": 9,
            "notional": {"min": 1_000, "max": 50_000},
            "leverage": {"min": 2, "max": 25},
            "long_share": 0.5,
            "open_over": 3,
        },
        keepers=[{"name": "keeper", "min_profit": 1}],
    )


def test_margin_ratios__of_the_last_block__are_those_of_the_model(played: tuple[World, RunRecord]) -> None:
    world, record = played
    state, terms = world.state(), world.system.terms
    ratios = sorted(
        margin_ratio(
            held.equity(state.price, state.funding_index, terms.token_scale),
            terms.risk.maintenance(held.notional(state.price), state.maintenance_multiplier),
        )
        for held in map(world.book.held, world.book.positions)
    )
    row = record.margin_ratios[-1]

    def ranked(percent: int) -> int:
        return ratios[max(0, ceil_div(percent * len(ratios), 100) - 1)]

    assert (row.block, row.positions) == (record.blocks[-1].block, len(ratios))
    assert (row.lowest, row.p5, row.p25) == (ratios[0], ranked(5), ranked(25))
    assert (row.p50, row.p75, row.p95) == (ranked(50), ranked(75), ranked(95))


def test_margin_ratios__every_block__tell_by_the_lowest_whether_somebody_can_be_liquidated(
    played: tuple[World, RunRecord],
) -> None:
    _, record = played
    lowest = {row.block: row.lowest for row in record.margin_ratios}

    assert lowest.keys() == {row.block for row in record.blocks if row.open_positions}
    assert {row.liquidatable > 0 for row in record.blocks} == {True, False}
    for row in record.blocks:
        if row.open_positions:
            assert (lowest[row.block] < WAD) == (row.liquidatable > 0)


def test_liquidation_prices__at_the_end__are_the_lenses(played: tuple[World, RunRecord]) -> None:
    world, record = played
    rows = [row for row in record.liquidation_prices if row.moment == "end"]

    assert [row.position for row in rows] == sorted(world.book.positions)
    for row in rows:
        shown = world.system.position(row.position)
        assert (row.size, row.margin, row.equity) == (shown.size, shown.margin, shown.equity)
        assert (row.notional, row.liquidation_price) == (shown.notional, shown.liquidation_price)
        assert row.side == ("long" if shown.size > 0 else "short")


def test_liquidation_prices__at_the_fullest__are_of_the_first_block_with_the_most_positions(
    played: tuple[World, RunRecord],
) -> None:
    _, record = played
    rows = [row for row in record.liquidation_prices if row.moment == "most open"]
    most = max(row.open_positions for row in record.blocks)
    first = next(row for row in record.blocks if row.open_positions == most)

    assert len(rows) == most > record.blocks[-1].open_positions
    assert {row.block for row in rows} == {first.block}
    assert sum(row.size for row in rows) == first.skew
    assert sum(row.margin for row in rows) == first.margin
    assert all(row.liquidation_price < first.price for row in rows if row.side == "long")
    assert all(row.liquidation_price > first.price for row in rows if row.side == "short")


def test_margins__of_a_run_without_positions__have_no_rows() -> None:
    _, record = play_in_world(prices={"values": [100, 101]}, traders={"count": 0})

    assert (record.margin_ratios, record.liquidation_prices) == ((), ())
