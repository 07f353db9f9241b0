"""py-evm that keeps what each transaction did underneath: the storage it changed and the frames it ran."""

from __future__ import annotations

from typing import Any, NamedTuple

from eth.abc import (
    BlockHeaderAPI,
    ComputationAPI,
    MessageAPI,
    ReceiptAPI,
    SignedTransactionAPI,
    StateAPI,
    TransactionContextAPI,
    VirtualMachineAPI,
)
from eth.vm.opcode_values import SSTORE
from eth_typing import Address

from isomargin.chain.accounts import checksum_address
from isomargin.chain.types import Frame, TransactionTrace

__all__ = ["TraceKeeper", "keeping_traces"]


class _Entered(NamedTuple):
    """A frame as it began; whether it succeeded is known when all is over."""

    address: Address
    depth: int
    is_static: bool
    computation: ComputationAPI


class TraceKeeper:
    """The traces so far, and the notes on the transaction under way.

    Attributes
    ----------
    traces : dict of bytes to TransactionTrace
        By transaction hash.
    """

    def __init__(self) -> None:
        self.traces: dict[bytes, TransactionTrace] = {}
        self._words: dict[tuple[Address, int], int] | None = None  # as they were; None between transactions
        self._frames: list[_Entered] = []

    def begin(self) -> None:
        """Start on a transaction."""
        self._words, self._frames = {}, []

    def note_frame(self, message: MessageAPI, computation: ComputationAPI) -> None:
        """Note a frame that begins; calls between transactions are nobody's concern."""
        if self._words is not None:
            entered = _Entered(message.storage_address, message.depth, message.is_static, computation)
            self._frames.append(entered)

    def note_write(self, computation: ComputationAPI) -> None:
        """Note a word about to be written for the first time."""
        if self._words is None:
            return
        values = computation._stack.values  # type: ignore[attr-defined]
        if not values:
            return  # the instruction itself will fail
        slot = values[-1] if isinstance(values[-1], int) else int.from_bytes(values[-1], "big")
        place = computation.msg.storage_address, slot
        if place not in self._words:
            self._words[place] = computation.state.get_storage(*place)

    def finish(self, transaction_hash: bytes, state: StateAPI) -> None:
        """Keep what came of the transaction: words that ended up different, frames with their outcome."""
        words = self._words or {}
        after = {place: state.get_storage(*place) for place in words}
        self.traces[transaction_hash] = TransactionTrace(
            storage={
                (checksum_address(address), slot): (before, after[address, slot])
                for (address, slot), before in words.items()
                if after[address, slot] != before
            },
            frames=tuple(
                Frame(checksum_address(seen.address), seen.depth, seen.is_static, seen.computation.is_success)
                for seen in self._frames
            ),
        )
        self._words, self._frames = None, []


class _NotedWrite:
    """SSTORE that lets the keeper look first."""

    def __init__(self, write: Any, keeper: TraceKeeper) -> None:
        self._write, self._keeper = write, keeper
        self.mnemonic = write.mnemonic
        self.gas_cost = write.gas_cost

    def __call__(self, computation: Any) -> None:
        self._keeper.note_write(computation)
        self._write(computation=computation)


def keeping_traces(machine: type[VirtualMachineAPI], keeper: TraceKeeper) -> type[VirtualMachineAPI]:
    """Return a machine that does as `machine` does, and tells the keeper."""
    state_class: Any = machine._state_class  # type: ignore[attr-defined]
    plain: Any = state_class.computation_class

    class KeepingComputation(plain):
        opcodes = {**plain.opcodes, SSTORE: _NotedWrite(plain.opcodes[SSTORE], keeper)}  # noqa: RUF012

        def __init__(
            self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI
        ) -> None:
            super().__init__(state, message, transaction_context)
            keeper.note_frame(message, self)

    class KeepingState(state_class):
        computation_class: type[ComputationAPI] = KeepingComputation

    class KeepingMachine(machine):  # type: ignore[misc,valid-type]
        _state_class = KeepingState

        def apply_transaction(
            self, header: BlockHeaderAPI, transaction: SignedTransactionAPI
        ) -> tuple[ReceiptAPI, ComputationAPI]:
            keeper.begin()
            receipt, computation = super().apply_transaction(header, transaction)
            keeper.finish(transaction.hash, self.state)
            return receipt, computation

    return KeepingMachine
