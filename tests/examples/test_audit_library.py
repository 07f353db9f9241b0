"""The library of incidents: each file with its defence off loses, with it on does not, and says so."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from isomargin.audit import Result, Settings, find_cases, play
from isomargin.scenario import load_scenario

LIBRARY = Path(__file__).parents[2] / "examples" / "audit"
FILES = sorted(LIBRARY.glob("*.toml"))
CASES, BAD_FILES = find_cases(FILES)
MOST_LEFT = Decimal("0.02")
"""How much of the loss may be left with the defence on: what fees take of an honest trader."""

BOUNDED = {"jelly_backstop": Decimal("0.11"), "ten_october": Decimal("0.11")}
"""The same where the defence bounds a loss and does not prevent it; the file works the bound out."""


@cache
def played(case_number: int) -> Result:
    return play(CASES[case_number], Settings(engine="revm"))


def cases_of(file: Path, defence: str) -> list[int]:
    return [
        number
        for number, case in enumerate(CASES)
        if case.file == file and case.choices["defence"] == defence
    ]


def losses(file: Path, defence: str) -> list[Decimal]:
    return [Decimal(played(number).loss) for number in cases_of(file, defence)]


@pytest.fixture(autouse=True)
def _engine() -> None:
    pytest.importorskip("pyrevm")


def test_library__every_file__has_its_defence_off_and_on():
    assert BAD_FILES == []
    assert len(FILES) >= 16
    for file in FILES:
        assert cases_of(file, "off")
        assert cases_of(file, "on")


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{it.file.stem} {it.variant}" for it in CASES])
def test_library__every_variant__is_as_expected(number):
    result = played(number)
    assert result.error == ""
    assert [failure.sentence() for failure in result.failures] == []
    assert result.verdict == "pass"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_library__defence_off__loses_and_defence_on_does_not(file):
    without, with_it = max(losses(file, "off")), max(losses(file, "on"))
    assert without > 100
    assert with_it <= BOUNDED.get(file.stem, MOST_LEFT) * without


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_library__every_expectation__says_why(file):
    for number in [*cases_of(file, "off"), *cases_of(file, "on")]:
        scenario = load_scenario(file, variant=CASES[number].choices)
        assert scenario.expect
        assert all(expected.because for expected in scenario.expect)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_library__every_file__begins_with_its_story(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    story = lines[: next(number for number, line in enumerate(lines) if not line.startswith("#"))]
    assert 9 <= len(story) <= 18
    assert "# What the run shows" in "\n".join(story)


def test_library__page__lists_every_file():
    page = (LIBRARY / "README.md").read_text(encoding="utf-8")
    assert [file.name for file in FILES if f"({file.name})" not in page] == []
