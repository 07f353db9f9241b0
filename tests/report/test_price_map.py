"""The map of liquidation prices holds every position once, in the step of its price."""

from dataclasses import replace

import numpy as np
import pytest

from isomargin.record import LiquidationPriceRow, Moment, RunRecord, Side
from isomargin.report.lives import groups
from isomargin.report.panels import Choice, panels
from isomargin.report.price_map import PriceMap, map_figure, price_map, price_range
from isomargin.units import WAD
from tests.record.crash import crash_record


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


def _row(moment: Moment, position: int, side: Side, price: int, notional: int = 10) -> LiquidationPriceRow:
    block = 1 if moment == "most open" else 3
    size = WAD if side == "long" else -WAD
    return LiquidationPriceRow(moment, block, position, side, size, notional * WAD, 1, 0, price * WAD)


@pytest.fixture
def small(crash: RunRecord) -> RunRecord:
    """Three blocks at 100, 80 and 90; four positions first, two at the end."""
    blocks = tuple(
        replace(crash.blocks[number], block=number + 1, price=price * WAD)
        for number, price in enumerate((100, 80, 90))
    )
    rows = (
        _row("most open", 1, "long", 85, 40),
        _row("most open", 2, "long", 0),
        _row("most open", 3, "short", 120, 7),
        _row("most open", 4, "short", 900, 5),
        _row("end", 2, "long", 0),
        _row("end", 3, "short", 118, 6),
    )
    return replace(crash, blocks=blocks, liquidation_prices=rows)


def _map(record: RunRecord) -> PriceMap:
    found = price_map(record)
    assert found is not None
    return found


def test_price_map__of_four_positions__has_each_in_its_step(small: RunRecord) -> None:
    found = _map(small)
    before, after = found.moments

    def step(price: int) -> int:
        return (price * WAD - found.start) // found.width

    assert before.steps[step(85)].long == 40 * WAD
    assert before.steps[step(120)].short == 7 * WAD
    assert before.steps[-1].ids == (4,)  # 900 is above three times the price
    assert (before.positions, before.safe, before.price) == (4, 1, 100 * WAD)
    assert (before.lowest_after, before.highest_after) == (80 * WAD, 100 * WAD)
    assert after.steps[step(118)].ids == (3,)
    assert (after.positions, after.safe, after.price) == (2, 1, 90 * WAD)


def test_price_map__of_a_crash__adds_up_to_all_notional_of_each_side(crash: RunRecord) -> None:
    for moment in _map(crash).moments:
        rows = [row for row in crash.liquidation_prices if row.moment == moment.name]
        for side in ("long", "short"):
            total = sum(row.notional for row in rows if row.side == side)
            assert sum(getattr(step, side) for step in moment.steps) == total
        assert sorted(id for step in moment.steps for id in step.ids) == [row.position for row in rows]


@pytest.mark.parametrize("scale", [1, 7, 10**6, 10**16, 37 * 10**20])
def test_price_map__prices_of_any_magnitude__takes_few_steps_of_a_round_width(
    small: RunRecord, scale: int
) -> None:
    rows = tuple(
        replace(row, liquidation_price=row.liquidation_price * scale // WAD)
        for row in small.liquidation_prices
    )
    blocks = tuple(replace(block, price=block.price * scale // WAD) for block in small.blocks)

    found = _map(replace(small, liquidation_prices=rows, blocks=blocks))

    assert found.count <= 46
    assert str(found.width).rstrip("0") in ("1", "2", "5")
    assert found.start % found.width == 0


def test_price_map__nobody_can_be_liquidated_or_nothing_recorded__is_none(small: RunRecord) -> None:
    safe = tuple(replace(row, liquidation_price=0) for row in small.liquidation_prices)

    assert price_map(replace(small, liquidation_prices=safe)) is None
    assert price_map(replace(small, liquidation_prices=())) is None


def test_price_range__last_step__is_open_above(small: RunRecord) -> None:
    found = _map(small)

    assert price_range(found, 0) == "from 80 to 90"
    assert price_range(found, found.count - 1) == "from 300 on"


def test_map_figure__bars__stand_for_groups_of_the_same_positions(small: RunRecord) -> None:
    found = _map(small)
    figure = map_figure(found, ("one", "two"))
    led_to = groups(small, found, [1, 2, 3])

    assert [trace.name for trace in figure.data] == [
        "Longs before", "Shorts before", "Longs after", "Shorts after",
    ]  # fmt: skip
    for trace, moment in zip(figure.data[::2], found.moments, strict=True):
        np.testing.assert_allclose(trace.y, [step.long / 1e18 for step in moment.steps])
        assert list(trace.ids) == [step.group for step in moment.steps]
    last = found.moments[0].steps[-1]
    assert (led_to[last.group].ids, led_to[last.group].more) == ((), 1)  # 4 is not in the table
    assert led_to[found.moments[1].steps[3].group].ids == (3,)
    solid = [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "solid"]
    assert solid == [100, 90]


def test_map_panel__its_table__leads_to_the_positions_of_each_step(small: RunRecord) -> None:
    panel = next(panel for panel in panels(small, _map(small)) if panel.key == "liquidation-map")
    assert panel.table is not None
    first = panel.table.rows[0]

    assert first[0] == Choice("80 to 90", "m0")
    assert [cell.text for cell in first[1:] if not isinstance(cell, str | Choice | None)] == [
        "40", "0", "0", "0",
    ]  # fmt: skip
    assert "1 safe at any price" in panel.description
