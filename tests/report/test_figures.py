from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from isomargin.record import RunRecord
from isomargin.report.panels import Panel, panels
from tests.record.crash import crash_record


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


@pytest.fixture(scope="module")
def by_key(crash: RunRecord) -> dict[str, Panel]:
    return {panel.key: panel for panel in panels(crash)}


def _trace(panel: Panel, name: str) -> go.Scatter:
    return next(trace for trace in panel.figure.data if trace.name == name)


def test_price_figure__of_a_crash__draws_every_price_and_marks_liquidations(
    crash: RunRecord, by_key: dict[str, Panel]
) -> None:
    struck = [block for block in crash.blocks if block.liquidations]
    price = _trace(by_key["price"], "Oracle price")
    marks = _trace(by_key["price"], "Liquidated notional")

    np.testing.assert_allclose(price.y, [block.price / 1e18 for block in crash.blocks])
    np.testing.assert_allclose(price.x, [block.timestamp * 1000 for block in crash.blocks])
    np.testing.assert_allclose(marks.x, [block.timestamp * 1000 for block in struck])
    np.testing.assert_allclose(marks.marker.size, [block.liquidated_notional / 1e18 for block in struck])
    assert marks.marker.sizemode == "area"


def test_holdings_figure__six_decimal_token__draws_whole_tokens(
    crash: RunRecord, by_key: dict[str, Panel]
) -> None:
    pool = _trace(by_key["holdings"], "Liquidity pool")
    traders = _trace(by_key["holdings"], "Trader equity")

    np.testing.assert_allclose(pool.y, [block.pool_assets / 1e6 for block in crash.blocks])
    np.testing.assert_allclose(traders.y, [block.trader_equity / 1e18 for block in crash.blocks])
    assert pool.yaxis != traders.yaxis


def test_figures__all__share_one_time_axis_and_leave_the_theme_to_the_page(by_key: dict[str, Panel]) -> None:
    layouts = [panel.figure.layout for panel in by_key.values()]

    assert len({layout.xaxis.range for layout in layouts}) == 1
    assert len({(layout.margin.l, layout.margin.r) for layout in layouts}) == 1
    assert all(layout.font.color is None and layout.paper_bgcolor is None for layout in layouts)


def test_figures__drawn_series__have_the_colours_of_their_legend(by_key: dict[str, Panel]) -> None:
    for panel in by_key.values():
        lines = [trace for trace in panel.figure.data if trace.type == "scatter"]
        drawn = [line.line.color if line.mode == "lines" else line.marker.color for line in lines]
        assert drawn == [series.colour for series in panel.series if series.mark != "bar"]


def test_panel__description__tells_the_range_in_words(crash: RunRecord, by_key: dict[str, Panel]) -> None:
    assert (
        "Oracle price from 179.500 to 129.260, lowest 86.000 at 13 Mar 02:40" in by_key["price"].description
    )


def test_panels__one_block__have_a_time_axis_with_room(crash: RunRecord) -> None:
    first, last = panels(replace(crash, blocks=crash.blocks[:1]))[0].figure.layout.xaxis.range

    assert first < 1000 * crash.blocks[0].timestamp < last


def test_panels__no_block__are_none(crash: RunRecord) -> None:
    assert panels(replace(crash, blocks=())) == []
