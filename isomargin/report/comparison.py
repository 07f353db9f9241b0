"""Everything that tells runs apart, for the page, for a terminal and for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isomargin.record import RunRecord
from isomargin.report.compare_fates import Fates, compared_fates
from isomargin.report.compare_keepers import KeeperComparison, compared_keepers
from isomargin.report.compare_numbers import NumberLine, compared_numbers
from isomargin.report.compare_parameters import SettingLine, differing_settings, equal_settings
from isomargin.report.compare_runs import ComparedRun, compared_runs
from isomargin.units import from_units

__all__ = ["Comparison", "compare_runs"]


@dataclass(frozen=True)
class Comparison:
    """Several runs, held against the first of them.

    Attributes
    ----------
    runs : tuple of ComparedRun
        In the order given.
    settings, equal_settings : tuple
        What was set differently, and what was not.
    numbers : tuple of NumberLine
        What came of it: what differs most first, what is equal last.
    fates : Fates
        Positions one by one, where the people are the same.
    keepers : tuple of KeeperComparison
        Side by side.
    """

    runs: tuple[ComparedRun, ...]
    settings: tuple[SettingLine, ...]
    equal_settings: tuple[tuple[str, str], ...]
    numbers: tuple[NumberLine, ...]
    fates: Fates
    keepers: tuple[KeeperComparison, ...]

    @property
    def differing(self) -> list[NumberLine]:
        """The figures in which the runs differ."""
        return [line for line in self.numbers if line.differs]

    @property
    def equal(self) -> list[NumberLine]:
        """The figures that all runs share."""
        return [line for line in self.numbers if not line.differs]

    @property
    def same_blocks(self) -> bool:
        """Whether all runs end in the same block, byte for byte, and so are one run."""
        ends = {run.record.blocks[-1].hash if run.record.blocks else None for run in self.runs}
        return len(ends) == 1 and None not in ends

    def as_object(self) -> dict[str, Any]:
        """The JSON object; money and prices as exact decimal text, counts as numbers."""
        return {
            "runs": [
                {
                    "letter": run.letter,
                    "label": run.label,
                    "scenario": run.record.run.scenario,
                    "seed": run.record.run.seed,
                    "engine": run.record.run.engine,
                    "token": run.record.run.token_symbol,
                    "state_root": run.record.summary.state_root,
                }
                for run in self.runs
            ],
            "same_blocks": self.same_blocks,
            "settings": [{"name": line.name, "values": list(line.values)} for line in self.settings],
            "equal_settings": len(self.equal_settings),
            "differing": [_figure(line) for line in self.differing],
            "equal": [_figure(line) for line in self.equal],
            "fates": self._fates(),
            "keepers": [self._keeper(keeper) for keeper in self.keepers],
        }

    def as_json(self) -> str:
        """`as_object` as text, ending with a newline."""
        return json.dumps(self.as_object(), indent=2) + "\n"

    def _fates(self) -> dict[str, Any]:
        return {
            "same_people": self.fates.same_people,
            "compared": self.fates.compared,
            "different": [
                {
                    "actor": line.actor,
                    "side": line.side,
                    "notional": line.notional.exact,
                    "outcomes": [fate.outcome for fate in line.fates],
                    "payouts": [fate.payout.exact if fate.payout else None for fate in line.fates],
                    "bad_debts": [fate.bad_debt.exact if fate.bad_debt else None for fate in line.fates],
                }
                for line in self.fates.lines
            ],
        }

    def _keeper(self, keeper: KeeperComparison) -> dict[str, Any]:
        decimals = max(run.record.run.token_decimals for run in self.runs)
        profits = [None if profit is None else from_units(profit, decimals) for profit in keeper.profits]
        return {"name": keeper.name, "profits": profits, "ranks": list(keeper.ranks)}


def compare_runs(named: Sequence[tuple[str, RunRecord]]) -> Comparison:
    """Hold runs against the first of them.

    Parameters
    ----------
    named : sequence of (label, RunRecord)
        Two to eight runs with one collateral token.

    Raises
    ------
    InputError
        If they are too few or too many, or count in different tokens.
    """
    runs = compared_runs(named)
    return Comparison(
        runs=runs,
        settings=tuple(differing_settings(runs)),
        equal_settings=tuple(equal_settings(runs)),
        numbers=tuple(compared_numbers(runs)),
        fates=compared_fates(runs),
        keepers=tuple(compared_keepers(runs)),
    )


def _figure(line: NumberLine) -> dict[str, Any]:
    """A figure with its differences to the first run; `distance` is null where that is zero."""

    def shown(value: int | None) -> str | int | None:
        return value if value is None or line.decimals == 0 else from_units(value, line.decimals)

    first = line.values[0]
    differences = [None if value is None or first is None else shown(value - first) for value in line.values]
    return {
        "key": line.key,
        "label": line.label,
        "unit": line.unit,
        "values": [shown(value) for value in line.values],
        "differences": differences,
        "distance": None if math.isinf(line.distance) else line.distance,
    }
