"""Writes the Python function of a superblock: what is known of stack and memory, and the lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from isomargin.chain.word_operations import HELPERS

__all__ = ["FunctionWriter"]

_WORD_BEFORE = re.compile(r"\bx\d+\b")
_GAS = "GAS"
"""Stands for the gas of a stretch until that is known."""


class FunctionWriter:
    """A function in the making.

    Words are Python expressions: a number, ``x1`` for the topmost word of the stack before, ``x2`` for the
    one below it, or ``v1`` for one that was computed.

    Attributes
    ----------
    taken : int
        Words that the stack must have before.
    peak : int
        Most words that there are above those of before.
    first_gas : int
        Gas to be charged before the function begins.
    """

    def __init__(self) -> None:
        self.taken = self.peak = self.first_gas = 0
        self._stack: list[str] = []  # from the lowest word that was touched
        self._lines: list[str] = []
        self._computed = 0
        self._loaded: set[str] = set()  # words of the stack before that are variables
        self._flags: set[str] = set()  # variables that hold a bool
        self._has_memory = False
        self._memory_size = 0  # bytes that memory is known to have
        self._memory: dict[int, str] = {}  # words that stand at known places
        self._has_meter = False
        self._unsettled: tuple[int, ...] = ()  # lines that wait for the gas of the present stretch

    # The stack

    def pop(self) -> str:
        """Take the topmost word."""
        self._reach(1)
        return self._stack.pop()

    def push(self, word: str) -> None:
        """Put a word on top."""
        self._stack.append(word)
        self.peak = max(self.peak, len(self._stack) - self.taken)

    def duplicate(self, depth: int) -> None:
        """Put the word at this depth, from 1, on top as well."""
        self._reach(depth)
        self.push(self._stack[-depth])

    def swap(self, depth: int) -> None:
        """Exchange the topmost word with the one at this depth."""
        self._reach(depth)
        stack = self._stack
        stack[-1], stack[-depth] = stack[-depth], stack[-1]

    def is_flag(self, word: str) -> bool:
        """Whether a word is a bool."""
        return word in self._flags

    def _reach(self, depth: int) -> None:
        while len(self._stack) < depth:
            self.taken += 1
            self._stack.insert(0, f"x{self.taken}")

    # Computing

    def compute(self, expression: str, *, flag: bool = False) -> str:
        """Compute a word now, and push its name; return it."""
        self._computed += 1
        name = f"v{self._computed}"
        self._write(f"{name} = {expression}")
        if flag:
            self._flags.add(name)
        self.push(name)
        return name

    def _write(self, line: str) -> None:
        self._load(line)
        self._lines.append(line)

    def _load(self, expression: str) -> None:
        """Make variables of the words before that an expression names."""
        for word in _WORD_BEFORE.findall(expression):
            if word not in self._loaded:
                self._loaded.add(word)
                self._lines.append(f"{word} = s[-{word[1:]}]")

    # Memory

    def load(self) -> None:
        """MLOAD."""
        start = self.pop()
        self._grow(start)
        known = self._memory.get(int(start)) if start.isdigit() else None
        if known is not None:
            self.push(known)
            return
        name = self.compute(f"from_bytes(m[{start}:{_plus_word(start)}], 'big')")
        if start.isdigit():
            self._memory[int(start)] = name

    def store(self) -> None:
        """MSTORE."""
        start, word = self.pop(), self.pop()
        self._grow(start)
        self._write(f"m[{start}:{_plus_word(start)}] = ({word}).to_bytes(32, 'big')")
        self._forget(start, "32")
        if start.isdigit():
            self._memory[int(start)] = word

    def hash(self) -> None:
        """SHA3."""
        start, size = self.pop(), self.pop()
        self.compute(f"sha3(c, {start}, {size})")
        self._look_anew()

    def copy_code(self) -> None:
        """CODECOPY."""
        self._copy("c.code.program.code")

    def copy_calldata(self) -> None:
        """CALLDATACOPY."""
        self._copy("c.msg.data_as_bytes")

    def copy_memory(self) -> None:
        """MCOPY."""
        target, start, size = self.pop(), self.pop(), self.pop()
        self._write(f"move(c, {target}, {start}, {size})")
        self._forget(target, size)
        self._look_anew()

    def _copy(self, source: str) -> None:
        target, start, size = self.pop(), self.pop(), self.pop()
        self._write(f"copy(c, {target}, {size}, {source}, {start})")
        self._forget(target, size)
        self._look_anew()

    def _grow(self, start: str) -> None:
        """Make sure that memory has the word that begins there."""
        if not self._has_memory:
            self._has_memory = True
            self._write("m = c._memory._bytes")
        if start.isdigit():
            if int(start) + 32 <= self._memory_size:
                return
            self._memory_size = int(start) + 32
        self._write(f"if len(m) < {_plus_word(start)}: m = grow(c, {start})")

    def _forget(self, start: str, size: str) -> None:
        """Forget the words that a write of so many bytes touches; all of them if it may be anywhere."""
        if not (start.isdigit() and size.isdigit()):
            self._memory.clear()
            return
        first, last = int(start) - 31, int(start) + int(size) - 1
        for place in [place for place in self._memory if first <= place <= last]:
            del self._memory[place]

    def _look_anew(self) -> None:
        """Look at memory anew after a function that may have replaced it."""
        if self._has_memory:
            self._write("m = c._memory._bytes")

    # Ways out

    def leave_unless_gas(self, condition: str, where: str, gas: int) -> None:
        """Leave to `where` if the condition holds, or if gas does not suffice for the stretch that follows.

        Parameters
        ----------
        condition, where : str
            Expressions; if the condition does not hold, `where` is what follows.
        gas : int
            Of the stretch that ends here.
        """
        self._settle(gas)
        if not self._has_meter:
            self._has_meter = True
            self._write("g = c._gas_meter")
        self._load(condition)
        self._load(where)
        check = len(self._lines)
        self._lines.append(f"if {condition} or g.gas_remaining < {_GAS}:")
        self._lines += [f" {line}" for line in self._exit(where)]
        self._unsettled = (check, len(self._lines))
        self._lines.append(f"g.gas_remaining -= {_GAS}")

    def end(self, where: str, gas: int) -> None:
        """Leave to `where`; `gas` is that of the stretch that ends here."""
        self._settle(gas)
        self._load(where)
        self._lines += self._exit(where)

    def _settle(self, gas: int) -> None:
        """Write the gas of a stretch to where it is asked for and charged."""
        if not self._unsettled:
            self.first_gas = gas
        for number in self._unsettled:
            self._lines[number] = self._lines[number].replace(_GAS, str(gas))

    def _exit(self, where: str) -> list[str]:
        """Write the words of the stack that changed, and say where to go on."""
        stack, kept = self._stack, 0  # words at the bottom that are where they were
        while kept < min(self.taken, len(stack)) and stack[kept] == f"x{self.taken - kept}":
            kept += 1
        changed, gone = [self._left(word) for word in stack[kept:]], self.taken - kept
        words = "".join(f"{word}, " for word in changed)
        if len(changed) == gone == 1:
            lines = [f"s[-1] = {changed[0]}"]
        elif gone:
            lines = [f"s[-{gone}:] = ({words})" if changed else f"del s[-{gone}:]"]
        else:
            lines = [f"s += ({words})"] if changed else []
        return [*lines, f"return {where}"]

    def _left(self, word: str) -> str:
        """A word as the stack takes it: an integer, from where it stands."""
        if word in self._flags:
            return f"+{word}"
        return f"s[-{word[1:]}]" if word[0] == "x" and word not in self._loaded else word

    def compiled(self) -> Callable[[Any, list[int]], int]:
        """The function: it takes a computation and its stack, and returns the next program counter."""
        scope = dict(HELPERS)
        exec("\n ".join(["def run(c, s):", *self._lines]), scope)  # of integers and names made here
        run: Callable[[Any, list[int]], int] = scope["run"]
        return run


def _plus_word(start: str) -> str:
    return str(int(start) + 32) if start.isdigit() else f"{start} + 32"
