"""The pages in a real browser: their looks in both themes and at two widths, and what hands can do there."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import FloatRect, Locator, Page

from tests.report.looks import (
    colours_of,
    faint_texts,
    focus_walk,
    overlapping_texts,
    part_of,
    picture_of,
    sticking_out,
    tab_stops,
)
from tests.report.pictures import Picture, count_colour, luminance

pytestmark = pytest.mark.slow  # a browser draws every plot

PAGES = ["run", "comparison"]
WIDTHS = [1280, 390]
THEMES = ["light", "dark"]
MOST_STOPS = 400


def plots(page: Page) -> list[Locator]:
    return page.locator(".plot").all()


def box_of(place: Locator) -> FloatRect:
    """Where an element is in the window."""
    box = place.bounding_box()
    assert box is not None, "nothing of it is shown"
    return box


def ground_of(picture: Picture) -> float:
    """How light a page is between its parts: its corner."""
    return luminance(picture[0, 0])


def column(table: Locator, place: int) -> list[str]:
    """The exact values of a column of a table, or its texts, from top to bottom."""
    values: list[str] = table.locator("tbody tr").evaluate_all(
        """(rows, place) => rows.filter(row => row.checkVisibility()).map(row => row.cells[place])
            .filter(Boolean).map(cell => cell.querySelector("data")?.value ?? cell.textContent.trim())""",
        place,
    )
    return [value for value in values if value not in ("", "\u2013")]


def is_ordered(values: list[str], *, numeric: bool, ascending: bool) -> bool:
    if not numeric:
        return values == sorted(values, key=_natural, reverse=not ascending)
    numbers = [float(value) for value in values]
    return all((one <= other) if ascending else (one >= other) for one, other in pairwise(numbers))


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """The order in which people count: trader 9 before trader 10."""
    parts = re.findall(r"\d+|\D+", text.casefold())
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


# Looks


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PAGES)
def test_page__in_a_theme_at_a_width__can_be_read(viewer, pages, name, theme, width):
    page = viewer.show(pages[name], width=width, theme=theme)
    picture = picture_of(page)

    assert sticking_out(page) == []
    assert faint_texts(page) == {}
    assert overlapping_texts(page) == []
    assert (ground_of(picture) > 0.8) == (theme == "light")
    assert (ground_of(picture) < 0.05) == (theme == "dark")
    for plot in plots(page):
        part = part_of(picture, plot)
        drawn = {colour: count_colour(part, colour) for colour in colours_of(plot)}
        assert max(drawn.values(), default=30) >= 30, (plot.get_attribute("id"), drawn)
        assert (luminance(part[1, 1]) > 0.8) == (theme == "light")


@pytest.mark.parametrize("name", PAGES)
def test_page__with_everything_unfolded__can_be_read_on_a_phone(viewer, pages, name):
    page = viewer.show(pages[name], width=390, theme="dark")
    folded = page.locator("details:not([open])").all()
    assert folded
    unfold = "(all, open) => all.forEach(each => { each.open = open; })"
    page.locator("details").evaluate_all(unfold, True)

    assert sticking_out(page) == []
    assert faint_texts(page) == {}
    assert overlapping_texts(page) == []
    page.locator("details").evaluate_all(unfold, False)


def test_comparison__plot_of_the_pool__shows_a_line_of_each_run(viewer, pages):
    page = viewer.show(pages["comparison"])
    plot = page.get_by_role("img", name=re.compile("^Pool assets"))
    picture = part_of(picture_of(page), plot)
    badges = page.locator(".letter").evaluate_all(
        "all => all.map(each => each.style.getPropertyValue('--run'))"
    )

    assert len(colours_of(plot)) == 3
    assert set(colours_of(plot)) == set(badges)
    for colour in colours_of(plot):
        assert count_colour(picture, colour) >= 100


@pytest.mark.parametrize("name", PAGES)
def test_page__theme_changed_while_open__changes_ground_text_and_plots(viewer, pages, name):
    page = viewer.show(pages[name])
    plot = plots(page)[0]
    light = picture_of(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "plot => getComputedStyle(plot.querySelector('.main-svg')).backgroundColor !== 'rgb(255, 255, 255)'",
        arg=plot.element_handle(),
    )
    dark = picture_of(page)

    assert ground_of(light) > 0.8
    assert ground_of(dark) < 0.05
    assert luminance(part_of(light, plot)[1, 1]) > 0.8
    assert luminance(part_of(dark, plot)[1, 1]) < 0.05
    assert faint_texts(page) == {}
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("name", PAGES)
def test_page__printed_from_a_dark_screen__is_ink_on_white(viewer, pages, name):
    page = viewer.show(pages[name], theme="dark")
    paper = page.pdf(format="A4")
    page.emulate_media(media="print")
    page.wait_for_function(
        "plot => getComputedStyle(plot.querySelector('.main-svg')).backgroundColor === 'rgb(255, 255, 255)'",
        arg=plots(page)[0].element_handle(),
    )

    assert paper.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) >= 2
    assert round(ground_of(picture_of(page)), 6) == 1.0
    assert page.get_by_role("navigation").count() == 0
    assert faint_texts(page) == {}
    page.emulate_media(media="screen")


# Hands


@pytest.mark.parametrize("name", PAGES)
def test_page__walked_by_the_tab_key__reaches_everything_and_shows_where_it_is(viewer, pages, name):
    page = viewer.open(pages[name])
    stops = tab_stops(page)
    assert 5 < len(stops) < MOST_STOPS

    walk = focus_walk(page, len(stops) + 5)

    assert [stop for stop, _ in walk] == stops
    assert [stop for stop, shown in walk if not shown] == []


@pytest.mark.parametrize("name", PAGES)
def test_page__skip_link__leads_past_the_head(viewer, pages, name):
    page = viewer.open(pages[name], width=390)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    assert box_of(skip)["x"] >= 0

    page.keyboard.press("Enter")

    assert page.evaluate("location.hash") == "#content"


@pytest.mark.parametrize("name", PAGES)
def test_page__links_of_the_head__lead_to_their_sections(viewer, pages, name):
    page = viewer.show(pages[name], width=390)
    links = page.get_by_role("navigation").get_by_role("link").all()
    assert len(links) >= 5
    for link in links:
        link.click()
        target = page.locator(page.evaluate("location.hash"))
        assert box_of(target)["y"] < 900


@pytest.mark.parametrize("by_keyboard", [False, True])
def test_run__heading_pressed__sorts_its_column_one_way_and_the_other(viewer, pages, by_keyboard):
    page = viewer.show(pages["run"])
    tables = page.locator("table:has(th[aria-sort])").all()
    assert len(tables) >= 2
    for table in tables:
        for place, heading in enumerate(table.locator("thead tr").last.locator("th").all()):
            if heading.get_attribute("aria-sort") is None:
                continue
            numeric = "number" in (heading.get_attribute("class") or "").split()
            seen = []
            for _ in range(2):
                button = heading.get_by_role("button")
                if by_keyboard:
                    button.focus()
                    page.keyboard.press("Enter")
                else:
                    button.click()
                seen.append(heading.get_attribute("aria-sort"))
                values = column(table, place)
                ascending = seen[-1] == "ascending"
                assert is_ordered(values, numeric=numeric, ascending=ascending), heading.inner_text()
            assert set(seen) == {"ascending", "descending"}
            assert table.locator("th[aria-sort=ascending], th[aria-sort=descending]").count() == 1


def label_of(plot: Locator) -> str:
    """What a plot says where the pointer is, at the first of several places at which it says something."""
    box = box_of(plot)
    for patience in (100, 400, 1600):  # milliseconds; a busy machine is slow to tell
        for share in (0.4, 0.5, 0.6, 0.3, 0.7):
            plot.page.mouse.move(
                box["x"] + share * box["width"], box["y"] + (0.2 + share / 2) * box["height"]
            )
            plot.page.wait_for_timeout(patience)
            if told := " ".join(plot.locator(".hoverlayer text").all_text_contents()):
                return told
    return ""


@pytest.mark.parametrize("name", PAGES)
def test_page__pointer_on_a_plot__shows_a_label_with_its_values(viewer, pages, name):
    page = viewer.show(pages[name])
    for plot in plots(page):
        plot.scroll_into_view_if_needed()
        assert re.search(r"\d", label_of(plot)), plot.get_attribute("id")
        page.mouse.move(0, 0)


@pytest.mark.parametrize("name", PAGES)
def test_page__one_plot_zoomed__zooms_the_others_to_the_same_time(viewer, pages, name):
    page = viewer.show(pages[name])
    ranges = """() => Array.from(document.querySelectorAll(".plot"))
        .filter(plot => plot.layout.xaxis.type === "date").map(plot => plot.layout.xaxis.range.map(String))"""
    before = page.evaluate(ranges)
    plot = plots(page)[0]
    plot.scroll_into_view_if_needed()
    box = box_of(plot)
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 82, steps=4)
    page.mouse.up()
    page.wait_for_function(
        f"before => JSON.stringify(({ranges})().slice(1)) !== JSON.stringify(before.slice(1))", arg=before
    )
    after = page.evaluate(ranges)

    assert len(after) >= 4
    assert all(each == after[0] for each in after)
    assert after[0] != before[0]
    page.mouse.dblclick(box["x"] + 0.5 * box["width"], box["y"] + 80)
    page.wait_for_function(
        f"after => ({ranges})().every(each => JSON.stringify(each) !== JSON.stringify(after[0]))", arg=after
    )


@pytest.mark.parametrize("name", PAGES)
def test_page__folded_part__opens_by_the_keyboard(viewer, pages, name):
    page = viewer.show(pages[name])
    summary = page.locator("summary:visible").first
    summary.focus()
    page.keyboard.press("Enter")

    assert summary.evaluate("each => each.parentElement.open")
    page.keyboard.press("Enter")
    assert not summary.evaluate("each => each.parentElement.open")
