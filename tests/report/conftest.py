"""A browser for the tests of pages, and the pages themselves as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from isomargin.report import compare_runs, write_comparison, write_report
from tests.record.crash import crash_record
from tests.report.browser import Viewer, running_browser

POSITIONS = 40


@pytest.fixture(
    scope="module"
)  # not longer: while it runs, nothing else in this process may have an event loop
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with running_browser() as started:
        yield started


@pytest.fixture(scope="module")
def all_views(browser: Browser) -> Iterator[Viewer]:
    """One for all tests of a file, so that they can share pages."""
    viewer = Viewer(browser)
    yield viewer
    viewer.close()


@pytest.fixture
def viewer(all_views: Viewer) -> Iterator[Viewer]:
    """Opens pages; the test fails if a page complains, or asks anything of anybody."""
    all_views.faults.clear()
    yield all_views
    assert all_views.faults == []


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of a run, and one of three runs side by side."""
    folder = tmp_path_factory.mktemp("pages")
    files = {name: folder / f"{name}.html" for name in ("run", "comparison")}
    usual = crash_record(positions=POSITIONS)
    write_report(usual, files["run"])
    parameters = {**usual.run.parameters, "risk": {"policy": "full", "brackets": [{"mmr": "0.004"}]}}
    fewer = replace(
        crash_record(positions=POSITIONS - 8), run=replace(usual.run, parameters=parameters, engine="revm")
    )
    other = replace(crash_record(positions=60, seed=8), run=replace(usual.run, parameters=parameters))
    named = [("usual", usual), ("fewer people", fewer), ("other-people", other)]
    write_comparison(compare_runs(named), files["comparison"])
    return files
