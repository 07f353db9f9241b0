"""The time of blocks: it never reads a clock, so that the same requests make the same chain."""

from __future__ import annotations

from isomargin.errors import ChainError

__all__ = ["BlockClock"]


class BlockClock:
    """Says when the next block is.

    Parameters
    ----------
    interval : int
        Seconds from one block to the next, where nothing else is asked.
    """

    def __init__(self, interval: int) -> None:
        self.interval = interval
        self._chosen: int | None = None
        self._ahead = 0
        self._shift = 0

    def choose(self, timestamp: int, head: int) -> None:
        """Set the time of the next block, for that block alone.

        Raises
        ------
        ChainError
            If it is not later than the head.
        """
        if timestamp <= head:
            raise ChainError(f"timestamp {timestamp} is not above that of the newest block, {head}")
        self._chosen = timestamp

    def increase(self, seconds: int) -> None:
        """Let the next block come so much later than it would."""
        self._ahead += seconds

    def next(self, head: int, due: int | None = None) -> int:
        """Return the time of the next block.

        Parameters
        ----------
        head : int
            Time of the newest block.
        due : int, optional
            When a block is due anyway, before anybody moved time on.
        """
        if self._chosen is not None:
            return self._chosen
        if due is None:
            return head + self.interval + self._ahead
        return max(due + self._shift + self._ahead, head + 1)

    def move_on(self) -> None:
        """Forget what was asked for one block; what time was moved on by stays."""
        self._shift += self._ahead
        self._chosen, self._ahead = None, 0
