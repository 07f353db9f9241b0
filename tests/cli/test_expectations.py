"""`isomargin run` on a scenario with a script: how it ends, and the one line that says why."""

import pytest

from isomargin.record import read
from tests.scenario.files import write

SCRIPT = """\
name = "script"
keepers = []
[prices]
values = [100, 100]
[traders]
count = 1
[[people]]
name = "eve"
tokens = 1_000
[[steps]]
label = "in"
at = 0
by = "eve"
open = { size = 5, margin = 100, as = "long" }
[[expect]]
"""
HOLDS = 'that = "profit(eve) <= 0"\n'
FAILS = 'that = "profit(eve) > 0"\nbecause = "she hoped"\n'


def test_run__all_that_was_expected__ends_well_and_is_kept(command, tmp_path):
    file = write(tmp_path, SCRIPT + HOLDS)
    ended = command("run", file, "--engine", "revm", "--out", tmp_path / "out")
    assert (ended.code, ended.err) == (0, "")
    assert "expectations    1 judged: all hold\n" in ended.out
    kept = read(tmp_path / "out")
    assert [row.label for row in kept.steps] == ["in"]
    assert [row.that for row in kept.expectations] == ["profit(eve) <= 0"]


def test_run__something_else__ends_with_one_and_one_line(command, tmp_path):
    ended = command("run", write(tmp_path, SCRIPT + FAILS), "--engine", "revm")
    assert ended.code == 1
    assert "expectations    1 judged: 1 FAILED\n" in ended.out
    [line] = ended.err.splitlines()
    assert line.startswith("isomargin: expected at the end: profit(eve) > 0, found -0.")
    assert line.endswith(" against 0 (she hoped)")


def test_run__several_things_else__are_counted(command, tmp_path):
    more = f'{FAILS}[[expect]]\nthat = "price == 1"\n'
    ended = command("run", write(tmp_path, SCRIPT + more), "--engine", "revm")
    [line] = ended.err.splitlines()
    assert line.endswith("; and 1 more failed")


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ('that = "profit(eve < 0"\n', ":16: expect[0].that: column 12: expected , or ), found '<'"),
        (
            'that = "events(Opened) > 0"\n',
            ":16: expect[0].that: expected the name of an event, found 'Opened'",
        ),
    ],
)
def test_run__a_script_that_cannot_be_played__ends_with_two_and_one_line(
    command, tmp_path, addition, message
):
    file = write(tmp_path, SCRIPT + addition)
    ended = command("run", file, "--engine", "revm")
    assert (ended.code, ended.out) == (2, "")
    [line] = ended.err.splitlines()
    assert line.startswith(f"isomargin: {file}{message}")
