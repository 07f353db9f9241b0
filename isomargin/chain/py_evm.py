"""The default engine: py-evm in this process, signed transactions in, whole blocks out."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from eth._utils.address import generate_contract_address
from eth.abc import (
    BlockAPI,
    BlockHeaderAPI,
    ComputationAPI,
    ReceiptAPI,
    SignedTransactionAPI,
    StateAPI,
    VirtualMachineAPI,
)
from eth.constants import (
    BLANK_ROOT_HASH,
    CREATE_CONTRACT_ADDRESS,
    POST_MERGE_DIFFICULTY,
    POST_MERGE_NONCE,
    ZERO_ADDRESS,
)
from eth.exceptions import VMError
from eth.vm.message import Message
from eth_keys.datatypes import PrivateKey
from eth_typing import Address, BlockNumber
from eth_utils.exceptions import ValidationError
from rlp.exceptions import SerializationError

from isomargin.chain.accounts import canonical_address, checksum_address
from isomargin.chain.py_evm_backend import DeterministicBackend, failure_of
from isomargin.chain.randao import prev_randao
from isomargin.chain.types import CALL_GAS, PRIORITY_FEE, Block, Log, Receipt, Transaction, TransactionTrace
from isomargin.errors import ChainError, TransactionReverted

__all__ = ["PlainPyEvmEngine", "PyEvmEngine"]

_SUCCESS = b"\x01"


class PyEvmEngine:
    """See `isomargin.chain.engine.Engine`; fork Prague, coinbase zero.

    Parameters
    ----------
    chain_id, genesis_timestamp, genesis_base_fee, block_gas_limit : int
        As in `Chain`.
    unlimited_code : bool
        As in `Chain`.
    """

    counts_gas = True
    keeps_traces = True
    is_translated = True

    def __init__(
        self,
        *,
        chain_id: int,
        genesis_timestamp: int,
        genesis_base_fee: int,
        block_gas_limit: int,
        unlimited_code: bool = False,
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
        self._keys: dict[str, PrivateKey] = {}
        self._view: tuple[BlockHeaderAPI, VirtualMachineAPI] | None = None

    @property
    def machine(self) -> tuple[str, str]:
        """py-evm and its version."""
        return "py-evm", version("py-evm")

    # Accounts

    def add_account(self, address: str, private_key: bytes) -> None:
        """Keep the key, also for what web3 asks to have signed."""
        self._keys[address] = PrivateKey(private_key)
        self._backend.add_account(private_key)

    def credit(self, address: str, amount: int) -> None:
        """Write the balance into the state that the pending block starts from."""
        chain = self._backend.chain
        state = chain.get_vm().state
        state.delta_balance(_canonical(address), amount)
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
            blocks.append(self._block(block, block.get_receipts(chain.chaindb)))
        return blocks[number]

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        """Sign, execute and seal; the pending header takes the block's time first, so that code sees it."""
        chain = self._backend.chain
        parent, pending = self.head(), chain.header
        try:
            signed = self._sign(transactions, pending)
            chain.header = pending.copy(timestamp=timestamp)
            result, receipts, _ = chain.mine_all(signed)
        except (ValidationError, SerializationError, VMError) as error:
            chain.header = pending
            raise ChainError(f"block {parent.number + 1} refused: {error}") from None
        self._backend.prepare_pending_header()
        self._backend.blocks.append(self._block(result.imported_block, receipts))
        return self.head()

    def _sign(
        self, transactions: Sequence[Transaction], header: BlockHeaderAPI
    ) -> list[SignedTransactionAPI]:
        default_price = _base_fee(header) + PRIORITY_FEE
        nonces: dict[str, int] = {}
        signed = []
        for transaction in transactions:
            sender = transaction.sender
            if sender not in self._keys:
                raise ChainError(f"no key for sender {sender}: it is not an account of this chain")
            nonce = nonces[sender] if sender in nonces else self.nonce(sender)
            nonces[sender] = nonce + 1
            unsigned = self._backend.chain.create_unsigned_transaction(
                nonce=nonce,
                gas_price=default_price if transaction.gas_price is None else transaction.gas_price,
                gas=transaction.gas,
                to=_receiver(transaction),
                value=transaction.value,
                data=transaction.data,
            )
            signed.append(unsigned.as_signed_transaction(self._keys[sender], chain_id=self._chain_id))
        return signed

    def _block(self, block: BlockAPI, stored: Sequence[ReceiptAPI]) -> Block:
        receipts: list[Receipt] = []
        gas_before = logs_before = 0
        for transaction, receipt in zip(block.transactions, stored, strict=True):
            receipts.append(
                self._receipt(block.header, transaction, receipt, len(receipts), gas_before, logs_before)
            )
            gas_before = receipt.gas_used  # which counts from the start of the block
            logs_before += len(receipt.logs)
        return Block(
            number=block.number,
            timestamp=block.header.timestamp,
            hash=bytes(block.hash),
            state_root=bytes(block.header.state_root),
            gas_used=block.header.gas_used,
            receipts=tuple(receipts),
            base_fee=_base_fee(block.header),
        )

    def _receipt(
        self,
        header: BlockHeaderAPI,
        transaction: SignedTransactionAPI,
        receipt: ReceiptAPI,
        index: int,
        gas_before: int,
        logs_before: int,
    ) -> Receipt:
        number, sender = header.block_number, transaction.sender
        success = receipt.state_root == _SUCCESS
        reason, data = ("", b"") if success else self._backend.failures[transaction.hash]
        created = None
        if transaction.to == CREATE_CONTRACT_ADDRESS:
            created = checksum_address(generate_contract_address(sender, transaction.nonce))
        return Receipt(
            transaction_hash=bytes(transaction.hash),
            block_number=number,
            transaction_index=index,
            sender=checksum_address(sender),
            to=None if created else checksum_address(transaction.to),
            contract_address=created,
            gas_used=receipt.gas_used - gas_before,
            gas_price=min(
                transaction.max_fee_per_gas, _base_fee(header) + transaction.max_priority_fee_per_gas
            ),
            success=success,
            revert_reason=reason,
            logs=tuple(
                Log(
                    address=checksum_address(log.address),
                    topics=tuple(topic.to_bytes(32, "big") for topic in log.topics),
                    data=bytes(log.data),
                    block_number=number,
                    transaction_index=index,
                    log_index=logs_before + offset,
                )
                for offset, log in enumerate(receipt.logs)
            ),
            revert_data=data,
        )

    # State

    def _head_vm(self) -> VirtualMachineAPI:
        """Return the cached machine of the head block, on a state that has the credits to come."""
        pending = self._backend.chain.header
        if self._view is None or self._view[0] is not pending:
            head = self._backend.chain.get_canonical_head()
            vm = self._backend.chain.get_vm(head.copy(state_root=pending.state_root))
            self._view = (pending, vm)
        return self._view[1]

    def call(self, transaction: Transaction) -> bytes:
        """Run the message on the cached machine of the head block, and roll its state back."""
        state = self._head_vm().state
        snapshot = state.snapshot()
        try:
            computation = _execute(state, transaction)
        finally:
            state.revert(snapshot)
        if computation.is_error:
            raise TransactionReverted(*failure_of(computation))
        return bytes(computation.output)

    def balance(self, address: str) -> int:
        """Return wei, with the credits to come."""
        return self._head_vm().state.get_balance(_canonical(address))

    def nonce(self, address: str) -> int:
        """Return the nonce after the head block."""
        return self._head_vm().state.get_nonce(_canonical(address))

    def storage_at(self, address: str, slot: int) -> int:
        """Return a storage word after the head block."""
        return self._head_vm().state.get_storage(_canonical(address), slot)

    def code_at(self, address: str) -> bytes:
        """Return the code after the head block."""
        return bytes(self._head_vm().state.get_code(_canonical(address)))

    def trace(self) -> None:
        """Let the backend keep traces."""
        self._backend.keep_traces()

    def transaction_trace(self, transaction_hash: bytes) -> TransactionTrace | None:
        """Return what the backend kept."""
        return self._backend.traces.get(transaction_hash)

    def snapshot(self) -> object:
        """Remember the head, and the pending header for the credits in its state."""
        chain = self._backend.chain
        return chain.get_canonical_head(), chain.header

    def restore(self, snapshot: object) -> None:
        """Make the remembered head the head again; nothing is executed."""
        assert isinstance(snapshot, tuple)
        head, pending = snapshot
        self._backend.rewind(head)
        self._backend.chain.header = pending

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


