"""An engine that drives a development node: one batch of requests a block, whatever it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakSet

from isomargin.chain.accounts import canonical_address
from isomargin.chain.blocks import Blocks
from isomargin.chain.keys import KeyRing
from isomargin.chain.node_failures import call_outputs, transaction_failures
from isomargin.chain.node_kinds import Genesis, check_genesis, find_kind, start_command
from isomargin.chain.node_records import block_of, fields_of, has_failed, integer, octets
from isomargin.chain.node_requests import call_fields, sending
from isomargin.chain.node_rpc import NodeRefusal, NodeRpc, Request
from isomargin.chain.types import (
    CALL_GAS,
    Block,
    Rehearsal,
    SignedTransaction,
    Transaction,
)
from isomargin.chain.untraced import Untraced
from isomargin.errors import ChainError, MalformedTransaction, TransactionReverted

__all__ = ["NodeEngine"]

_SECONDS_A_TRANSACTION = 0.1
"""How long a node may take for each transaction of a large block; some hundred times what anvil takes."""


class _Snapshot:
    """A token. The node forgets its snapshot when it goes back to it; a new one waits for the next change."""

    def __init__(self, number: int, identifier: str, block_number: int) -> None:
        self.number = number
        self.identifier = identifier
        self.block_number = block_number


class NodeEngine(Untraced):
    """See `isomargin.chain.engine.Engine`; anvil or hardhat at an address, fork and coinbase as it has them.

    The node must be fresh: at block 0, at the time and with the chain id asked for. One that was used
    before is refused, not reset, because it may be somebody else's run. Nobody else may mine on it.

    Transactions are signed here and have the hashes that they have on py-evm; the base fee of every block
    is set to what EIP-1559 makes of `genesis_base_fee`. Hashes of blocks and roots of states are the
    node's own, and so is `prevrandao`.

    Parameters
    ----------
    url : str
        ``http://HOST:PORT`` or ``ipc:///PATH``.
    chain_id, genesis_timestamp, genesis_base_fee, block_gas_limit : int
        As in `Chain`.
    unlimited_code, signs : bool
        As in `Chain`.
    """

    counts_gas = True
    takes_extra_data = False

    def __init__(
        self,
        url: str,
        *,
        chain_id: int,
        genesis_timestamp: int,
        genesis_base_fee: int,
        block_gas_limit: int,
        unlimited_code: bool = False,
        signs: bool = False,
    ) -> None:
        self._genesis = Genesis(
            chain_id, genesis_timestamp, genesis_base_fee, block_gas_limit, unlimited_code
        )
        self._rpc = NodeRpc(url, start_command(url, self._genesis))
        self._kind = find_kind(self._rpc)
        check_genesis(self._rpc, self._kind, self._genesis)
        # the interval first: on anvil, either of the two turns all mining off
        self._rpc.batch([("evm_setIntervalMining", (0,))])
        self._rpc.batch([("evm_setAutomine", (False,))])
        self._call_gas = self._accepted_call_gas()
        self._keys = KeyRing(chain_id)
        self._keeps_signed = signs
        self._nonces: dict[str, int] = {}  # of accounts with a key, as far as known
        self._has_batch_receipts = True
        self._is_shared = False  # once web3 was handed out, others may mine too
        self._snapshots = 0
        self._spent: WeakSet[_Snapshot] = WeakSet()
        self._blocks = Blocks()
        self._blocks.append(self._record(*self._read("0x0"), {}))

    def _accepted_call_gas(self) -> int:
        probe = {"to": "0x" + "00" * 20, "gas": hex(CALL_GAS)}
        (outcome,) = self._rpc.outcomes([("eth_call", (probe, "latest"))])
        return self._genesis.gas_limit if isinstance(outcome, NodeRefusal) else CALL_GAS

    @property
    def machine(self) -> tuple[str, str]:
        """What the node calls itself."""
        return self._kind.name, self._kind.version

    # Accounts

    def add_account(self, address: str, private_key: bytes) -> None:
        """Keep the key; the node never sees it."""
        self._keys.add(address, private_key)

    def set_balance(self, address: str, amount: int) -> None:
        """Write the balance into the node's state."""
        self._renew_snapshots()
        self._rpc.batch([self._kind.set_balance(address, amount)])

    # Blocks

    def head(self) -> Block:
        """Return the latest block, asking the node only if others may have mined."""
        if self._is_shared:
            self._follow()
        return self._blocks[-1]

    def block(self, number: int) -> Block:
        """Return a block as it was read when it was mined."""
        return self._blocks[number]

    def prune(self, first: int) -> None:
        """Forget old blocks here; what the node keeps is its own affair."""
        self._blocks.prune(first)

    def next_base_fee(self) -> int:
        """Return what EIP-1559 makes of the head, and for the first block of the chosen one at genesis."""
        return _next_base_fee(self.head(), self._genesis)

    def mine(
        self,
        transactions: Sequence[Transaction | SignedTransaction],
        timestamp: int,
        *,
        base_fee: int | None = None,
        extra_data: bytes = b"",
    ) -> Block:
        """Sign, send all, mine once, and read the block; what the node would not take whole is undone."""
        parent = self.head()
        if extra_data:
            raise ChainError(f"{self._kind.name} takes no extra data for its blocks, engine py-evm does")
        self._renew_snapshots()
        fee = _next_base_fee(parent, self._genesis) if base_fee is None else base_fee
        try:
            self._check(transactions, fee)
            signed = self._keys.signed(transactions, fee, self.nonce)
            with self._rpc.waiting(_SECONDS_A_TRANSACTION * len(signed)):
                block = self._mine(signed, parent, fee, timestamp)
        except (NodeRefusal, MalformedTransaction) as refusal:
            message = refusal.message if isinstance(refusal, NodeRefusal) else str(refusal)
            raise ChainError(f"block {parent.number + 1} refused: {message}") from None
        if self._keeps_signed:
            block = replace(block, transactions=tuple(signed))
        self._blocks.append(block)
        for each in signed:
            if each.sender in self._keys:
                self._nonces[each.sender] = each.nonce + 1
        return block

    def _check(self, transactions: Sequence[Transaction | SignedTransaction], base_fee: int) -> None:
        """Refuse before anything is sent what no node would take."""
        for transaction in transactions:
            price = None
            if isinstance(transaction, Transaction):
                if transaction.sender not in self._keys:
                    raise ChainError(
                        f"no key for sender {transaction.sender}: it is not an account of this chain"
                    )
                price = transaction.gas_price
            fault = ""
            if transaction.gas > self._genesis.gas_limit:
                fault = f"gas {transaction.gas} exceeds gas limit {self._genesis.gas_limit} of the block"
            elif min(transaction.value, transaction.gas, 0 if price is None else price) < 0:
                fault = "value, gas or gas price below zero"
            elif price is not None and price < base_fee:
                fault = f"gas price {price} is lower than block's base fee {base_fee}"
            if fault:
                raise ChainError(f"block {self._blocks[-1].number + 1} refused: {fault}")

    def _mine(
        self, signed: Sequence[SignedTransaction], parent: Block, base_fee: int, timestamp: int
    ) -> Block:
        before, hashes = self._mark(), [f"0x{each.hash.hex()}" for each in signed]
        try:
            hashes = self._submit(signed, base_fee, timestamp)
            self._rpc.request("evm_mine")  # alone: a batch may be worked on out of order
        except NodeRefusal:
            self._rpc.outcomes(self._kind.empty_pool(hashes))
            raise
        header, receipts = self._read("latest")
        if integer(header["number"]) != parent.number + 1 or octets(header["parentHash"]) != parent.hash:
            raise ChainError(
                f"block {parent.number + 1} at {self._rpc.url} does not follow the last one of this chain: "
                "somebody else mines there; give each chain a node of its own"
            )
        if header["transactions"] != hashes:
            self._undo(before, hashes)
            raise ChainError(f"block {parent.number + 1} refused: {self._complaint(header, hashes)}")
        block = self._record(
            header, receipts, {octets(name): each.created for name, each in zip(hashes, signed, strict=True)}
        )
        if not any(each.is_impersonated for each in signed):
            return block
        named = zip(block.receipts, signed, strict=True)
        return replace(block, receipts=tuple(replace(one, transaction_hash=each.hash) for one, each in named))

    def _submit(self, signed: Sequence[SignedTransaction], base_fee: int, timestamp: int) -> list[str]:
        """Prepare the block, in one batch; return the hashes by which the node knows its transactions."""
        steps = [[self._kind.set_base_fee(base_fee), ("evm_setNextBlockTimestamp", (timestamp,))]]
        steps += [sending(each, self._kind) for each in signed]
        requests = [request for step in steps for request in step]
        batches = [requests] if self._kind.keeps_batch_order else [[request] for request in requests]
        answers = iter([answer for batch in batches for answer in self._rpc.batch(batch)])
        return [[next(answers) for _ in step][-1] for step in steps][1:]

    def _mark(self) -> str | None:
        """Remember the state before a block. Anvil keeps it anyway, and every snapshot for good."""
        return None if self._kind.is_anvil else str(self._rpc.request("evm_snapshot"))

    def _undo(self, mark: str | None, hashes: Sequence[str]) -> None:
        """Take the last block off again, and out of the pool what did not get into it."""
        self._rpc.batch([("anvil_rollback", (1,)) if mark is None else ("evm_revert", (mark,))])
        self._rpc.outcomes(self._kind.empty_pool(hashes))

    def _complaint(self, header: Mapping[str, Any], hashes: Sequence[str]) -> str:
        taken = header["transactions"]
        if set(taken) - set(hashes):
            return "transactions of somebody else got in; give each chain a node of its own"
        missing = len(hashes) - len(taken)
        if missing:
            return (
                f"{missing} of {len(hashes)} transactions did not get in; the gas of all together exceeds "
                f"gas limit {self._genesis.gas_limit} of the block, or a sender cannot pay"
            )
        command = self._kind.start_command(self._rpc.url, self._genesis)
        return (
            f"the node mined its transactions in another order; start it so that it keeps theirs: {command}"
        )

    def _read(self, number: str) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
        """Read a header with the hashes of its transactions, and their receipts; hexadecimal, or "latest"."""
        wanted: list[Request] = [("eth_getBlockByNumber", (number, False))]
        if self._has_batch_receipts:
            header, receipts = self._rpc.outcomes([*wanted, ("eth_getBlockReceipts", (number,))])
            if not isinstance(receipts, NodeRefusal):
                return fields_of(header), receipts
            self._has_batch_receipts = not receipts.is_unknown_method
        header = fields_of(self._rpc.batch(wanted)[0])
        hashes = header["transactions"]
        return header, self._rpc.batch([("eth_getTransactionReceipt", (each,)) for each in hashes])

    def _record(
        self,
        header: Mapping[str, Any],
        receipts: Sequence[Mapping[str, Any]],
        created: Mapping[bytes, str | None],
    ) -> Block:
        failed = [receipt["transactionHash"] for receipt in receipts if has_failed(receipt)]
        failures = transaction_failures(self._rpc, failed, integer(header["number"])) if failed else []
        return block_of(header, receipts, dict(zip(failed, failures, strict=True)), created)

    def _follow(self) -> None:
        """Bring the blocks in line with the node's, which may have grown or gone back."""
        latest = self._rpc.request("eth_getBlockByNumber", "latest", False)
        number = integer(latest["number"])
        if number + 1 == len(self._blocks) and octets(latest["hash"]) == self._blocks[-1].hash:
            return
        self._blocks.cut(number + 1)
        while len(self._blocks) > 1 and self._hash_on_node(self._blocks[-1].number) != self._blocks[-1].hash:
            self._blocks.cut(len(self._blocks) - 1)
        for missing in range(len(self._blocks), number + 1):
            self._blocks.append(self._record(*self._read(hex(missing)), {}))

    def _hash_on_node(self, number: int) -> bytes:
        return octets(self._rpc.request("eth_getBlockByNumber", hex(number), False)["hash"])

    # State

    def call(self, transaction: Transaction, *, block: int | None = None, gas: int | None = None) -> bytes:
        """Execute on the state after a block; the ether that the call carries is lent to its sender."""
        limit = self._call_gas if gas is None else gas
        wanted = self._call(transaction, limit, transaction.value, "latest" if block is None else hex(block))
        return call_outputs(self._rpc, [wanted])[0]

    def calls(self, transactions: Sequence[Transaction]) -> list[bytes]:
        """Execute all on the state of the head, in as few requests as the node takes."""
        wanted = [self._call(each, self._call_gas, each.value, "latest") for each in transactions]
        return call_outputs(self._rpc, wanted)

    def _call(self, transaction: Transaction, gas: int, lent: int, block: str, *more: Any) -> Request:
        wanted, sender = call_fields(transaction, gas), transaction.sender
        lent += gas * (transaction.gas_price or 0)
        overrides = {sender: {"balance": hex(self.balance(sender) + lent)}} if lent else {}
        return "eth_call", (wanted, block, overrides, *more) if overrides or more else (wanted, block)

    def rehearse(self, transaction: Transaction, gas: int, timestamp: int) -> Rehearsal:
        """Execute on the head state as if in the block to come; the node does not tell the gas."""
        when = {"number": hex(self.head().number + 1), "time": hex(timestamp)}
        try:
            (output,) = call_outputs(self._rpc, [self._call(transaction, gas, 0, "latest", when)])
        except TransactionReverted as failure:
            return Rehearsal(False, failure.reason, failure.data, None)
        return Rehearsal(True, "", output, None)

    def balance(self, address: str, block: int | None = None) -> int:
        """Return wei, at the head with the credits to come."""
        return integer(self._ask_about(address, block, "eth_getBalance"))

    def nonce(self, address: str, block: int | None = None) -> int:
        """Return the nonce after a block; at the head, that of an account with a key is asked for once."""
        if block is not None or address not in self._nonces or self._is_shared:
            nonce = integer(self._ask_about(address, block, "eth_getTransactionCount"))
            if block is not None or address not in self._keys:
                return nonce
            self._nonces[address] = nonce
        return self._nonces[address]

    def storage_at(self, address: str, slot: int, block: int | None = None) -> int:
        """Return a storage word after a block."""
        return integer(self._ask_about(address, block, "eth_getStorageAt", f"0x{slot:064x}"))

    def code_at(self, address: str, block: int | None = None) -> bytes:
        """Return the code after a block."""
        return octets(self._ask_about(address, block, "eth_getCode"))

    def _ask_about(self, address: str, block: int | None, method: str, *params: str) -> Any:
        canonical_address(address)
        return self._rpc.request(method, address, *params, "latest" if block is None else hex(block))

    # Snapshots

    def snapshot(self) -> object:
        """Let the node remember its state."""
        self._renew_snapshots()  # the older ones first: going back to one forgets those after it
        self._snapshots += 1
        identifier = str(self._rpc.request("evm_snapshot"))
        return _Snapshot(self._snapshots, identifier, self.head().number)

    def restore(self, snapshot: object) -> None:
        """Let the node go back; its snapshot is gone with that, and taken again before the next change."""
        assert isinstance(snapshot, _Snapshot)
        if snapshot not in self._spent and not self._rpc.request("evm_revert", snapshot.identifier):
            raise ChainError(f"{self._rpc.url} forgot its snapshot {snapshot.identifier}; was it reset?")
        alive = [each for each in self._spent if each.number <= snapshot.number]
        self._spent = WeakSet([*alive, snapshot])
        self._nonces.clear()
        self._blocks.cut(snapshot.block_number + 1)

    def _renew_snapshots(self) -> None:
        """Take anew, before the state changes, the snapshots that the node forgot and somebody still holds.

        Most tokens are dropped right after they were used; every snapshot taken costs the node memory.
        """
        for snapshot in sorted(self._spent, key=lambda each: each.number):
            snapshot.identifier = str(self._rpc.request("evm_snapshot"))
        self._spent.clear()

    def web3(self) -> Any:
        """Return web3 on the same provider. What it sends waits in the pool for ``evm_mine``."""
        from web3 import Web3

        self._is_shared = True
        return Web3(self._rpc.provider)


def _next_base_fee(parent: Block, genesis: Genesis) -> int:
    """Return the base fee after a block, in wei per gas: EIP-1559, from the chosen one at genesis."""
    base_fee = parent.base_fee if parent.number else genesis.base_fee
    target, used = genesis.gas_limit // 2, parent.gas_used or 0
    if used > target:
        return base_fee + max(base_fee * (used - target) // target // 8, 1)
    return base_fee - base_fee * (target - used) // target // 8
