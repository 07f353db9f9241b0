"""How fast blocks come: by a steady beat of real time, as transactions come, or when somebody asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from isomargin.prices import PricePath
from isomargin.scenario import Scenario
from isomargin.server.schedule import Schedule, SteadySchedule, StepSchedule
from isomargin.server.stage import Stage

__all__ = ["Mode", "Pace"]

Mode = Literal["steady", "automatic", "manual"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """The tempo of a served scenario.

    Attributes
    ----------
    mode : {"steady", "automatic", "manual"}
        ``steady``: a block every `block_time`. ``automatic``: a block as soon as there is something for it, a
        transaction, a price or people who act; looked for every `block_time`. ``manual``: none but those that
        requests ask for.
    block_time : Fraction
        Real seconds.
    speed : Fraction
        Seconds of the chain in a real one.
    """

    mode: Mode
    block_time: Fraction
    speed: Fraction = Fraction(1)

    def schedule(self, scenario: Scenario, path: PricePath) -> Schedule:
        """Say when blocks are due.

        Raises
        ------
        InputError
            If blocks would be further apart than prices.
        """
        if self.mode == "manual":
            return StepSchedule(scenario, path)
        return SteadySchedule(path, self.block_time * self.speed)

    async def keep(self, stage: Stage, is_finished: Callable[[], bool]) -> None:
        """Let the stage make its blocks in time, until `is_finished` says so after one of them.

        A block that takes longer than its time delays those after it; none is left out.
        """
        if self.mode == "manual":
            return
        loop, has_warned = asyncio.get_running_loop(), False
        due = loop.time()
        while not is_finished():
            due += float(self.block_time)
            late = loop.time() - due
            if late > 1 and not has_warned:
                has_warned = True
                _log.warning("blocks take longer than their %.3g s: the chain falls behind", self.block_time)
            await asyncio.sleep(max(0.0, -late))
            if late > 0:
                due = loop.time()
            stage.advance(is_lazy=self.mode == "automatic")
