"""What an owner does between trades: margin in and out, a manager approved, and in the end the claim."""

from __future__ import annotations

from dataclasses import replace

from isomargin.model.acting import Acting
from isomargin.model.ledger import vault_of
from isomargin.model.terms import Moment, Rejected

__all__ = ["Margining"]


class Margining(Acting):
    """What concerns one vault and no trade."""

    def add_margin(self, caller: str, position_id: int, amount: int, at: Moment | None = None) -> int:
        """Top up any open position; returns what arrived. Needs no price, and accrues nothing."""
        with self._all_or_nothing():
            self._existing(position_id)
            _check_amount(amount)
            return self.token.transfer(caller, vault_of(position_id), amount)

    def withdraw_margin(self, caller: str, position_id: int, amount: int, at: Moment) -> int:
        """Take margin out to the owner; unrealised profit cannot leave. Returns what left the vault."""
        with self._all_or_nothing():
            record = self._managed(caller, position_id)
            _check_amount(amount)
            price = self._accrue(at.entry_price(), at.now)
            margin, equity = self.margin(position_id), self.equity(position_id, price, at.now)
            if amount > margin:
                raise Rejected("market: amount above margin")
            backing = min(equity, margin * self.token_scale) - amount * self.token_scale
            if backing < self.initial_margin(position_id, price):
                raise Rejected("market: below initial margin")
            self.token.transfer(vault_of(position_id), record.owner, amount)
            return amount

    def approve(self, caller: str, position_id: int, manager: str, at: Moment | None = None) -> None:
        """Let one other account trade and withdraw for the owner, in place of the one before.

        `NOBODY` takes the right back. All money still goes to the owner.
        """
        with self._all_or_nothing():
            record = self._owned(caller, position_id)
            self._write(position_id, replace(record, manager=manager))

    def claim(self, caller: str, position_id: int, receiver: str, at: Moment | None = None) -> int:
        """Take out what the token refused to pay when the position ended; returns what left the vault."""
        with self._all_or_nothing():
            record = self.record(position_id)
            if record is None or record.owner != caller:
                raise Rejected("market: not owner")
            if record.size != 0:
                raise Rejected("market: position is open")
            due = self.token.balance(vault_of(position_id))
            if due == 0:
                raise Rejected("market: nothing to claim")
            self.token.transfer(vault_of(position_id), receiver, due)
            return due


def _check_amount(amount: int) -> None:
    if amount == 0:
        raise Rejected("market: amount is zero")
