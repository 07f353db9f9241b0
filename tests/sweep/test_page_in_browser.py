"""The page of a sweep in headless Chromium: drawn without an error or a request, in two themes and widths."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from isomargin.sweep.analysis import Analysis
from isomargin.sweep.page import write_sweep_page
from tests.sweep.made_results import grid_results, made_sweep

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]

AXES: dict[str, Any] = {"health": [1.1, 1.25, 1.5], "prices": ["gbm", "merton"]}


def law(setting, common, own):
    return (1.5 - setting["health"]) * 1_000 + 800 * common + 200 * own - 300


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("page") / "report.html"
    write_sweep_page(Analysis(made_sweep(grid_results(AXES, 30, law, failed=[5]))), file)
    return file.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["wide-light", "narrow-dark"])
def opened(request, browser, address) -> Iterator[tuple[Any, list[str]]]:
    """The page, drawn, and whatever it complained of or asked for."""
    width, theme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if asked.url.startswith("http") else None)
    page.goto(address)
    page.wait_for_selector("html[data-plots=ready]", timeout=60_000)
    yield page, wrong
    context.close()


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
    assert "health 1.25" in plot.locator(".hovertext").first.inner_text()
