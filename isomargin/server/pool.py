"""The mempool: signed transactions between the wallet and the block, by sender and nonce."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from isomargin.chain.signed import SignedTransaction, intrinsic_gas
from isomargin.errors import ChainError

__all__ = ["Account", "Refused", "TransactionPool", "raised"]

_BUMP = 10  # per cent that a replacement must add to both fees, as geth asks
_MOST_WAITING = 16_384
_MOST_OF_SENDER = 8_192
_MOST_BYTES = 131_072
_MOST_INIT_CODE = 49_152  # EIP-3860


class Refused(ChainError):
    """A transaction that the pool does not take; the message is in geth's words."""


@dataclass(frozen=True, slots=True)
class Account:
    """A sender as the newest block left it; `balance` in wei."""

    nonce: int
    balance: int
    has_code: bool = False


@dataclass(frozen=True, slots=True)
class _Waiting:
    transaction: SignedTransaction
    arrival: int


class TransactionPool:
    """Transactions that no block has taken yet.

    A sender's transactions are executed in the order of their nonces. Those that follow the state without a
    gap can be taken, the others wait for the gap to close. A transaction replaces another of the same sender
    and nonce if both its fees are at least ten per cent higher.

    Parameters
    ----------
    account : callable
        The present state of an address.
    gas_limit : int
        Of a block.
    """

    def __init__(self, account: Callable[[str], Account], gas_limit: int) -> None:
        self._account = account
        self._gas_limit = gas_limit
        self._by_sender: dict[str, dict[int, _Waiting]] = {}
        self._by_hash: dict[bytes, SignedTransaction] = {}
        self._arrivals = 0

    # Looking

    def __len__(self) -> int:
        return len(self._by_hash)

    def __contains__(self, transaction_hash: bytes) -> bool:
        return transaction_hash in self._by_hash

    def get(self, transaction_hash: bytes) -> SignedTransaction | None:
        """Return a waiting transaction."""
        return self._by_hash.get(transaction_hash)

    def next_nonce(self, sender: str) -> int:
        """Return the nonce that follows what can be executed already."""
        return self._account(sender).nonce + sum(1 for _ in self._executable(sender))

    def pending(self) -> dict[str, list[SignedTransaction]]:
        """Return by sender what can be executed, in the order of nonces."""
        found = {sender: [one.transaction for one in self._executable(sender)] for sender in self._by_sender}
        return {sender: transactions for sender, transactions in found.items() if transactions}

    def queued(self) -> dict[str, list[SignedTransaction]]:
        """Return by sender what waits for a lower nonce."""
        found = {}
        for sender, waiting in self._by_sender.items():
            next_nonce = self.next_nonce(sender)
            if late := [waiting[nonce].transaction for nonce in sorted(waiting) if nonce > next_nonce]:
                found[sender] = late
        return found

    def _executable(self, sender: str) -> Iterator[_Waiting]:
        waiting = self._by_sender.get(sender, {})
        nonce = self._account(sender).nonce if waiting else 0
        while nonce in waiting:
            yield waiting[nonce]
            nonce += 1

    # Coming

    def add(self, transaction: SignedTransaction) -> SignedTransaction | None:
        """Take a transaction in, and return the one that it replaces, if any.

        Raises
        ------
        Refused
            If it can never be executed, cannot be paid for, or does not pay enough to replace another.
        """
        if transaction.hash in self._by_hash:
            raise Refused("already known")
        self._check_form(transaction)
        waiting = self._by_sender.get(transaction.sender, {})
        replaced = waiting.get(transaction.nonce)
        if replaced is not None and not _outbids(transaction, replaced.transaction):
            raise Refused("replacement transaction underpriced")
        self._check_sender(transaction, waiting)
        if replaced is None and (len(self) >= _MOST_WAITING or len(waiting) >= _MOST_OF_SENDER):
            raise Refused("txpool is full")
        if replaced is not None:
            del self._by_hash[replaced.transaction.hash]
        self._put(transaction)
        return None if replaced is None else replaced.transaction

    def put_back(self, transactions: Collection[SignedTransaction]) -> None:
        """Take in again what a reorganisation has thrown out of blocks; what has replaced it stays."""
        for transaction in transactions:
            if transaction.nonce not in self._by_sender.get(transaction.sender, {}):
                self._put(transaction)

    def _put(self, transaction: SignedTransaction) -> None:
        self._arrivals += 1
        of_sender = self._by_sender.setdefault(transaction.sender, {})
        of_sender[transaction.nonce] = _Waiting(transaction, self._arrivals)
        self._by_hash[transaction.hash] = transaction

    def _check_form(self, transaction: SignedTransaction) -> None:
        if len(transaction.raw) > _MOST_BYTES:
            raise Refused(f"oversized data: transaction size {len(transaction.raw)}, limit {_MOST_BYTES}")
        if transaction.to is None and len(transaction.data) > _MOST_INIT_CODE:
            raise Refused(
                f"max initcode size exceeded: code size {len(transaction.data)}, limit {_MOST_INIT_CODE}"
            )
        if transaction.gas > self._gas_limit:
            raise Refused("exceeds block gas limit")
        if transaction.max_priority_fee > transaction.max_fee:
            raise Refused(
                "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: "
                f"{transaction.max_priority_fee}, maxFeePerGas: {transaction.max_fee}"
            )
        needed = intrinsic_gas(transaction)
        if transaction.gas < needed:
            raise Refused(f"intrinsic gas too low: gas {transaction.gas}, minimum needed {needed}")

    def _check_sender(self, transaction: SignedTransaction, waiting: dict[int, _Waiting]) -> None:
        account = self._account(transaction.sender)
        if transaction.nonce < account.nonce:
            raise Refused(f"nonce too low: next nonce {account.nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce >= 2**64 - 1:
            raise Refused("nonce has max value")  # EIP-2681
        if account.has_code and not transaction.is_impersonated:
            raise Refused(f"sender not an eoa: address {transaction.sender}")  # EIP-3607
        cost = _cost(transaction)
        queued = sum(_cost(one.transaction) for nonce, one in waiting.items() if nonce != transaction.nonce)
        if cost + queued > account.balance:
            amounts = f"balance {account.balance}, tx cost {cost}"
            if queued:
                amounts = f"balance {account.balance}, queued cost {queued}, tx cost {cost}"
            raise Refused(
                f"insufficient funds for gas * price + value: {amounts}, "
                f"overshot {cost + queued - account.balance}"
            )

    # Going

    def take(
        self, base_fee: int, room: int, held_back: Collection[str] = (), *, first: Collection[bytes] = ()
    ) -> list[SignedTransaction]:
        """Choose what the next block executes, in its order; all of it stays in the pool until `settle`.

        The highest priority fee comes first, and of equals what came first; a sender's own keep the order of
        their nonces. Gas limits are what counts for the room of a block. A sender whose next transaction does
        not fit, offers less than the base fee or cannot be paid for waits with all that it has.

        Parameters
        ----------
        base_fee : int
            Of that block, wei a gas.
        room : int
            Gas.
        held_back : collection of str
            Senders that this block does not serve.
        first : collection of bytes
            Hashes of transactions that come before all others, whatever they pay, as they arrived.
        """

        def rank(waiting: _Waiting) -> tuple[bool, int, int]:
            transaction = waiting.transaction
            if transaction.hash in first:
                return False, 0, waiting.arrival
            return True, base_fee - transaction.effective_price(base_fee), waiting.arrival

        queues = {
            sender: list(self._executable(sender)) for sender in self._by_sender if sender not in held_back
        }
        heap = [(rank(queue[0]), sender, 0) for sender, queue in queues.items() if queue]
        heapq.heapify(heap)
        funds: dict[str, int] = {}
        chosen = []
        while heap:
            _, sender, place = heapq.heappop(heap)
            queue = queues[sender]
            transaction = queue[place].transaction
            left = funds.get(sender, self._account(sender).balance) - _cost(transaction)
            if transaction.gas > room or transaction.max_fee < base_fee or left < 0:
                continue
            chosen.append(transaction)
            room -= transaction.gas
            funds[sender] = left
            if place + 1 < len(queue):
                heapq.heappush(heap, (rank(queue[place + 1]), sender, place + 1))
        return chosen

    def settle(self) -> list[SignedTransaction]:
        """Drop what the newest block has executed or made impossible, and return it."""
        gone = []
        for sender in list(self._by_sender):
            nonce = self._account(sender).nonce
            gone += [one.transaction for place, one in self._by_sender[sender].items() if place < nonce]
        for transaction in gone:
            self.drop(transaction.hash)
        return gone

    def drop(self, transaction_hash: bytes) -> None:
        """Forget a transaction."""
        transaction = self._by_hash.pop(transaction_hash)
        of_sender = self._by_sender[transaction.sender]
        del of_sender[transaction.nonce]
        if not of_sender:
            del self._by_sender[transaction.sender]


def raised(fee: int) -> int:
    """Return the least fee, wei a gas, that outbids another."""
    return max(fee + 1, -(-fee * (100 + _BUMP) // 100))


def _outbids(transaction: SignedTransaction, other: SignedTransaction) -> bool:
    return transaction.max_fee >= raised(other.max_fee) and transaction.max_priority_fee >= raised(
        other.max_priority_fee
    )


def _cost(transaction: SignedTransaction) -> int:
    return transaction.gas * transaction.max_fee + transaction.value
