"""A node that does what a test tells it, for what no real node does on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from isomargin.bot.wallet import Wallet
from isomargin.chain import Block, Receipt, address_of, private_key_of
from isomargin.chain.node_rpc import NodeRefusal
from isomargin.chain.remote import Header, Standing, WaitingTransaction
from isomargin.chain.signed import SignedTransaction, decode_transaction
from isomargin.errors import ChainError

__all__ = ["BOT", "CHAIN_ID", "ScriptedNode", "header", "scripted_wallet"]

BOT = "bot-1"
CHAIN_ID = 1337


def header(number: int, fork: str = "", parent_fork: str | None = None) -> Header:
    """A block of one of several branches; the hash tells which."""

    def named(height: int, branch: str) -> bytes:
        return f"{height}{branch}".encode().rjust(32, b"\0")

    block = Block(number, 12 * number, named(number, fork), b"", 0, ())
    return Header(block, named(number - 1, fork if parent_fork is None else parent_fork))


@dataclass
class ScriptedNode:
    """Its pool keeps one transaction a nonce, the dearest, as nodes do; it shows those it is told to show."""

    mined: dict[bytes, Receipt] = field(default_factory=dict)
    pool: dict[int, SignedTransaction] = field(default_factory=dict)
    nonce: int = 0
    hides: bool = False  # what waits is counted but not shown
    breaks: bool = False  # after the next transaction has arrived
    taken: SignedTransaction | None = None  # by the newest block

    # What a wallet asks

    def standing(self, address: str) -> Standing:
        pending = self.nonce
        while pending in self.pool:
            pending += 1
        return Standing(self.nonce, pending, 10**18)

    def send(self, raw: bytes) -> None:
        transaction = decode_transaction(raw, CHAIN_ID)
        before = self.pool.get(transaction.nonce)
        if transaction.nonce < self.nonce:
            raise NodeRefusal("eth_sendRawTransaction", {"message": "nonce too low"})
        if before is not None and before.hash == transaction.hash:
            raise NodeRefusal("eth_sendRawTransaction", {"message": "already known"})
        if before is not None and not _is_dearer(transaction, before):
            raise NodeRefusal("eth_sendRawTransaction", {"message": "replacement transaction underpriced"})
        self.pool[transaction.nonce] = transaction
        if self.breaks:
            self.breaks = False
            raise ChainError("no answer")

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        return [self.mined.get(each) for each in hashes]

    def knows(self, hashes: Sequence[bytes]) -> list[bool]:
        waiting = {each.hash for each in self.pool.values()}
        return [each in waiting or each in self.mined for each in hashes]

    def waiting(self, address: str) -> list[WaitingTransaction]:
        return [
            WaitingTransaction(each.nonce, each.hash, each.to, each.data, each.max_fee, each.max_priority_fee)
            for each in self.pool.values()
            if not self.hides
        ]

    # What a test does

    def mine(self, block: int, *, by_somebody_else: bool = False) -> bytes:
        """Let a block take what has the next nonce, and return its hash."""
        self.taken = self.pool.pop(self.nonce)
        self.nonce += 1
        if not by_somebody_else:
            self.mined[self.taken.hash] = Receipt(
                transaction_hash=self.taken.hash,
                block_number=block,
                transaction_index=0,
                sender=self.taken.sender,
                to=self.taken.to,
                contract_address=None,
                gas_used=21_000,
                gas_price=1,
                success=True,
                revert_reason="",
                logs=(),
            )
        return self.taken.hash

    def unmine(self) -> None:
        """Take the newest block back; what it had waits again."""
        assert self.taken is not None
        self.nonce -= 1
        del self.mined[self.taken.hash]
        self.pool[self.nonce] = self.taken


def _is_dearer(new: SignedTransaction, old: SignedTransaction) -> bool:
    return 10 * new.max_fee >= 11 * old.max_fee and 10 * new.max_priority_fee >= 11 * old.max_priority_fee


def scripted_wallet(node: Any, system: Any = None, **how: int) -> Wallet:
    """The wallet of a bot on a scripted node."""
    known: Any = system or SimpleNamespace(chain=SimpleNamespace(chain_id=CHAIN_ID))
    return Wallet(node, known, address_of(BOT), private_key_of(BOT), **how)
