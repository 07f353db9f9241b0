"""The page of a sweep in headless Chromium: drawn without an error or a request, in two themes and widths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isomargin.sweep.analysis import Analysis
from isomargin.sweep.page import write_sweep_page
from tests.report.browser import Viewer, running_browser
from tests.sweep.made_results import grid_results, made_sweep

pytestmark = pytest.mark.slow

AXES: dict[str, Any] = {"health": [1.1, 1.25, 1.5], "prices": ["gbm", "merton"]}


def law(setting, common, own):
    return (1.5 - setting["health"]) * 1_000 + 800 * common + 200 * own - 300


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("page") / "report.html"
    write_sweep_page(Analysis(made_sweep(grid_results(AXES, 30, law, failed=[5]))), path)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with running_browser() as chromium:
        yield chromium


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["wide-light", "narrow-dark"])
def opened(request, browser, file) -> Iterator[tuple[Any, list[str]]]:
    """The page, drawn, and whatever it complained of or asked for."""
    width, theme = request.param
    viewer = Viewer(browser)
    yield viewer.open(file, width=width, theme=theme), viewer.faults
    viewer.close()


def test_page__opened__draws_every_plot_without_an_error_or_a_request(opened):
    page, wrong = opened
    assert page.locator(".plot").count() == 16
    assert page.locator(".plot .main-svg").count() >= 16
    assert page.locator(".plot.failed").count() == 0
    assert wrong == []


def test_page__opened__is_no_wider_than_the_window(opened):
    page, _ = opened
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_page__heading_of_the_points__sorts_both_ways(opened):
    page, _ = opened
    table = page.locator("#points table")
    heading = table.locator("thead button", has_text="Point").first
    numbers = table.locator("tbody tr td:first-child")
    heading.click()
    assert numbers.all_inner_texts() == ["5", "4", "3", "2", "1", "0"]
    heading.click()
    assert numbers.all_inner_texts() == ["0", "1", "2", "3", "4", "5"]


def test_page__pointer_on_the_map__tells_the_cell(opened):
    page, _ = opened
    plot = page.locator("#plot-settings-bad-debt")
    plot.scroll_into_view_if_needed()
    drag = plot.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(drag["x"] + drag["width"] * 0.25, drag["y"] + drag["height"] * 0.5)
    page.wait_for_selector("#plot-settings-bad-debt .hoverlayer .hovertext", timeout=20_000)
    assert "health 1.25" in plot.locator(".hovertext").first.text_content()
