"""What goes wrong in a run: late and missing blocks, stale and wrong prices, dear gas, censors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from isomargin.scenario import FaultSection
from isomargin.simulation.beats import Beat
from isomargin.units import WAD

__all__ = ["Faults"]

_HOUR = 3_600


@dataclass
class _Lateness:
    blocks: int
    seconds: int


class Faults:
    """The faults of a scenario and those that are injected, as they begin and end.

    Parameters
    ----------
    planned : sequence of FaultSection
        With the hours at which they begin.
    start : int
        Unix seconds of the first price.
    accounts : mapping of str to str
        Addresses of those whom faults call by name.

    Attributes
    ----------
    elsewhere : callable
        Takes the faults that a chain of its own accord does not have: ``reorg``, ``disconnect`` and
        ``slow-answers``. A run without a server passes them over.
    """

    def __init__(self, planned: Sequence[FaultSection], start: int, accounts: Mapping[str, str]) -> None:
        self._planned = sorted(planned, key=lambda fault: fault.at)
        self._start = start
        self.accounts = dict(accounts)
        self.elsewhere: Callable[[FaultSection], None] = lambda fault: None
        self._late = _Lateness(0, 0)
        self._dropped = 0
        self._stale_until = 0
        self._jump: int | None = None
        self._spike = (1, 0)
        self._censored: dict[str, int] = {}
        self._carried: Beat | None = None  # what a block that was not made leaves to the next

    def begin(self, fault: FaultSection, now: int) -> None:
        """Let a fault begin at a time in unix seconds."""
        until = now + (fault.seconds or 0)
        match fault.kind:
            case "late-blocks":
                self._late = _Lateness(fault.blocks or 0, fault.seconds or 0)
            case "dropped-blocks":
                self._dropped += fault.blocks or 0
            case "stale-oracle":
                self._stale_until = max(self._stale_until, until)
            case "oracle-jump":
                self._jump = fault.ratio
            case "gas-spike":
                self._spike = (fault.factor or 1, until)
            case "censor":
                sender = fault.sender or ""
                self._censored[self.accounts.get(sender, sender)] = until
            case _:
                self.elsewhere(fault)

    def bend(self, beat: Beat) -> Beat | None:
        """Return what becomes of a block that is due: later, with another price or none; None if dropped."""
        while self._planned and self._start * WAD + self._planned[0].at * _HOUR <= beat.timestamp * WAD:
            self.begin(self._planned.pop(0), beat.timestamp)
        if self._carried is not None:
            beat = _joined(self._carried, beat)
            self._carried = None
        if self._dropped:
            self._dropped -= 1
            self._carried = beat
            return None
        price = beat.price
        if price is not None and beat.timestamp < self._stale_until:
            price = None
        if price is not None and self._jump is not None:
            price, self._jump = price * self._jump // WAD, None
        if self._late.blocks:
            self._late.blocks -= 1
            beat = replace(beat, timestamp=beat.timestamp + self._late.seconds)
        return replace(beat, price=price)

    def gas_factor(self, now: int) -> int:
        """Return how many times its usual price gas costs."""
        factor, until = self._spike
        return factor if now < until else 1

    def censored(self, now: int) -> set[str]:
        """Return the addresses whose transactions no block takes."""
        return {address for address, until in self._censored.items() if now < until}

    def active(self, now: int) -> list[str]:
        """Name the faults of blocks and prices that are in force."""
        states = {
            "late-blocks": self._late.blocks > 0,
            "dropped-blocks": self._dropped > 0,
            "stale-oracle": now < self._stale_until,
            "oracle-jump": self._jump is not None,
            "gas-spike": self.gas_factor(now) > 1,
            "censor": bool(self.censored(now)),
        }
        return [name for name, is_active in states.items() if is_active]


def _joined(earlier: Beat, later: Beat) -> Beat:
    """What was due in a block that was not made, and what is due in the next: the newer price wins."""
    return replace(
        later,
        price=earlier.price if later.price is None else later.price,
        people_act=earlier.people_act or later.people_act,
    )
