"""What the market goes by besides positions, followed from events: price, time, parameters, risk table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from isomargin.model import Bracket, Climb, Parameters, RiskTable
from isomargin.protocol import OracleGuards, SystemTerms
from isomargin.units import WAD

__all__ = ["Circumstances", "Outage", "table_in"]


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without a good price, as the oracle told of it.

    Attributes
    ----------
    price_before : int
        Last good price before it, WAD; 0 if none is known.
    is_over : bool
        Whether it has ended.
    grace_ends_at : int
        Unix seconds, until when owners may top up undisturbed.
    """

    price_before: int = 0
    is_over: bool = True
    grace_ends_at: int = 0


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
    guards : OracleGuards or None
        When the oracle refuses a price; None while another than the system's own is plugged in.
    updated_at, price_before : int
        Unix seconds of the newest answer; the answer before it, WAD, None if there was none.
    paused : bool
        Whether the oracle gives a price for leaving only.
    outage : Outage
        The last time without a good price.
    """

    timestamp: int
    price: int
    round_id: int
    accrued_at: int | None
    parameters: Parameters
    risk: RiskTable
    token_scale: int
    climb: Climb
    guards: OracleGuards | None
    updated_at: int = 0
    price_before: int | None = None
    paused: bool = False
    outage: Outage = Outage()

    @property
    def multiplier(self) -> int:
        """What maintenance is multiplied by now, WAD."""
        return self.climb.height(self.timestamp)

    @property
    def refusal(self) -> str:
        """Why the oracle must refuse the newest price now; empty where it need not."""
        guards, price = self.guards, self.price
        if guards is None:
            return ""
        if price <= 0:
            return "price not positive"
        if self.timestamp - self.updated_at > guards.max_age:
            return "price stale"
        if not guards.min_price < price < guards.max_price:
            return "price out of bounds"
        if guards.max_deviation and self.price_before is not None:
            step = abs(price - self.price_before)
            if self.price_before <= 0 or step * WAD > guards.max_deviation * self.price_before:
                return "price deviates"
        return ""

    @property
    def in_grace(self) -> bool:
        """Whether owners have time to top up after an outage."""
        return self.outage.is_over and self.timestamp < self.outage.grace_ends_at

    @property
    def entry_refusal(self) -> str:
        """Why the oracle must give no price to add risk at; empty where it need not refuse."""
        return self.forced_refusal or ("grace after outage" if self.in_grace else "")

    @property
    def forced_refusal(self) -> str:
        """Why the oracle must give no price to liquidate or deleverage at; empty where it need not refuse."""
        return self.refusal or ("paused" if self.paused else "")

    def maintenance(self, notional: int) -> int:
        """What a position of this notional must hold now, WAD quote."""
        return self.risk.maintenance(notional, self.multiplier)

    @classmethod
    def at_first(cls, terms: SystemTerms) -> Circumstances:
        """Those before the first event; what the constructors then log says the same as the terms."""
        return cls(
            timestamp=0,
            price=0,
            round_id=0,
            accrued_at=None,
            parameters=terms.parameters,
            risk=terms.risk,
            token_scale=terms.token_scale,
            climb=Climb(),
            guards=terms.oracle,
        )

    def at(self, timestamp: int) -> Circumstances:
        """Those at the beginning of a block."""
        return replace(self, timestamp=timestamp)

    def with_round(self, price: int, round_id: int, updated_at: int) -> Circumstances:
        """Those after an answer of the feed."""
        before = self.price if self.round_id else None
        return replace(self, price=price, round_id=round_id, updated_at=updated_at, price_before=before)

    def without_guards(self) -> Circumstances:
        """Those under an oracle of which nothing is known."""
        return replace(self, guards=None)

    def after(self, contract: str, event: str, args: Mapping[str, Any]) -> Circumstances:
        """Those after an event; most events leave them as they are."""
        match contract:
            case "feed" if event == "AnswerUpdated":
                return self.with_round(args["current"], args["roundId"], args["updatedAt"])
            case "oracle":
                return self._after_oracle(event, args)
            case "market":
                return self._after_market(event, args)
            case "risk_engine":
                return self._after_risk_engine(event, args)
        return self

    def _after_oracle(self, event: str, args: Mapping[str, Any]) -> Circumstances:
        match event:
            case "GuardsSet" if self.guards is not None:
                return replace(self, guards=replace(self.guards, **args))
            case "Paused" | "Resumed":
                return replace(self, paused=event == "Paused")
            case "OutageBegan":
                return replace(self, outage=Outage(args["price_before"], is_over=False))
            case "OutageEnded":
                over = replace(self.outage, is_over=True, grace_ends_at=args["grace_ends_at"])
                return replace(self, outage=over)
        return self

    def _after_market(self, event: str, args: Mapping[str, Any]) -> Circumstances:
        match event:
            case "FundingAccrued":
                return replace(self, accrued_at=self.timestamp)
            case "ParametersSet":
                # the constructor sets both, later settings accrue first where time has passed
                return replace(self, parameters=Parameters(*args["parameters"]), accrued_at=self.timestamp)
        return self

    def _after_risk_engine(self, event: str, args: Mapping[str, Any]) -> Circumstances:
        match event:
            case "RiskTableSet":
                return replace(self, risk=table_in(args, self.risk))
            case "MultiplierChanged":
                return replace(self, climb=Climb(**args))
            case "CallRatioSet":
                return replace(self, risk=replace(self.risk, call_ratio=args["call_ratio"]))
        return self


def table_in(args: Mapping[str, Any], before: RiskTable) -> RiskTable:
    """The table that an event tells; the call ratio stays what it was."""
    return replace(
        before,
        brackets=tuple(Bracket(*bracket) for bracket in args["brackets"]),
        max_notional=args["max_notional"],
        liquidation_fee_ratio=args["liquidation_fee_ratio"],
        max_move=args["max_move"],
    )
