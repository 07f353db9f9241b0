"""All that the blocks told so far: the book and what stands beside it, moved on event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from isomargin.book import Book
from isomargin.chain import Block
from isomargin.errors import IsomarginError
from isomargin.invariants.catalogue import FUNDING, MONOTONE, ORACLE
from isomargin.invariants.circumstances import Circumstances
from isomargin.invariants.findings import Tally
from isomargin.invariants.ramps import Ramps
from isomargin.model import index_increment, rate_a_day
from isomargin.protocol import System

__all__ = ["History", "Touched"]


@dataclass
class Touched:
    """What events named since the chain was last read."""

    ids: set[int] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)


class History:
    """What is known from events alone.

    Attributes
    ----------
    book : Book
        Positions, balances, sums.
    circumstances : Circumstances
        Price, time, parameters.
    funding_owed : int
        Sum of skew x change of the funding index, WAD squared: what all traders together owed so far.
    funding_settlements : int
        How often a position settled its funding, each time rounded.
    touched : Touched
        For whoever reads the chain next; cleared by them.
    block_number : int
        Of the newest block; -1 before the first.
    managers : dict of int to str
        Whom an owner has approved, by position.
    ramps : Ramps
        What the risk engine has announced.
    """

    def __init__(self, system: System) -> None:
        self.book = Book()
        self.circumstances = Circumstances.at_first(system.terms)
        self.funding_owed = 0
        self.funding_settlements = 0
        self.touched = Touched()
        self.block_number = -1
        self.managers: dict[int, str] = {}
        self.ramps = Ramps(system.terms.adjustment.ramp_seconds)
        self.market = system.market.address
        self.pool = system.pool.address
        self.insurance_fund = system.insurance_fund.address
        self._oracle = system.oracle.address
        self.is_contract: Callable[[str], bool] = lambda account: bool(system.chain.code_at(account))

    def begin(self, block: Block, tally: Tally) -> None:
        """Move on to a block; its transactions follow."""
        place = f"block {block.number}"
        tally.equal(MONOTONE, place, "number", block.number, self.block_number + 1)
        before = self.circumstances.timestamp
        tally.check(
            MONOTONE, block.timestamp > before, f"{place}: time {block.timestamp} is not above {before}"
        )
        self.block_number = block.number
        self.circumstances = self.circumstances.at(block.timestamp)

    def apply(self, place: str, contract: str, event: str, args: Mapping[str, Any], tally: Tally) -> None:
        """Move on by one event and check what it says of time, ids and the funding index."""
        if (contract, event) == ("market", "FundingAccrued"):
            self._check_accrual(place, args, tally)
        elif (contract, event) == ("feed", "AnswerUpdated"):
            newest = self.circumstances.round_id
            rises = args["roundId"] > newest and args["updatedAt"] <= self.circumstances.timestamp
            tally.check(MONOTONE, rises, f"{place}: round {args['roundId']} after {newest}, or not yet")
            self._check_round(place, args, tally)
        elif (contract, event) == ("market", "PositionOpened"):
            tally.equal(MONOTONE, place, "id", args["id"], self.book.last_id + 1)
        elif (contract, event) == ("token", "Transfer"):
            self._touch_accounts(args["sender"], args["receiver"])
        elif contract == "risk_engine":
            self.ramps.check(place, event, args, self.circumstances, tally)
            self.ramps = self.ramps.after(event, args, self.circumstances)
        elif (contract, event) == ("market", "Approved"):
            self.managers[args["id"]] = args["manager"]
        elif (contract, event) == ("market", "OracleSet") and args["oracle"] != self._oracle:
            self.circumstances = self.circumstances.without_guards()
        if contract == "market" and "id" in args:
            self.touched.ids.add(args["id"])
        if "funding" in args:
            self.funding_settlements += 1
        try:
            self.book.apply(contract, event, args)
        except IsomarginError as refused:  # an id that came back, or is not there
            tally.check(MONOTONE, False, f"{place}: {refused}")
        self.circumstances = self.circumstances.after(contract, event, args)

    def funding_index_at(self, price: int) -> int:
        """The funding index, brought up to date at a price, as the model has it."""
        return self.funding_index_in(replace(self.circumstances, price=price))

    def funding_index_in(self, moment: Circumstances) -> int:
        """The funding index brought up to a moment to come, at its price."""
        elapsed = 0 if moment.accrued_at is None else moment.timestamp - moment.accrued_at
        return self.book.funding_index_at(moment.price, elapsed, moment.parameters)

    def may_act(self, account: str, position_id: int) -> bool:
        """Whether it may lower an open position's margin or change its size: its owner or manager.

        A contract acts on behalf of whoever it likes; the events do not tell who called it.
        """
        owner, manager = self.book.positions[position_id].owner, self.managers.get(position_id)
        return account in (owner, manager) or any(
            self.is_contract(one) for one in (owner, manager) if one is not None
        )

    def _check_round(self, place: str, args: Mapping[str, Any], tally: Tally) -> None:
        """A block has one price: the feed takes at most one round a moment."""
        newest = self.circumstances.updated_at
        tally.check(ORACLE, args["updatedAt"] > newest, f"{place}: a second round at {newest}, in one block")

    def _touch_accounts(self, *accounts: str) -> None:
        for account in accounts:
            self.touched.accounts.add(account)
            if (position_id := self.book.id_at(account)) is not None:
                self.touched.ids.add(position_id)

    def _check_accrual(self, place: str, args: Mapping[str, Any], tally: Tally) -> None:
        now, book = self.circumstances, self.book
        elapsed = now.timestamp - (now.accrued_at or 0)
        stretch = book.funding_over(elapsed, now.parameters)
        foreseen = {
            "rate": rate_a_day(stretch.scaled_rate),
            "scaled_rate": stretch.scaled_rate,
            "price": now.price,
            "funding_index": book.funding_index + index_increment(stretch.doubled_area, now.price),
        }
        for name, figure in foreseen.items():
            tally.equal(FUNDING, place, name, args[name], figure)
        tally.check(MONOTONE, elapsed > 0, f"{place}: funding accrued twice for one moment")
        self.funding_owed += book.skew * (args["funding_index"] - book.funding_index)
