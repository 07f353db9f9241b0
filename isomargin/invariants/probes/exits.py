"""Tries to leave: owners get what is due, from open positions and from ended ones (I20)."""

from __future__ import annotations

from collections.abc import Sequence

from isomargin.chain import Transaction
from isomargin.errors import ChainError, TransactionReverted
from isomargin.invariants.catalogue import EXIT
from isomargin.invariants.probes.rehearsal import FOREVER, Rehearsal
from isomargin.invariants.trades import due_at_close

__all__ = ["try_claims", "try_exits"]

_ANY_BUY, _ANY_SALE = 2**255, 0


def try_exits(rehearsal: Rehearsal, ids: Sequence[int]) -> None:
    """Let the owner of each position that is sound at a good price close it."""
    for position_id in ids:
        with rehearsal.undone():
            _try_to_close(rehearsal, position_id)


def _try_to_close(rehearsal: Rehearsal, position_id: int) -> None:
    now, system = rehearsal.next_moment(), rehearsal.system
    case = rehearsal.case(position_id, now)
    equity, maintenance = case.health()
    if now.refusal or rehearsal.price_refused() or equity < maintenance or equity <= 0:
        return
    due = due_at_close(case)
    if due.settlement > rehearsal.history.book.balance(rehearsal.history.pool):
        return  # the pool is short of cash: the one reason for which the market may ask to wait
    owner = case.position.owner
    close = system.close(owner, position_id, _ANY_SALE if case.position.size > 0 else _ANY_BUY, FOREVER)
    before = system.token_balance(owner)
    reason = _refusal(rehearsal, close)
    if reason is None:
        reason = _refusal_of_call(rehearsal, close)
        is_paid = False
    else:
        is_paid = not reason
    rehearsal.tally.check(EXIT, not reason, lambda: f"{case.place}: its owner cannot close it: {reason}")
    if is_paid:
        received = system.token_balance(owner) - before
        if received == 0 and due.payout:  # the token refuses the owner, who can have it sent elsewhere
            received = _claimed(rehearsal, position_id, owner)
        rehearsal.tally.equal(EXIT, case.place, "what its owner got", received, due.payout)


def try_claims(rehearsal: Rehearsal, ids: Sequence[int]) -> None:
    """Let the owners of ended positions take out what is left in their vaults."""
    book = rehearsal.history.book
    for position_id in ids:
        ended = book.ended[position_id]
        with rehearsal.undone():
            left = book.balance(ended.vault)
            got = _claimed(rehearsal, position_id, ended.owner)
            place = f"{rehearsal.place}, position {position_id}"
            rehearsal.tally.equal(EXIT, place, "what its owner could claim", got, left)


def _claimed(rehearsal: Rehearsal, position_id: int, owner: str) -> int:
    """Token units that reach a third party to whom an owner lets a claim be paid."""
    system, receiver = rehearsal.system, rehearsal.stranger
    before = system.token_balance(receiver)
    _refusal(rehearsal, system.claim(owner, position_id, receiver))
    return system.token_balance(receiver) - before


def _refusal(rehearsal: Rehearsal, transaction: Transaction) -> str | None:
    """Why it failed, empty if it did not; None if the chain holds no key of the sender."""
    try:
        receipt = rehearsal.attempt(transaction)
    except ChainError:
        return None
    return "" if receipt.success else receipt.revert_reason or "without a reason"


def _refusal_of_call(rehearsal: Rehearsal, transaction: Transaction) -> str:
    """Why it would be refused, asked on behalf of an owner without a key: a contract, for example."""
    try:
        rehearsal.system.chain.call(transaction)
    except TransactionReverted as refused:
        return refused.reason or "without a reason"
    return ""
