"""What the documentation tells a reader to write runs, and prints what is shown below it."""

from __future__ import annotations

import contextlib
import io
import tomllib
from pathlib import Path

import pytest

from isomargin.errors import ScenarioError
from isomargin.record import failed_expectations, failure_text
from isomargin.scenario import load_scenario
from isomargin.simulation import simulate
from tests.docs.pages import Block, blocks, page, sections


def printed_by(code: Block) -> str:
    """What a Python block prints."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code.text, "documentation", "exec"), {"__name__": "__main__"})
    return output.getvalue()


def written(folder: Path, text: str, name: str = "crash.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def walk() -> list[str]:
    """The scenario of the walk after each of its steps: every step adds tables to the one before."""
    steps = [block.text for block in blocks(page("docs/scenarios.md").split("## Every key")[0], "toml")]
    return ["\n".join(steps[: count + 1]) for count in range(len(steps))]


def test_readme__python__prints_what_is_shown():
    code, shown = blocks(sections(page("README.md"))["From Python"])
    assert (code.language, shown.language) == ("python", "text")
    assert printed_by(code) == shown.text


def test_readme__scenario__plays_with_liquidations_and_balanced_books(tmp_path):
    [scenario] = blocks(sections(page("README.md"))["A scenario"], "toml")
    summary = simulate(load_scenario(written(tmp_path, scenario.text))).summary
    assert summary.positions.opened > 0
    assert summary.liquidations.count > 0
    assert summary.invariants.violations == 0


def test_scenarios__python__prints_what_is_shown():
    code, shown = blocks(sections(page("docs/scenarios.md"))["In Python"])
    assert (code.language, shown.language) == ("python", "text")
    assert printed_by(code) == shown.text


@pytest.mark.parametrize("step", range(1, len(walk()) + 1))
def test_scenarios__walk_up_to_a_step__is_a_scenario(step, tmp_path):
    scenario = load_scenario(written(tmp_path, walk()[step - 1]))
    tables = set(tomllib.loads(walk()[step - 1])) - {"name"}
    assert tables <= scenario.model_fields_set


def test_scenarios__first_step_of_the_walk__has_five_lines():
    assert len(walk()) > 1
    assert len(walk()[0].splitlines()) == 5


def test_scenarios__whole_walk__plays_with_liquidations_and_balanced_books(tmp_path):
    summary = simulate(load_scenario(written(tmp_path, walk()[-1]))).summary
    assert summary.liquidations.count > 0
    assert summary.invariants.violations == 0


def test_scenarios__wrong_files__are_refused_in_the_words_shown(tmp_path, monkeypatch):
    [shown] = blocks(sections(page("docs/scenarios.md"))["Scenarios"], "text")
    start = "[prices]\nvalues = [1, 2]\n\n[traders]\ncount = 20\n"
    monkeypatch.chdir(tmp_path)
    messages = []
    for wrong in ("leverage = { min = 5, max = -50 }\n", "\nlong_shar = 0.7\n"):
        with pytest.raises(ScenarioError) as refusal:
            load_scenario(written(Path(), start + wrong))
        messages.append(f"isomargin: {refusal.value}\n")
    assert shown.text == "".join(messages)


def attack() -> tuple[str, str]:
    """The scenario of the attack, without the defence and with it."""
    section = page("docs/scenarios.md").split("## Steps and expectations")[1].split("### Expressions")[0]
    *parts, defence = [block.text for block in blocks(section, "toml")]
    line = 'reverts = "oracle: price deviates"'
    assert line in section
    bare, place = "\n".join(parts), 'place = "first"\n'
    return bare, bare.replace(place, f"{place}{line}\n") + defence


def test_scenarios__attack__is_caught_with_the_line_that_is_shown(tmp_path):
    [shown] = blocks(page("docs/scenarios.md").split("## Steps and expectations")[1], "text")[:1]
    record = simulate(load_scenario(written(tmp_path, attack()[0])), engine="revm")
    first, *more = failed_expectations(record)
    assert shown.text == f"isomargin: {failure_text(first)}; and {len(more)} more failed\n"


def test_scenarios__defence__holds(tmp_path):
    record = simulate(load_scenario(written(tmp_path, attack()[1])), engine="revm")
    assert failed_expectations(record) == []
    assert [row.success for row in record.steps] == [True, True, False]
