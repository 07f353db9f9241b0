"""The keepers of several runs side by side, the one whose profit differs most first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isomargin.record import KeeperRank
from isomargin.report.compare_numbers import NumberCell, difference_cell
from isomargin.report.compare_runs import ComparedRun

__all__ = ["KeeperCell", "KeeperComparison", "compared_keepers"]


@dataclass(frozen=True)
class KeeperCell:
    """A keeper in one run: its profit, and in words what it won and lost; None where it was not there."""

    profit: NumberCell
    note: str


@dataclass(frozen=True)
class KeeperComparison:
    """A keeper in all runs; `ranks` is its place by profit, from 1, None where it was not there."""

    name: str
    cells: tuple[KeeperCell | None, ...]
    profits: tuple[int | None, ...]
    ranks: tuple[int | None, ...]


def compared_keepers(runs: Sequence[ComparedRun]) -> list[KeeperComparison]:
    """Every keeper of any run, the largest difference of its profit first; `profits` in token units."""
    rankings = [{rank.name: rank for rank in run.record.summary.keepers} for run in runs]
    places = [{name: place for place, name in enumerate(ranking, 1)} for ranking in rankings]
    names = dict.fromkeys(name for ranking in rankings for name in ranking)
    compared = [
        _compared(
            name, runs, [ranking.get(name) for ranking in rankings], [each.get(name) for each in places]
        )
        for name in names
    ]
    return sorted(compared, key=lambda keeper: -_spread(keeper.profits))


def _compared(
    name: str, runs: Sequence[ComparedRun], ranks: Sequence[KeeperRank | None], places: Sequence[int | None]
) -> KeeperComparison:
    decimals = max(run.record.run.token_decimals for run in runs)
    profits = tuple(
        None if rank is None else rank.profit * 10 ** (decimals - run.record.run.token_decimals)
        for rank, run in zip(ranks, runs, strict=True)
    )
    token = runs[0].record.run.token_symbol
    cells = tuple(
        None
        if rank is None
        else KeeperCell(
            difference_cell(profit, profits[0], decimals, unit=token, better="more"),
            f"{rank.won:,} won, {rank.lost:,} lost",
        )
        for rank, profit in zip(ranks, profits, strict=True)
    )
    return KeeperComparison(name, cells, profits, tuple(places))


def _spread(profits: Sequence[int | None]) -> int:
    there = [profit for profit in profits if profit is not None]
    return max(there) - min(there)
