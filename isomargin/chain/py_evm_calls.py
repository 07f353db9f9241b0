"""py-evm that leaves a trail in each of its frames, and the frames read as call traces afterwards.

py-evm keeps the tree of its computations as it is; what they lack is where among its calls a frame logged,
and the jumps by which it came to its end. Only code that runs instruction by instruction leaves that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from eth.abc import (
    BlockHeaderAPI,
    ComputationAPI,
    MessageAPI,
    StateAPI,
    TransactionContextAPI,
    VirtualMachineAPI,
)
from eth.exceptions import VMError
from eth.vm.chain_context import ChainContext
from eth.vm.opcode_values import JUMP, JUMPDEST, JUMPI
from eth_typing import Address
from eth_utils.exceptions import ValidationError

from isomargin.chain.accounts import checksum_address
from isomargin.chain.call_trace import CallFrame, CallKind, Stop
from isomargin.chain.py_evm_backend import DeterministicBackend, failure_of
from isomargin.chain.py_evm_execution import play_on
from isomargin.chain.py_evm_transactions import known_transaction
from isomargin.chain.types import Block, Log, Transaction
from isomargin.errors import ChainError

__all__ = ["frame_mined", "frame_rehearsed"]


def frame_mined(backend: DeterministicBackend, block: Block, index: int) -> CallFrame:
    """Execute a block of the chain again, up to one of its transactions, and read that one.

    Raises
    ------
    ChainError
        If it came out otherwise: what web3 has sent may have begun on a balance that nobody noted.
    """
    chain, receipt = backend.chain, block.receipts[index]
    stored = chain.get_canonical_block_by_number(block.number)
    parent = chain.get_block_header_by_hash(stored.header.parent_hash)
    root = backend.starts.get(block.hash, parent.state_root)
    header = stored.header.copy(state_root=root, gas_used=0)
    played = [
        known_transaction(each, seen.sender)
        for each, seen in zip(stored.transactions, block.receipts, strict=True)
    ]
    otherwise = f"transaction 0x{receipt.transaction_hash.hex()} came out otherwise when traced"
    vm = _machine(backend, header)
    try:
        for earlier in played[:index]:
            vm.apply_transaction(header, earlier)
        _, computation = vm.apply_transaction(header, played[index])
    except (ValidationError, VMError) as error:
        raise ChainError(f"{otherwise}: {error}") from None
    used = vm.finalize_gas_used(played[index], computation)
    if (computation.is_success, used) != (receipt.success, receipt.gas_used):
        raise ChainError(otherwise)
    first_log = sum(len(before.logs) for before in block.receipts[:index])
    place = _Place(block.number, index, first_log)
    return _frame_of(computation, place, gas=played[index].gas, gas_used=used)


def frame_rehearsed(
    backend: DeterministicBackend, header: BlockHeaderAPI, transaction: Transaction, gas: int
) -> CallFrame:
    """Run a transaction in a block that begins with this header, take it back, and read it."""
    vm = _machine(backend, header)
    computation, used = play_on(vm, transaction, gas, backend.chain.chain_id)
    return _frame_of(computation, _Place(header.block_number), gas=gas, gas_used=used)


def _machine(backend: DeterministicBackend, header: BlockHeaderAPI) -> Any:
    chain = backend.chain
    return _recording_calls(backend.plain_machine)(
        header=header,
        chaindb=chain.chaindb,
        chain_context=ChainContext(chain.chain_id),
        consensus_context=chain.consensus_context,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the logs of a transaction stand: its block, its index there, the index of its first log."""

    block_number: int
    transaction_index: int = 0
    first_log: int = 0


@dataclass(slots=True)
class _Trail:
    """What a frame did, as far as py-evm does not keep it."""

    log_places: list[int] = field(default_factory=list)  # for each log the number of calls before it
    jumped_from: int | None = None
    callers: list[int] = field(default_factory=list)


