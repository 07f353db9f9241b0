"""`isomargin sweep`: play a scenario over parameters and seeds, and say what comes of it."""

from __future__ import annotations

import json as json_format
import os
import re
import shlex
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pyarrow.compute as pa_compute
import typer

from isomargin.cli.exits import FAILED, INTERRUPTED, complain
from isomargin.cli.keeping import check_writable
from isomargin.cli.sweep_optimum import optimum_numbers, print_optimum, trials_shown
from isomargin.cli.sweep_progress import checking_bar, sweep_bar
from isomargin.cli.sweep_table import outcome_numbers, print_outcomes
from isomargin.errors import InputError, SweepStopped
from isomargin.sweep import (
    Crew,
    Plan,
    Store,
    SweepResults,
    check_points,
    cluster_workers,
    local_workers,
    open_store,
    plan_sweep,
    read_results,
    run_sweep,
)
from isomargin.sweep.analysis import Analysis
from isomargin.sweep.optimisation import search
from isomargin.sweep.page import write_sweep_page
from isomargin.sweep.trials import read_problem

__all__ = ["SWEEP_EXIT_CODES", "sweep"]

SWEEP_EXIT_CODES = (
    "Exit codes: **0** every run was played, **1** runs failed, or the sweep could not go on (what is "
    "finished is kept), **2** bad input, **130** interrupted."
)
_RUNS_OF_A_PROCESS = 2_000  # then another takes its place: nothing that it may have gathered is for ever
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_LEAST_MEMORY = 2**26  # an interpreter alone has more

