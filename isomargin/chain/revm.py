"""The fast engine: revm in this process by way of pyrevm; whole blocks, but no gas and no state roots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, NamedTuple, NoReturn
from weakref import WeakValueDictionary

from isomargin.chain.accounts import created_address
from isomargin.chain.blocks import Blocks
from isomargin.chain.keys import KeyRing
from isomargin.chain.revm_hashes import block_hash, parsed_address, transaction_hash
from isomargin.chain.revm_machine import CALL_GAS, MOST_FRAMES, Failure, Machine, Refusal
from isomargin.chain.types import Block, Log, Receipt, Rehearsal, SignedTransaction, Transaction
from isomargin.chain.untraced import Untraced
from isomargin.errors import ChainError, MalformedTransaction, TransactionReverted

__all__ = ["RevmEngine"]


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class _Token:
    """A state to come back to: its place among the tokens, its mark, and how many blocks there were."""

    position: int
    mark: object
    height: int


class _Ran(NamedTuple):
    """A transaction that was executed, what it was executed with, and its logs, or why it has none."""

    transaction: Transaction | SignedTransaction
    nonce: int
    price: int
    created: str | None
    outcome: Sequence[Any] | Failure


class RevmEngine(Untraced):
    """See `isomargin.chain.engine.Engine`; fork Cancun, coinbase zero.

    Contracts do here what they do on the default engine, and many times faster. What differs:

    * No gas is counted, charged or shown, because pyrevm never ends a transaction: slots stay warm, and the
      figures come out too low. Limits are in force all the same, by these low figures: what a real chain
      stops for want of gas may just pass here. The base fee stays at that of the genesis block.
    * There is no trie, no signature, no web3 and no trace. Hashes of blocks and transactions cover all that
      went into them, so that equal hashes mean equal runs, on this engine alone.
    * Code sees a `block.gaslimit` of at least 10**10, a `block.basefee` of 0, a `blockhash` that is no
      block's hash, its own `gasleft()`, and Cancun: none of the instructions and precompiles of Prague.
    * A contract that destroys itself while it is being created stays, and one that names itself as heir
      loses its ether if it was created within the last 5,000 calls or so.

    Parameters
    ----------
    chain_id, genesis_timestamp, genesis_base_fee, block_gas_limit : int
        As in `Chain`.
    unlimited_code, signs : bool
        As in `Chain`.
    most_frames : float
        As in `Machine`.

    Raises
    ------
    InputError
        If pyrevm is not installed; importing this module raises it.
    """

    counts_gas = False
    takes_extra_data = True

    def __init__(
        self,
        *,
        chain_id: int,
        genesis_timestamp: int,
        genesis_base_fee: int,
        block_gas_limit: int,
        unlimited_code: bool = False,
        signs: bool = False,
        most_frames: float = MOST_FRAMES,
    ) -> None:
        self._keys = KeyRing(chain_id) if signs else None
        self._chain_id = chain_id.to_bytes(32, "big")
        self._base_fee = genesis_base_fee
        self._gas_limit = block_gas_limit
        self._machine = Machine(
            chain_id, block_gas_limit, unlimited_code=unlimited_code, most_frames=most_frames
        )
        self._senders: set[str] = set()
        self._nonces: dict[str, int] = {}
        self._tokens: WeakValueDictionary[int, _Token] = WeakValueDictionary()  # those that somebody holds
        self._taken = 0
        self._newest: _Token | None = None  # of the present state
        self._blocks = Blocks()
        self._blocks.append(self._sealed(self._chain_id, 0, genesis_timestamp, (), genesis_base_fee))
        self._machine.set_block(0, genesis_timestamp)

    @property
    def machine(self) -> tuple[str, str]:
        """Pyrevm and its version."""
        return "pyrevm", version("pyrevm")

    # Accounts

    def add_account(self, address: str, private_key: bytes) -> None:
        """Let `address` send; without `signs`, nothing is signed here."""
        self._senders.add(address)
        if self._keys is not None:
            self._keys.add(address, private_key)

    def set_balance(self, address: str, amount: int) -> None:
        """Give or take the difference at once; no block is needed to seal it."""
        known = parsed_address(address)[0]
        try:
            self._machine.set_balance(known, amount)
        except (Refusal, OverflowError) as error:
            raise ChainError(f"balance refused: {error}") from None
        self._newest = None

    # Blocks

    def head(self) -> Block:
        """Return the latest block."""
        return self._blocks[-1]

    def block(self, number: int) -> Block:
        """Return a block."""
        return self._blocks[number]

    def prune(self, first: int) -> None:
        """Of states there is the newest alone as it is."""
        self._blocks.prune(first)

    def next_base_fee(self) -> int:
        """Return that of the head: without gas counted, nothing moves it."""
        return self._blocks[-1].base_fee

    def mine(
        self,
        transactions: Sequence[Transaction | SignedTransaction],
        timestamp: int,
        *,
        base_fee: int | None = None,
        extra_data: bytes = b"",
    ) -> Block:
        """Execute and seal; a transaction that cannot begin takes those before it back with it."""
        head, machine = self._blocks[-1], self._machine
        number, fee = head.number + 1, head.base_fee if base_fee is None else base_fee
        signed: tuple[SignedTransaction, ...] = ()
        begun = machine.begin()
        try:
            if self._keys is not None:
                transactions = signed = tuple(self._keys.signed(transactions, fee, self.nonce))
            machine.set_block(number, timestamp)
            ran, nonces = self._execute(transactions, fee)
            block = self._sealed(head.hash, number, timestamp, self._receipts(ran, number), fee, extra_data)
        except BaseException as error:
            machine.cancel(begun)
            machine.set_block(head.number, head.timestamp)
            if isinstance(error, Refusal | OverflowError | MalformedTransaction):
                raise ChainError(f"block {number} refused: {error}") from None
            raise
        machine.keep()
        machine.tidy()
        self._newest = None
        self._nonces |= nonces
        if signed:
            block = replace(block, transactions=signed)
        self._blocks.append(block)
        return block

    def _sealed(
        self,
        parent: bytes,
        number: int,
        timestamp: int,
        receipts: tuple[Receipt, ...],
        base_fee: int,
        extra_data: bytes = b"",
    ) -> Block:
        is_plain = base_fee == self._base_fee and not extra_data
        chosen = b"" if is_plain else base_fee.to_bytes(32, "big") + extra_data
        return Block(
            number=number,
            timestamp=timestamp,
            hash=block_hash(parent, number, timestamp, receipts, chosen),
            state_root=b"",
            gas_used=None,
            receipts=receipts,
            base_fee=base_fee,
            extra_data=extra_data,
        )

    def _execute(
        self, transactions: Sequence[Transaction | SignedTransaction], base_fee: int
    ) -> tuple[list[_Ran], dict[str, int]]:
        """Run them in their order; return what became of each, and the nonces that follow."""
        nonces: dict[str, int] = {}
        ran: list[_Ran] = []
        gas_before, machine = 0, self._machine
        for transaction in transactions:
            sender = parsed_address(transaction.sender)[0]
            is_named = sender in self._senders
            is_signed = isinstance(transaction, SignedTransaction)
            if not (is_named or is_signed):
                raise ChainError(f"no key for sender {sender}: it is not an account of this chain")
            if (nonce := nonces.get(sender)) is None:
                nonce = self._nonces.get(sender, 0)
            nonces[sender] = nonce + 1
            if not is_named:
                nonce += machine.contract_nonce(sender)
            price = transaction.effective_price(base_fee)
            if gas_before + transaction.gas > self._gas_limit or price < base_fee:
                raise _unfit(transaction.gas, gas_before, self._gas_limit, price, base_fee)
            run = self._run_signed if is_signed else self._run
            ran.append(run(transaction, nonce, price))
            gas_before += machine.gas_used
        return ran, nonces

    def _run_signed(self, transaction: Any, nonce: int, price: int) -> _Ran:
        """Run what was signed before; nonce and funds must be right, and a contract may have sent it."""
        if transaction.nonce != nonce:
            raise Refusal(
                f"nonce of sender {transaction.sender}: expected {nonce}, found {transaction.nonce}"
            )
        balance = self._machine.balance(transaction.sender)
        cost = transaction.gas * transaction.max_fee + transaction.value
        if balance < cost:
            raise Refusal(f"insufficient funds for gas * price + value: have {balance} want {cost}")
        if not transaction.is_impersonated:
            return self._run(transaction, nonce, price)
        is_creation = transaction.to is None
        with self._machine.shown_without_code(transaction.sender, keeps_nonce=is_creation):
            return self._run(transaction, nonce, price)

    def _run(self, transaction: Transaction | SignedTransaction, nonce: int, price: int) -> _Ran:
        data, value, gas = transaction.data, transaction.value, transaction.gas
        sender, sender_bytes = parsed_address(transaction.sender)
        if transaction.to is None:
            created = created_address(sender_bytes, nonce)
            logs = self._machine.create(sender, nonce, created, data, value, gas, price)
            return _Ran(transaction, nonce, price, created, logs)
        done = self._machine.call(sender, parsed_address(transaction.to)[0], data, value, gas, price)
        return _Ran(transaction, nonce, price, None, done if isinstance(done, Failure) else done[1])

    def _receipts(self, ran: Sequence[_Ran], number: int) -> tuple[Receipt, ...]:
        """Write all receipts at once: in turn with executing, each would find its code out of the caches."""
        receipts, logs_before = [], 0
        for index, each in enumerate(ran):
            receipts.append(self._receipt(each, number, index, logs_before))
            logs_before += len(receipts[-1].logs)
        return tuple(receipts)

    def _receipt(self, ran: _Ran, number: int, index: int, logs_before: int) -> Receipt:
        transaction, nonce, price, created, outcome = ran
        sender, sender_bytes = parsed_address(transaction.sender)
        to, to_bytes = (None, None) if transaction.to is None else parsed_address(transaction.to)
        if isinstance(transaction, SignedTransaction):
            name = transaction.hash
        else:
            data, value, gas = transaction.data, transaction.value, transaction.gas
            name = transaction_hash(self._chain_id, sender_bytes, nonce, to_bytes, value, gas, price, data)
        failure = outcome if isinstance(outcome, Failure) else None
        return Receipt(
            transaction_hash=name,
            block_number=number,
            transaction_index=index,
            sender=sender,
            to=to,
            contract_address=created,
            gas_used=None,
            gas_price=price,
            success=failure is None,
            revert_reason="" if failure is None else failure.reason,
            logs=() if isinstance(outcome, Failure) else _logs(outcome, number, index, logs_before),
            revert_data=b"" if failure is None else failure.data,
        )

    # State

    def call(self, transaction: Transaction, *, block: int | None = None, gas: int | None = None) -> bytes:
        """Run the message in the time of the head block, and undo it."""
        _refuse_old(block)
        done = self._view(transaction, CALL_GAS if gas is None else gas)
        if isinstance(done, Failure):
            raise TransactionReverted(done.reason, done.data)
        return done

    def calls(self, transactions: Sequence[Transaction]) -> list[bytes]:
        """Run one after the other."""
        return [self.call(each) for each in transactions]

    def rehearse(self, transaction: Transaction, gas: int, timestamp: int) -> Rehearsal:
        """Run the transaction in the block to come, and undo it; by this machine's own low figures."""
        head = self._blocks[-1]
        self._machine.set_block(head.number + 1, timestamp)
        try:
            done = self._view(transaction, gas)
        finally:
            self._machine.set_block(head.number, head.timestamp)
        if isinstance(done, Failure):
            return Rehearsal(False, done.reason, done.data, None)
        return Rehearsal(True, "", done, None)

    def _view(self, transaction: Transaction, gas: int) -> bytes | Failure:
        sender, sender_bytes = parsed_address(transaction.sender)
        nonce, to, created = 0, None, None
        if transaction.to is None:
            nonce = self.nonce(sender)
            created = created_address(sender_bytes, nonce)
        else:
            to = parsed_address(transaction.to)[0]
        price = transaction.gas_price or 0
        try:
            return self._machine.view(
                sender, nonce, to, created, transaction.data, transaction.value, gas, price
            )
        except (Refusal, OverflowError) as error:
            raise ChainError(f"call refused: {error}") from None

    def balance(self, address: str, block: int | None = None) -> int:
        """Return wei."""
        _refuse_old(block)
        return self._machine.balance(parsed_address(address)[0])

    def nonce(self, address: str, block: int | None = None) -> int:
        """Return how many transactions were sent; of a contract what the machine has counted."""
        _refuse_old(block)
        known = parsed_address(address)[0]
        sent = self._nonces.get(known, 0)
        return sent if known in self._senders else sent + self._machine.contract_nonce(known)

    def storage_at(self, address: str, slot: int, block: int | None = None) -> int:
        """Return a storage word after the head block."""
        _refuse_old(block)
        return self._machine.storage_at(parsed_address(address)[0], slot)

    def code_at(self, address: str, block: int | None = None) -> bytes:
        """Return the code after the head block."""
        _refuse_old(block)
        return self._machine.code_at(parsed_address(address)[0])

    def snapshot(self) -> object:
        """Mark the state; without a change since the last mark, that one. Forgotten, it costs nothing."""
        if self._newest is None:
            self._taken += 1
            self._newest = _Token(self._taken, self._machine.mark(), len(self._blocks))
            self._tokens[self._taken] = self._newest
        return self._newest

    def restore(self, snapshot: object) -> None:
        """Return to a mark, and forget those after it."""
        assert isinstance(snapshot, _Token)
        if self._tokens.get(snapshot.position) is not snapshot:
            raise ChainError("this snapshot is gone: an earlier one has been restored")
        self._machine.back_to(snapshot.mark)
        for block in self._blocks.since(snapshot.height):
            for receipt in block.receipts:
                self._nonces[receipt.sender] -= 1
        for later in [position for position in self._tokens if position > snapshot.position]:
            del self._tokens[later]
        self._blocks.cut(snapshot.height)
        self._newest = snapshot
        head = self._blocks[-1]
        self._machine.set_block(head.number, head.timestamp)

    def web3(self) -> NoReturn:
        """Refuse."""
        raise ChainError("engine revm has no web3, engine py-evm has one")


def _unfit(gas: int, gas_before: int, gas_limit: int, price: int, base_fee: int) -> Refusal:
    """Say why a transaction has no place in a block."""
    if gas_before + gas > gas_limit:
        return Refusal(
            f"transaction exceeds gas limit: it may use {gas} after the {gas_before} of those before it, "
            f"but limit is {gas_limit}"
        )
    return Refusal(f"gas price {price} is lower than block's base fee {base_fee}")


def _refuse_old(block: int | None) -> None:
    if block is not None:
        raise ChainError("engine revm keeps the newest state only, engine py-evm keeps those of all blocks")


def _logs(raw: Sequence[Any], number: int, index: int, first: int) -> tuple[Log, ...]:
    logs = []
    for offset, log in enumerate(raw):
        topics, data = log.data
        logs.append(Log(log.address, tuple(topics), data, number, index, first + offset))
    return tuple(logs)
