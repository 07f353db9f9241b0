"""eth-tester's py-evm backend with wall clock and random bytes taken out of its headers."""

from __future__ import annotations

import re
from typing import Any

from eth.abc import BlockHeaderAPI, ComputationAPI, ReceiptAPI, SignedTransactionAPI, VirtualMachineAPI
from eth.constants import GENESIS_PARENT_HASH, ZERO_ADDRESS
from eth.exceptions import OutOfGas, Revert
from eth.validation import validate_gas_limit
from eth.vm.forks.cancun.state import get_total_blob_gas
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.spurious_dragon.constants import EIP170_CODE_SIZE_LIMIT
from eth_keys.datatypes import PrivateKey
from eth_tester.backends.pyevm.main import PyEVMBackend
from eth_typing import Hash32

from isomargin.chain.blocks import Blocks
from isomargin.chain.code_size import without_code_limits
from isomargin.chain.py_evm_state import with_quick_lists
from isomargin.chain.py_evm_transactions import require_funds
from isomargin.chain.py_evm_translated import translated
from isomargin.chain.randao import prev_randao
from isomargin.chain.recording import active_recording
from isomargin.chain.reverts import revert_reason
from isomargin.chain.types import TransactionTrace

__all__ = ["DeterministicBackend", "failure_of"]

_DEFAULT_INTERVAL = 12  # seconds, where a block comes in through web3 and names no time


