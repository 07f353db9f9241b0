"""When blocks are due: as the scenario has them, one step after another, or by a steady beat of real time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

from isomargin.errors import InputError
from isomargin.prices import PricePath
from isomargin.scenario import Scenario
from isomargin.simulation.beats import Beat, beats

__all__ = ["Schedule", "SteadySchedule", "StepSchedule"]


class Schedule(Protocol):
    """What is due, one block after another, without end."""

    @property
    def prices_left(self) -> int:
        """Prices of the path that no block has carried yet."""

    def next(self, head: int) -> Beat:
        """Return the next block that is due; `head` is the time of the newest."""


class StepSchedule:
    """The blocks of `isomargin run`, for whoever goes step by step; afterwards quiet ones.

    Parameters
    ----------
    scenario : Scenario
    path : PricePath
    """

    def __init__(self, scenario: Scenario, path: PricePath) -> None:
        self._beats: Iterator[Beat] = beats(scenario, path)
        self._interval = scenario.chain.block_time
        self._length = len(path)
        self._step = -1

    @property
    def prices_left(self) -> int:
        """See `Schedule`."""
        return self._length - 1 - self._step

    def next(self, head: int) -> Beat:
        """See `Schedule`."""
        beat = next(self._beats, None)
        if beat is None:
            return Beat(head + self._interval, self._step, None, people_act=False, ends_price=False)
        self._step = beat.step
        return beat


class SteadySchedule:
    """A block every so many seconds; one that is due after a price carries it, and people act in the next.

    Parameters
    ----------
    path : PricePath
    interval : Fraction
        Seconds of the chain from one block to the next. Times are rounded down.

    Raises
    ------
    InputError
        If blocks are further apart than prices, some of which would be lost.
    """

    def __init__(self, path: PricePath, interval: Fraction) -> None:
        shortest = min(path.intervals, default=None)
        if shortest is not None and interval > shortest:
            raise InputError(
                f"blocks {float(interval):g} s of the chain apart would miss prices, which come every "
                f"{shortest} s: lower --speed or --block-time"
            )
        self._path = path
        self._interval = interval
        self._blocks = 0
        self._step = -1
        self._people_are_due = False

    @property
    def prices_left(self) -> int:
        """See `Schedule`."""
        return len(self._path) - 1 - self._step

    def next(self, head: int) -> Beat:
        """See `Schedule`."""
        time = self._path.start + int(self._blocks * self._interval)
        self._blocks += 1
        people_act, price = self._people_are_due, None
        while self.prices_left and self._path[self._step + 1].timestamp <= time:
            self._step += 1
            price = self._path[self._step].price
        self._people_are_due = price is not None
        return Beat(time, max(self._step, 0), price, people_act=people_act, ends_price=False)
