"""Bytecode as Python functions: each basic block that only moves words about becomes one function.

A block begins anywhere and ends behind a jump, or before an instruction that the machine must execute itself
(calls, logs, gas, writing storage). Words that the block takes from the stack and computes are variables of
its function; only what it leaves is written to the stack. Gas is charged once for the block, which may not
begin without enough of it and of stack: the caller then goes instruction by instruction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from eth.vm import opcode_values as op

from isomargin.chain.word_operations import BITWISE, COMPARISONS, FORMULAS, HELPERS

__all__ = ["BasicBlock", "Program"]

_STACK_LIMIT = 1024


class BasicBlock(NamedTuple):
    """One block: `run` takes the computation and its stack, and returns the next program counter.

    Attributes
    ----------
    gas : int
        Of its instructions, without what memory, hashed words and slots cost.
    needs, room : int
        Least and most words that may be on the stack before.
    end : int
        The first program counter behind it.
    """

    run: Callable[[Any, list[int]], int]
    gas: int
    needs: int
    room: int
    end: int


class Program:
    """The blocks of one contract's code, translated as they are asked for.

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

    def translate(self, start: int) -> BasicBlock | None:
        """Translate the block that begins at `start`; None if the machine must execute what is there."""
        block = _Translation(self.code, self.destinations, self._costs, start)
        return block.finish()


