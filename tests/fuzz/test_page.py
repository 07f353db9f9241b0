"""`docs/fuzzing.md`: its table is made of counts, and names all that the machines can do."""

from __future__ import annotations

import pytest

from tests.fuzz.counts import DONE, Counts
from tests.fuzz.page import BEGIN, END, PAGE, table, write_page
from tests.fuzz.telling import load_counts, save_counts


@pytest.fixture
def machines() -> dict[str, Counts]:
    still, moving = Counts(), Counts()
    still.examples, moving.examples = 2, 1
    for outcome in (DONE, DONE, "market: price limit"):
        still.note("open", outcome)
    moving.note("push", DONE)
    moving.seen["bad debt"] += 3
    return {"static": still, "dynamic": moving}


def test_table__two_machines__shows_what_each_did(machines):
    assert table(machines) == (
        "The dynamic machine took 1 actions in 1 examples. "
        "The static machine took 3 actions in 2 examples.\n\n"
        "| action | dynamic: done | dynamic: refused | static: done | static: refused |\n"
        "| --- | ---: | ---: | ---: | ---: |\n"
        "| open | 0 | 0 | 2 | 1 |\n"
        "| push | 1 | 0 | 0 | 0 |\n\n"
        "| besides | dynamic | static |\n"
        "| --- | ---: | ---: |\n"
        "| bad debt | 3 | 0 |\n"
    )


def test_write_page__counts_of_a_run__stand_between_the_markers(machines, tmp_path):
    page, counts = tmp_path / "page.md", tmp_path / "counts.json"
    page.write_text(f"Before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    save_counts(machines, counts)
    assert write_page(page, counts) == 0
    assert page.read_text() == f"Before\n\n{BEGIN}\n\n{table(machines)}\n{END}\n\nafter\n"
    assert table(load_counts(counts)) == table(machines)


def test_write_page__no_run_yet__says_what_to_run(tmp_path, capsys):
    assert write_page(tmp_path / "page.md", tmp_path / "counts.json") == 2
    assert "run scripts/test tests/fuzz/test_machines.py" in capsys.readouterr().err


def test_counts__added_up__are_those_of_both(machines):
    total = Counts()
    for _ in range(2):
        total.add(Counts.from_dict(machines["static"].as_dict()))
    assert (total.examples, total.done("open"), total.refused("open")) == (4, 4, 2)
    assert total.refused_for("open", "market: price limit") == 2


def test_page__markers__are_there_once():
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)
