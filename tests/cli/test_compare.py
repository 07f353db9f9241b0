"""`isomargin compare`: the table, the object, the page, and what it refuses."""

import json
import shutil

import pytest

from isomargin.cli.keeping import keep
from isomargin.record import read
from isomargin.scenario import load_scenario
from isomargin.simulation import simulate
from isomargin.units import from_units, from_wad
from tests.cli.conftest import SMALL


def kept_run(folder, text, seed, name):
    """The folder of a run of a scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(text)
    keep(simulate(load_scenario(file, seed=seed), engine="revm"), folder / name)
    return folder / name


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three folders: a run without an insurance fund, the same with a small one, and one of another seed."""
    folder = tmp_path_factory.mktemp("runs")
    bare, insured = (f"{SMALL}\n[insurance]\ndeposit = {deposit}\n" for deposit in (0, 500))
    return [
        kept_run(folder, text, seed, name)
        for name, text, seed in (("usual", bare, 3), ("insured", insured, 3), ("other", bare, 4))
    ]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_compare__two_runs__tells_settings_then_what_differs_most(command, runs, here):
    ended = command("compare", *runs[:2])
    lines = ended.out.splitlines()

    assert (ended.code, ended.err) == (0, "")
    assert lines[:2] == ["A usual: small, seed 3, revm", "B insured: small, seed 3, revm"]
    assert ["setting", "A", "usual", "B", "insured"] in [line.split() for line in lines]
    assert ["insurance.deposit", "0", "500"] in [line.split() for line in lines]
    figures = lines[lines.index(next(line for line in lines if line.startswith("figure"))) + 1 :]
    usual, insured = (read(folder).summary.pool.pnl for folder in runs[:2])
    assert insured == usual + 500 * 10**6  # the fund paid what the pool would have lost
    assert figures[0].startswith("Pool result USD ")
    assert figures[0].endswith(f" +{500 * 10**6 / usual:.1%}")
    assert lines[-1] == "compare.html"
    assert (here / "compare.html").stat().st_size < 5_000_000


def test_compare__json__is_one_object_with_exact_differences(command, runs, here):
    ended = command("compare", *runs[:2], "--json")
    found = json.loads(ended.out)
    figures = {figure["key"]: figure for figure in found["differing"]}
    usual, insured = (read(folder).summary for folder in runs[:2])

    assert list(here.iterdir()) == []
    assert found["settings"] == [{"name": "insurance.deposit", "values": ["0", "500"]}]
    assert figures["pool_pnl"]["values"] == [from_units(usual.pool.pnl, 6), from_units(insured.pool.pnl, 6)]
    assert figures["pool_pnl"]["differences"] == ["0", "500"]
    equal = {figure["key"]: figure for figure in found["equal"]}
    assert equal["bad_debt"]["values"] == [from_wad(usual.bad_debt)] * 2
    assert equal["liquidated"]["values"] == [3, 3]
    assert found["fates"] == {"same_people": True, "compared": 3, "different": []}
    assert [keeper["name"] for keeper in found["keepers"]] == [usual.keepers[0].name]


def test_compare__json_with_out__writes_the_page_too(command, runs, here):
    ended = command("compare", *runs, "--json", "--out", "pages/all.html")

    assert len(json.loads(ended.out)["runs"]) == 3
    assert "usual against insured against other" in (here / "pages" / "all.html").read_text()


def test_compare__other_seed__does_not_compare_positions(command, runs, here):
    ended = command("compare", runs[0], runs[2])

    assert "other people: positions are not compared one by one" in ended.out
    assert [line.split() for line in ended.out.splitlines() if line.startswith("seed")] == [
        ["seed", "3", "4"]
    ]


def test_compare__a_run_with_itself__says_that_it_is_one(command, runs, here):
    ended = command("compare", runs[0], runs[0])

    assert "the same run: all end in the same block, byte for byte" in ended.out
    assert "each of 3 positions ended in the same way" in ended.out
    assert "figure " not in ended.out


def test_compare__open__shows_the_page(command, runs, here, opened):
    ended = command("compare", *runs, "--open", "--json")

    assert opened == [(here / "compare.html").as_uri()]
    assert ended.err == ""
    assert json.loads(ended.out)


def test_compare__folders_of_one_name__are_told_apart_by_their_parents(command, runs, here, tmp_path):
    for side, run in zip(("left", "right"), runs, strict=False):
        (tmp_path / side).mkdir()
        shutil.copytree(run, tmp_path / side / "run")
    ended = command("compare", tmp_path / "left" / "run", tmp_path / "right" / "run", "--json")

    assert [run["label"] for run in json.loads(ended.out)["runs"]] == ["left/run", "right/run"]


@pytest.mark.parametrize(
    ("count", "message"), [(1, "expected 2 to 8 runs to compare, found 1"), (9, "found 9")]
)
def test_compare__too_few_or_too_many__is_refused_in_one_line(command, runs, here, count, message):
    ended = command("compare", *[runs[0]] * count)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert message in ended.err
    assert list(here.iterdir()) == []


def test_compare__different_tokens__are_refused_in_one_line(command, runs, here, tmp_path):
    dai = kept_run(tmp_path, SMALL + '\n[token]\nsymbol = "DAI"\n', 3, "dai")
    ended = command("compare", runs[0], dai)

    assert ended.code == 2
    assert ended.err == (
        "isomargin: expected runs with one collateral token: usual counts in USD, dai in DAI\n"
    )


def test_compare__folder_without_a_run__is_refused_in_one_line(command, runs, here):
    ended = command("compare", runs[0], here)

    assert ended.code == 2
    assert (
        ended.err
        == f"isomargin: {here}: expected what `isomargin run --out` leaves, found no run.json in it\n"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("report", ("RUN_DIR", "--open", "--out", "Parquet or CSV", "isomargin report out/", "Exit codes")),
        ("compare", ("A B [C...]", "--open", "--out", "--json", "isomargin compare out/usual", "Exit codes")),
    ],
)
def test_help__of_report_and_compare__explains_every_option(command, monkeypatch, name, words):
    monkeypatch.setenv("COLUMNS", "200")
    ended = command(name, "--help")

    assert ended.code == 0
    assert [word for word in words if word not in ended.out] == []