class _NotedJump:
    """JUMP or JUMPI that notes where it was taken, and which jumps lead into internal functions.

    A jump leads into one if the address behind it, where code goes on afterwards, waits on the stack.
    """

    def __init__(self, jump: Any, *, can_call: bool) -> None:
        self._jump, self._can_call = jump, can_call
        self.mnemonic = jump.mnemonic
        self.gas_cost = jump.gas_cost

    def __call__(self, computation: Any) -> None:
        code = computation.code
        behind = code.program_counter
        self._jump(computation=computation)
        if code.program_counter == behind:
            return
        trail: _Trail = computation.trail
        trail.jumped_from = behind - 1
        if not self._can_call:
            return
        if trail.callers and code.program_counter == trail.callers[-1] + 1:
            trail.callers.pop()
        elif code[behind : behind + 1] == bytes([JUMPDEST]) and _waits(behind, computation._stack.values):
            trail.callers.append(behind - 1)


def _waits(counter: int, values: Sequence[int | bytes]) -> bool:
    return any(
        (value if isinstance(value, int) else int.from_bytes(value, "big")) == counter for value in values
    )


def _recording_calls(machine: type[VirtualMachineAPI]) -> type[VirtualMachineAPI]:
    """Return a machine that does as `machine` does, and whose computations keep trails."""
    state_class: Any = machine._state_class  # type: ignore[attr-defined]
    plain: Any = state_class.computation_class

    class RecordedComputation(plain):
        opcodes = {  # noqa: RUF012
            **plain.opcodes,
            JUMP: _NotedJump(plain.opcodes[JUMP], can_call=True),
            JUMPI: _NotedJump(plain.opcodes[JUMPI], can_call=False),
        }

        def __init__(
            self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI
        ) -> None:
            super().__init__(state, message, transaction_context)
            self.trail = _Trail()

        def add_log_entry(self, account: Address, topics: tuple[int, ...], data: bytes) -> None:
            super().add_log_entry(account, topics, data)
            self.trail.log_places.append(len(self.children))

    class RecordedState(state_class):
        computation_class: type[ComputationAPI] = RecordedComputation

    class RecordedMachine(machine):  # type: ignore[misc,valid-type]
        _state_class = RecordedState

    return RecordedMachine


def _frame_of(computation: ComputationAPI, place: _Place, *, gas: int, gas_used: int) -> CallFrame:
    """Read the outermost computation of a transaction that a recording machine has run.

    Parameters
    ----------
    gas, gas_used : int
        Of the transaction.
    """
    frame = _frame(computation, place, count(place.first_log), is_kept=True)
    return replace(frame, gas=gas, gas_used=gas_used)


def _frame(computation: Any, place: _Place, indices: Iterator[int], *, is_kept: bool) -> CallFrame:
    message = computation.msg
    is_kept = is_kept and computation.is_success
    return CallFrame(
        kind=_kind(message),
        sender=checksum_address(message.sender),
        address=checksum_address(message.storage_address),
        code_address=checksum_address(message.storage_address if message.is_create else message.code_address),
        value=message.value,
        data=bytes(message.code if message.is_create else message.data),
        gas=message.gas,
        gas_used=computation.get_gas_used(),
        output=bytes(computation.output),
        success=computation.is_success,
        reason=failure_of(computation)[0] if computation.is_error else "",
        steps=tuple(_steps(computation, place, indices, is_kept=is_kept)),
        stop=_stop(computation) if message.code else None,
        code=message.code,
    )


def _steps(
    computation: Any, place: _Place, indices: Iterator[int], *, is_kept: bool
) -> Iterator[CallFrame | Log]:
    logs = zip(computation.trail.log_places, computation._log_entries, strict=True)
    upcoming = next(logs, None)
    for number, child in enumerate([*computation.children, None]):
        while upcoming is not None and upcoming[0] <= number:
            _, (_, address, topics, data) = upcoming
            yield Log(
                checksum_address(address),
                tuple(topic.to_bytes(32, "big") for topic in topics),
                bytes(data),
                place.block_number,
                place.transaction_index,
                next(indices) if is_kept else -1,
            )
            upcoming = next(logs, None)
        if child is not None:
            yield _frame(child, place, indices, is_kept=is_kept)


def _kind(message: Any) -> CallKind:
    if message.is_create:
        return "create"
    borrows = message._code_address is not None and not message.is_delegation
    if message.should_transfer_value:
        return "callcode" if borrows else "call"
    return "delegatecall" if borrows else "staticcall"


def _stop(computation: Any) -> Stop:
    trail: _Trail = computation.trail
    return Stop(max(0, computation.code.program_counter - 1), trail.jumped_from, tuple(trail.callers))
