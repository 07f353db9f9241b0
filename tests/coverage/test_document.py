"""The table in docs/coverage.md: what it is made of, and that it has every source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isomargin.contracts import contracts_root
from isomargin.coverage import BranchCoverage, FileCoverage, Ignored, Report, State
from tests.coverage.document import BEGIN, DOCUMENT, END, section, with_section

ROOT = contracts_root()
TEXT = "first\n    second\nthird\n"


def report_of(*branches: tuple[State, State], **lines: State) -> Report:
    file = FileCoverage(
        path=ROOT / "market" / "pricing.vy",
        text=TEXT,
        lines={int(name.removeprefix("line_")): state for name, state in lines.items()},
        branches=tuple(BranchCoverage(1, 0, "if", 0, outcomes) for outcomes in branches),
        ignored=(Ignored(3, "nobody can"),),
    )
    return Report((file,), ())


def test_section__one_file__has_its_figures_and_what_is_left_out():
    report = report_of(
        (State.COVERED, State.MISSED),
        (State.COVERED, State.COVERED),
        line_1=State.COVERED,
        line_2=State.UNREACHABLE,
    )
    assert section(report, ROOT).splitlines() == [
        "| source | lines | run | % | outcomes | seen | % |",
        "|---|---:|---:|---:|---:|---:|---:|",
        "| `market/pricing.vy` | 1 | 1 | 100 | 4 | 3 | 75.0 |",
        "| all | 1 | 1 | 100 | 4 | 3 | 75.0 |",
        "",
        "Not counted:",
        "",
        "- `market/pricing.vy:3`: nobody can",
        "- `market/pricing.vy:2`, `second`: no code",
    ]


def test_section__one_of_very_many_missed__is_not_rounded_to_all():
    pairs = [(State.COVERED, State.COVERED)] * 5_000
    assert "| 10,002 | 10,001 | 99.9 |" in section(report_of(*pairs, (State.COVERED, State.MISSED)), ROOT)


def test_with_section__document_with_marks__keeps_the_rest():
    before = f"# Title\n{BEGIN}old\ntable{END}\n## More\n"
    assert with_section(before, "new") == f"# Title\n{BEGIN}new{END}\n## More\n"


def test_with_section__document_without_marks__raises():
    with pytest.raises(ValueError, match="expected the marks"):
        with_section("# Title\n", "new")


def test_document__table__has_every_source_with_code():
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    if not rest.partition(END)[0].strip():
        pytest.skip("the table is not written yet: scripts/coverage")
    named = set(re.findall(r"^\| `(.+?)` \|", rest.partition(END)[0], re.MULTILINE))
    sources = {path.relative_to(ROOT).as_posix(): path for path in Path(ROOT).rglob("*.vy")}
    with_code = {name for name, path in sources.items() if re.search("^def ", path.read_text(), re.MULTILINE)}
    assert with_code <= named <= set(sources)
