"""What makes the connection a bad one, as the door sees it, and the requests that it holds back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Faults", "NoFaults", "WaitingRoom"]


class Faults(Protocol):
    """What makes the connection a bad one.

    Attributes
    ----------
    cut : callable
        Closes all connections; whoever listens puts it here.
    """

    cut: Callable[[], None]

    @property
    def is_disconnected(self) -> bool:
        """Whether nobody is answered now: who comes is cut off at once."""

    async def before_answer(self) -> None:
        """Hold an answer back; called before a request is executed."""


class NoFaults:
    """A node that answers at once, always."""

    is_disconnected = False

    def __init__(self) -> None:
        self.cut: Callable[[], None] = lambda: None

    async def before_answer(self) -> None:
        """Hold nothing back."""


class WaitingRoom:
    """Where HTTP requests wait for as long as faults say, or until the door closes.

    Parameters
    ----------
    faults : Faults
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._waiting: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def wait(self) -> bool:
        """Wait; false if the door closed over it."""
        task = asyncio.current_task()
        if task is None or self._is_closed:
            return False
        self._waiting.add(task)
        try:
            await self._faults.before_answer()
        except asyncio.CancelledError:
            if not self._is_closed:
                raise
        finally:
            self._waiting.discard(task)
        return not self._is_closed

    def close(self) -> None:
        """Send everybody away."""
        self._is_closed = True
        for task in self._waiting:
            task.cancel()
