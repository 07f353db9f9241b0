"""An engine that only reads: its blocks are mined by others, and its head is where the reader stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from isomargin.chain.call_trace import CallFrame
from isomargin.chain.chain import Chain
from isomargin.chain.node_records import integer, octets
from isomargin.chain.remote import Header, RemoteNode
from isomargin.chain.types import Block, Rehearsal, SignedTransaction, Transaction, TransactionTrace
from isomargin.errors import ChainError

__all__ = ["FollowedEngine", "followed_chain"]


class FollowedEngine:
    """See `isomargin.chain.engine.Engine`; whatever would change the chain is refused.

    State is the node's newest. The head is the block that `stand_at` was told: who reads logs as well
    decides how far it has come.

    Parameters
    ----------
    node : RemoteNode
        Whom to ask.
    head : Header
        Where to stand first.
    """

    counts_gas = True
    keeps_traces = False
    takes_extra_data = False

    def __init__(self, node: RemoteNode, head: Header) -> None:
        self._node = node
        self._head = head.block

    @property
    def machine(self) -> tuple[str, str]:
        """Where the node is, and what it calls itself."""
        return self._node.url, self._node.version()

    def stand_at(self, head: Header) -> None:
        """Take this block for the head."""
        self._head = head.block

    def head(self) -> Block:
        """Return the block that the reader stands at."""
        return self._head

    def block(self, number: int) -> Block:
        """Return a block, without its receipts."""
        if number == self._head.number:
            return self._head
        header = self._node.header(number)
        if header is None:
            raise ChainError(f"no block {number} at {self._node.url}")
        return header.block

    # State

    def call(self, transaction: Transaction, *, block: int | None = None, gas: int | None = None) -> bytes:
        """Execute on the node's newest state, or on an older one where it keeps those."""
        return self._node.call(transaction, gas=gas, block=block)

    def calls(self, transactions: Sequence[Transaction]) -> list[bytes]:
        """Execute on the node's newest state, in as few requests as it takes."""
        return self._node.calls(transactions)

    def balance(self, address: str, block: int | None = None) -> int:
        """Return wei."""
        return integer(self._node.ask_about(address, "eth_getBalance", block=block))

    def nonce(self, address: str, block: int | None = None) -> int:
        """Return the number of transactions sent."""
        return integer(self._node.ask_about(address, "eth_getTransactionCount", block=block))

    def storage_at(self, address: str, slot: int, block: int | None = None) -> int:
        """Return one storage word."""
        return integer(self._node.ask_about(address, "eth_getStorageAt", f"0x{slot:064x}", block=block))

    def code_at(self, address: str, block: int | None = None) -> bytes:
        """Return the runtime code."""
        return octets(self._node.ask_about(address, "eth_getCode", block=block))

    # What others do

    def add_account(self, address: str, private_key: bytes) -> None:
        """Refuse."""
        self._refuse("add accounts")

    def set_balance(self, address: str, amount: int) -> None:
        """Refuse."""
        self._refuse("give ether")

    def mine(
        self,
        transactions: Sequence[Transaction | SignedTransaction],
        timestamp: int,
        *,
        base_fee: int | None = None,
        extra_data: bytes = b"",
    ) -> Block:
        """Refuse."""
        self._refuse("mine")

    def prune(self, first: int) -> None:
        """Forget nothing: nothing is kept."""

    def next_base_fee(self) -> int:
        """Refuse."""
        self._refuse("say what the next block costs")

    def rehearse(self, transaction: Transaction, gas: int, timestamp: int) -> Rehearsal:
        """Refuse."""
        self._refuse("rehearse")

    def trace(self) -> None:
        """Refuse."""
        self._refuse("trace")

    def transaction_trace(self, transaction_hash: bytes) -> TransactionTrace | None:
        """Return None: there are no traces."""

    def call_trace(self, transaction_hash: bytes) -> CallFrame | None:
        """Refuse."""
        self._refuse("trace")

    def rehearsed_trace(self, transaction: Transaction, gas: int, timestamp: int) -> CallFrame:
        """Refuse."""
        self._refuse("trace")

    def snapshot(self) -> object:
        """Refuse."""
        self._refuse("take snapshots")

    def restore(self, snapshot: object) -> None:
        """Refuse."""
        self._refuse("go back")

    def web3(self) -> Any:
        """Refuse."""
        self._refuse("share itself")

    def _refuse(self, what: str) -> NoReturn:
        raise ChainError(f"the chain at {self._node.url} is only read here; it cannot {what}")


def followed_chain(engine: FollowedEngine, chain_id: int) -> Chain:
    """Return a `Chain` on which contracts are read, and transactions written, but not mined."""
    return Chain(engine, chain_id=chain_id)
