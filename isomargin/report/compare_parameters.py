"""What was set differently: scenario, seed, engine, versions and every parameter of the scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from isomargin.report.compare_runs import ComparedRun
from isomargin.report.flattening import flattened

__all__ = ["SettingLine", "differing_settings", "equal_settings"]

_LONGEST_LIST = 30  # lines of one list that are told one by one


@dataclass(frozen=True)
class SettingLine:
    """One setting of all runs.

    Attributes
    ----------
    name : str
        A path, for example "risk.policy".
    values : tuple of (str or None)
        One for each run; None where the run has no such setting.
    note : str
        Of a long list that is told in one line: how much of it differs.
    """

    name: str
    values: tuple[str | None, ...]
    note: str = ""

    @property
    def differs(self) -> bool:
        """Whether the runs are not all alike."""
        return len(set(self.values)) > 1


def differing_settings(runs: Sequence[ComparedRun]) -> list[SettingLine]:
    """The settings in which the runs differ; a list that differs in many places is one line."""
    differing = [line for line in _settings(runs) if line.differs]
    return [line for _, lines in groupby(differing, key=_list_of) for line in _folded(list(lines), runs)]


def equal_settings(runs: Sequence[ComparedRun]) -> list[tuple[str, str]]:
    """The settings that all runs share, as (name, text)."""
    return [(line.name, line.values[0] or "") for line in _settings(runs) if not line.differs]


def _settings(runs: Sequence[ComparedRun]) -> list[SettingLine]:
    columns = [dict(_settings_of(run)) for run in runs]
    names = dict.fromkeys(name for column in columns for name in column)
    return [SettingLine(name, tuple(column.get(name) for column in columns)) for name in names]


def _settings_of(run: ComparedRun) -> Iterable[tuple[str, str]]:
    info = run.record.run
    yield "scenario", info.scenario
    yield "seed", str(info.seed)
    yield "engine", info.engine
    yield "token decimals", str(info.token_decimals)
    yield "played to the end", "yes" if info.complete else "no"
    for name, version in sorted(info.versions.items()):
        yield f"version of {name}", version
    twice = {"name": info.scenario, "seed": info.seed}  # what the lines above have said
    yield from flattened({key: value for key, value in info.parameters.items() if twice.get(key) != value})


def _list_of(line: SettingLine) -> str:
    """The path of the outermost list that a setting is in, its own path if it is in none."""
    return line.name.partition("[")[0]


def _folded(lines: list[SettingLine], runs: Sequence[ComparedRun]) -> list[SettingLine]:
    if len(lines) <= _LONGEST_LIST:
        return lines
    path = _list_of(lines[0])
    lengths = []
    for run in runs:
        count = sum(name.startswith(f"{path}[") for name, _ in _settings_of(run))
        lengths.append(f"{count:,} lines" if count else None)
    note = f"differs in {len(lines):,} lines, first in {lines[0].name}"
    return [SettingLine(path, tuple(lengths), note)]
