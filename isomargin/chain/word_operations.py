"""What single instructions compute: expressions and functions that translated blocks are made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from eth.exceptions import InvalidInstruction, InvalidJumpDestination
from eth.vm import opcode_values as op
from eth_hash.auto import keccak

from isomargin.chain.storage_operations import read_slot

__all__ = ["BITWISE", "COMPARISONS", "FORMULAS", "HELPERS", "folded"]

_WORD = 2**256 - 1
_SIGN = 2**255
_SHA3_WORD_GAS, _COPY_WORD_GAS = 6, 3

_M = str(_WORD)
FORMULAS: dict[int, tuple[int, str]] = {
    op.ADD: (2, f"({{}} + {{}}) & {_M}"),
    op.SUB: (2, f"({{}} - {{}}) & {_M}"),
    op.MUL: (2, f"({{}} * {{}}) & {_M}"),
    op.DIV: (2, "div({}, {})"),
    op.SDIV: (2, "sdiv({}, {})"),
    op.MOD: (2, "mod({}, {})"),
    op.ADDMOD: (3, "addmod({}, {}, {})"),
    op.MULMOD: (3, "mulmod({}, {}, {})"),
    op.LT: (2, "{} < {}"),
    op.GT: (2, "{} > {}"),
    op.SLT: (2, "signed({}) < signed({})"),
    op.SGT: (2, "signed({}) > signed({})"),
    op.EQ: (2, "{} == {}"),
    op.ISZERO: (1, "not {}"),
    op.AND: (2, "{} & {}"),
    op.OR: (2, "{} | {}"),
    op.XOR: (2, "{} ^ {}"),
    op.NOT: (1, f"{_M} - {{}}"),
    op.BYTE: (2, "byte({}, {})"),
    op.SHL: (2, "shl({}, {})"),
    op.SHR: (2, "shr({}, {})"),
    op.SAR: (2, "sar({}, {})"),
    op.SIGNEXTEND: (2, "signextend({}, {})"),
    op.ADDRESS: (0, "from_bytes(c.msg.storage_address, 'big')"),
    op.CALLER: (0, "from_bytes(c.msg.sender, 'big')"),
    op.CALLVALUE: (0, "c.msg.value"),
    op.CALLDATALOAD: (1, "calldata(c, {})"),
    op.CALLDATASIZE: (0, "len(c.msg.data)"),
    op.RETURNDATASIZE: (0, "len(c.return_data)"),
    op.SLOAD: (1, "sload(c, {})"),
}
"""How many words an instruction takes, as they come off the stack, and the expression of what it leaves."""

COMPARISONS = {op.LT, op.GT, op.SLT, op.SGT, op.EQ, op.ISZERO}
"""Those that give a bool."""

BITWISE = {op.AND, op.OR, op.XOR}
"""Those that give a bool for bools."""


def folded(code: int, words: Sequence[str]) -> str | None:
    """What an instruction makes of words that are numbers; None if one is not, or if it needs more."""
    formula = FORMULAS[code][1]
    if not words or "(c, " in formula or not all(word.isdigit() for word in words):
        return None
    return str(int(eval(formula.format(*words), dict(HELPERS))))  # of integers and names made here


# What generated functions call


def _signed(word: int) -> int:
    return word - 2**256 if word >= _SIGN else word


def _div(numerator: int, denominator: int) -> int:
    return numerator // denominator if denominator else 0


def _sdiv(numerator: int, denominator: int) -> int:
    if denominator == 0:
        return 0
    left, right = _signed(numerator), _signed(denominator)
    quotient = abs(left) // abs(right)
    return (-quotient if (left < 0) != (right < 0) else quotient) & _WORD


def _mod(word: int, modulus: int) -> int:
    return word % modulus if modulus else 0


def _addmod(left: int, right: int, modulus: int) -> int:
    return (left + right) % modulus if modulus else 0


def _mulmod(left: int, right: int, modulus: int) -> int:
    return left * right % modulus if modulus else 0


def _byte(position: int, word: int) -> int:
    return word >> 8 * (31 - position) & 0xFF if position < 32 else 0


def _shl(shift: int, word: int) -> int:
    return word << shift & _WORD if shift < 256 else 0


def _shr(shift: int, word: int) -> int:
    return word >> shift if shift < 256 else 0


def _sar(shift: int, word: int) -> int:
    return _signed(word) >> min(shift, 256) & _WORD


def _signextend(position: int, word: int) -> int:
    if position > 31:
        return +word  # an integer, even where the word is a bool
    sign = 1 << 8 * position + 7
    return word | (2**256 - sign) if word & sign else word & (sign - 1)


def _calldata(computation: Any, start: int) -> int:
    return int.from_bytes(computation.msg.data_as_bytes[start : start + 32].ljust(32, b"\0"), "big")


def _grow(computation: Any, start: int) -> bytearray:
    computation.extend_memory(start, 32)
    memory: bytearray = computation._memory._bytes
    return memory


def _reserve(computation: Any, start: int, size: int) -> bytearray:
    """Memory that has these bytes."""
    memory: bytearray = computation._memory._bytes
    if size and len(memory) < start + size:
        computation.extend_memory(start, size)
        memory = computation._memory._bytes
    return memory


def _copy(computation: Any, target: int, size: int, source: bytes, start: int) -> None:
    memory = _reserve(computation, target, size)
    computation.consume_gas(_COPY_WORD_GAS * ((size + 31) // 32), "copy: words")
    if size:
        memory[target : target + size] = source[start : start + size].ljust(size, b"\0")


def _move(computation: Any, target: int, start: int, size: int) -> None:
    memory = _reserve(computation, max(target, start), size)
    computation.consume_gas(_COPY_WORD_GAS * ((size + 31) // 32), "copy: words")
    if size:
        memory[target : target + size] = memory[start : start + size]


def _sha3(computation: Any, start: int, size: int) -> int:
    memory = _reserve(computation, start, size)
    computation.consume_gas(_SHA3_WORD_GAS * ((size + 31) // 32), "SHA3: words")
    return _hashed(bytes(memory[start : start + size]))


@lru_cache(maxsize=65_536)
def _hashed(data: bytes) -> int:
    """Cached, because a mapping's word is hashed anew at each access."""
    return int.from_bytes(keccak(data), "big")


def _jump(computation: Any, target: int) -> int:
    code = computation.code
    if target in code.program.destinations:
        return target
    code.program_counter = target
    if code.peek() != op.JUMPDEST:
        raise InvalidJumpDestination("Invalid Jump Destination")
    raise InvalidInstruction("Jump resulted in invalid instruction")


HELPERS: dict[str, Any] = {
    "addmod": _addmod,
    "byte": _byte,
    "calldata": _calldata,
    "copy": _copy,
    "div": _div,
    "from_bytes": int.from_bytes,
    "grow": _grow,
    "jump": _jump,
    "mod": _mod,
    "move": _move,
    "mulmod": _mulmod,
    "sar": _sar,
    "sdiv": _sdiv,
    "sha3": _sha3,
    "shl": _shl,
    "shr": _shr,
    "signed": _signed,
    "signextend": _signextend,
    "sload": read_slot,
}
"""The functions that expressions name."""
