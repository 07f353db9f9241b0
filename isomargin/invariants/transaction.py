"""One transaction: each event is held against the state before it, a vault's payments against events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from isomargin import model
from isomargin.book import BookPosition
from isomargin.chain import Receipt, TransactionTrace
from isomargin.invariants.case import Case
from isomargin.invariants.catalogue import (
    AUTHORITY,
    BAD_DEBT,
    CUSTODY,
    LEDGER,
    MONOTONE,
    ORACLE,
    REENTRANCY,
)
from isomargin.invariants.deleveraging import PoolBurden, check_deleveraged
from isomargin.invariants.findings import Tally
from isomargin.invariants.history import History
from isomargin.invariants.liquidations import check_liquidated, planned
from isomargin.invariants.rounding import check_cover_rounding, check_rounding
from isomargin.invariants.surroundings import Surroundings
from isomargin.invariants.traces import check_frames, check_storage
from isomargin.invariants.trades import check_closed, check_modified, check_opened
from isomargin.invariants.transfers import Transfer, TransferTrail
from isomargin.protocol import ProtocolEvent
from isomargin.units import WAD

__all__ = ["check_transaction"]


def check_transaction(
    receipt: Receipt,
    events: Sequence[ProtocolEvent],
    history: History,
    tally: Tally,
    trace: TransactionTrace | None = None,
) -> None:
    """Walk through the events of a transaction, check each, and move the history on.

    Parameters
    ----------
    events : sequence of ProtocolEvent
        Of the receipt, in order; none if it failed.
    trace : TransactionTrace, optional
        What it did underneath, if the chain kept that.
    """
    surroundings = Surroundings(events, history)
    walk = _Walk(receipt, history, tally)
    for item in events:
        walk.step(item.contract, item.event.name, item.event.args)
    walk.finish()
    surroundings.check(walk.place, receipt.sender, tally)
    if trace is not None:
        check_storage(trace, history.market, surroundings.named, walk.place, tally)
        check_frames(trace, history.market, walk.place, tally)


class _BadDebt(NamedTuple):
    """What a liquidation's BadDebt event named: WAD quote, and token units."""

    amount: int
    insurance_paid: int


