"""Faults of the connection: a node that answers late, or nobody for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from isomargin.scenario import FaultSection
from isomargin.units import to_float

__all__ = ["NetworkFaults"]


class NetworkFaults:
    """What makes the connection a bad one; times are those of the event loop.

    Attributes
    ----------
    cut : callable
        Called when a disconnection begins, to close what is open.
    """

    def __init__(self) -> None:
        self.cut: Callable[[], None] = lambda: None
        self._delay = 0.0
        self._slow_until = 0.0
        self._gone_until = 0.0

    def begin(self, fault: FaultSection) -> None:
        """Let a fault of the connection begin now."""
        until = asyncio.get_running_loop().time() + (fault.seconds or 0)
        if fault.kind == "disconnect":
            self._gone_until = until
            self.cut()
        else:
            self._delay, self._slow_until = to_float(fault.delay or 0), until

    @property
    def is_disconnected(self) -> bool:
        """Whether nobody is answered now."""
        return asyncio.get_running_loop().time() < self._gone_until

    async def before_answer(self) -> None:
        """Hold an answer back for as long as the fault says."""
        if asyncio.get_running_loop().time() < self._slow_until:
            await asyncio.sleep(self._delay)
