"""The default engine: py-evm in this process, signed transactions in, whole blocks out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from weakref import WeakSet

from eth.abc import BlockHeaderAPI, VirtualMachineAPI
from eth.constants import (
    BLANK_ROOT_HASH,
    POST_MERGE_DIFFICULTY,
    POST_MERGE_NONCE,
    ZERO_ADDRESS,
)
from eth.exceptions import VMError
from eth_typing import Address, BlockNumber
from eth_utils.exceptions import ValidationError
from rlp.exceptions import SerializationError

from isomargin.chain.accounts import canonical_address
from isomargin.chain.call_trace import CallFrame
from isomargin.chain.intrinsic import charged_gas
from isomargin.chain.keys import KeyRing
from isomargin.chain.py_evm_backend import DeterministicBackend
from isomargin.chain.py_evm_calls import frame_mined, frame_rehearsed
from isomargin.chain.py_evm_execution import call_on, rehearse_on
from isomargin.chain.py_evm_pruning import STATES_KEPT, Sweeper
from isomargin.chain.py_evm_records import base_fee_of, block_of
from isomargin.chain.py_evm_transactions import evm_transaction
from isomargin.chain.randao import prev_randao
from isomargin.chain.signed import decode_transaction
from isomargin.chain.types import CALL_GAS, Block, Rehearsal, SignedTransaction, Transaction, TransactionTrace
from isomargin.errors import ChainError, MalformedTransaction

__all__ = ["PlainPyEvmEngine", "PyEvmEngine"]

_OLDER_KEPT = 8  # machines of blocks below the head


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class _Token:
    """A state to come back to: a head, and the pending header, whose state may have gifts of ether in it."""

    head: BlockHeaderAPI
    pending: BlockHeaderAPI


class PyEvmEngine:
    """See `isomargin.chain.engine.Engine`; fork Prague, coinbase zero.

    Parameters
    ----------
    chain_id, genesis_timestamp, genesis_base_fee, block_gas_limit : int
        As in `Chain`.
    unlimited_code, signs : bool
        As in `Chain`.
    """

    counts_gas = True
    keeps_traces = True
    takes_extra_data = True
    is_translated = True

    def __init__(
        self,
        *,
        chain_id: int,
        genesis_timestamp: int,
        genesis_base_fee: int,
        block_gas_limit: int,
        unlimited_code: bool = False,
        signs: bool = False,
    ) -> None:
        self._chain_id = chain_id
        self._backend = DeterministicBackend(
            chain_id,
            {
                "coinbase": ZERO_ADDRESS,
                "difficulty": POST_MERGE_DIFFICULTY,
                "extra_data": b"",
                "gas_limit": block_gas_limit,
                "base_fee_per_gas": genesis_base_fee,
                "mix_hash": prev_randao(0),
                "nonce": POST_MERGE_NONCE,
                "receipt_root": BLANK_ROOT_HASH,
                "timestamp": genesis_timestamp,
                "transaction_root": BLANK_ROOT_HASH,
            },
            unlimited_code=unlimited_code,
            is_translated=self.is_translated,
        )
        self._keys = KeyRing(chain_id)
        self._keeps_signed = signs
        self._view: tuple[BlockHeaderAPI, VirtualMachineAPI] | None = None
        self._stage: tuple[tuple[BlockHeaderAPI, int, int], VirtualMachineAPI] | None = None
        self._older: dict[bytes, VirtualMachineAPI] = {}
        self._tokens: WeakSet[_Token] = WeakSet()  # those that somebody holds
        self._states_from = 0
        self._sweeper = Sweeper()

    @property
    def machine(self) -> tuple[str, str]:
        """py-evm and its version."""
        return "py-evm", version("py-evm")

    # Accounts

    def add_account(self, address: str, private_key: bytes) -> None:
        """Keep the key, also for what web3 asks to have signed."""
        self._keys.add(address, private_key)
        self._backend.add_account(private_key)

    def set_balance(self, address: str, amount: int) -> None:
        """Write the balance into the state that the pending block starts from."""
        chain = self._backend.chain
        state = chain.get_vm().state
        state.set_balance(_canonical(address), amount)
        state.persist()
        chain.header = chain.header.copy(state_root=state.state_root)

    # Blocks

    def head(self) -> Block:
        """Return the block below the pending one."""
        return self.block(self._backend.chain.header.block_number - 1)

    def block(self, number: int) -> Block:
        """Return a block, read from the database if it came in through web3."""
        blocks = self._backend.blocks
        chain = self._backend.chain
        while len(blocks) <= number:
            block = chain.get_canonical_block_by_number(BlockNumber(len(blocks)))
            receipts = block.get_receipts(chain.chaindb)
            found = block.transactions if self._keeps_signed else ()
            signed = tuple(decode_transaction(each.encode(), self._chain_id) for each in found)
            blocks.append(block_of(block, block.transactions, receipts, self._backend.failures, signed))
        return blocks[number]

    def mine(
        self,
        transactions: Sequence[Transaction | SignedTransaction],
        timestamp: int,
        *,
        base_fee: int | None = None,
        extra_data: bytes = b"",
    ) -> Block:
        """Sign, execute and seal; the pending header takes the block's time first, so that code sees it."""
        chain = self._backend.chain
        parent, pending = self.head(), chain.header
        fee = base_fee_of(pending) if base_fee is None else base_fee
        try:
            signed = self._keys.signed(transactions, fee, self.nonce)
            chain.header = pending.copy(timestamp=timestamp, base_fee_per_gas=fee, extra_data=extra_data)
            played = [evm_transaction(each) for each in signed]
            result, receipts, _ = chain.mine_all(played)
        except (ValidationError, SerializationError, VMError, MalformedTransaction) as error:
            chain.header = pending
            raise ChainError(f"block {parent.number + 1} refused: {error}") from None
        self._backend.prepare_pending_header()
        kept = tuple(signed) if self._keeps_signed else ()
        block = block_of(result.imported_block, played, receipts, self._backend.failures, kept)
        self._backend.blocks.append(block)
        if pending.state_root != parent.state_root:
            self._backend.starts[block.hash] = pending.state_root
        return block

    def prune(self, first: int) -> None:
        """Of states keep the newest 128 at most, and those of snapshots."""
        backend, head = self._backend, self.head().number
        for block in backend.blocks.prune(first):
            backend.starts.pop(block.hash, None)
            for receipt in block.receipts:
                backend.failures.pop(receipt.transaction_hash, None)
                backend.traces.pop(receipt.transaction_hash, None)
        self._states_from = max(self._states_from, first, head - STATES_KEPT + 1)
        held = [header for token in self._tokens for header in (token.head, token.pending)]
        self._sweeper.sweep(backend.chain.chaindb, head, self._states_from, [backend.chain.header, *held])

    def next_base_fee(self) -> int:
        """Return what the pending header has."""
        return base_fee_of(self._backend.chain.header)

    # State

    def _head_vm(self) -> VirtualMachineAPI:
        """Return the cached machine of the head block, on a state that has the credits to come."""
        pending = self._backend.chain.header
        if self._view is None or self._view[0] is not pending:
            head = self._backend.chain.get_canonical_head()
            vm = self._backend.chain.get_vm(head.copy(state_root=pending.state_root))
            self._view = (pending, vm)
        return self._view[1]

    def _vm(self, block: int | None) -> VirtualMachineAPI:
        """Return the machine of a block, the newest few of the older ones from the cache."""
        if block is None:
            return self._head_vm()
        if block < self._states_from:
            raise ChainError(f"historical state of block {block} is not available")
        header = self._backend.chain.get_canonical_block_header_by_number(BlockNumber(block))
        vm = self._older.pop(header.hash, None) or self._backend.chain.get_vm(header)
        self._older[header.hash] = vm
        if len(self._older) > _OLDER_KEPT:
            del self._older[next(iter(self._older))]
        return vm

    def call(self, transaction: Transaction, *, block: int | None = None, gas: int | None = None) -> bytes:
        """Run the message on the cached machine of the block, and roll its state back."""
        limit = CALL_GAS if gas is None else gas - charged_gas(transaction)
        return call_on(self._vm(block).state, transaction, limit)

    def calls(self, transactions: Sequence[Transaction]) -> list[bytes]:
        """Run one after the other."""
        return [self.call(each) for each in transactions]

    def rehearse(self, transaction: Transaction, gas: int, timestamp: int) -> Rehearsal:
        """Run the transaction on a machine of the block to come, and roll its state back.

        As geth does, a transaction that bids less than the base fee sees none.
        """
        pending = self._backend.chain.header
        wanted = (pending, timestamp, self._seen_fee(transaction))
        if self._stage is None or self._stage[0] != wanted:
            header = pending.copy(timestamp=timestamp, base_fee_per_gas=wanted[2])
            self._stage = (wanted, self._backend.chain.get_vm(header))
        return rehearse_on(self._stage[1], transaction, gas, self._chain_id)

    def _seen_fee(self, transaction: Transaction) -> int:
        fee = self.next_base_fee()
        return fee if (transaction.gas_price or 0) >= fee else 0

    def balance(self, address: str, block: int | None = None) -> int:
        """Return wei, at the head with the credits to come."""
        return self._vm(block).state.get_balance(_canonical(address))

    def nonce(self, address: str, block: int | None = None) -> int:
        """Return the nonce after the block."""
        return self._vm(block).state.get_nonce(_canonical(address))

    def storage_at(self, address: str, slot: int, block: int | None = None) -> int:
        """Return a storage word after the block."""
        return self._vm(block).state.get_storage(_canonical(address), slot)

    def code_at(self, address: str, block: int | None = None) -> bytes:
        """Return the code after the block."""
        return bytes(self._vm(block).state.get_code(_canonical(address)))

    def trace(self) -> None:
        """Let the backend keep traces."""
        self._backend.keep_traces()

    def transaction_trace(self, transaction_hash: bytes) -> TransactionTrace | None:
        """Return what the backend kept."""
        return self._backend.traces.get(transaction_hash)

    def call_trace(self, transaction_hash: bytes) -> CallFrame | None:
        """Execute the block again, up to this transaction, on a machine that leaves trails."""
        for number in range(self.head().number, self._states_from, -1):
            block = self.block(number)
            for index, receipt in enumerate(block.receipts):
                if receipt.transaction_hash == transaction_hash:
                    return frame_mined(self._backend, block, index)
        return None

    def rehearsed_trace(self, transaction: Transaction, gas: int, timestamp: int) -> CallFrame:
        """Rehearse on a machine that leaves trails."""
        pending = self._backend.chain.header
        header = pending.copy(timestamp=timestamp, base_fee_per_gas=self._seen_fee(transaction))
        return frame_rehearsed(self._backend, header, transaction, gas)

    def snapshot(self) -> object:
        """Remember the head, and the pending header for the credits in its state."""
        chain = self._backend.chain
        token = _Token(chain.get_canonical_head(), chain.header)
        self._tokens.add(token)
        return token

    def restore(self, snapshot: object) -> None:
        """Make the remembered head the head again; nothing is executed."""
        assert isinstance(snapshot, _Token)
        self._backend.rewind(snapshot.head)
        self._backend.chain.header = snapshot.pending

    def web3(self) -> Any:
        """Return web3 over eth-tester on the same backend, with the id of this chain."""
        from eth_tester import EthereumTester
        from web3 import EthereumTesterProvider, Web3
        from web3.providers.eth_tester.defaults import API_ENDPOINTS, static_return

        endpoints = {
            **API_ENDPOINTS,
            "eth": {**API_ENDPOINTS["eth"], "chainId": static_return(self._chain_id)},
            "net": {**API_ENDPOINTS["net"], "version": static_return(str(self._chain_id))},
        }
        return Web3(EthereumTesterProvider(EthereumTester(self._backend), endpoints))


class PlainPyEvmEngine(PyEvmEngine):
    """The same without translating contracts: py-evm as it comes, several times slower, to compare with."""

    is_translated = False


def _canonical(address: str) -> Address:
    return Address(canonical_address(address))
