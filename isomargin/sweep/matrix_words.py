"""What a matrix shows, in sentences that are made of its figures and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from isomargin.report.amounts import Amount, count
from isomargin.sweep.matrix import MEASURES, Matrix, Measure, Setting
from isomargin.sweep.wording import money, percentage

__all__ = ["findings", "listed", "value_amount"]

_BY_KEY = {measure.key: measure for measure in MEASURES}
_BAD_DEBT = _BY_KEY["bad_debt"]
_Names = Mapping[str, str]
"""How the page calls an event."""


def value_amount(value: float, measure: Measure) -> Amount:
    """A value of a measure as text, with the exact one beside."""
    if measure.kind == "share":
        return percentage(value)
    if measure.kind == "money":
        return money(value)
    return count(round(value)) if np.isfinite(value) else Amount("\u2013", "")


def listed(words: Sequence[str]) -> str:
    """Words as people list them.

    >>> listed(["one", "two", "three"])
    'one, two and three'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def findings(matrix: Matrix, titles: _Names, token: str, rows_axis: str, columns_axis: str) -> list[str]:
    """Sentences about the whole matrix; those that have nothing to say are left out.

    Parameters
    ----------
    matrix : Matrix
    titles : mapping
        What the page calls each event.
    token : str
        In which money is.
    rows_axis, columns_axis : str
        What the choices are about.
    """
    if matrix.runs == 0:
        return ["No run came to an end."]
    said = [
        _which_choice_matters(matrix, token, rows_axis, columns_axis),
        _worst_event(matrix, titles, token),
        _left(matrix, titles),
        _best_settings(matrix, titles),
        _uncovered(matrix, titles, token),
        _paired(matrix, token),
        _forced(matrix),
        _price_of_safety(matrix, columns_axis),
        _keepers(matrix, token),
        _books(matrix),
    ]
    return [sentence for sentence in said if sentence]


def _means(names: Sequence[str], mean: Callable[[str], float]) -> dict[str, float]:
    """By name, the lowest first."""
    found = {name: mean(name) for name in names}
    return dict(sorted((item for item in found.items() if np.isfinite(item[1])), key=lambda item: item[1]))


def _named(means: Mapping[str, float], measure: Measure) -> str:
    return listed([f"{value_amount(mean, measure).text} with {name}" for name, mean in means.items()])


def _which_choice_matters(matrix: Matrix, token: str, rows_axis: str, columns_axis: str) -> str:
    by_row = _means(matrix.rows, lambda name: matrix.mean(_BAD_DEBT, row=name))
    by_column = _means(matrix.columns, lambda name: matrix.mean(_BAD_DEBT, column=name))
    if len(by_row) < 2 or len(by_column) < 2:
        return ""
    of_rows, of_columns = (max(each.values()) - min(each.values()) for each in (by_row, by_column))
    more, less = (rows_axis, columns_axis) if of_rows > of_columns else (columns_axis, rows_axis)
    return (
        f"Bad debt depends more on {more} than on {less}: over everything played it is, in the mean, "
        f"{_named(by_column, _BAD_DEBT)}; {_named(by_row, _BAD_DEBT)} ({token})."
    )


def _worst_event(matrix: Matrix, titles: _Names, token: str) -> str:
    by_event = _means(matrix.events, lambda name: matrix.mean(_BAD_DEBT, event=name))
    if len(by_event) < 2:
        return ""
    (mildest, least), *_, (worst, most) = by_event.items()
    return (
        f"{titles[worst]} costs most, {money(most).text} {token} of bad debt in the mean of all settings, "
        f"{titles[mildest]} least, {money(least).text}."
    )


def _left(matrix: Matrix, titles: _Names) -> str:
    """Positions that were below maintenance at the end: bad debt that is not realised is not counted."""
    left, most, where = 0, 0, ""
    for (event, setting), cell in matrix.cells.items():
        for row in cell.runs.values():
            left += row["missed"] > 0
            if row["missed"] > most:
                most, where = row["missed"], f"{titles[event]}, {_setting_words(setting)}"
    if not left:
        return "In no run is a position left below maintenance at the end."
    return (
        f"In {left:,} of {matrix.runs:,} runs positions stand below maintenance at the end, taken by nobody, "
        f"up to {most:,} ({where}): what they have lost is in no figure of bad debt."
    )


def _best_settings(matrix: Matrix, titles: _Names) -> str:
    best = {event: matrix.best(event, _BAD_DEBT) for event in matrix.events}
    best = {event: settings for event, settings in best.items() if settings}
    if not best:
        return ""
    shared = frozenset.intersection(*best.values())
    if shared and len(best) > 1:
        names = listed([_setting_words(setting) for setting in sorted(shared, key=matrix.settings.index)])
        return f"Bad debt is least under {names}, in each of the {len(best)} cases."
    told = [
        f"{listed([_setting_words(setting) for setting in sorted(settings, key=matrix.settings.index)])} "
        f"({titles[event]})"
        for event, settings in best.items()
    ]
    return f"Bad debt is least under {'; '.join(told)}."


