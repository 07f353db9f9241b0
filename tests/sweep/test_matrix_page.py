"""The page of a comparison: its structure, its figures, and that nothing on it is anybody's script."""

from __future__ import annotations

import json

import pytest

from isomargin.prices import scripted_path
from isomargin.sweep.matrix_page import Event, MatrixPage, render_matrix_page, write_matrix_page
from isomargin.units import WAD
from tests.report.page_reader import Element, read_page
from tests.sweep.made_results import grid_results, made_sweep
from tests.sweep.test_matrix import AXES, loss

HOSTILE = "</script><img src=x onerror=alert(1)>"
PRICES = [100, 110, 88, 66, 99]
PATH = scripted_path([price * WAD for price in PRICES], start=1_600_000_000, step=900)
EVENTS = tuple(Event(key, f"In {key}", f"What happened in {key}.", PATH) for key in AXES["crash"])
PAGE = MatrixPage("Two months", EVENTS, "crash", "policy", "tiers", command="compare them")


def rendered(page: MatrixPage = PAGE, **more) -> str:
    return render_matrix_page(made_sweep(grid_results(AXES, 3, loss), **more), page)


@pytest.fixture(scope="module")
def page() -> Element:
    return read_page(rendered())


def words(element: Element) -> str:
    return " ".join(element.full_text.split())


def test_page__of_two_events__has_a_section_plot_and_table_for_each(page: Element):
    assert [heading.text for heading in page.all("h1")] == ["Two months"]
    assert [section.attributes["id"] for section in page.all("section")] == [
        "findings", "overview", "may", "june", "sweep",
    ]  # fmt: skip
    for key in AXES["crash"]:
        section = page.by_id(key)
        assert len(list(section.all("table"))) == 1
        assert page.by_id(f"plot-{key}").attributes["role"] == "img"


def test_page__price__is_told_with_its_falls(page: Element):
    text = words(page.by_id("may"))
    assert "falls 40.0% from its high" in text  # 110 to 66
    assert "25.0% at most between two prices, 900 s" in text  # 88 to 66
    label = page.by_id("plot-may").attributes["aria-label"]
    assert "the price from 100.000 to 99.000, lowest 66.000, highest 110.000" in label
    figures = json.loads(page.by_id("figures").text)["figures"]
    assert len(figures["may"]["data"]) == 2


def test_page__matrix__marks_the_best_of_a_row_for_eye_and_ear(page: Element):
    body = next(iter(page.by_id("june").all("tbody")))
    bad_debt = next(iter(body.all("tr")))
    cells = list(bad_debt.all("td"))
    assert len(cells) == 4
    best = [place for place, cell in enumerate(cells) if "best" in cell.attributes["class"].split()]
    assert best == [3]  # tight, half
    assert words(cells[3]).startswith("1,0")
    assert "best" in words(cells[3])


def test_page__headings__name_every_column_once(page: Element):
    for table in page.all("table"):
        groups = [words(head) for head in table.all("th") if head.attributes.get("scope") == "colgroup"]
        assert groups == ["tiers: wide", "tiers: tight"]


def test_page__unfinished_sweep__says_so():
    assert "Unfinished:" not in rendered()
    assert "Unfinished:" in rendered(complete=False)


def test_page__hostile_names__stay_text():
    events = tuple(Event(event.key, HOSTILE, HOSTILE, PATH) for event in EVENTS)
    html = rendered(MatrixPage(HOSTILE, events, "crash", "policy", "tiers", command=HOSTILE))
    assert "<img" not in html
    assert html.count("&lt;img") >= 6


def test_page__written_twice__has_the_same_bytes(tmp_path):
    results = made_sweep(grid_results(AXES, 3, loss))
    for name in ("one.html", "two.html"):
        write_matrix_page(results, tmp_path / "new" / name, PAGE)
    one, two = ((tmp_path / "new" / name).read_bytes() for name in ("one.html", "two.html"))
    assert one == two
    assert len(one) < 2_500_000
    assert b"http://" not in one.split(b'id="packed-plotly"')[0]
