import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from isomargin.errors import InputError
from isomargin.sweep.analysis import Analysis
from isomargin.sweep.page import render_sweep_page, write_sweep_page
from tests.report.page_reader import Element, read_figures, read_page
from tests.sweep.made_results import grid_results, made_sweep, point_results

HOSTILE = "</script><img src=x onerror=alert(1)>\"'{{ 7 * 7 }}<!--"
AXES: dict[str, Any] = {"health": [1.1, 1.25, 1.5], "prices": ["gbm", "merton"]}
OUTCOMES = ["bad-debt", "insurance-drawdown", "pool-return", "keeper-profit", "share-liquidated"]


def law(setting, common, own):
    return (1.5 - setting.get("health", 1.5)) * 1_000 + 800 * common + 200 * own - 300


def page_of(table: pa.Table, **more: Any) -> Element:
    return read_page(render_sweep_page(Analysis(made_sweep(table, **more))))


def words(element: Element) -> str:
    return " ".join(element.full_text.split())


def rows(page: Element, section: str) -> list[Element]:
    return [row for body in page.by_id(section).all("tbody") for row in body.all("tr")]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis(made_sweep(grid_results(AXES, 40, law, failed=[5])))


@pytest.fixture(scope="module")
def html(analysis: Analysis) -> str:
    return render_sweep_page(analysis, command="isomargin sweep margins.toml")


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return read_page(html)


