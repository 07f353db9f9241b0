"""`isomargin new`: what it writes, what it says, and where it refuses to write."""

from __future__ import annotations

import shlex

import pytest

from isomargin.scenario import load_scenario
from isomargin.simulation import simulate

FILES = [
    ".gitignore",
    "README.md",
    "contracts/Liquidator.vy",
    "keeper.py",
    "pytest.ini",
    "tests/test_crash.toml",
    "tests/test_keeper.py",
    "tests/test_liquidator.py",
]


@pytest.mark.parametrize("name", ["my-keeper", "deep/er", 'it\'s "mine" \N{ROCKET}'])
def test_new__folder_that_is_not_there__has_all_files_and_says_what_next(command, tmp_path, name):
    place = tmp_path / name
    ended = command("new", place)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[1:] == [f"  cd {shlex.quote(str(place))}", "  pytest"]
    written = [path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()]
    assert sorted(written) == FILES
    assert load_scenario(place / "tests" / "test_crash.toml").name == place.name
    assert (place / "README.md").read_text().startswith(f"# {place.name}\n")


def test_new__empty_folder__is_filled(command, tmp_path):
    assert command("new", tmp_path).code == 0
    assert (tmp_path / "README.md").exists()


def test_new__folder_with_a_file__is_left_alone(command, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    ended = command("new", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"isomargin: {tmp_path}: expected a new or an empty folder, found one with files\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_new__file_of_that_name__is_left_alone(command, tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    ended = command("new", file)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"isomargin: {file}: expected a new or an empty folder, found a file\n"


def test_new__below_a_file__is_one_line(command, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    ended = command("new", tmp_path / "mine.txt" / "project")
    assert ended.code == 2
    assert ended.err == f"isomargin: {tmp_path}/mine.txt/project: cannot be written: Not a directory\n"


def test_new__its_scenario__liquidates_and_balances(command, tmp_path):
    command("new", tmp_path)
    summary = simulate(load_scenario(tmp_path / "tests" / "test_crash.toml"), engine="revm").summary
    assert summary.liquidations.count > 0
    assert summary.invariants.violations == 0