_File = Annotated[Path, typer.Argument(metavar="FILE", help="The sweep, a TOML file.")]
_Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Where the results are kept, and looked for if the sweep was begun before; `out/` and the name "
        "of the file if not given.",
    ),
]
_Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="The EVM, in place of the file's: `revm`, the default where it is installed, or `py-evm`.",
    ),
]
_Processes = Annotated[
    int | None,
    typer.Option(
        "-j", "--processes", metavar="N", min=1, max=512, help="Runs at once; as many as there are cores."
    ),
]
_Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Play on a Dask cluster that runs already, by the address of its scheduler, "
        "`tcp://host:8786`. Its workers need the same isomargin and nothing else "
        "(`pip install 'isomargin[sweep]'`).",
    ),
]
_Memory = Annotated[
    str | None,
    typer.Option(
        "--memory-limit",
        metavar="SIZE",
        help="Address space that each process may have, `4GB`: a run that wants more ends the sweep, not the "
        "machine.",
    ),
]
_Optimise = Annotated[
    bool,
    typer.Option(
        "--optimise",
        help="Do not play the design but search: for the point with the least `minimise` that meets "
        "`subject_to` of the file's table `[optimise]`.",
    ),
]
_Over = Annotated[
    str | None,
    typer.Option(
        "--over",
        metavar="NAMES",
        help="Parameters that `--optimise` searches, separated by commas; all if not given. The others take "
        "all their values in every trial.",
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")]


def sweep(
    file: _File,
    out: _Out = None,
    engine: _Engine = None,
    processes: _Processes = None,
    scheduler: _Scheduler = None,
    memory_limit: _Memory = None,
    optimise: _Optimise = False,
    over: _Over = None,
    json: _Json = False,
) -> int:
    """Play a scenario many times, over parameters, price generators and seeds, and say what comes of it.

        isomargin sweep examples/sweeps/small.toml

        isomargin sweep margins.toml --out out/margins -j 8

        isomargin sweep margins.toml --scheduler tcp://10.0.0.5:8786

        isomargin sweep margins.toml --optimise --over health_target

    Every point of the sweep gets the same seeds. A run is the same to the byte whoever plays it, and
    `results.parquet` the same bytes whatever the number of workers.

    Ctrl-C, a kill, a full disk: what is finished is kept, and the same command goes on from there. See
    docs/sweeps.md.
    """
    _check_options(processes, scheduler, memory_limit)
    if over is not None and not optimise:
        raise InputError("--over: belongs to --optimise, which is not there")
    if optimise:
        options = _Options(file, out, engine, processes, scheduler, memory_limit)
        return _search(options, [name.strip() for name in over.split(",")] if over else [], as_json=json)
    folder = out if out is not None else Path("out") / file.stem
    try:
        plan = plan_sweep(file, engine=engine)
        with checking_bar(plan.info.points) as on_checked:
            check_points(plan, on_checked)
    except KeyboardInterrupt:
        return complain("interrupted; no run was begun", INTERRUPTED)
    check_writable(folder)
    store = open_store(folder, plan)
    workers, round_size = _workers(plan, processes, scheduler, memory_limit)
    go_on = _command(file, folder, engine, processes, scheduler, memory_limit)
    try:
        with sweep_bar(plan.info.name, len(store.done)) as on_progress:
            is_whole = run_sweep(plan, store, workers, on_progress=on_progress, round_size=round_size)
    except SweepStopped as error:
        return complain(f"{error}; {_kept(plan, store)}; to go on: {go_on}", FAILED)
    if not is_whole:
        return complain(f"interrupted; {_kept(plan, store)}; to go on: {go_on}", INTERRUPTED)
    results = read_results(folder)
    analysis = Analysis(results)
    write_sweep_page(analysis, folder / "report.html", command=go_on)
    return _told(results, analysis, folder, as_json=json)


@dataclass(frozen=True)
class _Options:
    """What says who plays and where it is kept."""

    file: Path
    out: Path | None
    engine: str | None
    processes: int | None
    scheduler: str | None
    memory_limit: str | None


def _search(options: _Options, names: Sequence[str], *, as_json: bool) -> int:
    """Search for the best point, and say what was found."""
    file, engine = options.file, options.engine
    folder = options.out if options.out is not None else Path("out") / f"{file.stem}-optimum"
    problem = read_problem(file, names)
    plan = plan_sweep(file, engine=engine)
    check_writable(folder)
    workers, _ = _workers(plan, options.processes, options.scheduler, options.memory_limit)
    go_on = _command(file, folder, engine, options.processes, options.scheduler, options.memory_limit)
    go_on += f" --optimise --over {shlex.quote(','.join(names))}" if names else " --optimise"
    try:
        with trials_shown() as on_progress:
            found = search(plan, problem, folder, workers, on_progress=on_progress)
    except SweepStopped as error:
        return complain(f"{error}; what is finished is kept; to go on: {go_on}", FAILED)
    if found is None:
        return complain(f"interrupted; what is finished is kept; to go on: {go_on}", INTERRUPTED)
    write_sweep_page(Analysis(read_results(folder)), folder / "report.html", command=go_on, optimum=found)
    if as_json:
        typer.echo(json_format.dumps({"folder": str(folder), **optimum_numbers(found)}, indent=2))
    else:
        print_optimum(found, folder)
    return 0 if found.best is not None else complain("no trial met all constraints", FAILED)


def _check_options(processes: int | None, scheduler: str | None, memory_limit: str | None) -> None:
    if scheduler is not None and (processes is not None or memory_limit is not None):
        option = "-j" if processes is not None else "--memory-limit"
        raise InputError(f"--scheduler: not used with {option}, the cluster has its own workers")
    if memory_limit is not None:
        _bytes(memory_limit)


def _bytes(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    size = int(float(match[1]) * 1024 ** _POWERS[match[2].lower()]) if match is not None else 0
    if size < _LEAST_MEMORY:
        raise InputError(f"--memory-limit {text}: expected a size of 64 MB or more, such as 4GB")
    return size


def _workers(
    plan: Plan, processes: int | None, scheduler: str | None, memory_limit: str | None
) -> tuple[Callable[[], AbstractContextManager[Crew]], int | None]:
    """Who plays, and after how many runs others take their places."""
    if scheduler is not None:
        return (lambda: cluster_workers(plan.cargo, scheduler)), None
    count = min(processes or _cores(), plan.info.runs)
    limit = _bytes(memory_limit) if memory_limit is not None else None
    return (lambda: local_workers(plan.cargo, count, limit)), _RUNS_OF_A_PROCESS * count


def _cores() -> int:
    """Those that this process may use, not all that the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _kept(plan: Plan, store: Store) -> str:
    return f"{len(store.done):,} of {plan.info.runs:,} runs are kept in {store.folder}"


def _command(
    file: Path,
    folder: Path,
    engine: str | None,
    processes: int | None,
    scheduler: str | None,
    memory_limit: str | None,
) -> str:
    words = ["isomargin", "sweep", str(file), "--out", str(folder)]
    options = (
        ("--engine", engine), ("-j", processes), ("--scheduler", scheduler), ("--memory-limit", memory_limit)
    )  # fmt: skip
    for option, value in options:
        if value is not None:
            words += [option, str(value)]
    return shlex.join(words)


def _told(results: SweepResults, analysis: Analysis, folder: Path, *, as_json: bool) -> int:
    """Print what came of it, and complain of the runs that failed."""
    failed = (
        results.table.filter(pa_compute.field("error") != "").select(["run", "seed", "error"]).to_pylist()
    )
    if as_json:
        told = {
            "sweep": results.info.name,
            "folder": str(folder),
            "runs": results.info.runs,
            "points": results.info.points,
            "failed": len(failed),
            "engine": results.info.engine,
            "fingerprint": results.info.fingerprint,
            "report": str(folder / "report.html"),
            "outcomes": outcome_numbers(analysis),
        }
        typer.echo(json_format.dumps(told, indent=2))
    else:
        print_outcomes(analysis, folder)
    if not failed:
        return 0
    first = failed[0]
    return complain(
        f"{len(failed):,} of {results.info.runs:,} runs failed; the first, run {first['run']} with seed "
        f"{first['seed']}: {first['error']}",
        FAILED,
    )
