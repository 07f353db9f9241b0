"""The recording engine: py-evm whose frames note each program counter that they execute, and each JUMPI's way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI, VirtualMachineAPI
from eth.vm.code_stream import CodeStream
from eth.vm.opcode_values import JUMPI, STOP

from isomargin.chain.recording import CodeHits, Recording

__all__ = ["tracing"]


class _TracedCode(CodeStream):
    """Code that notes what is read from it to be executed; what PUSH reads is no instruction."""

    __slots__ = ["hits"]

    def __init__(self, code: bytes, hits: CodeHits) -> None:
        super().__init__(code)
        self.hits = hits

    def __iter__(self) -> Iterator[int]:
        code, executed = self._raw_code_bytes, self.hits.executed
        while True:
            counter = self.program_counter
            try:
                opcode = code[counter]
            except IndexError:
                break
            executed[counter] = 1
            self.program_counter = counter + 1
            yield opcode
        yield STOP


class _TracedJump:
    """JUMPI that notes its way. The target may be the next instruction, so the condition decides."""

    def __init__(self, jump: Any) -> None:
        self._jump = jump
        self.mnemonic = jump.mnemonic
        self.gas_cost = jump.gas_cost

    def __call__(self, computation: Any) -> None:
        values = computation._stack.values
        condition = values[-2] if len(values) > 1 else 0
        code = computation.code
        counter = code.program_counter - 1
        self._jump(computation=computation)  # first: a jump that fails goes neither way
        if condition if isinstance(condition, int) else any(condition):
            code.hits.jumped.add(counter)
        else:
            code.hits.passed.add(counter)


def tracing(machine: type[VirtualMachineAPI], recording: Recording) -> type[VirtualMachineAPI]:
    """Return a machine that does as `machine` does, and reports to `recording`."""
    state_class: Any = machine._state_class  # type: ignore[attr-defined]
    plain: Any = state_class.computation_class

    class TracedComputation(plain):  # type: ignore[misc]
        opcodes = {**plain.opcodes, JUMPI: _TracedJump(plain.opcodes[JUMPI])}  # noqa: RUF012

        def __init__(
            self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI
        ) -> None:
            super().__init__(state, message, transaction_context)
            hits = recording.frame(message.code, is_creation=message.is_create)
            self.code = _TracedCode(message.code, hits)

    class TracedState(state_class):  # type: ignore[misc]
        computation_class: type[ComputationAPI] = TracedComputation

    class TracedMachine(machine):  # type: ignore[misc,valid-type]
        _state_class = TracedState

    return TracedMachine
