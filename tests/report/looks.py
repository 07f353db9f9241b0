"""What can be measured of how a page looks: contrast, overlaps, what sticks out, where the focus is."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page

from tests.report.pictures import Picture

__all__ = [
    "SCRIPT",
    "colours_of",
    "faint_texts",
    "focus_walk",
    "overlapping_texts",
    "part_of",
    "picture_of",
    "sticking_out",
    "tab_stops",
]

SCRIPT = Path(__file__).with_name("looks.js")
_COLOURS = """plot => plot.data
    .flatMap(trace => [trace.line?.color, trace.marker?.color])
    .filter(colour => typeof colour === "string" && colour.startsWith("#"))"""

_PLACE = """element => {
    const box = element.getBoundingClientRect();
    return [box.left + scrollX, box.top + scrollY, box.right + scrollX, box.bottom + scrollY].map(Math.round);
}"""


def faint_texts(page: Page, least: float = 4.5) -> dict[str, float]:
    """Visible texts whose contrast to what is behind them is below `least`, with that contrast (WCAG 2)."""
    found: dict[str, float] = page.evaluate("least => looks.faintTexts(least)", least)
    return found


def overlapping_texts(page: Page) -> list[str]:
    """Pairs of visible texts that are printed over each other; what stays in sight while scrolling aside."""
    found: list[str] = page.evaluate("looks.overlappingTexts()")
    return found


def sticking_out(page: Page) -> list[str]:
    """Texts beyond the right edge of the window, and the page itself if it can be scrolled sideways."""
    found: list[str] = page.evaluate("looks.stickingOut()")
    return found


def tab_stops(page: Page) -> list[str]:
    """A name for each element that the Tab key should reach, in their order."""
    names: list[str] = page.evaluate("looks.stops()")
    return names


def focus_walk(page: Page, steps: int) -> list[tuple[str, bool]]:
    """What has the focus after each press of Tab, and whether that can be seen, until the page is left."""
    walk = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        focused = page.evaluate("looks.focused()")
        if focused is None:
            break
        walk.append((str(focused[0]), bool(focused[1])))
    return walk


def colours_of(plot: Locator) -> list[str]:
    """The colours of the traces of a plot."""
    found: list[str] = plot.evaluate(_COLOURS)
    return list(dict.fromkeys(found))


def picture_of(page: Page) -> Picture:
    """The whole page as pixels, what is below the window too."""
    png = base64.b64encode(page.screenshot(animations="disabled", full_page=True)).decode()
    width, height, pixels = page.evaluate("png => looks.pixels(png)", png)
    flat = np.frombuffer(base64.b64decode(pixels), dtype=np.uint8)
    return flat.reshape(height, width, 4)[:, :, :3]


def part_of(picture: Picture, place: Locator) -> Picture:
    """What a picture of the page shows of one element."""
    left, top, right, bottom = place.evaluate(_PLACE)
    return picture[top:bottom, left:right]
