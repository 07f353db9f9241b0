"""The test node: a chain with a mempool, fees and a clock, and those who listen to its blocks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from isomargin.chain import Block, Chain, Log, Receipt, Transaction
from isomargin.chain.signed import SignedTransaction, impersonated_transaction, sign_transaction
from isomargin.errors import ChainError
from isomargin.server.clock import BlockClock
from isomargin.server.fees import Fees
from isomargin.server.history import BlockHistory
from isomargin.server.marks import MOST_REORGANISED, Mark, Marks
from isomargin.server.pool import Account, Refused, TransactionPool
from isomargin.server.sealing import mine_what_is_accepted

__all__ = ["MOST_REORGANISED", "Found", "Listener", "TestNode"]

_log = logging.getLogger(__name__)

_MOST_ACCOUNTS = 10_000  # looked up since the newest block


class Listener(Protocol):
    """Whoever wants to know what happens on a node."""

    def on_block(self, block: Block) -> None:
        """Hear of a block that was sealed."""

    def on_removed(self, blocks: Sequence[Block]) -> None:
        """Hear of blocks that are no longer part of the chain, the newest first."""

    def on_pending(self, transaction: SignedTransaction) -> None:
        """Hear of a transaction that came into the pool."""


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction and where it stands: block and index are None while it waits."""

    transaction: SignedTransaction
    block: Block | None = None
    index: int | None = None


