"""The same traders in different runs: who was liquidated in one and survived in the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isomargin.record import PositionRow
from isomargin.report.amounts import Amount, amount, price_digits
from isomargin.report.compare_runs import ComparedRun

__all__ = ["Fate", "FateChange", "FateLine", "Fates", "compared_fates"]

_NOT_OPENED = "not opened"
_PEOPLE = ("traders", "people", "steps")  # what decides who trades, and how much


@dataclass(frozen=True)
class Fate:
    """What became of a position in one run; amounts are None where it was not opened or is still open."""

    outcome: str
    exit_price: Amount | None = None
    penalty: Amount | None = None
    bad_debt: Amount | None = None
    payout: Amount | None = None


@dataclass(frozen=True)
class FateLine:
    """One position whose fate is not the same in all runs; `fates` has one for each run."""

    actor: str
    side: str
    notional: Amount
    fates: tuple[Fate, ...]


@dataclass(frozen=True)
class FateChange:
    """How many positions that ended one way in the first run ended another way in run `letter`."""

    letter: str
    before: str
    after: str
    count: int


@dataclass(frozen=True)
class Fates:
    """Positions one by one.

    Attributes
    ----------
    same_people : bool
        False where seeds or traders differ: then the rest is empty.
    compared : int
        Positions that were held against each other.
    changes : tuple of FateChange
        Sums of `lines`, for each run but the first, most frequent first.
    lines : tuple of FateLine
        Largest notional first.
    """

    same_people: bool
    compared: int = 0
    changes: tuple[FateChange, ...] = ()
    lines: tuple[FateLine, ...] = ()


def compared_fates(runs: Sequence[ComparedRun]) -> Fates:
    """Hold each position against that of the same trader in the other runs.

    A trader's positions are told apart by the order of their openings.
    """
    if any(_people(run) != _people(runs[0]) for run in runs):
        return Fates(same_people=False)
    columns = [_positions(run) for run in runs]
    keys = dict.fromkeys(key for column in columns for key in column)
    differing = []
    changes: Counter[tuple[int, str, str]] = Counter()
    for key in keys:
        rows = [column.get(key) for column in columns]
        outcomes = [_outcome(row) for row in rows]
        if len(set(outcomes)) > 1:
            differing.append((key, rows))
            changes.update(
                (place, outcomes[0], outcome)
                for place, outcome in enumerate(outcomes)
                if outcome != outcomes[0]
            )
    differing.sort(key=lambda item: -max(row.notional for row in item[1] if row))
    return Fates(
        same_people=True,
        compared=len(keys),
        changes=tuple(
            FateChange(runs[place].letter, before, after, count)
            for (place, before, after), count in sorted(
                changes.items(), key=lambda item: (item[0][0], -item[1])
            )
        ),
        lines=tuple(_line(key[0], rows, runs) for key, rows in differing),
    )


def _people(run: ComparedRun) -> Any:
    parameters: Mapping[str, Any] = run.record.run.parameters
    return run.record.run.seed, [parameters.get(name) for name in _PEOPLE]


def _positions(run: ComparedRun) -> dict[tuple[str, int], PositionRow]:
    seen: defaultdict[str, int] = defaultdict(int)
    found = {}
    for row in sorted(run.record.positions, key=lambda row: row.id):
        found[row.actor, seen[row.actor]] = row
        seen[row.actor] += 1
    return found


def _outcome(row: PositionRow | None) -> str:
    if row is None:
        return _NOT_OPENED
    return "bankrupt" if row.bankrupt else row.outcome


def _line(actor: str, rows: Sequence[PositionRow | None], runs: Sequence[ComparedRun]) -> FateLine:
    known = next(row for row in rows if row)
    digits = price_digits(known.entry_price)
    fates = [_fate(row, run.record.run.token_decimals, digits) for row, run in zip(rows, runs, strict=True)]
    return FateLine(actor, known.side, amount(known.notional, 18), tuple(fates))


def _fate(row: PositionRow | None, decimals: int, digits: int) -> Fate:
    if row is None or row.exit_price is None:
        return Fate(_outcome(row))
    return Fate(
        outcome=_outcome(row),
        exit_price=amount(row.exit_price, 18, digits=digits),
        penalty=amount(row.penalty, decimals),
        bad_debt=amount(row.bad_debt, 18),
        payout=amount(row.payout, decimals),
    )
