"""Revert data as text: what a contract says when it refuses."""

from __future__ import annotations

from isomargin.chain.abi import decode_arguments
from isomargin.errors import ChainError

__all__ = ["revert_reason"]

_ERROR = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
_PANICS = {
    0x01: "assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x21: "invalid enum value",
    0x22: "corrupted storage array",
    0x31: "pop from an empty array",
    0x32: "index out of bounds",
    0x41: "out of memory",
    0x51: "call of an empty function",
}


def revert_reason(data: bytes) -> str:
    """Decode revert data.

    Returns
    -------
    str
        The text of ``Error(string)``; the meaning of a ``Panic(uint256)``; ``"custom error 0x..."`` with the
        selector for anything else; empty for empty data.
    """
    selector, body = data[:4], data[4:]
    try:
        if selector == _ERROR:
            return str(decode_arguments(("string",), body)[0])
        if selector == _PANIC:
            code = decode_arguments(("uint256",), body)[0]
            return f"panic 0x{code:02x}: {_PANICS.get(code, 'unknown')}"
    except ChainError:
        pass  # a contract may revert with any bytes; these only look like a known error
    return f"custom error 0x{selector.hex()}" if data else ""
