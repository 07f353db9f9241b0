"""What the market goes by besides positions, followed from events: price, time, parameters, risk table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from isomargin.model import Bracket, Climb, Parameters, RiskTable
from isomargin.protocol import SystemTerms

__all__ = ["Circumstances"]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How things stand between two events.

    Attributes
    ----------
    timestamp : int
        Of the block, unix seconds.
    price : int
        WAD, the newest answer of the feed.
    round_id : int
        Of that answer.
    accrued_at : int or None
        When funding was last brought up to date, unix seconds; None before there is a market.
    parameters, risk : Parameters, RiskTable
        In force.
    token_scale : int
        WAD per token unit.
    climb : Climb
        How the multiplier of maintenance moves.
    """

    timestamp: int
    price: int
    round_id: int
    accrued_at: int | None
    parameters: Parameters
    risk: RiskTable
    token_scale: int
    climb: Climb

    @property
    def multiplier(self) -> int:
        """What maintenance is multiplied by now, WAD."""
        return self.climb.height(self.timestamp)

    @classmethod
    def at_first(cls, terms: SystemTerms) -> Circumstances:
        """Those before the first event; what the constructors then log says the same as the terms."""
        return cls(0, 0, 0, None, terms.parameters, terms.risk, terms.token_scale, Climb())

    def at(self, timestamp: int) -> Circumstances:
        """Those at the beginning of a block."""
        return replace(self, timestamp=timestamp)

    def after(self, contract: str, event: str, args: Mapping[str, Any]) -> Circumstances:
        """Those after an event; most events leave them as they are."""
        match contract, event:
            case "feed", "AnswerUpdated":
                return replace(self, price=args["current"], round_id=args["roundId"])
            case "market", "FundingAccrued":
                return replace(self, accrued_at=self.timestamp)
            case "market", "ParametersSet":
                # the constructor sets both, later settings accrue first where time has passed
                return replace(self, parameters=Parameters(*args["parameters"]), accrued_at=self.timestamp)
            case "risk_engine", "RiskTableSet":
                return replace(self, risk=_with_table(self.risk, args))
            case "risk_engine", "MultiplierChanged":
                return replace(self, climb=Climb(**args))
            case "risk_engine", "CallRatioSet":
                return replace(self, risk=replace(self.risk, call_ratio=args["call_ratio"]))
        return self


def _with_table(before: RiskTable, args: Mapping[str, Any]) -> RiskTable:
    return replace(
        before,
        brackets=tuple(Bracket(*bracket) for bracket in args["brackets"]),
        max_notional=args["max_notional"],
        liquidation_fee_ratio=args["liquidation_fee_ratio"],
        max_move=args["max_move"],
    )
