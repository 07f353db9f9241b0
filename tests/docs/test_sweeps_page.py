"""`docs/sweeps.md` has the columns of the results, the keys of the file, and what its pictures need."""

from __future__ import annotations

import re
import tomllib

from isomargin.sweep.definition import SweepFile
from isomargin.sweep.expressions import parse_constraint, parse_objective
from isomargin.sweep.intervals import runs_needed
from isomargin.sweep.results import result_schema
from tests.docs.pages import blocks, page, sections
from tests.project.tree import ROOT

PAGE = page("docs/sweeps.md")
MOST_BYTES = 200_000


def columns() -> list[tuple[str, ...]]:
    """Each column of the results as the table of the page has it."""
    return [
        (field.name, str(field.type), field.metadata[b"unit"].decode(), field.metadata[b"meaning"].decode())
        for field in result_schema([])
    ]


def test_page__columns__are_those_of_the_schema():
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+?) \| ([^|]*?) ?\| (.+) \|$", sections(PAGE)["What is kept"], re.MULTILINE
    )
    assert rows == columns()


def test_page__keys__are_those_of_the_file():
    rows = re.findall(r"^\| `\[*(\w+)\]*` \|", sections(PAGE)["The file"], re.MULTILINE)
    assert rows == list(SweepFile.model_fields)


def test_page__its_search__is_that_of_the_example_and_can_be_read():
    [shown] = blocks(sections(PAGE)["Searching"], "toml")
    optimise = tomllib.loads(shown.text)["optimise"]
    example = tomllib.loads((ROOT / "examples/sweeps/margins.toml").read_text(encoding="utf-8"))
    assert optimise == example["optimise"]
    assert str(parse_objective(optimise["minimise"])) == "mean(margin)"
    assert str(parse_constraint(optimise["subject_to"][0])) == "quantile(bad_debt, 0.95) <= 2000"


def test_page__how_many_seeds__are_those_that_quantiles_take():
    said = " ".join(sections(PAGE)["The file"].split())
    for level, text in ((0.9, "90%"), (0.99, "99%"), (0.999, "99.9%")):
        assert f"{text} takes {runs_needed(level, 0.95):,}" in said


def test_page__pictures__are_small_and_made_by_the_script():
    named = re.findall(r"\]\(images/(sweep-[\w-]+)\.png\)", PAGE)
    script = (ROOT / "scripts" / "sweep-pictures").read_text(encoding="utf-8")
    assert len(named) == 5
    for name in named:
        assert f'"{name}"' in script
        assert (ROOT / "docs" / "images" / f"{name}.png").stat().st_size < MOST_BYTES