class TestNode:
    """A development node, to be used from one thread.

    Parameters
    ----------
    chain : Chain
        One that signs what it mines.
    fees : Fees
    clock : BlockClock
    unlocked : mapping of str to bytes
        Private keys by address: accounts that the node signs for.

    Attributes
    ----------
    impersonated : set of str
        Addresses that the node sends for without a key.
    held_back : set of str
        Senders that no block serves for the time being.
    is_automatic : bool
        Whether a transaction is mined as soon as it comes.
    keep_blocks : int or None
        So many of the newest blocks keep transactions, receipts and snapshots, at least 65; None: all do.
    prepare : callable
        Called with the time of the block to come before it is filled, and free to submit to the pool.
    """

    __test__ = False  # for pytest: a node for tests, not a test

    def __init__(
        self, chain: Chain, fees: Fees, clock: BlockClock, unlocked: Mapping[str, bytes] | None = None
    ) -> None:
        self.chain, self.fees, self.clock = chain, fees, clock
        self.unlocked = dict(unlocked or {})
        self.impersonated: set[str] = set()
        self.held_back: set[str] = set()
        self.is_automatic = False
        self.keep_blocks: int | None = None
        self.listeners: list[Listener] = []
        self.prepare: Callable[[int], None] = lambda timestamp: None
        self.pool = TransactionPool(self._account, chain.block_gas_limit)
        self.history = BlockHistory(chain.block)
        self._accounts: dict[str, Account] = {}  # as the newest block left them
        self._urgent: set[bytes] = set()  # what the next block begins with
        self._branches = 0
        for number in range(chain.block_number + 1):
            self.history.append(chain.block(number))
        self._marks = Marks(self._mark())

    # Reading

    @property
    def head(self) -> Block:
        """The newest block."""
        return self.chain.block(self.chain.block_number)

    @property
    def safe(self) -> int:
        """Number of the block that clients may take for safe: 32 behind the newest."""
        return max(0, self.chain.block_number - 32)

    @property
    def finalized(self) -> int:
        """Number of the block that clients may take for final: 64 behind the newest."""
        return max(0, self.chain.block_number - MOST_REORGANISED)

    def block_by_hash(self, block_hash: bytes) -> Block | None:
        """Return a block of the chain as it is now."""
        number = self.history.number_of(block_hash)
        return None if number is None else self.chain.block(number)

    def find(self, transaction_hash: bytes) -> Found | None:
        """Return a transaction that was mined or waits."""
        if (waiting := self.pool.get(transaction_hash)) is not None:
            return Found(waiting)
        place = self.history.place_of(transaction_hash)
        if place is None:
            return None
        block = self.chain.block(place[0])
        return Found(block.transactions[place[1]], block, place[1])

    def receipt(self, transaction_hash: bytes) -> tuple[Block, Receipt] | None:
        """Return the receipt of a mined transaction, and its block."""
        place = self.history.place_of(transaction_hash)
        if place is None:
            return None
        block = self.chain.block(place[0])
        return block, block.receipts[place[1]]

    def logs(
        self,
        *,
        first: int,
        last: int,
        addresses: Sequence[str] = (),
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
    ) -> list[Log]:
        """Return the logs of blocks `first` to `last` that match; see `BlockHistory.logs`."""
        return self.history.logs(first=first, last=last, addresses=addresses, topics=topics)

    def next_nonce(self, address: str) -> int:
        """Return the nonce of an address, counting what waits and could be mined."""
        return self.pool.next_nonce(address)

    def next_base_fee(self) -> int:
        """Return the base fee of the next block as things stand, wei a gas."""
        return self.fees.base_fee(self.clock.next(self.chain.timestamp))

    def priority_fee(self) -> int:
        """Return a usual tip, wei a gas."""
        return self.fees.priority_fee(self.chain.timestamp)

    def gas_price(self) -> int:
        """Return what a transaction pays that wants to be in the next block, wei a gas."""
        return self.next_base_fee() + self.priority_fee()

    def _account(self, address: str) -> Account:
        known = self._accounts.get(address)
        if known is None:
            if len(self._accounts) >= _MOST_ACCOUNTS:
                self._accounts.clear()
            chain = self.chain
            known = Account(chain.nonce(address), chain.balance(address), bool(chain.code_at(address)))
            self._accounts[address] = known
        return known

    # Sending

    def submit(self, transaction: SignedTransaction, *, is_urgent: bool = False) -> bytes:
        """Take a transaction into the pool, and return its hash.

        Parameters
        ----------
        transaction : SignedTransaction
        is_urgent : bool
            Whether the next block begins with it, whatever it pays.

        Raises
        ------
        Refused
            In geth's words.
        """
        self._accept(transaction, is_urgent=is_urgent)
        if self.is_automatic and not is_urgent:
            self.seal_waiting()
        return transaction.hash

    def enqueue(self, transaction: SignedTransaction, *, is_urgent: bool = False) -> bytes:
        """Do as `submit`, but never mine at once: for what is submitted while a block is being prepared."""
        self._accept(transaction, is_urgent=is_urgent)
        return transaction.hash

    def _accept(self, transaction: SignedTransaction, *, is_urgent: bool) -> None:
        replaced = self.pool.add(transaction)
        if replaced is not None:
            self._urgent.discard(replaced.hash)
        if is_urgent:
            self._urgent.add(transaction.hash)
        for listener in self.listeners:
            listener.on_pending(transaction)

    def sign(
        self,
        transaction: Transaction,
        *,
        nonce: int | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
        key: bytes | None = None,
    ) -> SignedTransaction:
        """Sign for an unlocked or impersonated sender, or with a key.

        Parameters
        ----------
        transaction : Transaction
            With a gas price it is signed as a legacy transaction.
        nonce : int, optional
            The next one, if left out.
        max_fee, max_priority_fee : int, optional
            Wei a gas; by default the usual tip, and twice the next base fee above it.

        Raises
        ------
        Refused
            If the node has no key of the sender.
        """
        key = self.unlocked.get(transaction.sender) if key is None else key
        if key is None and transaction.sender not in self.impersonated:
            raise Refused("unknown account")
        nonce = self.next_nonce(transaction.sender) if nonce is None else nonce
        if transaction.gas_price is not None and max_fee is None:
            max_fee, tip = transaction.gas_price, None
        else:
            tip = self.priority_fee() if max_priority_fee is None else max_priority_fee
            if max_fee is None:
                max_fee = 2 * self.next_base_fee() + tip
            elif max_priority_fee is None:
                tip = min(tip, max_fee)
        chain_id = self.chain.chain_id
        if key is None:
            return impersonated_transaction(
                transaction,
                nonce=nonce,
                chain_id=chain_id,
                max_fee=max_fee,
                max_priority_fee=max_fee if tip is None else tip,
            )
        return sign_transaction(
            transaction, key=key, nonce=nonce, chain_id=chain_id, max_fee=max_fee, max_priority_fee=tip
        )

    # Sealing

    def seal(self, timestamp: int | None = None, *, due: int | None = None) -> Block:
        """Make the next block of what waits.

        Parameters
        ----------
        timestamp : int, optional
            Unix seconds, whatever the clock says.
        due : int, optional
            When the block is due, for the clock.

        Raises
        ------
        ChainError
            If the time is not above that of the newest block.
        """
        time = self.clock.next(self.chain.timestamp, due) if timestamp is None else timestamp
        if time <= self.chain.timestamp:
            raise ChainError(
                f"timestamp {time} is not above that of the newest block, {self.chain.timestamp}"
            )
        self.prepare(time)
        return self._seal(time, self._next_transactions(self.fees.base_fee(time)))

    def seal_waiting(self) -> None:
        """Mine until nothing is left in the pool that could be mined."""
        while self._next_transactions(self.next_base_fee()):
            self.seal()

    def _next_transactions(self, base_fee: int) -> list[SignedTransaction]:
        gas_limit = self.chain.block_gas_limit
        return self.pool.take(base_fee, gas_limit, self.held_back, first=self._urgent)

    def _seal(self, time: int, chosen: list[SignedTransaction], extra_data: bytes = b"") -> Block:
        block, refused = mine_what_is_accepted(
            self.chain, chosen, timestamp=time, base_fee=self.fees.base_fee(time), extra_data=extra_data
        )
        for one in refused:
            self.pool.drop(one.hash)
            self._urgent.discard(one.hash)
        self.history.append(block)
        self.fees.move_on(block)
        self.clock.move_on()
        self._accounts.clear()
        gone = {one.hash for one in self.pool.settle()}
        self._marks.add(self._mark(frozenset(self._urgent & gone)))
        self._urgent -= gone
        for listener in self.listeners:
            listener.on_block(block)
        self._forget_old()
        return block

    def _forget_old(self) -> None:
        """Let go what nothing leads back to, and the oldest blocks if not all are wanted."""
        first = 0
        if self.keep_blocks is not None:
            first = max(0, self.chain.block_number + 1 - max(self.keep_blocks, MOST_REORGANISED + 1))
        self._marks.forget(first)
        self.chain.keep_snapshots(self._marks.states())
        try:
            self.chain.prune(first)
        except ChainError as error:
            _log.warning("nothing old is forgotten any more, and memory grows: %s", error)
            self.keep_blocks = None
        else:
            self.history.forget(first)

    # Changing by hand

    def set_balance(self, address: str, wei: int) -> None:
        """Give an address this many wei; the next block seals it, and a reorganisation of that keeps it."""
        self.chain.set_balance(address, wei)
        self._accounts.clear()
        self._marks.renew(self.chain.snapshot())

    # Going back

    def _mark(self, leaders: frozenset[bytes] = frozenset()) -> Mark:
        return Mark(self.chain.block_number, self.chain.snapshot(), self.fees.memory(), leaders)

    def snapshot(self) -> int:
        """Remember the chain as it is; the number returned leads back to it, once."""
        return self._marks.take(self._mark())

    def revert(self, snapshot: int) -> bool:
        """Return to a snapshot; it and those after it are used up. False if there is none of this number."""
        mark = self._marks.use(snapshot)
        if mark is None:
            return False
        self._return_to(mark)
        return True

    def reorganise(self, depth: int) -> None:
        """Replace the newest blocks by as many others of the same times.

        What a block had to begin with, a price above all, comes again at its place. Of all other transactions
        the first of the new blocks has none; then they come as their fees say.

        Raises
        ------
        ChainError
            If there are not so many blocks to replace, or the engine cannot branch.
        """
        if not self.chain.takes_extra_data:
            raise ChainError(f"engine {self.chain.engine_name} cannot branch, py-evm and revm can")
        if not 1 <= depth <= self._marks.depth:
            raise ChainError(f"cannot reorganise {depth} blocks: expected 1 to {self._marks.depth}")
        replaced = self._marks.newest(depth)
        removed = self._return_to(self._marks.below(depth))
        leaders = frozenset().union(*(mark.leaders for mark in replaced))
        orphans = [one for block in removed for one in block.transactions]
        self.pool.put_back([one for one in orphans if one.hash not in leaders])
        self._branches += 1
        for place, block in enumerate(removed):
            first = [one for one in block.transactions if one.hash in leaders]
            self.pool.put_back(first)
            self._urgent.update(one.hash for one in first)
            chosen = self._next_transactions(self.fees.base_fee(block.timestamp))
            if place == 0:
                chosen = [one for one in chosen if one.hash in self._urgent]
            self._seal(block.timestamp, chosen, f"branch {self._branches}".encode())

    def _return_to(self, mark: Mark) -> list[Block]:
        """Go back to a mark and return the blocks that are gone, oldest first."""
        removed = [self.chain.block(number) for number in range(mark.number + 1, self.chain.block_number + 1)]
        self.chain.revert(mark.state)
        self.fees.recall(mark.fees)
        self._accounts.clear()
        self.history.cut(mark.number)
        self._marks.return_to(mark)
        if removed:
            for listener in self.listeners:
                listener.on_removed(removed[::-1])
        return removed
