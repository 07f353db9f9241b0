"""Random bytecode that gets far: mostly sound, with loops, memory and calldata, and every kind of mistake."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from eth.vm import opcode_values as op

__all__ = ["random_program"]

PURE = {
    1: (op.ISZERO, op.NOT, op.CALLDATALOAD),
    2: (
        op.ADD, op.SUB, op.MUL, op.DIV, op.SDIV, op.MOD, op.SMOD, op.EXP, op.SIGNEXTEND, op.LT, op.GT, op.SLT,
        op.SGT, op.EQ, op.AND, op.OR, op.XOR, op.BYTE, op.SHL, op.SHR, op.SAR,
    ),
    3: (op.ADDMOD, op.MULMOD),
}  # fmt: skip
ENVIRONMENT = (
    op.ADDRESS, op.CALLER, op.CALLVALUE, op.CALLDATASIZE, op.RETURNDATASIZE, op.CODESIZE, op.MSIZE, op.PC,
    op.GAS, op.TIMESTAMP, op.NUMBER, op.ORIGIN,
)  # fmt: skip
NEAR = (0, 16, 31, 32)
"""Places in memory whose words overlap."""
EDGES = (0, 1, 2, 31, 32, 33, 255, 256, 257, 2**64, 2**128, 2**255 - 1, 2**255, 2**256 - 1)


def random_program(rng: np.random.Generator) -> bytes:
    """A program of some dozens of instructions; one in four ends in a mistake of some kind."""
    return _Author(rng).program()


class _Author:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.code = bytearray()
        self.depth = 0

    def program(self) -> bytes:
        parts: list[Callable[[], None]] = [
            self.compute, self.compute, self.compute, self.shuffle, self.environment, self.memory,
            self.memory, self.copy, self.hash, self.store, self.branch, self.branch, self.loop, self.function,
            self.overlap,
        ]  # fmt: skip
        for _ in range(int(self.rng.integers(3, 40))):
            parts[int(self.rng.integers(len(parts)))]()
        if self.rng.random() < 0.25:
            self.mistake()
        self.give_back()
        return bytes(self.code)

    # Words

    def push(self, word: int) -> None:
        data = word.to_bytes(max(1, (word.bit_length() + 7) // 8), "big")
        self.code += bytes([op.PUSH0 + len(data)]) + data if word else bytes([op.PUSH0])
        self.depth += 1

    def some_word(self) -> int:
        kind = self.rng.random()
        if kind < 0.4:
            return EDGES[int(self.rng.integers(len(EDGES)))]
        if kind < 0.7:
            return int(self.rng.integers(0, 300))
        return int.from_bytes(self.rng.bytes(32), "big")

    def ensure(self, depth: int) -> None:
        while self.depth < depth:
            self.push(self.some_word())

    # Parts

    def compute(self) -> None:
        arity = int(self.rng.choice([1, 2, 2, 2, 3]))
        self.ensure(arity)
        if self.rng.random() < 0.5:
            self.push(self.some_word())
        self.code.append(int(self.rng.choice(PURE[arity])))
        self.depth -= arity - 1

    def shuffle(self) -> None:
        which = int(self.rng.integers(1, 6))
        kind = self.rng.random()
        self.ensure(which + 1)
        if kind < 0.45:
            self.code.append(op.DUP1 + which - 1)
            self.depth += 1
        elif kind < 0.9:
            self.code.append(op.SWAP1 + which - 1)
        else:
            self.code.append(op.POP)
            self.depth -= 1

    def environment(self) -> None:
        self.code.append(int(self.rng.choice(ENVIRONMENT)))
        self.depth += 1

    def place(self, *among: int) -> None:
        """A place in memory, in one of four cases one that is known only when the program runs."""
        self.push(int(self.rng.choice(among or (0, 1, 31, 32, 64, 100, 5_000))))
        if self.rng.random() < 0.25:
            self.code += bytes([op.CALLVALUE, op.ADD])

    def memory(self) -> None:
        self.ensure(1)
        self.place()
        if self.rng.random() < 0.5:
            self.code.append(op.MLOAD)
        else:
            self.code.append(op.MSTORE if self.rng.random() < 0.8 else op.MSTORE8)
            self.depth -= 1
        self.depth -= 1

    def overlap(self) -> None:
        """Write words over each other and read three of them, in one straight stretch."""
        for _ in range(int(self.rng.integers(2, 6))):
            kind = self.rng.random()
            if kind < 0.7:
                self.push(self.some_word())
                self.place(*NEAR)
                self.code.append(op.MSTORE)
                self.depth -= 2
            elif kind < 0.85:
                self.place(*NEAR)
                self.code.append(op.MLOAD)
            else:
                self.push(int(self.rng.integers(1, 70)))
                self.place(*NEAR)
                self.place(*NEAR)
                self.code.append(int(self.rng.choice([op.CALLDATACOPY, op.MCOPY])))
                self.depth -= 3
        for place in (0, 16, 32):
            self.push(place)
            self.code.append(op.MLOAD)

    def copy(self) -> None:
        self.push(int(self.rng.choice([0, 1, 32, 33, 200])))
        self.place()
        self.place()
        self.code.append(int(self.rng.choice([op.CODECOPY, op.CALLDATACOPY, op.MCOPY])))
        self.depth -= 3

    def hash(self) -> None:
        self.push(int(self.rng.choice([0, 1, 32, 64, 65])))
        self.place()
        self.code.append(op.SHA3)
        self.depth -= 1

    def store(self) -> None:
        self.ensure(1)
        self.push(int(self.rng.integers(4)))
        if self.rng.random() < 0.5:
            self.code.append(int(self.rng.choice([op.SSTORE, op.TSTORE])))
            self.depth -= 2
        else:
            self.code.append(int(self.rng.choice([op.SLOAD, op.TLOAD])))

    def branch(self) -> None:
        """Skip some parts or not; they leave as many words as there were."""
        self.ensure(1)
        if self.rng.random() < 0.7:
            self.code.append(int(self.rng.choice([op.ISZERO, op.CALLDATALOAD])))
        hole = len(self.code) + 1
        self.code += bytes([op.PUSH2, 0, 0, op.JUMPI])
        self.depth -= 1
        self.apart()
        self.land(hole)

    def function(self) -> None:
        """Call some parts from two places, which they know from the stack alone."""
        hole = len(self.code) + 1
        self.code += bytes([op.PUSH2, 0, 0, op.JUMP])
        start = len(self.code)
        self.code.append(op.JUMPDEST)
        self.apart()
        self.code.append(op.JUMP)
        self.land(hole)
        for _ in range(2):
            back = len(self.code) + 7
            self.code += bytes([op.PUSH2, back >> 8, back & 0xFF])
            self.code += bytes([op.PUSH2, start >> 8, start & 0xFF, op.JUMP, op.JUMPDEST])

    def apart(self) -> None:
        """A few parts that touch no word of those on the stack, and leave none."""
        outside, self.depth = self.depth, 0
        for _ in range(int(self.rng.integers(1, 4))):
            [self.compute, self.shuffle, self.memory, self.memory, self.copy][int(self.rng.integers(5))]()
        self.code += bytes([op.POP] * self.depth)
        self.depth = outside

    def land(self, hole: int) -> None:
        """Let a push before lead here."""
        self.code[hole : hole + 2] = len(self.code).to_bytes(2, "big")
        self.code.append(op.JUMPDEST)

    def loop(self) -> None:
        """Go round a few times with a counter on the stack."""
        self.push(int(self.rng.integers(2, 7)))
        start = len(self.code)
        self.code += bytes([op.JUMPDEST, op.PUSH1, 1, op.SWAP1, op.SUB, op.DUP1])
        self.code += bytes([op.PUSH2, start >> 8, start & 0xFF, op.JUMPI])

    def mistake(self) -> None:
        kind = int(self.rng.integers(7))
        if kind == 0:  # too few words
            self.code += bytes([op.POP] * (self.depth + 1))
        elif kind == 1:  # too many
            start = len(self.code)
            self.code += bytes([op.JUMPDEST, op.PUSH0, op.PUSH2, start >> 8, start & 0xFF, op.JUMP])
        elif kind == 2:  # a jump to nowhere, or into the data of a push
            self.code += bytes([op.PUSH1, op.JUMPDEST, op.POP])
            self.push(int(self.rng.choice([0, len(self.code) - 2, 2**200])))
            self.code.append(op.JUMP)
        elif kind == 3:  # memory beyond all gas
            self.push(2 ** self.rng.integers(20, 250).item())
            self.code.append(op.MLOAD)
        elif kind == 4:  # no such instruction
            self.code.append(0x0C)
        elif kind == 5:  # no end
            start = len(self.code)
            self.code += bytes([op.JUMPDEST, op.PUSH2, start >> 8, start & 0xFF, op.JUMP])
        else:
            self.code += bytes([op.PUSH1, 32, op.PUSH0, op.REVERT])
        self.depth = 0

    def give_back(self) -> None:
        """Write the topmost words to storage, where they can be read, and revert with the memory or stop."""
        for slot in range(4, 4 + min(self.depth, 4)):
            self.push(slot)
            self.code.append(op.SSTORE)
            self.depth -= 2
        if self.rng.random() < 0.2:
            self.code += bytes([op.PUSH1, 200, op.PUSH0, op.REVERT])
