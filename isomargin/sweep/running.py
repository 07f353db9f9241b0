"""Plays the runs of a sweep that are not kept yet, and keeps them as they come.

At any time only a few runs for each worker are on their way, and only the rows since the last part are in
memory: a sweep of a million runs needs no more of it than one of a hundred. A part is written every few
seconds or every few hundred rows, whichever is first; that is all that a kill can cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice

from isomargin.simulation import interruption_held
from isomargin.sweep.plan import Plan
from isomargin.sweep.results import RunResult
from isomargin.sweep.store import Store
from isomargin.sweep.workers import Crew, stopped_by

__all__ = ["Progress", "run_sweep"]

_LOOK = 0.2  # seconds between looks at whether somebody wants it to end
_PART_ROWS = 256
_PART_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep is.

    Attributes
    ----------
    done, total : int
        Runs; `done` with those of earlier times.
    failed : int
        Of those played now.
    """

    done: int
    total: int
    failed: int


@dataclass
class _Incoming:
    """Rows that came and are in no part yet."""

    store: Store
    total: int
    on_progress: Callable[[Progress], None]
    rows: list[RunResult] = field(default_factory=list)
    failed: int = 0
    written_at: float = field(default_factory=time.monotonic)

    def take(self, result: RunResult) -> None:
        self.rows.append(result)
        self.failed += bool(result.error)
        self.on_progress(Progress(len(self.store.done) + len(self.rows), self.total, self.failed))

    def keep_if_due(self) -> None:
        due = time.monotonic() - self.written_at >= _PART_SECONDS
        if len(self.rows) >= _PART_ROWS or (due and self.rows):
            self.keep()

    def keep(self) -> None:
        rows, self.rows = self.rows, []
        self.store.add(rows)
        self.written_at = time.monotonic()


def run_sweep(
    plan: Plan,
    store: Store,
    workers: Callable[[], AbstractContextManager[Crew]],
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    round_size: int | None = None,
) -> bool:
    """Play what is not kept, and make one table of all.

    Parameters
    ----------
    plan : Plan
    store : Store
        Begun.
    workers : callable
        Gives workers for as long as a context lasts.
    on_progress : callable
        Told after each run.
    round_size : int, optional
        Runs after which workers are replaced by new ones.

    Returns
    -------
    bool
        False if somebody ended it; all that was finished is kept.

    Raises
    ------
    SweepStopped
        If it cannot go on; all that was finished is kept.
    """
    missing = (run for run in range(plan.info.runs) if run not in store.done)
    incoming = _Incoming(store, plan.info.runs, on_progress)
    try:
        while batch := list(islice(missing, round_size)):
            with workers() as crew, interruption_held() as is_interrupted:
                _play(plan, crew, batch, incoming, is_interrupted)
        store.finish()
    except KeyboardInterrupt:
        return False
    finally:
        store.release()
    return True


def _play(
    plan: Plan, crew: Crew, runs: Iterable[int], incoming: _Incoming, is_interrupted: Callable[[], bool]
) -> None:
    """Play runs, a few ahead for each worker; whatever happens, keep what is finished."""
    coming = iter(runs)
    waiting: set[Future[RunResult]] = set()
    try:
        while True:
            waiting.update(
                crew.submit(plan.job(run)) for run in islice(coming, max(0, crew.window - len(waiting)))
            )
            if not waiting:
                return
            finished, waiting = wait(waiting, timeout=_LOOK, return_when=FIRST_COMPLETED)
            _take(finished, incoming)
            incoming.keep_if_due()
            if is_interrupted():
                raise KeyboardInterrupt
    except BaseException:
        for result in _finished(waiting):
            incoming.take(result)
        raise
    finally:
        incoming.keep()


def _take(finished: Iterable[Future[RunResult]], incoming: _Incoming) -> None:
    """Take all results that there are, before the first error ends the sweep."""
    problem: BaseException | None = None
    for future in finished:
        try:
            incoming.take(future.result())
        except KeyboardInterrupt as interruption:  # a worker's
            problem = interruption
        except BaseException as error:  # an engine may panic by an exception of its own kind
            problem = problem or stopped_by(error)
    if problem is not None:
        raise problem


def _finished(futures: Iterable[Future[RunResult]]) -> Iterator[RunResult]:
    for future in futures:
        if future.done() and not future.cancelled() and future.exception() is None:
            yield future.result()
