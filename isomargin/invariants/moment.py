"""What the market goes by besides positions and tokens, followed from events: price, parameters, risk table, time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from isomargin.model import Bracket, Parameters, RiskTable
from isomargin.protocol import SystemTerms

__all__ = ["Moment", "first_moment", "next_moment"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment between two events.

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
    """

    timestamp: int
    price: int
    round_id: int
    accrued_at: int | None
    parameters: Parameters
    risk: RiskTable
    token_scale: int


def first_moment(terms: SystemTerms) -> Moment:
    """Return the moment before the first event; constructors' events then say the same as the terms."""
    return Moment(0, 0, 0, None, terms.parameters, terms.risk, terms.token_scale)


def next_moment(moment: Moment, contract: str, event: str, args: Mapping[str, Any]) -> Moment:
    """Return the moment after an event; most events leave it as it is."""
    match contract, event:
        case "feed", "AnswerUpdated":
            return replace(moment, price=args["current"], round_id=args["roundId"])
        case "market", "FundingAccrued":
            return replace(moment, accrued_at=moment.timestamp)
        case "market", "ParametersSet":
            started = moment.timestamp if moment.accrued_at is None else moment.accrued_at
            return replace(moment, parameters=Parameters(*args["parameters"]), accrued_at=started)
        case "risk_engine", "RiskTableSet":
            return replace(moment, risk=_risk_table(moment.risk, args))
        case "risk_engine", "CallRatioSet":
            return replace(moment, risk=replace(moment.risk, call_ratio=args["call_ratio"]))
    return moment


def _risk_table(before: RiskTable, args: Mapping[str, Any]) -> RiskTable:
    return replace(
        before,
        brackets=tuple(Bracket(*bracket) for bracket in args["brackets"]),
        max_notional=args["max_notional"],
        liquidation_fee_ratio=args["liquidation_fee_ratio"],
        max_move=args["max_move"],
    )
