"""The positions of a run's page in a browser: filtered, told one by one, found from the plots and back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from isomargin.record import PositionRow
from tests.record.crash import crash_record
from tests.report.conftest import POSITIONS

pytestmark = pytest.mark.slow  # a browser draws every plot

MARKED = """() => Array.from(document.querySelectorAll(".plot"))
    .filter(plot => (plot.layout.shapes || []).some(shape => shape.name === "marked")).length"""
PATIENCE = 30_000  # milliseconds
expect.set_options(timeout=PATIENCE)
OVER_TIME = """() => Array.from(document.querySelectorAll(".plot"))
    .filter(plot => !plot.layout.meta || plot.layout.meta.time !== false).length"""


TIDY = """() => {
    document.querySelectorAll("button.life[aria-expanded=true]").forEach(button => button.click());
    document.getElementById("mark-clear").click();
    document.getElementById("filters").reset();
    document.querySelectorAll("details").forEach(each => { each.open = false; });
    scrollTo(0, 0);
}"""


@pytest.fixture
def page(viewer, pages: dict[str, Path], positions: list[PositionRow]) -> Page:
    """The page of a run as it was opened, the order of its rows apart."""
    page = viewer.show(pages["run"])
    page.evaluate(TIDY)
    expect(told(page)).to_have_text(f"All {len(positions)} positions shown.")
    return page


@pytest.fixture(scope="module")
def positions() -> list[PositionRow]:
    return list(crash_record(positions=POSITIONS).positions)


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Positions").locator("tbody > tr:not(.story):visible")


def ids(page: Page) -> set[int]:
    return {int(row) for row in rows(page).locator("td:first-child").all_inner_texts()}


def told(page: Page) -> Locator:
    """How many positions are shown, as a screen reader is told."""
    return page.get_by_role("status").filter(has_text="shown")


def life(page: Page, id: int) -> Locator:
    return page.locator(f"#position-{id}").get_by_role("button")


def by_outcome(page: Page) -> None:
    page.get_by_label("Outcome").select_option("liquidated")


def by_side(page: Page) -> None:
    page.get_by_label("Side").select_option("short")


def by_bankruptcy(page: Page) -> None:
    page.get_by_label("bankrupt only").check()


def by_name(page: Page) -> None:
    page.get_by_label("Find").fill("TRADER 1")


@pytest.mark.parametrize(
    ("choose", "belongs"),
    [
        (by_outcome, lambda row: row.outcome == "liquidated"),
        (by_side, lambda row: row.side == "short"),
        (by_bankruptcy, lambda row: row.bankrupt),
        (
            by_name,
            lambda row: re.search("trader|1", row.actor) and "1" in f"{row.id} {row.actor} {row.owner}",
        ),
    ],
)
def test_filter__chosen__shows_those_positions_and_says_how_many(page, positions, choose, belongs):
    assert ids(page) == {row.id for row in positions}

    choose(page)

    wanted = {row.id for row in positions if belongs(row)}
    assert wanted
    assert ids(page) == wanted
    shown = "All" if len(wanted) == len(positions) else f"{len(wanted)} of"
    expect(told(page)).to_have_text(f"{shown} {len(positions)} positions shown.")


def test_filter__two_at_once_then_reset__shows_both_and_then_all(page, positions):
    by_side(page)
    by_outcome(page)
    assert ids(page) == {row.id for row in positions if row.side == "short" and row.outcome == "liquidated"}

    page.get_by_role("search").get_by_role("button", name="Show all").click()

    expect(told(page)).to_have_text(f"All {len(positions)} positions shown.")
    assert ids(page) == {row.id for row in positions}


def test_filter__nothing_fits__says_none_and_can_be_undone(page, positions):
    page.get_by_label("Find").fill("nobody of that name")
    expect(told(page)).to_have_text(f"0 of {len(positions)} positions shown.")
    assert ids(page) == set()

    page.get_by_label("Find").fill("")
    assert len(ids(page)) == len(positions)


def test_filter__sorted_while_filtered__keeps_both(page, positions):
    by_side(page)
    page.get_by_role("columnheader", name="Leverage").get_by_role("button").click()
    page.get_by_role("columnheader", name="Margin").get_by_role("button").click()
    shown = [int(text) for text in rows(page).locator("td:first-child").all_inner_texts()]

    by_margin = sorted((row for row in positions if row.side == "short"), key=lambda row: -row.margin)
    assert shown == [row.id for row in by_margin]


def test_life__of_a_liquidated_position__is_told_below_its_row_and_folded_again(page, positions):
    lost = next(row for row in positions if row.outcome == "liquidated")
    button = life(page, lost.id)
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    story = page.locator(f"#position-{lost.id} + tr.story")
    moments = story.get_by_role("listitem").all_inner_texts()

    assert len(moments) >= 2
    assert f"block {lost.closed_block:,}" in moments[-1]
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(story).to_have_count(0)


def test_life__unfolded_while_sorted__stays_with_its_row(page, positions):
    lost = next(row for row in positions if row.outcome == "liquidated")
    life(page, lost.id).click()
    page.get_by_role("columnheader", name="Trader").get_by_role("button").click()

    expect(page.locator(f"#position-{lost.id} + tr.story")).to_have_count(1)


def test_rows__walked_by_arrow_keys__are_one_stop_of_the_tab_key(page):
    first = rows(page).first.get_by_role("button")
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(1).get_by_role("button")).to_be_focused()
    page.keyboard.press("End")
    expect(rows(page).last.get_by_role("button")).to_be_focused()
    page.keyboard.press("Home")
    expect(first).to_be_focused()


def test_moment__of_a_life__is_marked_in_all_plots_and_leads_back_to_its_row(page, positions):
    lost = next(row for row in positions if row.outcome == "liquidated")
    life(page, lost.id).click()
    page.locator(f"#position-{lost.id} + tr.story").get_by_role("button").last.click()

    expect(page.get_by_role("status").filter(has_text=f"position {lost.id} ")).to_be_in_viewport()
    page.wait_for_function(f"() => ({MARKED})() === ({OVER_TIME})()")
    assert page.evaluate(MARKED) >= 4

    page.get_by_role("link", name="Back to its row").click()
    expect(life(page, lost.id)).to_be_focused()
    expect(life(page, lost.id)).to_be_in_viewport()

    page.get_by_role("button", name="Clear the mark").click()
    page.wait_for_function(f"() => ({MARKED})() === 0")


def test_dot__of_a_liquidation_in_the_plot__shows_its_positions_and_leads_back(page, positions):
    plot = page.get_by_role("img", name=re.compile("^Price"))
    plot.scroll_into_view_if_needed()
    dots = [box for dot in plot.locator(".points path.point").all() if (box := dot.bounding_box())]
    largest = max(dots, key=lambda box: box["width"])
    page.mouse.move(largest["x"] + largest["width"] / 2, largest["y"] + largest["height"] / 2)
    expect(plot.locator(".hoverlayer text").first).to_be_visible()
    page.mouse.down()
    page.mouse.up()

    expect(told(page)).not_to_have_text(re.compile("^All"))
    shown = ids(page)
    blocks = {row.closed_block for row in positions if row.id in shown}
    assert shown
    assert blocks == {next(row.closed_block for row in positions if row.id in shown)}
    assert all(row.outcome == "liquidated" for row in positions if row.id in shown)

    page.get_by_role("button", name="Back to the plot").click()
    expect(plot).to_be_in_viewport()


def test_group__chosen_by_the_keyboard__shows_its_positions(page, positions):
    fold = page.locator("summary").filter(has_text=re.compile("iquidat")).first
    fold.focus()
    page.keyboard.press("Enter")
    choice = page.locator("button.choice:visible").first
    choice.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Positions")).to_be_focused()
    assert 0 < len(ids(page)) < len(positions)
    told(page).get_by_role("button", name="Show all").click()
    expect(told(page)).to_have_text(f"All {len(positions)} positions shown.")
