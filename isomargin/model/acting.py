"""What every action of the market is made of: all or nothing, whose it is, accrual, records, payments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from isomargin.model.ledger import NOBODY, POOL, Ledger, PositionRecord, vault_of
from isomargin.model.terms import Rejected

__all__ = ["Acting"]


class Acting(Ledger):
    """The ledger as an action writes it."""

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Leave everything as it was, accrual included, when what is inside is refused."""
        books = self.books
        self.token.balances.keep()
        self._positions.keep()
        try:
            yield
        except BaseException:
            self.books = books
            self.token.balances.undo()
            self._positions.undo()
            raise

    # Whose position it is

    def _existing(self, position_id: int) -> PositionRecord:
        record = self.record(position_id)
        if record is None or record.size == 0:
            raise Rejected("market: no such position")
        return record

    def _owned(self, caller: str, position_id: int) -> PositionRecord:
        """An open position of the caller's own."""
        record = self._existing(position_id)
        if caller != record.owner:
            raise Rejected("market: not owner")
        return record

    def _managed(self, caller: str, position_id: int) -> PositionRecord:
        """An open position that the caller owns or manages."""
        record = self._existing(position_id)
        if caller != record.owner and (caller != record.manager or caller == NOBODY):
            raise Rejected("market: not owner")
        return record

    # Writing

    def _accrue(self, price: int, now: int) -> int:
        """Bring funding to this moment at the price of the action; returns the price."""
        if now > self.books.accrued_at:
            index, rate = self.funding_index_at(price, now), self.funding_until(now).scaled_rate
            self.books = replace(self.books, funding_index=index, scaled_rate=rate, accrued_at=now)
        return price

    def _write(self, position_id: int, record: PositionRecord) -> None:
        """Replace a position's record and carry the running sums along."""
        before = self._positions[position_id]
        self.books = self.books.with_position_changed(before, record)
        self._positions[position_id] = record

    # Paying

    def _move(self, position_id: int, tokens: int) -> None:
        """Move tokens from pool to vault, their magnitude from vault to pool if negative."""
        if tokens > 0:
            self.token.transfer(POOL, vault_of(position_id), tokens)
        elif tokens < 0:
            self.token.transfer(vault_of(position_id), POOL, -tokens)

    def _move_if_pool_can(self, position_id: int, tokens: int) -> None:
        """Move tokens as `_move`, in full or not at all."""
        if tokens > self.pool_cash:
            raise Rejected("market: pool short of cash")
        self._move(position_id, tokens)

    def _pay_out(self, position_id: int, receiver: str, amount: int) -> int:
        """Pay from a vault, or leave it there when the token refuses; returns what left the vault."""
        try:
            self.token.transfer(vault_of(position_id), receiver, amount)
        except Rejected:
            return 0
        return amount

    def _pay_out_rest(self, position_id: int) -> int:
        """Pay the owner of an ended position all that its vault holds, as far as the token lets it."""
        left = self.token.balance(vault_of(position_id))
        return self._pay_out(position_id, self._positions[position_id].owner, left)
