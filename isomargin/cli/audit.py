"""`isomargin audit`: play scenarios that say what must come of them, and tell which did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from isomargin.audit import (
    BadFile,
    Result,
    Settings,
    as_json,
    as_junit,
    filter_of,
    find_cases,
    play_all,
    replay,
)
from isomargin.cli.audit_table import print_results
from isomargin.cli.engines import DEFAULT_ENGINE, EngineOption
from isomargin.cli.exits import BAD_INPUT, FAILED, INTERRUPTED, complain
from isomargin.errors import InputError

__all__ = ["AUDIT_EXIT_CODES", "audit"]

AUDIT_EXIT_CODES = (
    "Exit codes: **0** all as expected, **1** something was not, **2** bad input, **130** interrupted."
)
_USUAL = Path("examples/audit")
_LARGEST_SEED = 2**63 - 1

_Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILES]", help="Scenarios, or folders of them; `examples/audit` if there is such a folder."
    ),
]
_Filter = Annotated[
    str | None,
    typer.Option(
        "-k",
        metavar="EXPRESSION",
        help="Only cases whose file and variant contain this; `and`, `or`, `not` and parentheses join.",
    ),
]
_Seed = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, max=_LARGEST_SEED, help="Seed in place of the scenarios' own."),
]
_Processes = Annotated[int, typer.Option("-j", metavar="N", min=1, max=256, help="So many at once.")]
_Junit = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML.")]
_Json = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the results as JSON.")]
_Bundles = Annotated[
    Path, typer.Option(metavar="DIR", help="Where failing runs are put, each as a file of its own.")
]
_Replay = Annotated[
    Path | None,
    typer.Option(
        "--replay", metavar="BUNDLE", help="Play the run of a bundle again, and say if it is the same."
    ),
]
_Durations = Annotated[bool, typer.Option("--durations", help="Say how long each case took.")]


def audit(
    files: _Files = None,
    only: _Filter = None,
    engine: EngineOption = DEFAULT_ENGINE,
    seed: _Seed = None,
    processes: _Processes = 1,
    junit: _Junit = None,
    json: _Json = None,
    bundles: _Bundles = Path("out/audit"),
    replayed: _Replay = None,
    durations: _Durations = False,
) -> int:
    """Play every variant of scenarios that say what must come of them, and tell which did not.

        isomargin audit my/scenarios --engine revm -j 4

        isomargin audit pump.toml -k "defence=off and not policy=full"

        isomargin audit --junit audit.xml --json audit.json

    A case fails if a step ends otherwise than it must, an expectation is missed or the books do not balance.
    It then leaves a bundle: the scenario and all files behind it, which another machine plays again,

        isomargin audit --replay out/audit/pump-defence=off.json

    to the same byte. See docs/audit.md.
    """
    if replayed is not None:
        if files or only is not None or seed is not None or engine != DEFAULT_ENGINE:
            raise InputError("--replay: a bundle says it all; not used with FILES, -k, --seed or --engine")
        return _replay(replayed)
    wanted = filter_of(only) if only is not None else None
    found, bad = find_cases(files or _usual())
    cases = [case for case in found if wanted is None or wanted(case)]
    if wanted is not None and not cases and not bad:
        raise InputError(f"-k {only!r}: expected a part of the name of one of {len(found)} cases, found none")
    for one in bad:
        complain(one.message, BAD_INPUT)
    with _progress_bar(len(cases)) as on_result:
        results, complete = play_all(
            cases, Settings(engine, seed, bundles), processes=processes, on_result=on_result
        )
    for message in dict.fromkeys(result.error for result in results if result.is_bad_input):
        complain(message, BAD_INPUT)
    print_results(results, durations=durations)
    _write(junit, "--junit", as_junit(results, bad, durations=durations))
    _write(json, "--json", as_json(results, bad, complete=complete, durations=durations))
    if not complete:
        return complain(f"interrupted after {len(results)} of {len(cases)} cases", INTERRUPTED)
    return _exit_code(results, bad)


def _usual() -> list[Path]:
    if not _USUAL.is_dir():
        raise InputError(f"expected scenario files or folders: there is no {_USUAL}")
    return [_USUAL]


def _exit_code(results: list[Result], bad: list[BadFile]) -> int:
    if bad or any(result.is_bad_input for result in results):
        return BAD_INPUT
    return 0 if all(result.verdict == "pass" for result in results) else FAILED


def _write(path: Path | None, option: str, text: str) -> None:
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{option} {path}: cannot be written: {error.strerror or error}") from None


def _replay(path: Path) -> int:
    try:
        found = replay(path)
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    for version in found.versions:
        typer.echo(f"isomargin: {version}", err=True)
    typer.echo(f"{path}: {found.message}")
    return 0 if found.is_same else FAILED


@contextmanager
def _progress_bar(count: int) -> Iterator[Callable[[Result], None]]:
    """Show on a terminal how many cases are done, and the newest; nothing in a pipe."""
    console = Console(stderr=True)
    bar = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[news]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("audit", total=count, news="")

        def on_result(result: Result) -> None:
            bar.update(task, advance=1, news=f"{result.scenario} {result.variant} {result.verdict}")

        yield on_result
