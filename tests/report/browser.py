"""Pages in a real browser: opened as files, with every complaint of the browser and every request noted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, sync_playwright

from tests.report.chromium import NoChromium, find_chromium
from tests.report.looks import SCRIPT

__all__ = ["Viewer", "running_browser"]

_PATIENCE = 60_000  # milliseconds for anything that a page is asked
_OWN = ("file:", "data:", "blob:")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A headless Chromium, or a skip that says why there is none."""
    try:
        chromium = find_chromium()
    except NoChromium as reason:
        pytest.skip(str(reason))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.program,
            args=["--no-sandbox"],
            env={**os.environ, **chromium.environment},
            timeout=_PATIENCE,
        )
        try:
            yield browser
        finally:
            browser.close()


class Viewer:
    """Opens pages from files and notes what must not happen.

    Attributes
    ----------
    faults : list of str
        Errors and warnings of the console, exceptions, and requests to anything but the file itself.
    """

    def __init__(self, browser: Browser) -> None:
        self.faults: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._shown: dict[tuple[Path, int, str], Page] = {}

    def show(self, path: Path, *, width: int = 1280, theme: str = "light") -> Page:
        """A page as `open` gives it, which an earlier test may have used and left as it was."""
        key = (path, width, theme)
        if key not in self._shown:
            self._shown[key] = self.open(path, width=width, theme=theme)
        page = self._shown[key]
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        return page

    def open(self, path: Path, *, width: int = 1280, theme: str = "light") -> Page:
        """Show a page and wait until its plots are drawn.

        Parameters
        ----------
        path : Path
            Of the file.
        width : int
            Of the window, in pixels.
        theme : str
            What the reader prefers: "light" or "dark".
        """
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        self._contexts.append(context)
        context.set_default_timeout(_PATIENCE)
        context.add_init_script(path=SCRIPT)
        context.route(lambda address: not address.startswith(_OWN), self._refuse)
        page = context.new_page()
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("request", self._note_request)
        page.goto(path.resolve().as_uri())
        page.wait_for_selector("html[data-plots=ready]", state="attached")
        assert page.locator(".plot.failed").count() == 0
        return page

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith(_OWN):
            self.faults.append(f"request: {request.url}")

    def _refuse(self, route: Route) -> None:
        route.abort()
