"""Writes a report as one HTML page with every source and its marks; it needs no network and runs no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from isomargin.coverage.measure import FileCoverage, Report, State

__all__ = ["coverage_page"]


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    mark: str
    remark: str


@dataclass(frozen=True)
class _Source:
    name: str
    anchor: str
    file: FileCoverage
    lines: list[_Line]


def coverage_page(report: Report, names: Mapping[Path, str] | None = None) -> str:
    """Return the page; `names` says how to call files that are not to be called by their path."""
    sources = [
        _Source((names or {}).get(file.path, str(file.path)), f"file{number}", file, _lines(file))
        for number, file in enumerate(report.files)
    ]
    template = _environment().get_template("coverage.html")
    return template.render(report=report, sources=sources)


@cache
def _environment() -> Environment:
    # a source is anybody's text: everything is escaped, and a misspelt variable is an error
    return Environment(
        loader=PackageLoader("isomargin.coverage"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _lines(file: FileCoverage) -> list[_Line]:
    reasons = {item.line: item.reason for item in file.ignored}
    return [
        _line(file, number, text, reasons.get(number)) for number, text in enumerate(file.text.split("\n"), 1)
    ]


def _line(file: FileCoverage, number: int, text: str, reason: str | None) -> _Line:
    if reason is not None:
        return _Line(number, text, "ignored", f"not counted: {reason}")
    state = file.lines.get(number)
    if state is None:
        return _Line(number, text, "", "")
    missed = [
        f"{branch.label} never {outcome}"
        for branch in file.branches
        if branch.line == number
        for outcome in branch.missed()
    ]
    if state is State.COVERED and missed:
        return _Line(number, text, "partly", "; ".join(missed))
    remark = {
        State.COVERED: "",
        State.MISSED: "never ran",
        State.UNKNOWN: "cannot be told",
        State.UNREACHABLE: "no code: can never run",
    }[state]
    return _Line(number, text, state.value, remark)