class DeterministicBackend(PyEVMBackend):
    """eth-tester's backend whose next header depends on nothing but its parent.

    eth-tester itself takes the genesis time from the clock, `prev_randao` from the system's entropy, and
    the time of the pending block from the clock again; here every pending header is rewritten before a
    transaction can run in it, so that code sees the timestamp that is sealed.
    """

    def __init__(
        self,
        chain_id: int,
        genesis: dict[str, Any],
        *,
        unlimited_code: bool = False,
        is_translated: bool = True,
    ) -> None:
        self._named_keys: tuple[PrivateKey, ...] = ()
        self.blocks = Blocks()  # those read so far, up to the head
        self.failures: dict[bytes, tuple[str, bytes]] = {}
        self.traces: dict[bytes, TransactionTrace] = {}  # by transaction hash, empty unless they are kept
        self._keeps_traces = False
        self._is_translated = is_translated
        failures = self.failures

        class RecordingVM(PragueVM):
            """Keeps why a transaction failed: receipts do not say, and running it again costs as much.

            The base fee of a block is the chain's choice here, and nothing that a parent dictates.
            """

            @classmethod
            def validate_gas(cls, header: BlockHeaderAPI, parent_header: BlockHeaderAPI) -> None:
                """Compare the gas limits alone."""
                validate_gas_limit(header.gas_limit, parent_header.gas_limit)

            def apply_transaction(
                self, header: BlockHeaderAPI, transaction: SignedTransactionAPI
            ) -> tuple[ReceiptAPI, ComputationAPI]:
                """Execute, and note the revert data of what failed; the sender must afford what it bids."""
                if transaction.type_id is not None:
                    require_funds(transaction, self.state.get_balance(transaction.sender))
                receipt, computation = super().apply_transaction(header, transaction)
                if computation.is_error:
                    failures[transaction.hash] = failure_of(computation)
                return receipt, computation

        machine: type[VirtualMachineAPI] = RecordingVM
        if unlimited_code:
            machine = without_code_limits(machine)
        self.plain_machine = machine  # runs instruction by instruction, reports to nobody
        self.starts: dict[bytes, bytes] = {}  # by block hash: the state it began on, gifts of ether included
        if (recording := active_recording()) is not None:
            from isomargin.chain.tracing import tracing

            machine = tracing(machine, recording)
        elif is_translated:
            machine = with_quick_lists(translated(machine))
        self._settings = {
            "genesis_params": genesis,
            "genesis_state": {},
            "vm_configuration": ((0, machine),),
        }
        self._chain_id = chain_id
        super().__init__()

    def keep_traces(self) -> None:
        """Execute on a machine that keeps traces from the next block on."""
        if self._keeps_traces:
            return
        from isomargin.chain.py_evm_traces import TraceKeeper, keeping_traces

        keeper = TraceKeeper()
        self.traces, self._keeps_traces = keeper.traces, True
        chain_class = type(self.chain)  # made for this chain alone
        chain_class.vm_configuration = tuple(
            (number, keeping_traces(machine, keeper)) for number, machine in chain_class.vm_configuration
        )

    def reset_to_genesis(self, *_: Any) -> None:
        """Start from an empty state; keys stay known."""
        super().reset_to_genesis(**self._settings)
        type(self.chain).chain_id = self._chain_id  # the class was made for this chain alone
        if self._is_translated:
            _remember_newest_block(type(self.chain))
        self.account_keys = self._named_keys  # and not those that eth-tester gives to everyone
        self.blocks.cut(0)
        self.prepare_pending_header()

    def add_account(self, private_key: bytes) -> None:
        """Sign with this key what web3 asks to send."""
        super().add_account(private_key)
        self._named_keys = tuple(self.account_keys)

    def prepare_pending_header(self) -> None:
        """Give the block to come its default time and its `prev_randao`."""
        parent = self.chain.get_canonical_head()
        self.chain.header = self.chain.create_header_from_parent(
            parent,
            timestamp=parent.timestamp + _DEFAULT_INTERVAL,
            mix_hash=prev_randao(parent.block_number + 1),
            coinbase=ZERO_ADDRESS,
            extra_data=b"",
        )

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = ZERO_ADDRESS) -> tuple[bytes, ...]:
        """Seal what web3 has sent; an empty block if nothing."""
        hashes = []
        for _ in range(num_blocks):
            blob_gas = sum(map(get_total_blob_gas, self.chain.get_block().transactions))
            hashes.append(self.chain.mine_block(coinbase=coinbase, blob_gas_used=blob_gas).hash)
            self.prepare_pending_header()
        return tuple(hashes)

    def revert_to_snapshot(self, snapshot: bytes) -> None:
        """Go back to the block with this hash, which is what eth-tester calls a snapshot."""
        self.rewind(self.chain.get_block_by_hash(Hash32(snapshot)).header)

    def rewind(self, head: BlockHeaderAPI) -> None:
        """Make an earlier block the head again; its state is in the database and need not be computed."""
        chaindb = self.chain.chaindb
        chaindb._set_as_canonical_chain_head(chaindb.db, head, GENESIS_PARENT_HASH)
        self.blocks.cut(head.block_number + 1)
        self.prepare_pending_header()

    def time_travel(self, to_timestamp: int) -> int:
        """Seal a block at exactly this time."""
        self.chain.header = self.chain.header.copy(timestamp=to_timestamp)
        self.mine_blocks()
        return to_timestamp


def _remember_newest_block(chain_class: Any) -> None:
    """Let a chain keep the block that it is about to store, which py-evm reads back with all transactions."""
    persist, find = chain_class.persist_block, chain_class.get_block_by_hash

    def persist_block(chain: Any, block: Any, perform_validation: bool = True) -> Any:
        chain.newest_block = block
        try:
            return persist(chain, block, perform_validation)
        except BaseException:
            chain.newest_block = None
            raise

    def get_block_by_hash(chain: Any, block_hash: Any) -> Any:
        newest = getattr(chain, "newest_block", None)
        return newest if newest is not None and newest.hash == block_hash else find(chain, block_hash)

    chain_class.persist_block, chain_class.get_block_by_hash = persist_block, get_block_by_hash


def failure_of(computation: ComputationAPI) -> tuple[str, bytes]:
    """Say why a computation failed: the contract's reason and data, or what stopped the machine."""
    error = computation.error
    if isinstance(error, Revert):
        data = bytes(computation.output)
        return revert_reason(data), data
    if isinstance(error, OutOfGas) and "EIP170" in str(error):
        return f"code above the limit of {EIP170_CODE_SIZE_LIMIT} bytes", b""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower(), b""  # OutOfGas: "out of gas"
