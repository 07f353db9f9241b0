"""`isomargin run`: what it prints, what it writes, and how it ends."""

import json
import signal

import pytest

from isomargin.errors import ChainError
from isomargin.invariants import Finding, Monitor
from isomargin.record import TABLES, read
from isomargin.simulation import World
from isomargin.units import WAD

# Every key that a script may count on; money is decimal text.
KEYS = {
    "scenario": str,
    "engine": str,
    "seed": int,
    "blocks": int,
    "transactions": int,
    "positions": {"opened": int, "closed": int, "liquidated": int, "bankrupt": int, "open_at_end": int},
    "bad_debt": str,
    "insurance_fund": str,
    "pool": {"deposited": str, "assets_end": str, "pnl": str},
    "keeper": {"rewards": str, "gas_used": int, "gas_cost": str, "profit": str},
    "keepers": list,
    "missed": int,
    "waited": {"median": int, "most": int},
    "invariants": {"checked": int, "violations": int},
    "state_root": str,
}


def types_of(found, keys):
    return {
        name: types_of(found[name], kind) if isinstance(kind, dict) else type(found[name])
        for name, kind in keys.items()
    }


def test_run__json__prints_one_object_with_every_key_and_nothing_else(command, small):
    ended = command("run", small, "--json")
    summary = json.loads(ended.out)  # refuses anything before and after

    assert (ended.code, ended.err) == (0, "")
    assert types_of(summary, KEYS) == KEYS
    assert (summary["scenario"], summary["engine"], summary["seed"]) == ("small", "py-evm", 3)
    assert summary["blocks"] == 8
    assert summary["positions"]["liquidated"] == 3
    assert summary["pool"]["deposited"] == "20000000"
    assert summary["keeper"]["rewards"] == "15"  # three reserves of 5
    assert summary["invariants"]["violations"] == 0
    assert len(bytes.fromhex(summary["state_root"])) == 32


def test_run__for_people__tells_what_happened(command, small):
    ended = command("run", small)
    lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines()[1:])

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("small\n")
    assert lines["price"] == "first 100.00 lowest 80.00 highest 100.00 last 80.00"
    assert lines["positions"].startswith("3 opened, 0 closed, 3 liquidated (3 bankrupt), 0 open")
    assert lines["keepers"].startswith("15.00 USD rewards, ")
    assert "the books balance" in ended.out
    assert "\x1b" not in ended.out  # no colours in a pipe


def test_run__several_keepers__are_told_one_by_one_the_best_first(command, small):
    small.write_text(
        small.read_text()
        + '[[keepers]]\nname = "a-name-of-forty-letters-is-the-longest"\n'
        + '[[keepers]]\nname = "late"\nlatency = 1\n'
    )
    lines = command("run", small).out.splitlines()
    first, second = lines[lines.index(next(line for line in lines if line.startswith("keepers"))) + 1 :][:2]

    assert first.startswith("  a-name-of-forty-letters-is-the-longest 3 won, 0 lost, 0 failed, gas ")
    assert second.startswith("  late          0 won, 3 lost, 0 failed, gas ")
    assert second.endswith(" of it for nothing, profit -0.17 USD")


def test_run__nobody_there__says_what_was_missed(command, small):
    small.write_text("keepers = []\n" + small.read_text())
    ended = command("run", small)
    summary = json.loads(command("run", small, "--json").out)

    assert "missed          3 positions below maintenance at the end" in ended.out
    assert (summary["keepers"], summary["missed"]) == ([], 3)
    assert summary["waited"] == {"median": None, "most": None}


# Options


def test_run__seed__changes_people_and_not_prices(command, small, tmp_path):
    for seed in (None, 3, 4):
        option = ("--seed", seed) if seed is not None else ()
        assert command("run", small, *option, "--out", tmp_path / str(seed)).code == 0
    usual, same, other = (read(tmp_path / str(seed)) for seed in (None, 3, 4))

    assert same.blocks == usual.blocks
    assert other.run.seed == 4
    assert [row.price for row in other.blocks] == [row.price for row in usual.blocks]
    assert [row.size for row in other.positions] != [row.size for row in usual.positions]


def test_run__prices__plays_the_candles_instead(command, small, tmp_path):
    candles = tmp_path / "candles.csv"
    candles.write_text(
        "time,open,high,low,close\n"
        "2021-01-01T00:00:00Z,0.2,0.21,0.19,0.205\n"
        "2021-01-01T01:00:00Z,0.205,0.206,0.16,0.17\n"
    )

    assert command("run", small, "--prices", candles, "--out", tmp_path / "out").code == 0
    record = read(tmp_path / "out")

    # open, low, high, close of each candle; two blocks a price
    assert [row.price * 1000 // WAD for row in record.blocks[::2]] == [200, 190, 210, 205, 205, 160, 206, 170]
    assert record.summary.positions.opened == 3


def test_run__engine_revm__tells_the_same_without_gas_and_root(command, small, tmp_path):
    usual = json.loads(command("run", small, "--json").out)
    ended = command("run", small, "--engine", "revm", "--out", tmp_path / "out", "--json")
    quick = json.loads(ended.out)

    assert (ended.code, ended.err) == (0, "")
    assert (quick["engine"], quick["state_root"], quick["keeper"]["gas_used"]) == ("revm", "", None)
    for part in ("blocks", "positions", "liquidations", "bad_debt", "insurance_fund", "pool", "invariants"):
        assert quick[part] == usual[part]
    assert quick["keeper"]["rewards"] == usual["keeper"]["rewards"]

    run = read(tmp_path / "out").run
    assert run.command.endswith("--engine revm")
    assert "pyrevm" in run.versions
    assert "py-evm" not in run.versions
    page = (tmp_path / "out" / "report.html").read_text()
    assert "not counted" in page
    assert "not kept by this engine" in page


def test_run__engine_revm__for_people_says_what_it_does_not_know(command, small):
    ended = command("run", small, "--engine", "revm")
    lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines()[1:])

    assert ended.code == 0
    assert "(by the gas table)" in lines["keepers"]
    assert lines["state"] == "root      not kept by this engine"


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("abacus", "unknown engine 'abacus', expected one of: py-evm, py-evm-plain, revm, http://HOST:PORT"),
        ("revn", "unknown engine 'revn', did you mean revm?"),
    ],
)
def test_run__unknown_engine__one_line_and_exit_2(command, small, engine, expected):
    ended = command("run", small, "--engine", engine)
    assert (ended.code, ended.out) == (2, "")
    assert expected in ended.err
    assert len(ended.err.splitlines()) == 1


