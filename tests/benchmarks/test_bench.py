"""The benchmarks run, compare what they say they compare, and fail as they should; no time is asserted."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import venv
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import pytest

from benchmarks.black_thursday import Timers, gas_limit, scenario_with
from benchmarks.command import BENCHMARKS, main
from benchmarks.demo import demo
from benchmarks.machine import warning_of
from benchmarks.nodes import OneByOneSide, anvil, node_side
from benchmarks.other_process import Missing, other_process, run_module
from benchmarks.rows import Bench, Bound, Row, compared
from benchmarks.sides import Measured, Side, chain_side, play_in_turn
from benchmarks.transactions import overhead
from benchmarks.workload import SEGMENT, market, six_slots, stocked_market
from isomargin.errors import IsomarginError
from isomargin.units import to_wad
from tests.project.tree import ROOT

ROW_FIELDS = {
    "benchmark", "subject", "ours", "theirs", "ratio", "ours_value", "theirs_value", "unit", "target",
    "rounds", "clock", "note", "details", "reached",
}  # fmt: skip


def read(path: Path) -> dict:
    """A written run, whose shape is checked on the way."""
    run = json.loads(path.read_text(encoding="utf-8"))
    assert set(run) == {"machine", "quick", "complete", "rows"}
    assert set(run["machine"]) == {"processors", "load", "system", "python", "versions"}
    assert all(set(row) == ROW_FIELDS for row in run["rows"])
    return run


def test_bench__book_and_overhead_of_tiny_size__rows_have_finite_ratios(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.transactions.WORKLOADS", (six_slots,))
    written = tmp_path / "new" / "bench.json"
    tiny = ["--quick", "--sizes", "40", "--rounds", "1"]
    assert main(["book", "overhead", *tiny, "--json", str(written)]) == 0
    run = read(written)
    assert run["complete"]
    assert run["quick"]
    assert {row["benchmark"] for row in run["rows"]} == {"book", "overhead"}
    for row in run["rows"]:
        for figure in ("ratio", "ours_value", "theirs_value"):
            assert math.isfinite(row[figure])
            assert row[figure] > 0
    against = {(row["ours"], row["theirs"]) for row in run["rows"]}
    assert against >= {
        ("revm", f"pyrevm {version('pyrevm')}"),
        ("py-evm", "py-evm's mine_all, plain machine"),
    }
    assert "extrapolated from a page" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["book", "nonsense"],
        ["--nonsense"],
        ["book", "--sizes", "0"],
        ["book", "--json"],
        ["--peers", "nowhere"],
    ],
)
def test_bench__wrong_name_or_option__is_one_line_and_exit_code_two(arguments, capsys):
    try:
        code: object = main(arguments)
    except SystemExit as exit_:
        code = exit_.code
    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    assert len(told.err.splitlines()) == 1


def test_bench__list__names_every_benchmark(capsys):
    assert main(["--list"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert (
        listed
        == ["transactions", "overhead", "views", "book", "demo", "server", "startup"]
        == list(BENCHMARKS)
    )


def test_bench__ctrl_c__prints_and_writes_what_was_measured(tmp_path, monkeypatch, capsys):
    def interrupted(bench: Bench):
        yield Row("book", "first", "ours", "theirs", ratio=2.0)
        raise KeyboardInterrupt

    monkeypatch.setattr("benchmarks.book.book", interrupted)
    written = tmp_path / "bench.json"
    assert main(["book", "startup", "--json", str(written)]) == 130
    run = read(written)
    assert not run["complete"]
    assert [row["subject"] for row in run["rows"]] == ["first"]
    assert "first" in capsys.readouterr().out


def test_bench__one_benchmark_fails__others_are_measured_and_the_exit_code_is_one(
    tmp_path, monkeypatch, capsys
):
    def failing(bench: Bench):
        yield Row("book", "before", "ours")
        raise AssertionError("anvil did not answer")

    monkeypatch.setattr("benchmarks.book.book", failing)
    monkeypatch.setattr("benchmarks.startup.startup", lambda bench: iter([Row("startup", "later", "ours")]))
    written = tmp_path / "bench.json"
    assert main(["book", "startup", "--json", str(written)]) == 1
    assert [row["subject"] for row in read(written)["rows"]] == ["before", "later"]
    assert "bench: book: AssertionError: anvil did not answer" in capsys.readouterr().err


def test_bench__file_that_cannot_be_written__is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.book.book", lambda bench: iter(()))
    assert main(["book", "--json", str(tmp_path)]) == 2
    assert f"--json {tmp_path}" in capsys.readouterr().err


@pytest.fixture(scope="module")
def empty_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has nothing installed."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=True)
    return str(folder / "bin" / "python")


@pytest.mark.parametrize(
    ("peer", "package"),
    [("titanoboa", "titanoboa"), ("pyrevm", "pyrevm"), ("verbs", "verbs"), ("simular", "simular-evm")],
)
def test_other_process__peer_that_is_nowhere__is_named_with_what_to_install(
    peer, package, empty_python, tmp_path
):
    workload = six_slots("revm", 1).write(tmp_path)
    with (
        pytest.raises(Missing, match=f"^not installed: pip install {package}$"),
        other_process(peer, workload, interpreters=[empty_python]),
    ):
        pass


def test_overhead__peer_that_is_missing__is_named_in_its_row_and_the_others_are_measured(
    empty_python, monkeypatch
):
    monkeypatch.setattr("benchmarks.transactions.WORKLOADS", (six_slots,))
    rows = list(overhead(Bench(is_quick=True, rounds=1, interpreters=[empty_python])))
    assert [(row.theirs, row.ratio, row.note) for row in rows[:1]] == [
        ("pyrevm", None, "not installed: pip install pyrevm")
    ]
    assert [row.ours for row in rows[1:]] == ["py-evm", "py-evm-plain"]


class Peer:
    """A side of which is known what it takes."""

    def __init__(self, seconds: list[float], *, fails_in: int = -1) -> None:
        self.seconds, self.fails_in = seconds, fails_in
        self.played: list[int] = []

    def play(self, number: int) -> Measured:
        self.played.append(number)
        if self.seconds[number] < 0:
            raise KeyboardInterrupt
        return Measured(self.seconds[number], 0.0, (True, number != self.fails_in))


def test_play_in_turn__three_segments__first_is_not_counted():
    sides: dict[str, Side] = {"slow": Peer([9.0, 2.0, 4.0]), "fast": Peer([9.0, 1.0, 1.0])}
    played = play_in_turn(Bench(), sides, 2)
    assert {name: [each.processor for each in side] for name, side in played.items()} == {
        "slow": [2.0, 4.0],
        "fast": [1.0, 1.0],
    }


def test_play_in_turn__somebody_fails__nobody_is_measured():
    with pytest.raises(IsomarginError, match="failing: 1 transactions of round 1 failed"):
        play_in_turn(Bench(), {"sound": Peer([1.0] * 3), "failing": Peer([1.0] * 3, fails_in=1)}, 2)


def test_play_in_turn__ctrl_c_in_the_second_round__keeps_the_first_and_ends_the_run():
    bench = Bench()
    played = play_in_turn(bench, {"one": Peer([1.0, 2.0, 3.0]), "other": Peer([1.0, 5.0, -1.0])}, 2)
    assert [len(side) for side in played.values()] == [1, 1]
    with pytest.raises(KeyboardInterrupt):
        bench.tell("next")


def test_compared__rounds__ratio_is_the_median_of_their_ratios():
    row = compared([1.0, 2.0, 10.0], [3.0, 8.0, 20.0], work=100, benchmark="b", subject="s", ours="a")
    assert (row.ratio, row.ours_value, row.theirs_value, row.rounds) == (3.0, 50.0, 12.5, 3)
    row = compared([1.0, 2.0, 10.0], [4.0, 4.0, 20.0], benchmark="b", subject="s", ours="a")
    assert (row.ratio, row.ours_value, row.theirs_value, row.unit) == (0.5, 2_000.0, 4_000.0, "ms")


@pytest.mark.parametrize(
    ("bound", "kept", "missed"), [(Bound(2), 2.0, 1.9), (Bound(2, is_least=False), 2.0, 2.1)]
)
def test_row__target__says_whether_it_is_reached(bound, kept, missed):
    assert Row("b", "s", "a", ratio=kept, target=bound).as_json()["reached"] is True
    assert Row("b", "s", "a", ratio=missed, target=bound).as_json()["reached"] is False
    assert Row("b", "s", "a", target=bound).as_json()["reached"] is None


@pytest.mark.parametrize(("load", "warns"), [(2.0, False), (2.01, True)])
def test_warning__load_above_the_processors__is_given(load, warns):
    assert bool(warning_of({"processors": 2, "load": [load, 0.0, 0.0]})) is warns


@pytest.mark.parametrize("make", [market, six_slots])
def test_workload__two_segments__all_succeed_on_another_engine_than_recorded(make):
    side = chain_side("py-evm", make("revm", 2))
    for number in range(2):
        assert side.play(number).successes == (True,) * SEGMENT


def test_scenario__ten_times_the_traders__room_grows_with_them():
    usual, larger = scenario_with(240), scenario_with(2_400)
    assert larger.traders.count == 2_400
    assert usual.pool.providers[0].deposit == to_wad(20_000_000)
    assert larger.pool.providers[0].deposit == to_wad(200_000_000)
    assert larger.market.max_skew == 10 * usual.market.max_skew
    assert (gas_limit(240), gas_limit(2_400)) == (36_000_000, 360_000_000)


def test_timers__door_within_a_door__inner_time_is_not_counted_twice(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr("benchmarks.black_thursday.time.perf_counter", lambda: next(clock))

    class Inner:
        def work(self) -> str:
            return "done"

    class Outer:
        def work(self) -> str:
            return Inner().work()

    timers = Timers()
    timers.watch("inner", Inner, ("work",))
    timers.watch("outer", Outer, ("work",))
    assert Outer().work() == "done"
    timers.switch()
    # the clock ticks at each door: in, in, out, out, and at the end
    assert timers.seconds == {"": 2, "outer": 2, "inner": 1}
    assert timers.calls == 2


def test_bench__sent_sigint__ends_with_its_workers(tmp_path):
    written = tmp_path / "bench.json"
    heeding = (  # a shell lets what it starts behind ignore the signal
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('benchmarks', run_name='__main__')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", heeding, "overhead", "--quick", "--json", str(written)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    for line in process.stderr:
        if "round 2" in line:
            process.send_signal(signal.SIGINT)
            break
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert [row["ours"] for row in read(written)["rows"]] == ["revm"]


def test_black_thursday__few_traders__shares_add_up_and_books_balance():
    told = run_module("benchmarks.black_thursday", "revm", "5", patience=120)
    assert math.isclose(sum(told["shares"].values()), 1)
    assert set(told["shares"]) == {"ABI", "EVM", "book", "checks", "people", "records", "rest"}
    assert told["counts"]["positions"] == 5
    assert told["counts"]["violations"] == 0
    assert told["memory"] > 0


def test_peak_memory__parent_that_holds_much__is_not_counted():
    held = bytearray(300 * 2**20)
    held[:: 2**12] = b"1" * len(held[:: 2**12])  # so that it is really there
    program = "from benchmarks.black_thursday import peak_memory; print(peak_memory())"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)
    assert 10 < float(told.stdout) < 290


def test_demo__engine_too_slow_for_the_size__is_left_out_with_the_reason(monkeypatch):
    told = {"processor": 2.0, "wall": 4.0, "memory": 1.0, "shares": {"EVM": 1.0}, "counts": {}, "timers": 0.0}
    monkeypatch.setattr("benchmarks.demo.run_module", lambda *arguments, patience: told)
    py_evm, revm, node = demo(Bench(sizes=[20_000]))
    assert py_evm.note == node.note == "left out: above 2,000 traders only with --full"
    assert (revm.ours_value, revm.ratio) == (2.0, None)


def test_demo__run_beyond_its_bound__is_told_and_the_next_goes_on(monkeypatch):
    def run(module: str, engine: str, traders: str, patience: float):
        if engine == "py-evm":
            raise Missing(f"took longer than {patience:.0f} s")
        return {"processor": 2.0, "wall": 4.0, "memory": 1.0, "shares": {}, "counts": {}, "timers": 0.0}

    monkeypatch.setattr("benchmarks.demo.run_module", run)
    py_evm, revm, _ = demo(Bench(is_quick=True, sizes=[200]))
    assert py_evm.note == "took longer than 240 s"
    assert revm.ours_value == 2.0


def test_run_module__program_that_lasts__is_ended_at_its_bound():
    with pytest.raises(Missing, match="took longer than 0 s"):
        run_module("benchmarks.beginning", "deploy", "py-evm", patience=0.05)


@pytest.mark.parametrize("arguments", [("import", "isomargin"), ("deploy", "revm")])
def test_beginning__import_or_deployment__tells_seconds(arguments):
    assert run_module("benchmarks.beginning", *arguments, patience=120)["seconds"] > 0


def test_stocked_market__seventy_positions__are_open_and_sound():
    system = stocked_market("revm", 70)
    assert system.last_id() == len(system.open_positions()) == 70
    assert system.liquidatable() == []


def test_anvil__market_in_blocks_and_one_by_one__everything_succeeds():
    workload = market("revm", 2)
    with ExitStack() as stack:
        try:
            first, second = stack.enter_context(anvil()), stack.enter_context(anvil())
        except Missing as reason:
            pytest.skip(str(reason))
        for side in (node_side(first, workload), OneByOneSide(second, workload)):
            for number in range(2):
                assert side.play(number).successes == (True,) * SEGMENT


def test_anvil__none_on_this_machine__is_told_and_not_skipped(monkeypatch):
    monkeypatch.setattr("tests.chain.anvil._anvil_program", lambda: None)
    with pytest.raises(Missing, match=r"^not installed: no anvil: .*ANVIL"), anvil():
        pass
