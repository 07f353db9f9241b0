"""Plays one run of a sweep and makes it a row: the only part of a sweep that knows what a market is.

A run is the scenario of a point with one seed. It needs nothing but a `Cargo` and a `Job`, touches no file
but those that came with the cargo, and gives the same row wherever and whenever it is played.
"""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from isomargin.errors import IsomarginError
from isomargin.record import BlockRow, RunRecord
from isomargin.scenario import Scenario
from isomargin.scenario.documents import Document
from isomargin.scenario.embedding import unpacked
from isomargin.scenario.loading import scenario_of
from isomargin.simulation import simulate
from isomargin.sweep.laying import laid_over, with_seed
from isomargin.sweep.plan import Cargo, Job
from isomargin.sweep.results import RunResult

__all__ = ["Player", "result_of"]

_DIGITS = 18


class Player:
    """Plays the runs of one sweep; what they share is unpacked once.

    Parameters
    ----------
    cargo : Cargo
    """

    def __init__(self, cargo: Cargo) -> None:
        self._cargo = cargo
        self._base = Document(dict(cargo.base))
        self._root = tempfile.TemporaryDirectory(prefix="isomargin-sweep-")
        self._folder, _ = unpacked(cargo.folder, cargo.files, Path(self._root.name))

    @property
    def cargo(self) -> Cargo:
        """What it plays."""
        return self._cargo

    def play(self, job: Job) -> RunResult:
        """Play a run; an error of ours, or a bug, is in the result: the other runs go on.

        Raises
        ------
        MemoryError
            If there is not enough of it: that is about the machine, and not about the run.
        """
        try:
            scenario = self.scenario(job)
            record = simulate(scenario, engine=self._cargo.engine, detail="summary")
        except MemoryError:
            raise
        except IsomarginError as error:
            return self._failed(job, str(error))
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            return self._failed(
                job, f"{type(error).__name__}: {error} ({Path(at.filename).name}:{at.lineno})"
            )
        if not record.run.complete:
            raise KeyboardInterrupt
        return result_of(record, scenario, job)

    def scenario(self, job: Job) -> Scenario:
        """The scenario of a run."""
        document = laid_over(self._base, self._cargo.overrides, job.point)
        seeded = with_seed(document, job.seed, only_end=self._cargo.only_end)
        return scenario_of(seeded, folder=self._folder)

    def _failed(self, job: Job, message: str) -> RunResult:
        told = " ".join(message.replace(f"{self._root.name}/", "").split())
        return RunResult(job.run, job.number, job.seed, error=told)


def result_of(record: RunRecord, scenario: Scenario, job: Job) -> RunResult:
    """What a run came to, of its summary, its blocks and its positions."""
    summary, people = record.summary, record.summary.positions
    deposit = scenario.token_units(scenario.insurance.deposit)
    deposited = summary.pool.deposited
    lowest_pool = min((row.pool_assets for row in record.blocks), default=deposited)
    lowest_fund = min((row.insurance_fund for row in record.blocks), default=deposit)
    prices = _prices(record.blocks)

    def token(amount: int) -> int:
        scale: int = 10 ** (_DIGITS - summary.token_decimals)
        return amount * scale

    return RunResult(
        run=job.run,
        point=job.number,
        seed=job.seed,
        bad_debt=summary.bad_debt,
        insurance_drawdown=token(max(0, deposit - lowest_fund)),
        insurance_end=token(summary.insurance_fund),
        pool_pnl=token(summary.pool.pnl),
        pool_return=_share(summary.pool.pnl, deposited),
        pool_drawdown=_share(max(0, deposited - lowest_pool), deposited),
        keeper_profit=token(summary.keeper.profit),
        keeper_gas_cost=token(summary.keeper.gas_cost),
        opened=people.opened,
        liquidated=people.liquidated,
        bankrupt=people.bankrupt,
        deleveraged=people.deleveraged,
        share_liquidated=_share(people.liquidated, people.opened),
        liquidations=summary.liquidations.count,
        liquidated_notional=summary.liquidations.notional,
        margin=token(sum(row.margin for row in record.positions)),
        notional=sum(row.notional for row in record.positions),
        missed=summary.missed,
        waited_most=summary.waited.most,
        price_first=prices[0] if prices else None,
        price_low=min(prices, default=None),
        price_high=max(prices, default=None),
        price_last=prices[-1] if prices else None,
        blocks=summary.blocks,
        transactions=summary.transactions,
        violations=summary.invariants.violations,
        state_root=summary.state_root,
    )


def _prices(blocks: Sequence[BlockRow]) -> list[int]:
    """The prices that there were; while the oracle has none, a block has zero."""
    return [row.price for row in blocks if row.price]


def _share(part: int, whole: int) -> float | None:
    """A ratio rounded once, so that it is the same on every machine."""
    return float(Fraction(part, whole)) if whole > 0 else None
