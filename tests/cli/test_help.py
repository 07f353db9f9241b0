"""Help that teaches: what a scenario is, where to begin, what an option takes, how a command ends."""

from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = "examples/black_thursday.toml"


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch):
    """So that no sentence is broken where a test looks for it."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help__of_all__explains_scenario_example_and_exit_codes(command, option):
    ended = command(option)

    assert (ended.code, ended.err) == (0, "")
    assert "A scenario is one TOML file: the market, its traders and keepers, and the prices" in ended.out
    assert f"isomargin run {EXAMPLE}" in ended.out
    assert (ROOT / EXAMPLE).exists()
    for code, meaning in {
        0: "the books balance",
        1: "an invariant broke",
        2: "bad input",
        130: "interr",
    }.items():
        assert f"{code} " in ended.out
        assert meaning in ended.out


def test_help__of_run__explains_every_option(command):
    ended = command("run", "--help")

    assert (ended.code, ended.err) == (0, "")
    for word in ("FILE", "--prices", "--seed", "--out", "--json", "report.html", "summary.json", "Parquet"):
        assert word in ended.out
    assert f"isomargin run {EXAMPLE}" in ended.out
    assert "Exit codes" in ended.out


def test_no_arguments__prints_help_and_asks_for_more(command):
    ended = command()

    assert ended.code == 2
    assert "isomargin run" in ended.out


def test_version__is_the_packages(command):
    ended = command("--version")

    assert (ended.code, ended.out, ended.err) == (0, f"isomargin {version('isomargin')}\n", "")
