"""A stage for trying things: the books as they stand, a stranger with money, blocks that are undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from isomargin.chain import Block, Receipt, Transaction
from isomargin.invariants.case import Case
from isomargin.invariants.circumstances import Circumstances
from isomargin.invariants.findings import Tally
from isomargin.invariants.history import History
from isomargin.protocol import System
from isomargin.units import WAD

__all__ = ["FOREVER", "GAS_CAP", "Rehearsal"]

FOREVER = 2**63
"""A deadline that never passes."""

GAS_CAP = 600_000
"""Gas that liquidating one position may take, and any other action that is tried."""

_STRANGER = "a stranger who tries"


@dataclass(frozen=True)
class Rehearsal:
    """A system on which nothing that is done inside `undone` lasts.

    Attributes
    ----------
    stranger : str
        An account without a position, with tokens and approvals inside `with_stranger`.
    """

    system: System
    history: History
    tally: Tally

    @property
    def place(self) -> str:
        """Where all this is tried, for messages."""
        return f"after block {self.history.block_number}"

    @property
    def stranger(self) -> str:
        """An account that has nothing to do with anything."""
        return self.system.chain.account(_STRANGER)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo what is done inside."""
        with self.system.chain.rehearsal():
            yield

    @contextmanager
    def with_stranger(self, tokens: int) -> Iterator[None]:
        """Give the stranger tokens (units) and approvals; undo all at the end."""
        with self.undone():
            self.mine(*self.system.fund(self.stranger, tokens))
            yield

    def mine(self, *transactions: Transaction, after: int = 1) -> Block:
        """Seal a block `after` seconds after the last."""
        chain = self.system.chain
        return chain.mine(
            [replace(one, gas_price=self._gas_price()) for one in transactions],
            timestamp=chain.timestamp + after,
        )

    def attempt(self, *transactions: Transaction, after: int = 1) -> Receipt:
        """Seal a block and say what became of its last transaction."""
        return self.mine(*transactions, after=after).receipts[-1]

    def next_moment(self, price: int | None = None, after: int = 1) -> Circumstances:
        """How things stand in the next block, at another price (WAD) if one is pushed in it."""
        timestamp = self.system.chain.timestamp + after
        now = self.history.circumstances.at(timestamp)
        return now if price is None else now.with_round(price, now.round_id + 1, timestamp)

    def case(self, position_id: int, now: Circumstances) -> Case:
        """An open position in such a moment."""
        book = self.history.book
        return Case(
            place=f"{self.place}, position {position_id}",
            args={},
            position=book.positions[position_id],
            margin=book.margin(position_id),
            circumstances=now,
            funding_index=self.history.funding_index_in(now),
            skew=book.skew,
        )

    def price_refused(self) -> bool:
        """Whether the oracle itself refuses the newest price at the head of the chain."""
        _, reason = self.system.oracle.call("peek")
        return bool(reason)

    def in_grace(self) -> bool:
        """Whether owners have time to top up after an outage, at the head of the chain."""
        ends_at, _ = self.system.oracle.call("peek_grace")
        return bool(ends_at > self.system.chain.timestamp)

    def tokens_worth(self, notional: int) -> int:
        """WAD quote in token units, up."""
        return -(-notional // self.history.circumstances.token_scale)

    def least_size(self) -> int:
        """A base quantity that is well above the least notional, WAD."""
        now = self.history.circumstances
        return now.parameters.min_notional * 2 * WAD // now.price + 1

    def _gas_price(self) -> int:
        """Enough for the next base fee, which moves up by an eighth at the most."""
        chain = self.system.chain
        base_fee = chain.block(chain.block_number).base_fee
        return base_fee + base_fee // 8 + 1