def _execute(state: StateAPI, transaction: Transaction) -> ComputationAPI:
    """Run the message alone: no signature, nonce, fee or block gas limit stands in the way of a call."""
    sender = _canonical(transaction.sender)
    receiver = _receiver(transaction)
    state.delta_balance(sender, transaction.value)
    state.mark_address_warm(sender)
    context = state.get_transaction_context_class()(gas_price=transaction.gas_price or 0, origin=sender)
    machine = state.computation_class
    if receiver == CREATE_CONTRACT_ADDRESS:
        created = generate_contract_address(sender, state.get_nonce(sender))
        message = Message(
            CALL_GAS, receiver, sender, transaction.value, b"", transaction.data, create_address=created
        )
        return machine.apply_create_message(state, message, context)
    state.mark_address_warm(receiver)
    message = Message(
        CALL_GAS, receiver, sender, transaction.value, transaction.data, state.get_code(receiver)
    )
    return machine.apply_message(state, message, context)


def _receiver(transaction: Transaction) -> Address:
    return CREATE_CONTRACT_ADDRESS if transaction.to is None else _canonical(transaction.to)


def _canonical(address: str) -> Address:
    return Address(canonical_address(address))


def _base_fee(header: BlockHeaderAPI) -> int:
    return header.base_fee_per_gas or 0  # optional only in forks before London