def test_run__engine_on_a_port_where_nothing_listens__one_line_and_the_command_to_start_it(command, small):
    ended = command("run", small, "--engine", "http://127.0.0.1:9")
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1
    assert "http://127.0.0.1:9" in ended.err
    assert "anvil --port 9 " in ended.err


# Files


@pytest.fixture
def kept(command, small, tmp_path):
    ended = command("run", small, "--seed", 5, "--out", tmp_path / "deep" / "out", "--json")
    assert ended.code == 0
    return ended, tmp_path / "deep" / "out"


def test_run__out__keeps_page_summary_and_tables(kept):
    ended, out = kept
    record = read(out)

    assert {file.name for file in out.iterdir()} == {
        *("report.html", "summary.json", "run.json"),
        *(f"{table}.{kind}" for table in TABLES for kind in ("parquet", "csv")),
    }
    assert (out / "summary.json").read_text() == ended.out
    assert record.summary.as_json() == ended.out
    assert record.summary.state_root in (out / "report.html").read_text()


def test_run__out__says_how_to_repeat_the_run_wherever_it_is_kept(kept, small):
    _, out = kept
    run = json.loads((out / "run.json").read_text())

    assert run["command"] == f"isomargin run {small} --seed 5"
    assert run["complete"] is True
    assert str(out) not in (out / "run.json").read_text() + (out / "report.html").read_text()


def test_run__out_for_people__tells_where(command, small, tmp_path):
    ended = command("run", small, "--out", tmp_path / "out")

    assert str(tmp_path / "out" / "report.html") in ended.out
    assert str(tmp_path / "out" / "summary.json") in ended.out


def test_run__no_out__writes_nothing(command, small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert command("run", small).code == 0
    assert [file.name for file in tmp_path.iterdir()] == ["small.toml"]


def test_run__out_that_cannot_be_written__is_refused_before_the_run(command, small, tmp_path, monkeypatch):
    monkeypatch.setattr("isomargin.cli.run.simulate", lambda *args, **kwargs: pytest.fail("it ran"))

    for out in (small, small / "below"):
        ended = command("run", small, "--out", out)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"isomargin: --out {out}: expected a directory to write to (")
        assert len(ended.err.splitlines()) == 1


def test_run__wrong_scenario__makes_no_directory(command, tmp_path):
    ended = command("run", tmp_path / "none.toml", "--out", tmp_path / "out")

    assert ended.code == 2
    assert list(tmp_path.iterdir()) == []


# Other ends


@pytest.fixture
def broken(monkeypatch):
    """Books that lack two units from the third block on."""
    observe = Monitor.observe

    def find_fault(monitor, block):
        findings = observe(monitor, block)
        if monitor.checked["I5"] > 5:
            findings.append(Finding("I5", block.number, 1, 1, "2 units are missing"))
        return findings

    monkeypatch.setattr(Monitor, "observe", find_fault)


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_run__invariant_that_breaks__ends_with_1_and_says_which(command, small, broken, option):
    ended = command("run", small, *option)

    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith("isomargin: I5 broke in block ")
    assert ended.err.endswith(": 2 units are missing\n")
    if option:
        assert json.loads(ended.out)["invariants"]["violations"] > 1
    else:
        assert "BROKEN" in ended.out
        assert "the books balance" not in ended.out


def test_run__interrupted__ends_with_130_and_keeps_what_was_played(command, small, tmp_path, monkeypatch):
    mine = World.mine

    def interrupted_mine(world, orders, timestamp=None):
        if timestamp == world.path[2].timestamp:
            signal.raise_signal(signal.SIGINT)
        return mine(world, orders, timestamp)

    monkeypatch.setattr(World, "mine", interrupted_mine)
    ended = command("run", small, "--out", tmp_path / "out", "--json")
    record = read(tmp_path / "out")

    assert ended.code == 130
    assert ended.err == f"isomargin: interrupted after block {record.blocks[-1].block}\n"
    assert json.loads(ended.out)["blocks"] == len(record.blocks) == 5
    assert not record.run.complete
    assert (tmp_path / "out" / "report.html").exists()


def test_run__interrupted_while_deploying__keeps_nothing(command, small, tmp_path, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("isomargin.simulation.loop.build_world", interrupt)
    ended = command("run", small, "--out", tmp_path / "out")

    assert (ended.code, ended.out) == (130, "")
    assert ended.err == "isomargin: interrupted; the run was not kept\n"
    assert list((tmp_path / "out").iterdir()) == []


def test_run__engine_that_fails__ends_with_1_and_one_line(command, small, monkeypatch):
    def fail(*arguments, **options):
        raise ChainError("block 7 refused:\nno reason")

    monkeypatch.setattr("isomargin.simulation.loop.build_world", fail)
    ended = command("run", small)

    assert (ended.code, ended.out, ended.err) == (1, "", "isomargin: block 7 refused: no reason\n")
