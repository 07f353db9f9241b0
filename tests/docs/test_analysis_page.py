"""The notebook on paper runs: its cells in order in one namespace, over the run that it names.

``python -m tests.docs.test_analysis_page`` plays the run and writes what the cells print into the page.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isomargin.cli.keeping import keep
from isomargin.scenario import load_scenario
from isomargin.simulation import simulate
from tests.docs.pages import blocks, page
from tests.project.tree import ROOT

PAGE = "docs/analysis.md"
# A cell, and the block of what it prints, if one is there.
CELL = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)


def play(folder: Path) -> None:
    """The run of the page, into the folder in which its cells look for it."""
    [command] = blocks(page(PAGE), "sh")
    words = shlex.split(command.text)
    assert words[:2] == ["isomargin", "run"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    record = simulate(load_scenario(ROOT / words[2]), engine=options["--engine"])
    keep(record, folder / options["--out"])


def printed(folder: Path) -> Iterator[tuple[re.Match[str], str]]:
    """Each cell with what it prints, run from a folder."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.chdir(folder):
        for cell in CELL.finditer(page(PAGE)):
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(cell["code"], f"{PAGE}, cell", "exec"), namespace)
            yield cell, output.getvalue()


def test_analysis__every_cell__prints_what_is_shown_below_it(tmp_path):
    play(tmp_path)
    cells = [(cell["shown"] or "", output) for cell, output in printed(tmp_path)]

    assert len(cells) >= 5
    assert [output for _, output in cells] == [shown for shown, _ in cells]


@pytest.mark.parametrize("library", ["polars", "duckdb", "pandas"])
def test_analysis__cells__use_each_library(library):
    assert f"import {library}" in page(PAGE)


def test_analysis__lines_of_cells__fit_the_page():
    assert [
        line for cell in CELL.finditer(page(PAGE)) for line in cell["code"].splitlines() if len(line) > 120
    ] == []


def renewed(folder: Path) -> str:
    """The page with what its cells print now."""
    text, place, parts = page(PAGE), 0, []
    for cell, output in printed(folder):
        shown = f"\n```text\n{output}```\n" if output else ""
        parts += [text[place : cell.start()], f"```python\n{cell['code']}```\n{shown}"]
        place = cell.end()
    return "".join([*parts, text[place:]])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        play(Path(made))
        (ROOT / PAGE).write_text(renewed(Path(made)), encoding="utf-8")
    print(f"{PAGE}: renewed")
