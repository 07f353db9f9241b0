"""How many runs of a sweep are played in a second, by one process and by several, on one machine."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

from benchmarks.machine import machine_facts
from benchmarks.table import new_console
from isomargin.errors import IsomarginError
from isomargin.sweep import (
    Plan,
    Progress,
    local_workers,
    open_store,
    plan_sweep,
    run_sweep,
    with_points,
)

__all__ = ["Speed", "main", "measure"]

_SWEEP = Path(__file__).resolve().parents[1] / "examples" / "sweeps" / "paths.toml"


@dataclass(frozen=True)
class Speed:
    """What one number of processes made of a sweep.

    Attributes
    ----------
    processes, runs : int
    seconds : float
        From the beginning to the last byte, the start of the processes included.
    runs_a_second : float
        From the first result to the last, so that a short sweep tells what a long one does.
    digest : str
        Of the results.
    """

    processes: int
    runs: int
    seconds: float
    runs_a_second: float
    digest: str


def measure(plan: Plan, processes: int, folder: Path) -> Speed:
    """Play a sweep from nothing with so many processes."""
    times: list[float] = []

    def on_progress(progress: Progress) -> None:
        times.append(perf_counter())

    store = open_store(folder, plan)
    begun = perf_counter()
    run_sweep(plan, store, lambda: local_workers(plan.cargo, processes), on_progress=on_progress)
    seconds = perf_counter() - begun
    # each process has one run in hand when the first result is in: those after them are timed whole
    timed = times[processes - 1 :]
    rate = (len(timed) - 1) / (timed[-1] - timed[0]) if len(timed) > 1 else len(times) / seconds
    digest = hashlib.sha256((folder / "results.parquet").read_bytes()).hexdigest()
    return Speed(processes, plan.info.runs, seconds, rate, digest)


def _shortened(plan: Plan, runs: int) -> Plan:
    """The sweep with as many seeds as make so many runs of its points, one at least."""
    seeds = plan.info.seeds[: max(1, runs // len(plan.points))]
    return with_points(replace(plan, info=replace(plan.info, seeds=seeds)), plan.points)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print ratios to the first number of processes."""
    parser = argparse.ArgumentParser(prog="sweep-speed", description=__doc__)
    parser.add_argument("--runs", type=int, default=40, help="in all, for each number of processes")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--engine", default=None)
    parser.add_argument("--sweep", type=Path, default=_SWEEP, metavar="FILE")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE")
    chosen = parser.parse_args(arguments)
    try:
        plan = _shortened(plan_sweep(chosen.sweep, engine=chosen.engine), chosen.runs)
    except IsomarginError as error:
        sys.stderr.write(f"sweep-speed: {error}\n")
        return 2
    console = new_console()
    console.print(f"{plan.info.runs} runs of {plan.info.scenario!r} on {plan.info.engine}")
    speeds: list[Speed] = []
    for processes in chosen.processes:
        with tempfile.TemporaryDirectory(prefix="isomargin-speed-") as folder:
            speeds.append(measure(plan, processes, Path(folder) / "out"))
        speed, first = speeds[-1], speeds[0]
        console.print(
            f"{processes:>3} processes  {speed.runs_a_second:8.3f} runs a second  "
            f"{speed.runs_a_second / first.runs_a_second:6.2f} x  {speed.seconds:8.1f} s in all  "
            f"{'the same bytes' if speed.digest == first.digest else 'OTHER BYTES'}",
        )
    if chosen.json is not None:
        facts = {"machine": machine_facts(), "speeds": [asdict(speed) for speed in speeds]}
        chosen.json.write_text(json.dumps(facts, indent=2, default=str) + "\n")
    return 0 if len({speed.digest for speed in speeds}) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
