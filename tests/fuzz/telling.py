"""Carries the counts of the machines' tests to the end of the run, from whichever worker, and to a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.fuzz.counts import Counts

__all__ = ["COUNTS_FILE", "PROPERTY", "load_counts", "save_counts", "tell_counts"]

PROPERTY = "counts of the fuzz machine"
"""The property under which a test hands over a machine's name and its counts."""

COUNTS_FILE = Path(__file__).parents[2] / "out" / "fuzz" / "counts.json"
"""Where the last run of the machines' tests left its counts."""


def tell_counts(reporter: pytest.TerminalReporter) -> None:
    """Print what each machine did, all of its tests together, and save it."""
    reports: Iterable[pytest.TestReport] = (
        report for outcome in ("passed", "failed") for report in reporter.getreports(outcome)
    )
    machines: dict[str, Counts] = {}
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                machine, told = value
                machines.setdefault(machine, Counts()).add(Counts.from_dict(told))
    for machine, counts in sorted(machines.items()):
        reporter.section(f"{machine} machine")
        reporter.write_line(counts.report())
    if machines:
        save_counts(machines)


def save_counts(machines: Mapping[str, Counts], path: Path = COUNTS_FILE) -> None:
    """Write the counts of some machines, by name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {machine: counts.as_dict() for machine, counts in machines.items()}
    path.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def load_counts(path: Path = COUNTS_FILE) -> dict[str, Counts]:
    """Read what `save_counts` wrote."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return {machine: Counts.from_dict(counts) for machine, counts in told.items()}
