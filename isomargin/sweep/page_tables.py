"""The numbers of a sweep's page beside its plots: headline tiles, quantiles, points, failures, definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from isomargin.report.amounts import Amount, count
from isomargin.sweep.analysis import Analysis
from isomargin.sweep.intervals import Interval
from isomargin.sweep.outcomes import LEVELS, OUTCOMES, SHORTFALL_LEVEL, Distribution, Outcome
from isomargin.sweep.results import ParameterInfo
from isomargin.sweep.wording import interval_words, outcome_amount, percentage, setting_text

__all__ = [
    "Cell",
    "Heading",
    "PointLine",
    "QuantileLine",
    "Tile",
    "parameter_lines",
    "point_headings",
    "point_lines",
    "quantile_headings",
    "quantile_lines",
    "tiles",
]

_NINETY_NINE = LEVELS.index(0.99)


@dataclass(frozen=True)
class Tile:
    """A headline number with its interval in words."""

    label: str
    value: Amount
    note: str
    tone: Literal["plain", "good", "bad"] = "plain"


@dataclass(frozen=True)
class Cell:
    """An estimate and where the true value is; `why` says why the interval is open on a side."""

    value: Amount
    note: str
    why: str = ""


@dataclass(frozen=True)
class Heading:
    """Of a column that can be sorted."""

    label: str
    kind: Literal["number", "text"] = "number"


@dataclass(frozen=True)
class QuantileLine:
    """An outcome over all runs."""

    title: str
    unit: str
    runs: int
    cells: tuple[Cell, ...]
    total: str


@dataclass(frozen=True)
class PointLine:
    """A point: its number, settings, counts, and outcomes."""

    point: int
    settings: tuple[Amount | str, ...]
    runs: int
    failed: int
    cells: tuple[Cell, ...]


def tiles(analysis: Analysis) -> list[Tile]:
    """The headline numbers."""
    token = analysis.info.token_symbol
    debt, drawdown, pool, keepers, liquidated = analysis.distributions
    failed, violations = analysis.sample.failed, analysis.sample.violations
    confidence = percentage(analysis.info.confidence).text.replace(".0%", "%")

    def tile(label: str, interval: Interval, outcome: Outcome | None, tone: str = "plain") -> Tile:
        value = (
            percentage(interval.estimate)
            if outcome is None
            else outcome_amount(interval.estimate, outcome, token)
        )
        return Tile(label, value, interval_words(interval, outcome), tone)  # type: ignore[arg-type]

    any_debt = debt.happened.estimate > 0
    return [
        Tile(
            "Runs",
            count(analysis.runs),
            f"{analysis.info.points:,} points, {len(analysis.info.seeds):,} seeds each; {failed:,} failed",
            "bad" if failed else "plain",
        ),
        tile("Runs with bad debt", debt.happened, None, "bad" if any_debt else "good"),
        tile("Bad debt, 99% of runs below", debt.quantiles[_NINETY_NINE], debt.outcome),
        tile("Bad debt, mean of the worst 1%", debt.shortfall, debt.outcome),
        tile("Insurance drawdown, 99% below", drawdown.quantiles[_NINETY_NINE], drawdown.outcome),
        tile("Pool return, mean", pool.mean, pool.outcome),
        tile("Positions liquidated, mean", liquidated.mean, liquidated.outcome),
        tile("Keeper profit, mean", keepers.mean, keepers.outcome),
        Tile(
            "Invariants broken",
            count(violations),
            "the books balanced in every run" if not violations else "see below",
            "bad" if violations else "good",
        ),
        Tile("Confidence", Amount(confidence, confidence), "of every interval on this page"),
    ]


def quantile_headings() -> list[str]:
    """Of the table of quantiles."""
    levels = [f"{percentage(level).text.replace('.0%', '%')}" for level in LEVELS]
    return ["Mean", "Median", *levels[1:], f"Mean beyond {SHORTFALL_LEVEL:.0%}", "Runs on the bad side of 0"]


def quantile_lines(analysis: Analysis) -> list[QuantileLine]:
    """Each outcome over all runs."""
    return [_quantile_line(one, analysis.info.token_symbol) for one in analysis.distributions]


def _quantile_line(found: Distribution, token: str) -> QuantileLine:
    outcome = found.outcome
    return QuantileLine(
        title=outcome.title,
        unit="" if outcome.unit == "share" else token,
        runs=found.count,
        cells=(
            _cell(found.mean, outcome),
            *(_cell(one, outcome) for one in found.quantiles),
            _cell(found.shortfall, outcome),
            _cell(found.happened, None),
        ),
        total="" if found.total is None else f"{found.total.normalize():f}",
    )


def _cell(interval: Interval, outcome: Outcome | None) -> Cell:
    value = percentage(interval.estimate) if outcome is None else outcome_amount(interval.estimate, outcome)
    return Cell(value, interval_words(interval, outcome), interval.why)


def point_headings(analysis: Analysis) -> list[Heading]:
    """Of the table of points."""
    kinds = {parameter.name: parameter.kind for parameter in analysis.info.parameters}
    return [
        Heading("Point"),
        *(
            Heading(name, "number" if kinds.get(name) == "number" else "text")
            for name in analysis.sample.parameters
        ),
        Heading("Runs"),
        Heading("Failed"),
        Heading("Runs with bad debt"),
        Heading("Bad debt, mean"),
        Heading("Bad debt, 99%"),
        *(Heading(f"{outcome.title}, mean") for outcome in OUTCOMES[1:]),
    ]


def point_lines(analysis: Analysis, most: int) -> list[PointLine]:
    """The points with the most bad debt, those that never ran first."""
    debt = OUTCOMES[0]
    lines = []
    points = sorted(analysis.points, key=lambda one: (-_badness(one.distributions[0]), one.point))
    for one in points[:most]:
        first, *others = one.distributions
        lines.append(
            PointLine(
                point=one.point,
                settings=tuple(
                    value if isinstance(value, str) else Amount(setting_text(value), repr(value))
                    for value in one.settings
                ),
                runs=one.runs,
                failed=one.failed,
                cells=(
                    _cell(first.happened, None),
                    _cell(first.mean, debt),
                    _cell(first.quantiles[_NINETY_NINE], debt),
                    *(_cell(other.mean, other.outcome) for other in others),
                ),
            )
        )
    return lines


def _badness(found: Distribution) -> float:
    return found.mean.estimate if found.count else float("inf")


def parameter_lines(parameters: Sequence[ParameterInfo]) -> list[tuple[str, str, str]]:
    """Name, key and values of each parameter."""
    lines = []
    for one in parameters:
        values = ", ".join(one.values) or f"{one.min} to {one.max}"
        if not one.values:
            values += ", logarithmic" if one.scale == "log" else ""
            values += ", whole numbers" if one.integer else ""
        lines.append((one.name, one.key or "named overrides", values))
    return lines
