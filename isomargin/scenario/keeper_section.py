"""The `[[keepers]]` tables: what each bot does, how fast, with what money, and how it bids."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import model_validator

from isomargin.keepers import Bidding, EscalatingBid, FixedBid, ProfitShareBid
from isomargin.protocol import ORDER_BATCH_LIMIT
from isomargin.scenario.values import (
    GWEI,
    Amount,
    Fraction,
    Gwei,
    KeyProblem,
    Name,
    PositiveAmount,
    Section,
    describe_wad,
    number_between,
    pairs_of,
    true_or_false,
    whole_between,
)
from isomargin.units import WAD, to_wad

__all__ = ["DowntimeRow", "KeeperSection"]

_HOUR = 3_600
_ESCALATION = to_wad("1.25")
_PROFIT_SHARE = to_wad("0.5")


class DowntimeRow(Section):
    """A keeper is down from `start` until `end`, hours after the first price."""

    start: Amount
    end: PositiveAmount

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.end <= self.start:
            raise KeyProblem(
                f"expected after the start of {describe_wad(self.start)}, found {describe_wad(self.end)}",
                "end",
            )
        return self


class KeeperSection(Section):
    """One of `[[keepers]]`: a bot that liquidates, calls margins, executes orders or deleverages.

    Attributes
    ----------
    name : str
    kind : {"liquidation", "margin-call", "trigger-orders", "deleverage"}
    batch_size : int
        Positions a transaction, or calls or winners a block, at most 64; or orders a transaction, at most 32.
    min_profit : int
        Least reward above the gas cost that it acts for, WAD quote a batch; not for work without a reward.
    gas_bid : int
        What it usually pays, and counts with, as a multiple of the going gas price, WAD.
    bidding : {"fixed", "escalate", "profit-share"}
        Whether it pays more than that, and when.
    escalation : int or None
        For "escalate": what each setback in a row multiplies the bid by, WAD; 1.25 if not given.
    profit_share : int or None
        For "profit-share": the share of a batch's expected profit that it bids away, WAD; half if not given.
    max_gas_price : int or None
        The most it pays, in gwei (WAD of gwei inside).
    capital : int or None
        What it has for gas at the first price, wei; no end if not given.
    refill : bool
        Whether rewards become ether for gas, at the scenario's price of ether.
    latency : int
        Blocks between seeing a price and acting on it.
    downtime : tuple of DowntimeRow
    """

    name: Name = "keeper"
    kind: Literal["liquidation", "margin-call", "trigger-orders", "deleverage"] = "liquidation"
    batch_size: Annotated[int, whole_between(1, 64)] = 20
    min_profit: Amount = 0
    gas_bid: Annotated[int, number_between("0", "1000", above=True)] = WAD
    bidding: Literal["fixed", "escalate", "profit-share"] = "fixed"
    escalation: Annotated[int, number_between("1", "10", above=True)] | None = None
    profit_share: Fraction | None = None
    max_gas_price: Gwei | None = None
    capital: Amount | None = None
    refill: Annotated[bool, true_or_false()] = False
    latency: Annotated[int, whole_between(0, 10_000)] = 0
    downtime: Annotated[tuple[DowntimeRow, ...], pairs_of("start", "end")] = ()

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.kind in ("margin-call", "deleverage"):
            for key, is_used in (("min_profit", self.min_profit), ("bidding", self.bidding != "fixed")):
                if is_used:
                    raise KeyProblem(f'belongs to kinds that earn rewards, found "{self.kind}"', key)
        if self.kind == "trigger-orders" and self.batch_size > ORDER_BATCH_LIMIT:
            raise KeyProblem(
                f"expected at most {ORDER_BATCH_LIMIT} orders a transaction, found {self.batch_size}",
                "batch_size",
            )
        return self

    @model_validator(mode="after")
    def _check_companions(self) -> Self:
        for key, strategy in (("escalation", "escalate"), ("profit_share", "profit-share")):
            if getattr(self, key) is not None and self.bidding != strategy:
                raise KeyProblem(f'belongs to bidding = "{strategy}", found "{self.bidding}"', key)
        if self.refill and self.capital is None:
            raise KeyProblem("belongs to a keeper with a capital, found none", "refill")
        for index, (earlier, later) in enumerate(pairwise(self.downtime), start=1):
            if later.start < earlier.end:
                raise KeyProblem(
                    f"expected a start at or after the end before it, {describe_wad(earlier.end)}, "
                    f"found {describe_wad(later.start)}",
                    *("downtime", index),
                )
        return self

    def strategy(self) -> Bidding:
        """How it bids."""
        match self.bidding:
            case "escalate":
                return EscalatingBid(_ESCALATION if self.escalation is None else self.escalation)
            case "profit-share":
                return ProfitShareBid(_PROFIT_SHARE if self.profit_share is None else self.profit_share)
            case _:
                return FixedBid()

    def highest_gas_price(self) -> int | None:
        """The most it pays, wei for a unit of gas."""
        return None if self.max_gas_price is None else self.max_gas_price * GWEI // WAD

    def outages(self) -> tuple[tuple[int, int], ...]:
        """From when to when it is down, seconds after the first price."""
        return tuple((row.start * _HOUR // WAD, row.end * _HOUR // WAD) for row in self.downtime)