def _setting_words(setting: Setting) -> str:
    return f"{setting.row} with {setting.column}"


def _uncovered(matrix: Matrix, titles: _Names, token: str) -> str:
    """Bad debt that the insurance fund did not pay."""
    beyond, most, where = 0, 0.0, ""
    for (event, setting), cell in matrix.cells.items():
        for row in cell.runs.values():
            unpaid = float(row["bad_debt"]) - float(row["insurance_drawdown"])
            beyond += row["insurance_end"] < 1 and unpaid > 1
            if unpaid > most:
                most, where = unpaid, f"{titles[event]}, {_setting_words(setting)}"
    if not beyond:
        return f"The insurance fund paid for all bad debt in each of the {matrix.runs:,} runs."
    return (
        f"In {beyond:,} of {matrix.runs:,} runs the insurance fund was used up, and the pool bore the rest "
        f"of the bad debt: up to {money(most).text} {token} more than the fund had lost ({where})."
    )


def _paired(matrix: Matrix, token: str) -> str:
    """The two best choices of the rows against each other, seed by seed: luck is the same for both."""
    by_row = list(_means(matrix.rows, lambda name: matrix.mean(_BAD_DEBT, row=name)))
    if len(by_row) < 2:
        return ""
    best, worst = by_row[0], by_row[-1]
    differences = []
    for event in matrix.events:
        for column in matrix.columns:
            first = matrix.cells[event, Setting(best, column)].values(_BAD_DEBT)
            second = matrix.cells[event, Setting(worst, column)].values(_BAD_DEBT)
            differences += [second[seed] - value for seed, value in first.items() if seed in second]
    if not differences:
        return ""
    fewer = sum(difference > 0 for difference in differences)
    more = sum(difference < 0 for difference in differences)
    return (
        f"With the same luck and all else alike, {best} leaves less bad debt than {worst} in {fewer:,} of "
        f"{len(differences):,} pairs of runs, more in {more:,}; the mean difference is "
        f"{money(float(np.mean(differences))).text} {token}."
    )


def _forced(matrix: Matrix) -> str:
    notional, positions = _BY_KEY["liquidated_notional"], _BY_KEY["share_liquidated"]
    by_row = _means(matrix.rows, lambda name: matrix.mean(positions, row=name))
    if len(by_row) < 2:
        return ""
    of_notional = {name: matrix.mean(notional, row=name) for name in by_row}
    return (
        f"Of the positions opened, {_named(by_row, positions)} end in liquidation; closed by force is a "
        f"notional of {_named(dict(sorted(of_notional.items(), key=lambda item: item[1])), notional)}."
    )


def _price_of_safety(matrix: Matrix, columns_axis: str) -> str:
    margin = _BY_KEY["margin_ratio"]
    by_column = _means(matrix.columns, lambda name: matrix.mean(_BAD_DEBT, column=name))
    if len(by_column) < 2:
        return ""
    safest, *_, riskiest = by_column
    asked, cheap = (matrix.mean(margin, column=name) for name in (safest, riskiest))
    saved = 1 - by_column[safest] / by_column[riskiest] if by_column[riskiest] else 0.0
    return (
        f"With the {columns_axis} of {safest} there is {percentage(saved).text} less bad debt than with "
        f"those of {riskiest}; traders put up {percentage(asked).text} of their notional when they open, "
        f"in place of {percentage(cheap).text}."
    )


def _keepers(matrix: Matrix, token: str) -> str:
    profit = _BY_KEY["keeper_profit"]
    settings = {
        _setting_words(setting): matrix.mean(profit, row=setting.row, column=setting.column)
        for setting in matrix.settings
    }
    means = _means(list(settings), lambda name: settings[name])
    if len(means) < 2:
        return ""
    (lowest, least), *_, (highest, most) = means.items()
    losing = sum(
        float(row["keeper_profit"]) < 0 for cell in matrix.cells.values() for row in cell.runs.values()
    )
    said = f"in {losing:,} of {matrix.runs:,} runs" if losing else "in no run"
    return (
        f"Keepers earn most under {highest}, {money(most).text} {token} in the mean, and least under "
        f"{lowest}, {money(least).text}; together they lose money {said}."
    )


def _books(matrix: Matrix) -> str:
    failed = f"; {matrix.failed:,} did not come to an end and are left out" if matrix.failed else ""
    if matrix.violations:
        return f"Invariants broke in {matrix.violations:,} cases{failed}."
    return f"No invariant broke in any of the {matrix.runs:,} runs{failed}."
