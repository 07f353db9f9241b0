"""Bytecode as Python functions: each superblock that only moves words about becomes one function.

A superblock begins anywhere and goes on through jumps whose target is known, so that a function that the
contract calls stands where it is called. Where a jump depends on a condition it goes straight on, and the
other way leaves it. It ends at a jump into the unknown, or before an instruction that the machine must
execute itself (calls, logs, gas, writing storage). Words that it takes from the stack and computes are
variables of its function, and so are those that it wrote into memory at known places; only what it leaves is
written to the stack.

Gas is charged for the stretch from one condition to the next, which may not begin without enough of it; the
caller then goes instruction by instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from eth.vm import opcode_values as op

from isomargin.chain.translated_function import FunctionWriter
from isomargin.chain.word_operations import BITWISE, COMPARISONS, FORMULAS, folded

__all__ = ["STACK_LIMIT", "Program", "Superblock"]

STACK_LIMIT = 1024
"""Words."""

_LONGEST = 200
"""Instructions after which no further jump is followed: longer functions are left early more often."""

_MOST = 1_000
"""Instructions at all: a bound on what one translation takes."""


class Superblock(NamedTuple):
    """One superblock: `run` takes the computation and its stack, and returns the next program counter.

    Attributes
    ----------
    gas : int
        Of the instructions up to its first condition, without what memory, hashed words and slots cost.
    needs, room : int
        Least and most words that may be on the stack before.
    """

    run: Callable[[Any, list[int]], int]
    gas: int
    needs: int
    room: int


class Program:
    """The superblocks of one contract's code, translated as they are asked for.

    Parameters
    ----------
    code : bytes
        Runtime code.
    costs : mapping of int to int
        Gas of each instruction.
    """

    def __init__(self, code: bytes, costs: Mapping[int, int]) -> None:
        self.code = code
        self.destinations = _jump_destinations(code)
        self._costs = costs

    def translate(self, start: int) -> Superblock | None:
        """Translate from `start` on; None if the machine must execute what is there."""
        return _Translation(self.code, self.destinations, self._costs, start).superblock()


class _Translation:
    """A superblock in the making."""

    def __init__(
        self, code: bytes, destinations: frozenset[int], costs: Mapping[int, int], start: int
    ) -> None:
        self._code, self._destinations, self._costs = code, destinations, costs
        self._writer = FunctionWriter()
        self._position = start
        self._entered = {start}  # where jumps led so far
        self._length = 0
        self._gas = 0  # since the last condition
        self._has_ended = False

    def superblock(self) -> Superblock | None:
        writer = self._writer
        while not self._has_ended and self._position < len(self._code) and self._length < _MOST:
            code = self._code[self._position]
            if not self._take(code):
                break
            self._length += 1
        if not self._length:
            return None
        if not self._has_ended:
            self._end(str(self._position))
        return Superblock(writer.compiled(), writer.first_gas, writer.taken, STACK_LIMIT - writer.peak)

    def _take(self, code: int) -> bool:
        """Translate the instruction that comes next; False leaves it to the machine."""
        writer = self._writer
        size = _data_length(code)
        following = self._position + 1 + size
        if op.PUSH0 <= code <= op.PUSH32:
            data = self._code[self._position + 1 : following].ljust(size, b"\0")
            writer.push(str(int.from_bytes(data, "big")))
        elif op.DUP1 <= code <= op.DUP16:
            writer.duplicate(code - op.DUP1 + 1)
        elif op.SWAP1 <= code <= op.SWAP16:
            writer.swap(code - op.SWAP1 + 2)
        elif code in FORMULAS:
            self._compute(code)
        elif code in _ACTIONS:
            _ACTIONS[code](writer)
        elif code not in (op.JUMP, op.JUMPI):
            return False
        self._gas += self._costs[code]
        self._position = following
        if code == op.JUMP:
            self._jump()
        elif code == op.JUMPI:
            self._jump_if()
        return True

    def _compute(self, code: int) -> None:
        writer = self._writer
        arity, formula = FORMULAS[code]
        words = [writer.pop() for _ in range(arity)]
        if (constant := folded(code, words)) is not None:
            writer.push(constant)
            return
        both_flags = code in BITWISE and all(map(writer.is_flag, words))
        writer.compute(formula.format(*words), flag=code in COMPARISONS or both_flags)

    # Jumps

    def _jump(self) -> None:
        target = self._writer.pop()
        if self._is_known(target) and self._may_enter(int(target)):
            self._entered.add(int(target))
            self._position = int(target)
        else:
            self._end(self._next(target))

    def _jump_if(self) -> None:
        target, condition = self._writer.pop(), self._writer.pop()
        onward = self._position
        where = f"{self._next(target)} if {condition} else {onward}"
        if not (self._is_known(target) and self._may_enter(onward)):
            self._end(where)
            return
        self._entered.add(onward)
        self._writer.leave_unless_gas(condition, where, self._gas)
        self._gas = 0

    def _may_enter(self, position: int) -> bool:
        return position not in self._entered and self._length < _LONGEST

    def _is_known(self, target: str) -> bool:
        return target.isdigit() and int(target) in self._destinations

    def _next(self, target: str) -> str:
        return target if self._is_known(target) else f"jump(c, {target})"

    def _end(self, where: str) -> None:
        self._writer.end(where, self._gas)
        self._has_ended = True


def _data_length(code: int) -> int:
    return code - op.PUSH0 if op.PUSH1 <= code <= op.PUSH32 else 0


def _jump_destinations(code: bytes) -> frozenset[int]:
    found, position = set(), 0
    while position < len(code):
        if code[position] == op.JUMPDEST:
            found.add(position)
        position += 1 + _data_length(code[position])
    return frozenset(found)


def _pass(_: FunctionWriter) -> None:
    """Nothing: a jump destination."""


def _drop(writer: FunctionWriter) -> None:
    writer.pop()


_ACTIONS: dict[int, Callable[[FunctionWriter], None]] = {
    op.POP: _drop,
    op.JUMPDEST: _pass,
    op.MLOAD: FunctionWriter.load,
    op.MSTORE: FunctionWriter.store,
    op.SHA3: FunctionWriter.hash,
    op.CODECOPY: FunctionWriter.copy_code,
    op.CALLDATACOPY: FunctionWriter.copy_calldata,
    op.MCOPY: FunctionWriter.copy_memory,
}
