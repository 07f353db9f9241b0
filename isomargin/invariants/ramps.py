"""Requirements rise in ramps and after announcements, never in a step (I9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from isomargin.invariants.catalogue import NO_SELF_HARM
from isomargin.invariants.circumstances import Circumstances, table_in
from isomargin.invariants.findings import Tally
from isomargin.model import Climb, RiskTable

__all__ = ["Ramps"]

_BEYOND_EVERY_FLOOR = 10**60
"""WAD quote: a notional at which only the last brackets' ratios count."""


@dataclass(frozen=True, slots=True)
class Ramps:
    """What has been announced, and how long a rise must take.

    Attributes
    ----------
    seconds : int
        That maintenance takes to a higher multiplier, and an announced table to its day.
    announced : RiskTable or None
        The newest that was announced and not set since.
    due : int
        From when it may be set, unix seconds.
    """

    seconds: int
    announced: RiskTable | None = None
    due: int = 0

    def after(self, event: str, args: Mapping[str, Any], before: Circumstances) -> Ramps:
        """Those after an event of the risk engine."""
        match event:
            case "AdjustmentSet":
                return replace(self, seconds=args["adjustment"][-1])
            case "RiskTableAnnounced":
                due = before.timestamp + self.seconds
                return replace(self, announced=table_in(args, before.risk), due=due)
            case "RiskTableSet":
                return replace(self, announced=None)
        return self

    def check(
        self, place: str, event: str, args: Mapping[str, Any], before: Circumstances, tally: Tally
    ) -> None:
        """Check an event of the risk engine; before there is a market, nobody can be harmed."""
        if before.accrued_at is None:
            return
        if event == "MultiplierChanged":
            self._check_climb(place, Climb(**args), before, tally)
        elif event == "RiskTableSet":
            self._check_table(place, table_in(args, before.risk), before, tally)

    def _check_climb(self, place: str, climb: Climb, before: Circumstances, tally: Tally) -> None:
        now, old = before.timestamp, before.climb
        reached = old.height(now)
        tally.check(
            NO_SELF_HARM,
            climb.height(now) <= reached,
            lambda: f"{place}: maintenance is multiplied by {climb.height(now)} at once, after {reached}",
        )
        steepest = -(-(climb.target - climb.start) // self.seconds)
        if reached < old.target:
            steepest = max(steepest, old.rise)
        tally.check(
            NO_SELF_HARM,
            climb.rise <= steepest,
            lambda: f"{place}: it rises by {climb.rise} a second, {steepest} would do",
        )

    def _check_table(self, place: str, table: RiskTable, before: Circumstances, tally: Tally) -> None:
        asks_more = _asks_more(table, before.risk)
        tally.check(
            NO_SELF_HARM,
            not asks_more or (table == self.announced and before.timestamp >= self.due),
            lambda: f"{place}: it asks more maintenance and was not announced {self.seconds} seconds before",
        )


def _asks_more(table: RiskTable, before: RiskTable) -> bool:
    """Both are straight between floors, so floors and what lies beyond them decide."""
    floors = {bracket.notional_floor for bracket in (*table.brackets, *before.brackets)}
    return any(
        table.maintenance(notional) > before.maintenance(notional)
        for notional in floors | {_BEYOND_EVERY_FLOOR}
    )
