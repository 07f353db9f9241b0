from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from isomargin.record import RunRecord
from isomargin.report.panels import Panel, panels
from isomargin.units import WAD
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
    for key, panel in by_key.items():
        lines = [trace for trace in panel.figure.data if trace.type == "scatter"]
        drawn = [line.line.color if line.mode == "lines" else line.marker.color for line in lines]
        legend = [series.colour for series in panel.series if series.mark != "bar"]
        assert drawn == legend or (key == "margin-ratios" and set(drawn) == set(legend))


def test_ratio_figure__of_a_crash__draws_the_quantiles_on_a_scale_through_zero(
    crash: RunRecord, by_key: dict[str, Panel]
) -> None:
    figure = by_key["margin-ratios"].figure
    traces = {trace.name: trace for trace in figure.data}
    rows = crash.margin_ratios

    for name, attribute in (("5%", "p5"), ("Median", "p50"), ("95%", "p95"), ("Lowest", "lowest")):
        ratios = [getattr(row, attribute) / 1e18 for row in rows]
        np.testing.assert_allclose(traces[name].customdata, ratios)
        np.testing.assert_allclose(traces[name].y, np.arcsinh(ratios))
    assert [traces[name].fill for name in ("5%", "95%", "25%", "75%")] == [None, "tonexty", None, "tonexty"]
    assert by_key["margin-ratios"].summaries[0].name == "Lowest"


def test_ratio_figure__ratios_below_zero__have_ticks_on_both_sides_of_it(crash: RunRecord) -> None:
    sunk = tuple(replace(row, lowest=-12 * WAD) for row in crash.margin_ratios)
    panel = next(each for each in panels(replace(crash, margin_ratios=sunk)) if each.key == "margin-ratios")
    axis = panel.figure.layout.yaxis

    np.testing.assert_allclose(np.sinh(axis.tickvals[:4]), [-10, -3, 0, 1], atol=1e-12)
    assert list(axis.ticktext[:4]) == ["\u221210", "\u22123", "0", "1"]
    assert axis.range[0] < np.arcsinh(-12)


def test_ratio_figure__call_ratio_of_the_scenario__is_a_dotted_line_and_told(crash: RunRecord) -> None:
    run = replace(crash.run, parameters={"risk": {"call_ratio": "1.5"}})
    panel = next(panel for panel in panels(replace(crash, run=run)) if panel.key == "margin-ratios")

    assert [shape.line.dash for shape in panel.figure.layout.shapes] == ["solid", "dot"]
    assert panel.figure.layout.shapes[1].y0 == pytest.approx(np.arcsinh(1.5))
    assert "(dotted: 1.5, where margin calls begin)" in panel.caption


def test_time_figure__label_with_tags__is_text(crash: RunRecord) -> None:
    run = replace(crash.run, base_symbol="<b>ETH</b>")
    panel = next(panel for panel in panels(replace(crash, run=run)) if panel.key == "open-interest")

    assert "&lt;b&gt;ETH" in panel.figure.layout.annotations[0].text
    assert not any("<" in note.text for note in panel.figure.layout.annotations)


def test_panel__description__tells_the_range_in_words(crash: RunRecord, by_key: dict[str, Panel]) -> None:
    assert (
        "Oracle price from 179.500 to 129.260, lowest 86.000 at 13 Mar 02:40" in by_key["price"].description
    )


def test_panels__one_block__have_a_time_axis_with_room(crash: RunRecord) -> None:
    first, last = panels(replace(crash, blocks=crash.blocks[:1]))[0].figure.layout.xaxis.range

    assert first < 1000 * crash.blocks[0].timestamp < last


def test_panels__no_block__are_none(crash: RunRecord) -> None:
    assert panels(replace(crash, blocks=())) == []
