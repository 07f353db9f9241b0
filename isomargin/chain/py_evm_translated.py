"""py-evm that runs contracts as translated Python: the same results and gas, several times sooner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

from eth.abc import (
    ComputationAPI,
    MessageAPI,
    StateAPI,
    TransactionContextAPI,
    VirtualMachineAPI,
)
from eth.exceptions import FullStack, InsufficientStack
from eth.vm.code_stream import CodeStream
from eth.vm.computation import memory_gas_cost
from eth.vm.logic.invalid import InvalidOpcode
from eth.vm.opcode_values import SSTORE, STOP
from eth.vm.stack import Stack

from isomargin.chain.storage_operations import WriteSlot
from isomargin.chain.translation import STACK_LIMIT, Program, Superblock

__all__ = ["translated"]

_WHOLE_CODE = 0x100
"""No instruction of the EVM: stands for all of a contract's code in py-evm's own loop."""

_VISITS = 3
"""How often a superblock is gone through one by one before it is translated, which takes a millisecond."""

_PROGRAMS_KEPT = 512
_SHORT_MEMORY = 2**20  # bytes


class _KnownProgram(Program):
    """A program with the blocks translated so far, and how often others were visited."""

    def __init__(self, code: bytes, costs: dict[int, int]) -> None:
        super().__init__(code, costs)
        self.blocks: dict[int, Superblock | None] = {}
        self._visits: dict[int, int] = {}

    def visit(self, position: int) -> Superblock | None:
        """Count a visit to where no block is translated; return one once it is worth it."""
        visits = self._visits.get(position, 0) + 1
        if visits < _VISITS:
            self._visits[position] = visits
            return None
        block = self.blocks[position] = self.translate(position)
        return block


class _TranslatedCode(CodeStream):
    """Code that py-evm's loop takes for a single instruction."""

    __slots__ = ["program"]

    def __init__(self, code: bytes, program: _KnownProgram) -> None:
        super().__init__(code)
        self.program = program

    def __iter__(self) -> Iterator[int]:
        yield _WHOLE_CODE


class _WordStack(Stack):
    """A stack of integers alone; what py-evm pushes as bytes is made one before the next instruction."""

    __slots__ = ()

    def pop_ints(self, num_items: int) -> tuple[int, ...]:
        values: list[Any] = self.values
        if num_items > len(values):
            raise InsufficientStack(f"Wanted {num_items} stack items, only had {len(values)}")
        words = tuple(values[: -num_items - 1 : -1])
        del values[-num_items:]
        return words

    def pop1_int(self) -> int:
        values: list[Any] = self.values
        if not values:
            raise InsufficientStack("Wanted 1 stack item, had none")
        word: int = values.pop()
        return word

    def push_int(self, value: int) -> None:
        if len(self.values) >= STACK_LIMIT:
            raise FullStack("Stack limit reached")
        self.values.append(value)


class _RunWholeCode:
    """The instruction that stands for all: from the first program counter until something halts."""

    mnemonic = "WHOLE_CODE"
    gas_cost = 0

    def __call__(self, computation: Any) -> None:
        program: _KnownProgram = computation.code.program
        blocks, stack, meter = program.blocks, computation._stack.values, computation._gas_meter
        position = 0
        while True:
            try:
                block = blocks[position]
            except KeyError:
                block = program.visit(position)
            if block is not None:
                run, gas, needs, room = block
                if meter.gas_remaining >= gas and needs <= len(stack) <= room:
                    meter.gas_remaining -= gas
                    position = run(computation, stack)
                else:
                    position = _walk(computation, program, position)
            else:
                position = _step(computation, program.code, position)


def _walk(computation: Any, program: _KnownProgram, position: int) -> int:
    """Go one by one through what must not begin as a whole, to the next place where something else may."""
    while True:
        position = _step(computation, program.code, position)
        if position in program.blocks or position in program.destinations:
            return position


def _step(computation: Any, code: bytes, position: int) -> int:
    """Let py-evm execute one instruction; words on the stack are integers before and after."""
    opcode = code[position] if position < len(code) else STOP
    stream = computation.code
    stream.program_counter = position + 1
    operation = computation.opcodes.get(opcode) or InvalidOpcode(opcode)
    operation(computation=computation)  # Halt ends py-evm's loop
    stack = computation._stack.values
    if stack and type(stack[-1]) is not int:
        stack[-1] = int.from_bytes(stack[-1], "big")
    next_position: int = stream.program_counter
    return next_position


@cache
def _programs(costs: tuple[tuple[int, int], ...]) -> Callable[[bytes], _KnownProgram]:
    """The programs of this process under one table of costs: all chains share them."""
    table = dict(costs)
    return lru_cache(maxsize=_PROGRAMS_KEPT)(lambda code: _KnownProgram(code, table))


def translated(machine: type[VirtualMachineAPI]) -> type[VirtualMachineAPI]:
    """Return a machine that does as `machine` does, on translated code; code that creates is run as it is."""
    state_class: Any = machine._state_class  # type: ignore[attr-defined]
    plain: Any = state_class.computation_class
    costs = {code: getattr(operation, "gas_cost", None) for code, operation in plain.opcodes.items()}
    program_of = _programs(tuple((code, cost) for code, cost in costs.items() if cost is not None))

    class TranslatedComputation(plain):
        opcodes = {**plain.opcodes, SSTORE: WriteSlot(), _WHOLE_CODE: _RunWholeCode()}  # noqa: RUF012

        def __init__(
            self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI
        ) -> None:
            super().__init__(state, message, transaction_context)
            if not message.is_create and message.code:
                self.code = _TranslatedCode(message.code, program_of(message.code))
                stack = self._stack = _WordStack()
                self.stack_pop_ints, self.stack_push_int = stack.pop_ints, stack.push_int
                self.stack_pop1_int, self.stack_pop1_bytes = stack.pop1_int, stack.pop1_bytes

        def extend_memory(self, start_position: int, size: int) -> None:
            """Charge for memory and make it; what has views on it is left to py-evm, and so is a huge one."""
            memory, end = self._memory._bytes, start_position + size
            before, after = len(memory), end + 31 & -32
            if not size or after <= before:
                return
            if after > _SHORT_MEMORY:
                super().extend_memory(start_position, size)
                return
            self._gas_meter.consume_gas(memory_gas_cost(after) - memory_gas_cost(before), "memory")
            try:
                memory.extend(bytes(after - before))
            except BufferError:
                self._memory.extend(start_position, size)

    class TranslatedState(state_class):
        computation_class: type[ComputationAPI] = TranslatedComputation

    class TranslatedMachine(machine):  # type: ignore[misc,valid-type]
        _state_class = TranslatedState

    return TranslatedMachine