class _Walk:
    """The way through one transaction."""

    def __init__(self, receipt: Receipt, history: History, tally: Tally) -> None:
        self.sender = receipt.sender
        self.place = f"block {receipt.block_number}, transaction {receipt.transaction_index}"
        self.history, self.book, self.tally = history, history.book, tally
        self.trail = TransferTrail()
        self.bad_debts: dict[int, _BadDebt] = {}  # by id, not yet met by a liquidation
        self.refused: dict[tuple[str, str], int] = {}  # vault, receiver -> token units
        self.checks = {
            "PositionOpened": self._opened,
            "PositionModified": self._modified,
            "PositionClosed": self._closed,
            "MarginAdded": self._margin_added,
            "MarginWithdrawn": self._margin_withdrawn,
            "PositionLiquidated": self._liquidated,
            "PositionDeleveraged": self._deleveraged,
        }

    def step(self, contract: str, event: str, args: Mapping[str, Any]) -> None:
        """Check one event and let the history have it."""
        place = f"{self.place}, {event}"
        if contract == "market" and "id" in args:
            place = f"{place} of position {args['id']}"
        if (contract, event) == ("token", "Transfer"):
            self.trail.add(Transfer(args["sender"], args["receiver"], args["value"]))
        elif contract == "market":
            self._market_event(place, event, args)
        self.history.apply(place, contract, event, args, self.tally)

    def finish(self) -> None:
        """Check that nothing is left that no event explains, and that everything announced came."""
        for transfer in self.trail.unexplained:
            if self.book.id_at(transfer.sender) is not None:
                self.tally.check(
                    AUTHORITY, False, f"{self.place}: no event of the market explains {_told(transfer)}"
                )
        for transfer in self.trail.missing:
            self.tally.check(LEDGER, False, f"{self.place}: announced, but never came: {_told(transfer)}")
        for transfer in self.trail.interleaved:
            self.tally.check(
                REENTRANCY, False, f"{self.place}: another action came between {_told(transfer)} and its own"
            )
        for position_id, lost in self.bad_debts.items():
            place = f"{self.place}, BadDebt of position {position_id}"
            self.tally.check(BAD_DEBT, False, f"{place}: {lost.amount} without a liquidation")

    # The market's events

    def _market_event(self, place: str, event: str, args: Mapping[str, Any]) -> None:
        if event == "BadDebt":
            self._bad_debt(place, args)
        elif event == "PayoutRefused":
            self.refused[args["vault"], args["receiver"]] = args["amount"]
        elif event == "Approved":
            self._approved(place, args)
        elif event == "Claimed":
            self._claimed(place, args)
            self.trail.end_action()
        elif event in self.checks:
            position = self._position(event, args)
            if position is None:
                self.tally.check(MONOTONE, False, f"{place}: it is not open")
            else:
                self.checks[event](self._case(place, args, position))
            self.trail.end_action()
            self.tally.check(REENTRANCY, True, "parted transfers are counted at the end")

    def _position(self, event: str, args: Mapping[str, Any]) -> BookPosition | None:
        if event != "PositionOpened":
            return self.book.positions.get(args["id"])
        return BookPosition(args["id"], args["owner"], args["vault"], 0, 0, 0, args["keeper_reserve"])

    def _case(self, place: str, args: Mapping[str, Any], position: BookPosition) -> Case:
        """Take back what the action itself has moved so far: out of the vault, and in from the pool."""
        moved_out = sum(transfer.value for transfer in self.trail.sent_by(position.vault))
        paid_in = 0
        if "payout" in args and args["settlement"] > 0:  # logged after the tokens moved
            paid_in = args["settlement"]
        holdings = self.book.balance(position.vault) + moved_out - paid_in
        return Case(
            place=place,
            args=args,
            position=position,
            margin=holdings - position.keeper_reserve,
            circumstances=self.history.circumstances,
            funding_index=self.book.funding_index,
            skew=self.book.skew,
        )

    def _opened(self, case: Case) -> None:
        """Anybody may open for anybody, and pays."""
        self._check_price(case, case.circumstances.entry_refusal)
        self.tally.check(
            REENTRANCY,
            self.trail.has_just_reached(case.position.vault),
            lambda: f"{case.place}: another action came between the margin and it",
        )
        check_opened(case, self.tally)
        check_rounding(case, self.tally)
        self._announce_settlement(case.position.vault, case.tokens(-case.args["fee"]))

    def _modified(self, case: Case) -> None:
        self._check_author(case)
        grows = case.args["size_delta"] * case.position.size > 0
        now = case.circumstances
        self._check_price(case, now.entry_refusal if grows else now.refusal)
        check_modified(case, self.tally)
        check_rounding(case, self.tally)
        self._announce_settlement(case.position.vault, case.args["settlement"])

    def _closed(self, case: Case) -> None:
        vault, owner = case.position.vault, case.position.owner
        self._check_author(case)
        self._check_price(case, case.circumstances.refusal)
        check_closed(case, self.tally, refused=(vault, owner) in self.refused)
        check_rounding(case, self.tally)
        self._explain_settlement(case)
        self._explain(case.place, vault, owner, case.args["payout"])
        self._check_emptied(case)

    def _margin_added(self, case: Case) -> None:
        """Besides donations, which need no event, the amount itself must have come from the payer."""
        amount = case.args["amount"]
        self._explain(case.place, case.args["payer"], case.position.vault, amount)
        self.tally.equal(LEDGER, case.place, "margin", case.args["margin"], case.margin)

    def _margin_withdrawn(self, case: Case) -> None:
        self._check_author(case)
        self._check_price(case, case.circumstances.entry_refusal)
        amount = case.args["amount"]
        self.tally.equal(LEDGER, case.place, "margin", case.args["margin"], case.margin - amount)
        self.trail.announce(case.position.vault, case.position.owner, amount)

    def _liquidated(self, case: Case) -> None:
        args = case.args
        lost = self.bad_debts.pop(args["id"], _BadDebt(0, 0))
        cash_before = self.book.balance(self.history.pool) + args["settlement"] - lost.insurance_paid
        self._check_price(case, case.circumstances.forced_refusal)
        check_liquidated(case, planned(case, cash_before), lost.amount, self.tally)
        check_rounding(case, self.tally, pool_cash=cash_before)
        if lost.amount:
            fund = self.book.balance(self.history.insurance_fund) + lost.insurance_paid
            check_cover_rounding(case, lost.amount, lost.insurance_paid, fund, self.tally)
        self._explain_settlement(case)
        self._explain_shares(case)
        if args["size"] == 0:
            self._check_emptied(case)

    def _deleveraged(self, case: Case) -> None:
        """Anyone may do it, where it is needed; the owner gets everything that is due."""
        vault, owner = case.position.vault, case.position.owner
        self._check_price(case, case.circumstances.forced_refusal)
        refused = (vault, owner) in self.refused
        check_deleveraged(case, self._burden(case), self.tally, refused=refused)
        check_rounding(case, self.tally)
        self._explain_settlement(case)
        self._explain(case.place, vault, owner, case.args["payout"])
        self._check_emptied(case)

    def _burden(self, case: Case) -> PoolBurden:
        now, book, held = case.circumstances, self.book, case.position

        def claims(without: BookPosition | None = None) -> int:
            size, cost, basis = 0, 0, 0
            if without is not None:
                size, cost, basis = without.size, without.cost, without.size * without.funding_index
            return model.trader_claims(
                book.skew - size,
                book.cost_sum - cost,
                book.funding_basis - basis,
                now.price,
                case.funding_index,
                now.parameters.skew_scale,
            )

        cash = book.balance(self.history.pool) + case.args["settlement"]
        return PoolBurden(claims(), claims(without=held), cash)

    def _approved(self, place: str, args: Mapping[str, Any]) -> None:
        position = self.book.positions.get(args["id"])
        if position is None:
            self.tally.check(MONOTONE, False, f"{place}: it is not open")
        else:
            self._check_owner(place, position.owner)

    def _claimed(self, place: str, args: Mapping[str, Any]) -> None:
        ended = self.book.ended.get(args["id"])
        if ended is None:
            self.tally.check(CUSTODY, False, f"{place}: it has not ended")
            return
        self._check_owner(place, ended.owner)
        self.tally.equal(CUSTODY, place, "amount", args["amount"], self.book.balance(ended.vault))
        self.trail.announce(ended.vault, args["receiver"], args["amount"])

    # Who pays

    def _bad_debt(self, place: str, args: Mapping[str, Any]) -> None:
        """The insurance fund stands in first, in whole tokens, as far as it goes; the pool bears the rest."""
        amount, paid = args["amount"], args["insurance_paid"]
        self.tally.check(BAD_DEBT, args["id"] not in self.bad_debts, f"{place}: it came before")
        self.bad_debts[args["id"]] = _BadDebt(amount, paid)
        fund, scale = self.history.insurance_fund, self.history.circumstances.token_scale
        held = self.book.balance(fund) + paid  # the fund pays before the market logs
        self.tally.equal(BAD_DEBT, place, "insurance_paid", paid, min(held, amount // scale))
        self.tally.equal(BAD_DEBT, place, "pool_loss", args["pool_loss"], amount - paid * scale)
        self._explain(place, fund, self.history.pool, paid)

    def _explain_shares(self, case: Case) -> None:
        """The penalty goes to keeper and insurance fund; at the end, reserve and remainder follow."""
        args, held, is_full = case.args, case.position, case.args["size"] == 0
        share = args["penalty"] * case.circumstances.parameters.keeper_share // WAD
        insurance = args["penalty"] - share
        self._explain(case.place, held.vault, self.history.insurance_fund, insurance)
        reward = share + (held.keeper_reserve if is_full else 0)
        if (held.vault, args["keeper"]) in self.refused and args["reward"] == 0:
            reward = 0
        self.tally.equal(LEDGER, case.place, "reward", args["reward"], reward)
        self._explain(case.place, held.vault, args["keeper"], args["reward"])
        left = case.margin + held.keeper_reserve + args["settlement"] - insurance - args["reward"]
        payout = left if is_full and (held.vault, held.owner) not in self.refused else 0
        self.tally.equal(LEDGER, case.place, "payout", args["payout"], payout)
        self._explain(case.place, held.vault, held.owner, args["payout"])

    def _announce_settlement(self, vault: str, settlement: int) -> None:
        if settlement > 0:
            self.trail.announce(self.history.pool, vault, settlement)
        else:
            self.trail.announce(vault, self.history.pool, -settlement)

    def _explain_settlement(self, case: Case) -> None:
        vault, settlement = case.position.vault, case.args["settlement"]
        if settlement > 0:
            self._explain(case.place, self.history.pool, vault, settlement)
        else:
            self._explain(case.place, vault, self.history.pool, -settlement)

    def _explain(self, place: str, sender: str, receiver: str, value: int) -> None:
        came = self.trail.explain(sender, receiver, value)
        self.tally.check(
            LEDGER, came, lambda: f"{place}: no such transfer: {_told(Transfer(sender, receiver, value))}"
        )

    # Custody and authority

    def _check_emptied(self, case: Case) -> None:
        """A vault whose position has ended holds nothing but a payout that the token refused."""
        vault, owner = case.position.vault, case.position.owner
        left, refused = self.book.balance(vault), self.refused.get((vault, owner), 0)
        self.tally.equal(CUSTODY, case.place, "what the vault keeps", left, refused)

    def _check_author(self, case: Case) -> None:
        """Who signed must own the position or manage it, unless one of those is a contract."""
        self.tally.check(
            AUTHORITY,
            self.history.may_act(self.sender, case.position.id),
            lambda: f"{case.place}: sent by {self.sender}, owned by {case.position.owner}",
        )

    def _check_owner(self, place: str, owner: str) -> None:
        self.tally.check(
            AUTHORITY,
            self.sender == owner or self.history.is_contract(owner),
            lambda: f"{place}: sent by {self.sender}, owned by {owner}",
        )

    def _check_price(self, case: Case, refusal: str) -> None:
        """What needs a price does not happen at one that the oracle must refuse, nor at another."""
        self.tally.check(ORACLE, not refusal, lambda: f"{case.place}: took effect at a bad price, {refusal}")
        if "price" in case.args:
            self.tally.equal(ORACLE, case.place, "price", case.args["price"], case.circumstances.price)


def _told(transfer: Transfer) -> str:
    return f"{transfer.value} from {transfer.sender} to {transfer.receiver}"