def test_page__of_a_sweep__has_one_heading_landmarks_and_sections(page: Element) -> None:
    assert [heading.text for heading in page.all("h1")] == ["margins"]
    assert [len(list(page.all(tag))) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    assert [section.attributes["id"] for section in page.all("section")] == [
        "summary", "outcomes", "sensitivity", "settings", "price", "quantiles", "points", "troubles", "sweep",
    ]  # fmt: skip


def test_page__links_and_labels__lead_to_elements_that_exist_once(page: Element) -> None:
    ids = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
    links = [link.attributes["href"].removeprefix("#") for link in page.all("a")]
    labels = [
        each.attributes["aria-labelledby"] for each in page.all() if "aria-labelledby" in each.attributes
    ]
    assert len(ids) == len(set(ids))
    assert set(links) | set(labels) <= set(ids)


def test_page__of_two_parameters__draws_each_outcome_its_parameters_and_a_map(page: Element) -> None:
    figures = read_figures(page)
    expected = [*OUTCOMES, *(f"{part}-{one}" for part in ("sensitivity", "settings") for one in OUTCOMES)]
    assert list(figures) == [*expected, "prices"]
    assert [trace["type"] for trace in figures["settings-bad-debt"]["data"]] == ["heatmap"]
    for key in figures:
        plot = page.by_id(f"plot-{key}")
        assert plot.attributes["role"] == "img"
        assert len(plot.attributes["aria-label"]) > 20


def test_page__map__has_the_means_of_the_points(analysis: Analysis, page: Element) -> None:
    cells = read_figures(page)["settings-bad-debt"]["data"][0]["z"]
    means = [point.distributions[0].mean.estimate for point in analysis.points]
    assert np.ravel(cells).tolist() == pytest.approx(means)


def test_page__of_one_parameter__draws_a_line_with_a_band() -> None:
    figures = read_figures(page_of(grid_results({"health": [1.1, 1.25, 1.5]}, 40, law)))
    traces = figures["settings-pool-return"]["data"]
    assert [trace.get("fill") for trace in traces][:2] == ["toself", None]
    assert traces[1]["x"] == [1.1, 1.25, 1.5]


def test_page__without_parameters__has_outcomes_and_no_sensitivity() -> None:
    page = page_of(point_results([{}], 40, law))
    assert {section.attributes["id"] for section in page.all("section")} == {
        "summary", "outcomes", "price", "quantiles", "points", "troubles", "sweep",
    }  # fmt: skip
    assert len(rows(page, "points")) == 1


def test_page__tiles__say_where_the_true_value_is(analysis: Analysis, page: Element) -> None:
    tiles = {next(tile.all("dt")).text: tile for tile in page.by_id("summary").all("div")}
    happened: Any = analysis.distributions[0].happened
    shown = next(tiles["Runs with bad debt"].all("data"))
    assert float(shown.attributes["value"]) == happened.estimate
    assert f"{100 * happened.low:.1f}% to {100 * happened.high:.1f}%" in words(tiles["Runs with bad debt"])
    assert "1 failed" in words(tiles["Runs"])


def test_page__quantiles__have_the_exact_sum(analysis: Analysis, page: Element) -> None:
    line = rows(page, "quantiles")[0]
    total: Any = analysis.sample.total("bad_debt")
    assert words(line).endswith(f"{total.normalize():f}")
    assert "or more" in words(line)  # no run is bad enough for an upper end of the last quantile


def test_page__points__are_all_there_the_worst_first_with_their_settings(
    analysis: Analysis, page: Element
) -> None:
    lines = rows(page, "points")
    order = [int(next(line.all("td")).text) for line in lines]
    means = {point.point: point.distributions[0].mean.estimate for point in analysis.points}
    assert order == sorted(means, key=lambda point: (-means[point], point))
    assert "merton" in words(lines[order.index(1)])


def test_page__more_points_than_it_shows__says_how_many_there_are() -> None:
    settings: list[Any] = [{"health": 1 + number / 1_000} for number in range(310)]
    page = page_of(point_results(settings, 3, law), design="random")
    assert len(rows(page, "points")) == 300
    assert "The 300 of 310 points" in words(page.by_id("points"))


def test_page__mostly_zero__says_it_and_draws_the_others_only() -> None:
    table = point_results([{}], 400, lambda setting, common, own: 10 ** (3 * common) if common > 1 else -1)
    page = page_of(table)
    zeros = sum(cell == 0 for cell in table["bad_debt"].to_pylist())
    caption = words(next(page.by_id("bad-debt").all("figcaption")))
    assert f"Zero in {zeros} of 400 runs" in caption
    assert caption.endswith("On a logarithmic scale.")
    figure = read_figures(page)["bad-debt"]
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert figure["data"][1]["y"][-1] == pytest.approx(1 - zeros / 400)
    assert sum(figure["data"][0]["y"][::2]) == pytest.approx(1 - zeros / 400, abs=1e-4)


def test_page__nothing_ever_lost__says_so_in_place_of_a_plot() -> None:
    page = page_of(point_results([{}], 20, lambda *_: -1.0))
    assert "Zero in each of the 20 runs." in words(page.by_id("bad-debt"))
    assert "bad-debt" not in read_figures(page)


def test_page__failures_and_violations__are_listed(page: Element) -> None:
    assert "market: price stale" in words(page.by_id("troubles"))
    table = grid_results(AXES, 3, law)
    broken = pa.array([2 if run == 7 else 0 for run in range(18)], pa.int64())
    table = table.set_column(
        table.schema.get_field_index("violations"), table.schema.field("violations"), broken
    )
    [line] = rows(page_of(table), "troubles")
    assert words(line).split() == ["7", "2", "2", "2"]


def test_page__all_runs_failed__says_so_and_carries_no_plotly() -> None:
    html = render_sweep_page(Analysis(made_sweep(grid_results(AXES, 2, law, failed=range(12)))))
    assert "No run came to an end." in words(read_page(html))
    assert len(html) < 60_000


def test_page__unfinished__says_how_far_it_is() -> None:
    page = page_of(grid_results(AXES, 5, law), complete=False, runs=900)
    assert "30 of 900 runs are in" in words(page.by_id("summary"))


def test_page__every_resource__is_in_the_file(html: str, page: Element) -> None:
    loading = {"src", "href", "srcset", "poster", "action", "xlink:href", "background"}
    values = [value for each in page.all() for name, value in each.attributes.items() if name in loading]
    own_code = "\n".join(each.text for each in page.all() if each.tag in ("style", "script"))
    assert all(value.startswith("#") for value in values)
    assert not re.search(r"https?:|url\(|@import|\bfetch\(|XMLHttpRequest|importScripts", own_code)
    assert not re.search(r"https?://", html)


def test_page__hostile_names__are_text_and_nothing_else() -> None:
    table = grid_results({"health": [1.0, 2.0], HOSTILE: [HOSTILE, "other"]}, 5, law, failed=[0])
    page = page_of(table, name=HOSTILE, scenario=HOSTILE, token_symbol=HOSTILE, engine=HOSTILE)
    assert next(page.all("h1")).text == HOSTILE
    assert not list(page.all("img"))
    assert len(list(page.all("script"))) == 3
    assert not [each for each in page.all() if any(name.startswith("on") for name in each.attributes)]


def test_page__same_results__same_bytes(html: str) -> None:
    again = Analysis(made_sweep(grid_results(AXES, 40, law, failed=[5])))
    assert render_sweep_page(again, command="isomargin sweep margins.toml") == html


def test_page__of_a_hundred_thousand_runs__stays_below_five_megabytes() -> None:
    small = point_results([{"health": 1 + number / 1_000} for number in range(250)], 4, law)
    copies = 100
    table = pa.concat_tables([small] * copies)
    seeds = pa.array(np.arange(table.num_rows) // small.num_rows * 4 + np.arange(table.num_rows) % 4)
    table = table.set_column(2, "seed", seeds)
    html = render_sweep_page(Analysis(made_sweep(table, design="sobol")))
    assert table.num_rows == 100_000
    assert len(html.encode()) < 5_000_000


def test_write_page__below_a_file__is_refused_in_one_line(analysis: Analysis, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^cannot write .*report\.html: [^\n]+$"):
        write_sweep_page(analysis, tmp_path / "file" / "report.html")
