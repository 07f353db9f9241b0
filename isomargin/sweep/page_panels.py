"""The plots of a sweep's page with their words: title, caption, legend, and a table that says the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from isomargin.report.amounts import Amount
from isomargin.sweep.analysis import Analysis
from isomargin.sweep.intervals import Floats, Interval
from isomargin.sweep.outcomes import LEVELS, OUTCOMES, Distribution, Outcome
from isomargin.sweep.page_figures import (
    AMBER,
    BLUE,
    COLOURS,
    GREY,
    VERMILION,
    bars_figure,
    distribution_figure,
    fan_figure,
    heat_figure,
    is_logarithmic,
    levels_figure,
    trials_figure,
)
from isomargin.sweep.sensitivity import Level, ParameterEffect, Sensitivity
from isomargin.sweep.trials import Optimum, Trial
from isomargin.sweep.wording import (
    interval_words,
    outcome_amount,
    outcome_text,
    percentage,
    plain,
    setting_text,
)

__all__ = [
    "Legend",
    "Panel",
    "distribution_panels",
    "optimum_panel",
    "price_panel",
    "sensitivity_panels",
    "setting_panels",
]

_SHOWN_PARAMETERS = 12
_ZEROS_APART = 0.02  # share of runs that are zero, from which on they are said and not drawn
_NINETY_NINE = LEVELS.index(0.99)


@dataclass(frozen=True)
class Legend:
    """One entry: mark ("line", "area", "dot" or "bar"), colour and name."""

    mark: str
    colour: str
    name: str


@dataclass(frozen=True)
class Panel:
    """One plot and what is said about it; without a figure the caption says all there is.

    Attributes
    ----------
    headings : tuple of str
        Of the table; the first names its rows.
    rows : tuple
        Text, or a number with its exact value.
    """

    key: str
    title: str
    caption: str
    description: str
    figure: go.Figure | None
    legend: tuple[Legend, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Amount | str, ...], ...] = ()
    wide: bool = False


def distribution_panels(analysis: Analysis) -> list[Panel]:
    """A histogram of each outcome over all runs."""
    return [
        _distribution(analysis, found, colour)
        for found, colour in zip(analysis.distributions, COLOURS, strict=True)
    ]


def _distribution(analysis: Analysis, found: Distribution, colour: str) -> Panel:
    outcome, token = found.outcome, analysis.info.token_symbol
    values = analysis.sample.values(outcome.column)
    values = values[np.isfinite(values)]
    zeros = int(np.count_nonzero(values == 0))
    key = outcome.column.replace("_", "-")
    if not len(values) or zeros == len(values):
        said = "No run has it." if not len(values) else f"Zero in each of the {len(values):,} runs."
        return Panel(key, outcome.title, said, f"{outcome.title}: {said}", None)
    apart = zeros > _ZEROS_APART * len(values)
    drawn = values[values != 0] if apart else values
    share = percentage(zeros / len(values)).text
    zero_words = (
        f"Zero in {zeros:,} of {len(values):,} runs ({share}); drawn are the others. " if apart else ""
    )
    scale = " On a logarithmic scale." if is_logarithmic(drawn) else ""
    unit = "" if outcome.unit == "share" else f" in {token}" if token else ""
    side = "large" if outcome.worse == "more" else "low"
    tail = found.quantiles[_NINETY_NINE]
    return Panel(
        key=key,
        title=outcome.title,
        caption=f"{zero_words}Above, the share of runs by value{unit}; below, the share of all runs that are"
        f" at least as bad, that is as {side}.{scale}",
        description=f"{outcome.title} over {len(values):,} runs: {zero_words}mean"
        f" {outcome_text(found.mean.estimate, outcome, token)}, 99% of runs no worse than"
        f" {outcome_text(tail.estimate, outcome, token)}.",
        figure=distribution_figure(
            drawn, len(values), colour, worse=outcome.worse, share=outcome.unit == "share"
        ),
        legend=(Legend("area", colour, "Share of runs"), Legend("line", colour, "At least as bad")),
    )


def sensitivity_panels(analysis: Analysis) -> list[Panel]:
    """Which parameters decide each outcome."""
    panels = []
    for found in analysis.sensitivities:
        colour = COLOURS[OUTCOMES.index(found.outcome)]
        panels.append(_sensitivity(found, colour))
    return panels


def _sensitivity(found: Sensitivity, colour: str) -> Panel:
    key = f"sensitivity-{found.outcome.column.replace('_', '-')}"
    title = f"What decides: {found.outcome.title.lower()}"
    shown = found.effects[:_SHOWN_PARAMETERS]
    if all(effect.first is None for effect in shown):
        said = "The points do not differ by more than chance explains."
        return Panel(key, title, said, f"{title}: {said}", None)
    chance = (
        ""
        if found.between_points is None
        else f" Settings explain {percentage(found.between_points).text} of the variance among runs;"
        " the rest is the seeds."
    )
    strongest = shown[0]
    first = percentage(strongest.first.estimate).text if strongest.first is not None else ""
    legend = [Legend("bar", colour, "By itself")]
    if any(effect.total is not None for effect in shown):
        legend.append(Legend("bar", GREY, "With all combinations"))
    return Panel(
        key=key,
        title=title,
        caption=f"Share of the variance between points that each parameter explains.{chance}",
        description=f"{title}: {strongest.name} explains {first} of the variance between points.",
        figure=bars_figure(
            [effect.name for effect in shown],
            [effect.first for effect in shown],
            [effect.total for effect in shown],
            colour,
        ),
        legend=tuple(legend),
        headings=("Parameter", "By itself", "With combinations", "Rank correlation", "Swing of the mean"),
        rows=tuple(_effect_row(effect, found.outcome) for effect in found.effects),
    )


def _effect_row(effect: ParameterEffect, outcome: Outcome) -> tuple[Amount | str, ...]:
    def share(interval: Interval | None) -> str:
        if interval is None:
            return "\u2013"
        words = interval_words(interval, None)
        return f"{percentage(interval.estimate).text} ({words})"

    correlation = effect.rank_correlation
    ranks = "\u2013"
    if correlation is not None:
        ends = (
            ""
            if correlation.low is None or correlation.high is None
            else (f" ({plain(round(correlation.low, 2))} to {plain(round(correlation.high, 2))})")
        )
        ranks = f"{plain(round(correlation.estimate, 2))}{ends}"
    swing = outcome_amount(effect.swing, outcome)
    return effect.name, share(effect.first), share(effect.total), ranks, swing


def setting_panels(analysis: Analysis) -> list[Panel]:
    """What each outcome is at the settings: a map of two parameters, or lines over the strongest one."""
    if not analysis.sensitivities:
        return []
    is_map = len(analysis.sample.parameters) == 2 and analysis.info.design == "grid"
    return [_map(analysis, found) if is_map else _lines(analysis, found) for found in analysis.sensitivities]


def _lines(analysis: Analysis, found: Sensitivity) -> Panel:
    outcome, effect = found.outcome, found.effects[0]
    key = f"settings-{outcome.column.replace('_', '-')}"
    colour = COLOURS[OUTCOMES.index(outcome)]
    labels = [level.label for level in effect.levels]
    scales = {one.name: one.scale for one in analysis.info.parameters}
    several = len(analysis.sample.parameters) > 1
    averaged = ", the strongest parameter, over all others" if several else ""
    unit = analysis.info.token_symbol if outcome.unit != "share" else ""
    return Panel(
        key=key,
        title=f"{outcome.title} by {effect.name}",
        caption=f"Mean{' in ' + unit if unit else ''} and what 99% of runs are not worse than, by"
        f" {effect.name}{averaged}; with intervals.",
        description=f"{outcome.title} by {effect.name}: mean from"
        f" {outcome_text(effect.levels[0].mean.estimate, outcome, unit)} at {setting_text(labels[0])} to"
        f" {outcome_text(effect.levels[-1].mean.estimate, outcome, unit)} at {setting_text(labels[-1])}.",
        figure=levels_figure(
            labels,
            [
                ("Mean", [level.mean for level in effect.levels], colour),
                ("99%", [level.tail for level in effect.levels], GREY),
            ],
            share=outcome.unit == "share",
            logarithmic=scales.get(effect.name) == "log",
        ),
        legend=(Legend("line", colour, "Mean"), Legend("line", GREY, "99% of runs no worse")),
        headings=(effect.name, "Points", "Mean", "Interval", "Against the first", "99%", "Interval of it"),
        rows=tuple(_level_row(level, outcome) for level in effect.levels),
    )


def _level_row(level: Level, outcome: Outcome) -> tuple[Amount | str, ...]:
    ends = (
        f" ({plain(level.low)} to {plain(level.high)})"
        if level.low is not None and level.high is not None
        else ""
    )
    difference = level.difference
    against = "\u2013"
    if difference is not None:
        against = (
            f"{outcome_amount(difference.estimate, outcome).text} ({interval_words(difference, outcome)})"
        )
    return (
        f"{setting_text(level.label)}{ends}",
        Amount(f"{level.points:,}", str(level.points)),
        outcome_amount(level.mean.estimate, outcome),
        interval_words(level.mean, outcome),
        against,
        outcome_amount(level.tail.estimate, outcome),
        interval_words(level.tail, outcome),
    )


def _map(analysis: Analysis, found: Sensitivity) -> Panel:
    outcome, place = found.outcome, OUTCOMES.index(found.outcome)
    rows, columns = (_levels_of(analysis, index) for index in (0, 1))
    cells: Floats = np.full((len(rows), len(columns)), np.nan)
    texts = [["" for _ in columns] for _ in rows]
    for point in analysis.points:
        row, column = rows.index(point.settings[0]), columns.index(point.settings[1])
        mean = point.distributions[place].mean.estimate
        cells[row, column] = mean
        texts[row][column] = outcome_amount(mean, outcome).text
    names = analysis.sample.parameters
    worst = np.unravel_index(np.nanargmax(cells if outcome.worse == "more" else -cells), cells.shape)
    unit = analysis.info.token_symbol if outcome.unit != "share" else ""
    return Panel(
        key=f"settings-{outcome.column.replace('_', '-')}",
        title=f"{outcome.title} by {names[1]} and {names[0]}",
        caption=f"Mean over seeds{' in ' + unit if unit else ''}, darker where it is larger.",
        description=f"{outcome.title}, mean: worst at {names[0]} {setting_text(rows[worst[0]])},"
        f" {names[1]} {setting_text(columns[worst[1]])} with {texts[worst[0]][worst[1]]}.",
        figure=heat_figure(columns, rows, cells, texts, (names[1], names[0])),
        headings=(f"{names[0]} \\ {names[1]}", *(setting_text(one) for one in columns)),
        rows=tuple((setting_text(label), *line) for label, line in zip(rows, texts, strict=True)),
    )


def _levels_of(analysis: Analysis, place: int) -> list[float | str]:
    """The levels of a parameter: numbers by size, choices as the design has them."""
    found = dict.fromkeys(point.settings[place] for point in analysis.points)
    numbers = [one for one in found if isinstance(one, float)]
    return sorted(numbers) if len(numbers) == len(found) else list(found)


def price_panel(analysis: Analysis) -> Panel | None:
    """How far prices went; None where no run has any."""
    changes = analysis.price_changes
    if changes is None:
        return None
    names = ("Last price", "Lowest price", "Highest price")
    levels = ("1%", "5%", "25%", "Median", "75%", "95%", "99%")
    return Panel(
        key="prices",
        title="Prices that were played",
        caption="Change from the first price of a run: quantiles over all runs.",
        description="Prices: the last price is between "
        f"{_change(changes[0][1])} and {_change(changes[0][5])} of the first in nine runs of ten; the lowest"
        f" is {_change(changes[1][3])} in the median.",
        figure=fan_figure(names, changes),
        legend=(
            Legend("area", BLUE, "25 to 75%, 5 to 95% and 1 to 99%, ever fainter"),
            Legend("bar", AMBER, "Median"),
        ),
        headings=("Change", *levels),
        rows=tuple(
            (name, *(Amount(_change(value), repr(float(value))) for value in row))
            for name, row in zip(names, changes, strict=True)
        ),
        wide=True,
    )


def optimum_panel(found: Optimum) -> Panel:
    """What a search tried, trial by trial, and the best of it in words."""
    best, sure = found.best, found.best_sure
    limits = f", subject to {' and '.join(found.subject_to)}" if found.subject_to else ""
    if best is None:
        said = f"None of the {len(found.trials)} trials met all constraints."
    elif sure is not None:
        said = f"Best with the constraints met at the confidence: {_trial_words(sure)}."
        if sure is not best:
            said += f" By the estimates alone: {_trial_words(best)}."
    else:
        said = f"Best by the estimates alone, as no trial is sure of the constraints: {_trial_words(best)}."
    judged = [trial for trial in found.trials if not trial.failed]
    objective = np.asarray([trial.objective.estimate for trial in judged])
    return Panel(
        key="trials",
        title="Trials of the search",
        caption=f"Least {found.minimise}{limits}. {said} All trials have the same seeds; the best of many is"
        " flattered by them, so play it again with others.",
        description=f"Objective by trial. {said}",
        figure=trials_figure(objective, [trial.feasible for trial in judged], ",.4~g") if judged else None,
        legend=(
            Legend("dot", BLUE, "Constraints met"),
            Legend("dot", VERMILION, "Not met"),
            Legend("line", AMBER, "Best so far"),
        ),
        headings=("Trial", *found.trials[0].settings, "Objective", "Interval", "Constraints"),
        rows=tuple(_trial_row(trial) for trial in found.trials),
        wide=True,
    )


def _trial_words(trial: Trial) -> str:
    settings = ", ".join(f"{name} = {setting_text(value)}" for name, value in trial.settings.items())
    return f"trial {trial.number} with {settings}, which comes to {plain(trial.objective.estimate)}"


def _trial_row(trial: Trial) -> tuple[Amount | str, ...]:
    verdict = "met for sure" if trial.surely else "met, by estimate" if trial.feasible else "not met"
    low, high = ("?" if end is None else plain(end) for end in (trial.objective.low, trial.objective.high))
    return (
        str(trial.number),
        *(setting_text(value) for value in trial.settings.values()),
        Amount(plain(trial.objective.estimate), repr(trial.objective.estimate)),
        f"{low} to {high}",
        f"{trial.failed} runs failed" if trial.failed else verdict,
    )


def _change(value: float) -> str:
    text = percentage(float(value)).text
    return f"+{text}" if value > 0 else text
