"""What an action of a test came to: its receipt, and its events decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from isomargin.chain import Event, Receipt

__all__ = ["Result"]


@dataclass(frozen=True)
class Result:
    """A transaction that succeeded.

    Attributes
    ----------
    receipt : Receipt
    events : tuple of Event
        What the market's contracts logged, in order.
    """

    receipt: Receipt = field(repr=False)
    events: tuple[Event, ...]

    @property
    def gas_used(self) -> int | None:
        """Gas; None on an engine that counts none."""
        return self.receipt.gas_used

    def event(self, name: str) -> Event:
        """Return the only event of this name.

        Raises
        ------
        AssertionError
            If there is none, or there are several.
        """
        __tracebackhide__ = True
        found = [event for event in self.events if event.name == name]
        if len(found) != 1:
            names = ", ".join(event.name for event in self.events) or "none"
            raise AssertionError(f"expected one event {name}, found {len(found)}; events: {names}")
        return found[0]

    def __getitem__(self, name: str) -> Any:
        """The arguments of the only event of this name."""
        __tracebackhide__ = True
        return self.event(name).args