class _Translation:
    """A block in the making: the stack as expressions, and the lines of its function."""

    def __init__(
        self, code: bytes, destinations: frozenset[int], costs: Mapping[int, int], start: int
    ) -> None:
        self._code, self._destinations = code, destinations
        self._stack: list[str] = []
        self._taken = 0  # words of the stack before that are in `_stack`, or were; x1 was on top
        self._peak = 0
        self._lines: list[str] = []
        self._flags: set[str] = set()  # variables that hold a bool
        self._uses_memory = False
        self._start = self.end = start
        self._next: str | None = None  # where a jump leads, as an expression
        while self.end < len(code) and self._next is None and self._instruction(code[self.end]):
            pass
        self._costs = costs

    def finish(self) -> BasicBlock | None:
        if self.end == self._start:
            return None
        gas, position = 0, self._start
        while position < self.end:
            gas += self._costs[self._code[position]]
            position += 1 + _data_length(self._code[position])
        needs = self._taken
        kept = 0  # words at the bottom that are where they were
        while kept < min(needs, len(self._stack)) and self._stack[kept] == f"x{needs - kept}":
            kept += 1
        self._leave(kept)
        return BasicBlock(self._compiled(), gas, needs, _STACK_LIMIT - max(0, self._peak), self.end)

    def _leave(self, kept: int) -> None:
        """Write the words that changed, `kept` from the bottom excepted, and say where to go on."""
        words = "".join(f"+{word}," if word in self._flags else f"{word}," for word in self._stack[kept:])
        gone = self._taken - kept
        if gone and words:
            self._lines.append(f"s[-{gone}:] = ({words})")
        elif gone:
            self._lines.append(f"del s[-{gone}:]")
        elif words:
            self._lines.append(f"s += ({words})")
        self._lines.append(f"return {self._next or self.end}")

    def _compiled(self) -> Callable[[Any, list[int]], int]:
        used = sorted({int(number) for number in re.findall(r"\bx(\d+)\b", "\n".join(self._lines))})
        head = [f"x{number} = s[-{number}]" for number in used]
        if self._uses_memory:
            head.append("m = c._memory._bytes")
        scope = dict(HELPERS)
        exec("\n ".join(["def run(c, s):", *head, *self._lines]), scope)  # of integers and names made here
        run: Callable[[Any, list[int]], int] = scope["run"]
        return run

    # The stack

    def _reach(self, depth: int) -> None:
        while len(self._stack) < depth:
            self._taken += 1
            self._stack.insert(0, f"x{self._taken}")

    def _pop(self) -> str:
        self._reach(1)
        return self._stack.pop()

    def _push(self, word: str) -> None:
        self._stack.append(word)
        self._peak = max(self._peak, len(self._stack) - self._taken)

    def _name(self, expression: str, *, flag: bool = False) -> None:
        """Compute a word now and push its name."""
        name = f"v{len(self._lines)}"
        self._lines.append(f"{name} = {expression}")
        if flag:
            self._flags.add(name)
        self._push(name)

    # Instructions

    def _instruction(self, code: int) -> bool:
        """Take in one instruction; False leaves it to the machine."""
        if op.PUSH0 <= code <= op.PUSH32:
            size = code - op.PUSH0
            data = self._code[self.end + 1 : self.end + 1 + size].ljust(size, b"\0")
            self._push(str(int.from_bytes(data, "big")))
        elif op.DUP1 <= code <= op.DUP16:
            self._reach(code - op.DUP1 + 1)
            self._push(self._stack[-(code - op.DUP1 + 1)])
        elif op.SWAP1 <= code <= op.SWAP16:
            depth = code - op.SWAP1 + 2
            self._reach(depth)
            stack = self._stack
            stack[-1], stack[-depth] = stack[-depth], stack[-1]
        elif code in FORMULAS:
            self._compute(code)
        elif code in _ACTIONS:
            _ACTIONS[code](self)
        else:
            return False
        self.end += 1 + _data_length(code)
        return True

    def _compute(self, code: int) -> None:
        arity, formula = FORMULAS[code]
        words = [self._pop() for _ in range(arity)]
        both_flags = code in BITWISE and all(word in self._flags for word in words)
        self._name(formula.format(*words), flag=code in COMPARISONS or both_flags)

    def _drop(self) -> None:
        self._pop()

    def _pass(self) -> None:
        """Nothing: a jump destination."""

    def _load(self) -> None:
        start = self._pop()
        self._grow(start)
        self._name(f"from_bytes(m[{start}:{_plus_word(start)}], 'big')")

    def _store(self) -> None:
        start, word = self._pop(), self._pop()
        self._grow(start)
        self._lines.append(f"m[{start}:{_plus_word(start)}] = ({word}).to_bytes(32, 'big')")

    def _grow(self, start: str) -> None:
        self._uses_memory = True
        self._lines.append(f"if len(m) < {_plus_word(start)}: m = grow(c, {start})")

    def _hash(self) -> None:
        start, size = self._pop(), self._pop()
        self._name(f"sha3(c, {start}, {size})")
        self._refresh_memory()

    def _copy(self, source: str) -> None:
        target, start, size = self._pop(), self._pop(), self._pop()
        self._lines.append(f"copy(c, {target}, {size}, {source}, {start})")
        self._refresh_memory()

    def _copy_code(self) -> None:
        self._copy("c.code.program.code")

    def _copy_calldata(self) -> None:
        self._copy("c.msg.data_as_bytes")

    def _copy_memory(self) -> None:
        target, start, size = self._pop(), self._pop(), self._pop()
        self._lines.append(f"move(c, {target}, {start}, {size})")
        self._refresh_memory()

    def _refresh_memory(self) -> None:
        """Look at memory anew after a function that may have replaced it."""
        if self._uses_memory:
            self._lines.append("m = c._memory._bytes")

    def _jump(self) -> None:
        self._next = self._target(self._pop())

    def _jump_if(self) -> None:
        target, condition = self._pop(), self._pop()
        self._next = f"{self._target(target)} if {condition} else {self.end + 1}"

    def _target(self, word: str) -> str:
        if word.isdigit() and int(word) in self._destinations:
            return word
        return f"jump(c, {word})"


def _data_length(code: int) -> int:
    return code - op.PUSH0 if op.PUSH1 <= code <= op.PUSH32 else 0


def _jump_destinations(code: bytes) -> frozenset[int]:
    found, position = set(), 0
    while position < len(code):
        if code[position] == op.JUMPDEST:
            found.add(position)
        position += 1 + _data_length(code[position])
    return frozenset(found)


def _plus_word(start: str) -> str:
    return str(int(start) + 32) if start.isdigit() else f"{start} + 32"


_ACTIONS: dict[int, Callable[[_Translation], None]] = {
    op.POP: _Translation._drop,
    op.JUMPDEST: _Translation._pass,
    op.MLOAD: _Translation._load,
    op.MSTORE: _Translation._store,
    op.SHA3: _Translation._hash,
    op.CODECOPY: _Translation._copy_code,
    op.CALLDATACOPY: _Translation._copy_calldata,
    op.MCOPY: _Translation._copy_memory,
    op.JUMP: _Translation._jump,
    op.JUMPI: _Translation._jump_if,
}
