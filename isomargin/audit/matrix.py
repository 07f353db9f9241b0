"""Plays many cases, in this process or in several, and hands their results back in order."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from isomargin.audit.cases import Case
from isomargin.audit.playing import Settings, play, unplayed
from isomargin.audit.results import Result

__all__ = ["play_all"]

_LOOK = 0.2  # seconds between looks at whether somebody wants it to end
_DEAD = "a process that played cases died, for want of memory perhaps; -j 1 uses none besides its own"


def play_all(
    cases: Sequence[Case],
    settings: Settings,
    *,
    processes: int = 1,
    on_result: Callable[[Result], None] = lambda result: None,
) -> tuple[list[Result], bool]:
    """Play cases.

    Parameters
    ----------
    cases : sequence of Case
    settings : Settings
    processes : int
        How many at once.
    on_result : callable
        Told each result as it comes.

    Returns
    -------
    results : list of Result
        In the order of the cases, of those that were played.
    complete : bool
        False when somebody ended it.
    """
    if processes <= 1 or len(cases) <= 1:
        return _one_by_one(cases, settings, on_result)
    return _side_by_side(cases, settings, min(processes, len(cases)), on_result)


def _one_by_one(
    cases: Sequence[Case], settings: Settings, on_result: Callable[[Result], None]
) -> tuple[list[Result], bool]:
    results: list[Result] = []
    try:
        for case in cases:
            results.append(play(case, settings))
            on_result(results[-1])
    except KeyboardInterrupt:
        return results, False
    return results, True


def _side_by_side(
    cases: Sequence[Case], settings: Settings, processes: int, on_result: Callable[[Result], None]
) -> tuple[list[Result], bool]:
    done: dict[int, Result] = {}
    complete = False
    # no fork: engines have threads of their own
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_leave_interrupts_to_the_parent)
    try:
        numbers = {pool.submit(play, case, settings): number for number, case in enumerate(cases)}
        waiting: set[Future[Result]] = set(numbers)
        while waiting:
            finished, waiting = wait(waiting, timeout=_LOOK, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=lambda one: numbers[one]):
                done[numbers[future]] = future.result()
                on_result(done[numbers[future]])
        complete = True
    except BrokenProcessPool:
        lost = (number for number in range(len(cases)) if number not in done)
        done |= {number: unplayed(cases[number], settings, _DEAD) for number in lost}
        complete = True
    except KeyboardInterrupt:
        for process in list(pool._processes.values()):
            process.terminate()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return [done[number] for number in sorted(done)], complete


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
