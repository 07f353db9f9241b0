"""Whatever a user gets wrong is one line on standard error and exit code 2, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL

HEADER = "time,open,high,low,close\n"
GOOD = "2020-03-12T00:00:00Z,100,101,99,100\n2020-03-12T01:00:00Z,100,101,99,100\n"

# What is wrong: files by name, arguments after `isomargin`, and words that the message must have.
WRONG: dict[str, tuple[dict[str, str], str, tuple[str, ...]]] = {
    "missing file": ({}, "run none.toml", ("none.toml: no such file",)),
    "directory as file": ({}, "run .", ("expected a scenario file, found a directory",)),
    "no file": ({}, "run", ("FILE",)),
    "two files": ({}, "run small.toml small.toml", ("small.toml",)),
    "empty file": ({"s.toml": ""}, "run s.toml", ("s.toml: prices: missing",)),
    "bad TOML": ({"s.toml": SMALL + "x = = 1\n"}, "run s.toml", ("s.toml:17: not TOML",)),
    "bytes that are no text": ({"s.toml": "name = '\udcff'\n"}, "run s.toml", ("s.toml:1: expected UTF-8",)),
    "unknown key": (
        {"s.toml": SMALL + "[risk]\npolcy = 'full'\n"},
        "run s.toml",
        ("s.toml:18: risk.polcy: unknown key", 'did you mean "policy"?'),
    ),
    "negative leverage": (
        {"s.toml": SMALL.replace("min = 15", "min = -15")},
        "run s.toml",
        ("s.toml:10: traders.leverage.min: expected a number from 1 to 1000, found '-15'",),
    ),
    "price of zero": (
        {"s.toml": SMALL.replace("80, 80", "80, 0")},
        "run s.toml",
        ("s.toml:5: prices.values[3]: expected a price above zero, found '0'",),
    ),
    "text in a price": (
        {"s.toml": SMALL.replace("80, 80", "80, 'low'")},
        "run s.toml",
        ("s.toml:5: prices.values[3]: expected a price, found 'low'",),
    ),
    "seed in the file": (
        {"s.toml": SMALL.replace("seed = 3", "seed = -3")},
        "run s.toml",
        ("s.toml:2: seed: expected a whole number from 0",),
    ),
    "missing candles": ({}, "run small.toml --prices none.csv", ("none.csv: no such file",)),
    "directory as candles": ({}, "run small.toml --prices .", ("expected a CSV or Parquet file",)),
    "empty candles": ({"c.csv": ""}, "run small.toml --prices c.csv", ("c.csv: expected candles",)),
    "candles without a close": (
        {"c.csv": "time,open,high,low\n2020-01-01,1,1,1\n"},
        "run small.toml --prices c.csv",
        ("c.csv: no column for close",),
    ),
    "candles with a gap": (
        {
            "c.csv": HEADER
            + GOOD
            + "2020-03-12T03:00:00Z,100,101,99,100\n2020-03-12T04:00:00Z,100,101,99,100\n"
        },
        "run small.toml --prices c.csv",
        ("c.csv:4: time: expected a candle every 3600 s, found a gap of 7200 s",),
    ),
    "candle with text": (
        {"c.csv": HEADER + GOOD + "2020-03-12T02:00:00Z,100,high,99,100\n"},
        "run small.toml --prices c.csv",
        ("c.csv:4: high: expected a price, found 'high'",),
    ),
    "candle of zero": (
        {"c.csv": HEADER + GOOD + "2020-03-12T02:00:00Z,100,101,0,100\n"},
        "run small.toml --prices c.csv",
        ("c.csv:4: low: expected a price above zero",),
    ),
    "candle upside down": (
        {"c.csv": HEADER + GOOD + "2020-03-12T02:00:00Z,100,98,99,100\n"},
        "run small.toml --prices c.csv",
        ("c.csv:4: high: expected at least the low of 99, found 98",),
    ),
    "negative seed": ({}, "run small.toml --seed -1", ("'--seed'", "greater than or equal to 0")),
    "seed beyond 64 bits": ({}, f"run small.toml --seed {2**63}", ("'--seed'", "less than or equal to")),
    "seed that is no number": ({}, "run small.toml --seed one", ("'--seed'", "integer")),
    "seed with a fraction": ({}, "run small.toml --seed 1.5", ("'--seed'", "integer")),
    "option without a value": ({}, "run small.toml --seed", ("--seed",)),
    "unknown option": ({}, "run small.toml --sead 1", ("--sead", "--seed")),
    "unknown command": ({}, "ran small.toml", ("'ran'",)),
    "unknown option of all": ({}, "--colour", ("--colour",)),
}


@pytest.fixture
def folder(small: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with `small.toml` in it."""
    monkeypatch.chdir(small.parent)
    return small.parent


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input__each__is_one_line_and_exit_code_2(command, folder, case):
    files, arguments, words = WRONG[case]
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", errors="surrogateescape")

    ended = command(*arguments.split())

    assert (ended.code, ended.out) == (2, "")
    [line] = ended.err.splitlines()
    assert line.startswith("isomargin: ")
    for expected in words:
        assert expected in line


# The real commands, from a shell


def in_a_shell(folder, *words):
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "program",
    [[str(Path(sys.executable).with_name("isomargin"))], [sys.executable, "-m", "isomargin"]],
    ids=["isomargin", "python -m isomargin"],
)
def test_command__from_a_shell__is_the_same(folder, program):
    wrong = in_a_shell(folder, *program, "run", "none.toml")
    right = in_a_shell(folder, *program, "run", "small.toml", "--json")

    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "isomargin: none.toml: no such file\n"
    assert (right.returncode, right.stderr) == (0, "")
    assert right.stdout.startswith('{\n  "scenario": "small"')


def test_command__reader_that_leaves__gets_no_traceback(folder):
    """Like `isomargin run small.toml | head -0`."""
    script = f"{sys.executable} -m isomargin --help | head -c 0"
    ended = in_a_shell(folder, "bash", "-c", script)

    assert "Traceback" not in ended.stderr
