"""Plays one case and judges it."""

from __future__ import annotations

import shlex
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from isomargin.audit.bundles import bundle_path, write_bundle
from isomargin.audit.cases import Case
from isomargin.audit.results import Failure, Result
from isomargin.audit.step_traces import is_about_step, step_trace
from isomargin.errors import InputError, IsomarginError
from isomargin.record import ExpectationRow, RunRecord, broken_invariant, failed_expectations
from isomargin.scenario import Scenario, load_scenario
from isomargin.simulation import Progress, simulate
from isomargin.simulation.measures import exact_text
from isomargin.units import from_units

if TYPE_CHECKING:
    from isomargin.simulation import World

__all__ = ["Settings", "judge", "play", "unplayed"]

_BALANCED = "the books balance"


@dataclass(frozen=True)
class Settings:
    """How an audit plays its cases.

    Attributes
    ----------
    engine : str
        Name of the EVM engine.
    seed : int or None
        Instead of the scenarios' own.
    bundles : Path or None
        Folder where failing cases are put.
    """

    engine: str = "py-evm"
    seed: int | None = None
    bundles: Path | None = None


def play(
    case: Case,
    settings: Settings,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Result:
    """Play one case; whatever is wrong with it is in the result.

    Raises
    ------
    KeyboardInterrupt
        If somebody ended it before its last price.
    """
    begun = time.perf_counter()
    blank = unplayed(case, settings)
    try:
        scenario = load_scenario(case.file, seed=settings.seed, variant=case.choices)
        blank = replace(blank, seed=scenario.seed)
        result, record = _played(blank, scenario, on_progress)
        if result.verdict == "FAIL" and settings.bundles is not None:
            path = bundle_path(settings.bundles, case)
            write_bundle(path, case, scenario, record)
            result = replace(result, bundle=path.as_posix())
    except IsomarginError as error:
        message = " ".join(str(error).split())
        result = replace(blank, error=message, is_bad_input=isinstance(error, InputError))
    except Exception as error:  # a bug must not hide what the other cases find
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        result = replace(blank, error=" ".join(message.split()))
    return replace(result, seconds=time.perf_counter() - begun)


def unplayed(case: Case, settings: Settings, error: str = "") -> Result:
    """The result of a case that was not played."""
    return Result(
        scenario=case.scenario,
        file=case.file.as_posix(),
        variant=case.variant,
        engine=settings.engine,
        seed=settings.seed,
        verdict="ERROR",
        error=error,
        command=_command(case, settings),
    )


def _played(
    blank: Result, scenario: Scenario, on_progress: Callable[[Progress], None]
) -> tuple[Result, RunRecord]:
    found: list[tuple[str, tuple[Failure, ...], bool]] = []

    def look(world: World, record: RunRecord) -> None:
        if record.run.complete:
            found.append((_loss(world, record), judge(record, world), world.chain.keeps_traces))

    record = simulate(
        scenario,
        engine=blank.engine,
        command=blank.command,
        on_progress=on_progress,
        on_end=look,
    )
    if not found:
        raise KeyboardInterrupt
    [(loss, failures, is_traced)] = found
    if not is_traced and "://" not in blank.engine and any(map(is_about_step, failed_expectations(record))):
        failures = _traced(scenario, blank.engine)
    result = replace(
        blank,
        verdict="FAIL" if failures else "pass",
        loss=loss,
        token=scenario.token.symbol,
        expected=_expected(scenario, record),
        failures=failures,
        blocks=record.summary.blocks,
        state_root=record.summary.state_root,
    )
    return result, record


def _traced(scenario: Scenario, engine: str) -> tuple[Failure, ...]:
    """The failures of a scenario once more, on a chain that keeps what it takes to trace them."""
    found: list[tuple[Failure, ...]] = []

    def look(world: World, record: RunRecord) -> None:
        if record.run.complete:
            found.append(judge(record, world))

    simulate(scenario, engine=engine, on_end=look, signs=True)
    if not found:
        raise KeyboardInterrupt
    return found[0]


def _loss(world: World, record: RunRecord) -> str:
    """What the scenario counts as lost: by itself, what pool and insurance fund have less, in tokens."""
    measure = world.scenario.audit.measure
    if measure is not None:
        try:
            return exact_text(world.script.measured(measure))
        except InputError as error:
            place = world.scenario.place("audit", "loss")
            raise InputError(f"{place}: {error}") from None
    summary = record.summary
    fund = world.scenario.token_units(world.scenario.insurance.deposit) - summary.insurance_fund
    return from_units(fund - summary.pool.pnl, summary.token_decimals)


def judge(record: RunRecord, world: World | None = None) -> tuple[Failure, ...]:
    """Everything of a run that is not as its scenario expects; with a world, and traces of its steps."""
    return tuple(_failures(record, world))


def _failures(record: RunRecord, world: World | None) -> Iterator[Failure]:
    broken = broken_invariant(record)
    if broken is not None:
        yield Failure(f"block {broken.block}", f"{broken.invariant} to hold", broken.message)
    for row in failed_expectations(record):
        yield _failure(row, step_trace(world, record, row) if world is not None else "")


def _failure(row: ExpectationRow, trace: str) -> Failure:
    within = f" within {row.tolerance} token units" if row.tolerance not in ("", "0") else ""
    found = f"{row.left} against {row.right}{_gap(row)}" if row.right else row.left
    if is_about_step(row):
        wanted = row.that.replace("succeeds", "success").replace("reverts", "a revert", 1)
        return Failure(row.where.removeprefix("of "), wanted, found, trace=trace)
    return Failure(row.where, f"{row.that}{within}", found, row.because)


def _gap(row: ExpectationRow) -> str:
    """By how much two numbers differ, where that helps a reader."""
    try:
        difference = Fraction(row.left) - Fraction(row.right)
    except ValueError:
        return ""
    return f", a difference of {exact_text(difference)}" if Fraction(row.right) else ""


def _expected(scenario: Scenario, record: RunRecord) -> str:
    """What the scenario is about: the first expectation that failed, or else the first."""
    rows = failed_expectations(record) or record.expectations
    if not rows:
        return _BALANCED if broken_invariant(record) is None else f"{_BALANCED}: they do not"
    of_steps = sum(step.reverts is not False for step in scenario.steps)
    count = len(scenario.expect) + of_steps
    reasons = (row.because for row in rows if row.because)
    first = next(reasons, "") or _short(rows[0])
    return f"{first} (and {count - 1} more)" if count > 1 else first


def _short(row: ExpectationRow) -> str:
    if is_about_step(row):
        return f"{row.where.removeprefix('of ')} {row.that}"
    return f"{row.that} {row.where}"


def _command(case: Case, settings: Settings) -> str:
    """The command that plays this case alone."""
    words = ["isomargin", "run", str(case.file)]
    for axis, name in case.choices.items():
        words += ["--variant", f"{axis}={name}"]
    if settings.seed is not None:
        words += ["--seed", str(settings.seed)]
    if settings.engine != "py-evm":
        words += ["--engine", settings.engine]
    return shlex.join(words)
