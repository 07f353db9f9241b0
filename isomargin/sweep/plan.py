"""A sweep as it will be played: all points checked, everything packed that a worker needs, all of it hashed.

`plan_sweep` reads the file and the base, `check_points` loads the scenario of every point, so that a value
which no market can have ends the command before the first run and not after an hour. What then travels to
workers is a `Cargo`, once for each, with the files that scenarios name inside it; and a `Job` for each run,
which is small. Nothing of it depends on the disk or the place where the sweep was begun.

The *fingerprint* is a hash of all that decides results: base and overrides, points, seeds, engine, checks,
files and the versions of what computes. A folder with another fingerprint holds another sweep.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from isomargin.chain import Chain
from isomargin.contracts import contracts_root
from isomargin.errors import InputError, ScenarioError
from isomargin.scenario import Scenario
from isomargin.scenario.documents import Document, Origin, moved, read_document
from isomargin.scenario.embedding import embedded
from isomargin.scenario.loading import scenario_of
from isomargin.scenario.locations import KeyPath
from isomargin.scenario.variants import resolved
from isomargin.sweep.definition import ParameterSection, SweepFile, Value, key_path, read_sweep_file
from isomargin.sweep.design import Point, points_of
from isomargin.sweep.laying import Override, laid_over, with_seed
from isomargin.sweep.results import ParameterInfo, SweepInfo

__all__ = ["Cargo", "Job", "Plan", "check_points", "plan_sweep", "point_text", "versions_here", "with_points"]


@dataclass(frozen=True)
class Job:
    """One run: everything that is not the same for all of them."""

    run: int
    number: int
    point: Point
    seed: int


@dataclass(frozen=True)
class Cargo:
    """What a worker gets once.

    Attributes
    ----------
    fingerprint : str
        Of all but points and seeds.
    base : mapping
        The scenario's tables, with everything included and chosen.
    overrides : tuple of Override
        Without origins.
    folder, files
        Where the scenario stands among the files it names, and they.
    engine : str
    only_end : bool
        Whether the books are checked at the end alone.
    versions : mapping of str to str
        What a worker must have.
    """

    fingerprint: str
    base: Mapping[str, Any]
    overrides: tuple[Override, ...]
    folder: str
    files: Sequence[Mapping[str, str]]
    engine: str
    only_end: bool
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """A sweep that can be played.

    Attributes
    ----------
    info : SweepInfo
    cargo : Cargo
    points : list of tuple
    settings : list of tuple
        The points as their columns hold them.
    base : Document
        With lines, for messages.
    overrides : tuple of Override
        With lines.
    """

    info: SweepInfo
    cargo: Cargo
    points: Sequence[Point]
    settings: Sequence[Sequence[float | str]]
    base: Document = field(repr=False)
    overrides: tuple[Override, ...] = field(repr=False)

    def job(self, run: int) -> Job:
        """The run of a number: point by point, and in a point seed by seed."""
        number, place = divmod(run, len(self.info.seeds))
        return Job(run, number, self.points[number], self.info.seeds[place])

    def scenario(self, run: int) -> Scenario:
        """The scenario of a run.

        Raises
        ------
        InputError
            If there is none; in a line that names the setting.
        """
        job = self.job(run)
        document = laid_over(self.base, self.overrides, job.point)
        return scenario_of(with_seed(document, job.seed, only_end=self.cargo.only_end))


def plan_sweep(file: str | Path, *, engine: str | None = None) -> Plan:
    """Read a sweep file and the scenario that it names, and say what is to be played.

    Parameters
    ----------
    file : str or Path
    engine : str, optional
        In place of the file's.

    Raises
    ------
    InputError
        One line, about either file.
    """
    sweep, document = read_sweep_file(file)
    base = _base(sweep, document)
    overrides = tuple(
        _override(parameter, index, document, base) for index, parameter in enumerate(sweep.parameters)
    )
    points = points_of(sweep, document)
    name = _engine(sweep, document, engine)
    cargo = _cargo(sweep, base, overrides, name)
    parameters = tuple(map(_parameter_info, sweep.parameters))
    first = _first_scenario(base, overrides, points, sweep)
    info = SweepInfo(
        name=Path(file).stem,
        scenario=first.name,
        base_symbol=first.base,
        token_symbol=first.token.symbol,
        token_decimals=first.token.decimals,
        engine=name,
        checks=sweep.checks,
        design=sweep.design.kind,
        confidence=sweep.confidence,
        points=0,
        runs=0,
        seeds=sweep.seeds,
        parameters=parameters,
        optimise=sweep.optimise.model_dump() if sweep.optimise is not None else None,
        versions=cargo.versions,
        file=str(file),
    )
    return with_points(Plan(info, cargo, (), (), base, overrides), points)


def with_points(plan: Plan, points: Sequence[Point]) -> Plan:
    """The same sweep of other points: what an optimiser tries, say."""
    info = replace(
        plan.info,
        points=len(points),
        runs=len(points) * len(plan.info.seeds),
        fingerprint=_digest([plan.cargo.fingerprint, points, plan.info.seeds]),
    )
    settings = [tuple(map(_cell, info.parameters, point)) for point in points]
    return replace(plan, info=info, points=points, settings=settings)


def check_points(plan: Plan, on_progress: Callable[[int], None] = lambda done: None) -> None:
    """Load the scenario of every point, with the first seed.

    Parameters
    ----------
    plan : Plan
    on_progress : callable
        Told how many are checked.

    Raises
    ------
    InputError
        For the first that is wrong: where, what, and with which setting.
    """
    for number in range(len(plan.points)):
        try:
            plan.scenario(number * len(plan.info.seeds))
        except InputError as error:
            raise _with_setting(error, point_text(plan.info.parameters, plan.points[number])) from None
        on_progress(number + 1)


def point_text(parameters: Sequence[ParameterInfo], point: Point) -> str:
    """A point as people write it: ``health_target = 1.1, prices = calm``."""
    cells = (f"{parameter.name} = {_text(value)}" for parameter, value in zip(parameters, point, strict=True))
    return ", ".join(cells)


@cache
def versions_here(engine: str) -> dict[str, str]:
    """What results depend on, of this machine.

    Raises
    ------
    InputError
        If it does not have the engine.
    """
    machine, machine_version = Chain(engine).machine
    packages = {package: version(package) for package in ("isomargin", "numpy", "vyper")}
    return {**packages, machine: machine_version, "contracts": _contracts_digest()}


def _contracts_digest() -> str:
    """Of the packaged sources: those of a checkout change without a version."""
    digest = hashlib.sha256()
    root = contracts_root()
    for file in sorted(root.rglob("*.vy*")):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


# Reading


def _engine(sweep: SweepFile, document: Document, option: str | None) -> str:
    name = option or sweep.engine or ("revm" if find_spec("pyrevm") is not None else "py-evm")
    try:
        if "://" in name:
            raise InputError(f"a sweep plays runs side by side: expected revm or py-evm, found {name}")
        versions_here(name)
    except InputError as error:
        if option is not None:
            raise InputError(f"--engine: {error}") from None
        raise document.error(str(error), "engine") from None
    return name


def _base(sweep: SweepFile, document: Document) -> Document:
    assert document.file is not None  # it was read
    path = document.file.parent / sweep.scenario
    if not path.is_file():
        found = "a directory" if path.is_dir() else "no such file"
        raise document.error(f"expected the path of a scenario file, found {found}: {path}", "scenario")
    base = read_document(path)
    try:
        chosen = resolved(base, sweep.variant)
    except ScenarioError as error:
        if "variant" in document.tables:
            raise document.error(str(error), "variant") from None
        raise
    return replace(chosen, tables={"name": path.stem, **chosen.tables})


def _override(parameter: ParameterSection, index: int, document: Document, base: Document) -> Override:
    at: KeyPath = ("parameters", index)
    if parameter.choices is None:
        listed = parameter.values or ()
        origins = {value: _origin(document, (*at, "values", place)) for place, value in enumerate(listed)}
        written = _origin(document, (*at, "key"))
        return Override(key_path(parameter.key or ""), origins=origins, written=written)
    assert base.file is not None  # it was read
    choices = {}
    for name in parameter.choices:
        over = moved(document.below((*at, "choices", name)), base.file.parent)
        choices[name] = replace(over, file=base.file)
    return Override(choices=choices)


def _origin(document: Document, key: KeyPath) -> Origin:
    line = next(
        (
            document.origins[key[:length]].line
            for length in range(len(key), 0, -1)
            if key[:length] in document.origins
        ),
        None,
    )
    return Origin(document.file, line, key)


def _first_scenario(
    base: Document, overrides: Sequence[Override], points: Sequence[Point], sweep: SweepFile
) -> Scenario:
    try:
        document = laid_over(base, overrides, points[0])
        return scenario_of(with_seed(document, sweep.seeds[0], only_end=False))
    except InputError as error:
        parameters = list(map(_parameter_info, sweep.parameters))
        raise _with_setting(error, point_text(parameters, points[0])) from None


def _with_setting(error: InputError, setting: str) -> InputError:
    return ScenarioError(f"{error} (with {setting})") if setting else error


def _parameter_info(parameter: ParameterSection) -> ParameterInfo:
    listed = parameter.choices if parameter.choices is not None else parameter.values
    return ParameterInfo(
        name=parameter.title,
        kind="number" if parameter.is_numeric else "choice",
        key=parameter.key or "",
        values=tuple(map(_text, listed or ())),
        min="" if parameter.min is None else str(parameter.min),
        max="" if parameter.max is None else str(parameter.max),
        scale=parameter.scale,
        integer=parameter.integer,
    )


def _cell(parameter: ParameterInfo, value: Value) -> float | str:
    return float(value) if parameter.kind == "number" else _text(value)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        value if isinstance(value, str) else format(value, "f") if not isinstance(value, int) else str(value)
    )


# Packing


def _cargo(sweep: SweepFile, base: Document, overrides: Sequence[Override], engine: str) -> Cargo:
    assert base.file is not None  # it was read
    named = [(index, name) for index, override in enumerate(overrides) for name in override.choices]
    tables = [base.tables, *(overrides[index].choices[name].tables for index, name in named)]
    folder, [packed, *changes], files = embedded(tables, base.file.parent)
    choices: list[dict[str, Document]] = [{} for _ in overrides]
    for (index, name), change in zip(named, changes, strict=True):
        choices[index][name] = Document(change)
    bare = tuple(Override(one.path, choices[index]) for index, one in enumerate(overrides))
    versions = versions_here(engine)
    decisive = {
        "base": packed,
        "overrides": [[one.path, {name: made.tables for name, made in one.choices.items()}] for one in bare],
        "files": [folder, [[entry["path"], entry["sha256"]] for entry in files]],
        "engine": engine,
        "checks": sweep.checks,
        "versions": versions,
    }
    return Cargo(_digest(decisive), packed, bare, folder, files, engine, sweep.checks == "end", versions)


def _digest(decisive: Any) -> str:
    text = json.dumps(decisive, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: Any) -> str:
    """What TOML has and JSON has not: exact numbers and dates."""
    return f"{type(value).__name__} {value}"
