"""Takes the pictures of docs/report.md from a page: ``python -m tests.report.take_pictures PAGE FOLDER``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import FloatRect, Page, sync_playwright

from tests.report.chromium import find_chromium

__all__ = ["take_pictures"]

_WIDTH = 1180
_ROOM = 10  # pixels around a part


def take_pictures(page_file: Path, folder: Path) -> list[Path]:
    """Write one PNG for each part of the page of a run that docs/report.md shows."""
    chromium = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.program,
            args=["--no-sandbox"],
            env={**os.environ, **chromium.environment},
        )
        try:
            light = browser.new_page(color_scheme="light", viewport={"width": _WIDTH, "height": 900})
            _open(light, page_file)
            pictures = [_take(light, part, folder) for part in ("summary", "price", "liquidation-map")]
            _tell_a_life(light)
            pictures.append(_take(light, "positions", folder))
            dark = browser.new_page(color_scheme="dark", viewport={"width": _WIDTH, "height": 900})
            _open(dark, page_file)
            pictures.append(_take(dark, "margin-ratios", folder))
        finally:
            browser.close()
    return pictures


def _open(page: Page, page_file: Path) -> None:
    page.goto(page_file.resolve().as_uri())
    page.wait_for_selector("html[data-plots=ready]", timeout=120_000)


def _tell_a_life(page: Page) -> None:
    """Show those whom the largest dot liquidated, with the life of the first unfolded."""
    page.locator("#price details").last.locator("summary").click()
    rows = page.locator("#price details").last.locator("tbody tr").all()
    largest = max(rows, key=lambda row: int(row.locator("data").nth(1).get_attribute("value") or 0))
    largest.locator("button.choice").click()
    page.locator("#positions-table tbody tr:not([hidden]) button.life").first.click()
    page.add_style_tag(content=".scroll.tall { max-height: 420px !important; }")


def _take(page: Page, part: str, folder: Path) -> Path:
    target = folder / f"report-{part}.png"
    box = page.locator(f"#{part}").bounding_box()
    assert box is not None, part
    top = page.evaluate("scrollY")
    clip: FloatRect = {
        "x": max(0, box["x"] - _ROOM),
        "y": box["y"] + top - _ROOM,
        "width": box["width"] + 2 * _ROOM,
        "height": box["height"] + 2 * _ROOM,
    }
    page.screenshot(path=target, full_page=True, clip=clip)
    return target


if __name__ == "__main__":
    for picture in take_pictures(Path(sys.argv[1]), Path(sys.argv[2])):
        print(picture)
