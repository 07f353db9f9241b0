"""What a request is refused with: an error object of JSON-RPC, in geth's words for what the chain refused."""

from __future__ import annotations

from typing import Any

from isomargin.chain.abi import decode_arguments
from isomargin.errors import ChainError, InputError, IsomarginError, TransactionReverted

__all__ = [
    "INTERNAL_ERROR",
    "INVALID_PARAMS",
    "INVALID_REQUEST",
    "METHOD_NOT_FOUND",
    "PARSE_ERROR",
    "PRUNED",
    "RESPONSE_TOO_LARGE",
    "REVERTED",
    "SERVER_ERROR",
    "Malformed",
    "RpcError",
    "refusal_of",
]

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
SERVER_ERROR = -32000
"""The chain or the pool said no."""
RESPONSE_TOO_LARGE = -32003
PRUNED = 4444
"""What is asked for is older than what is kept (EIP-4444)."""
REVERTED = 3
"""A contract said no; the error's data is what it said."""

_ERROR = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
_PANICS = {
    0x00: "generic panic",
    0x01: "assert(false)",
    0x11: "arithmetic underflow or overflow",
    0x12: "division or modulo by zero",
    0x21: "enum overflow",
    0x22: "invalid encoded storage byte array accessed",
    0x31: "out-of-bounds array access; popping on an empty array",
    0x32: "out-of-bounds access of an array or bytesN",
    0x41: "out of memory",
    0x51: "uninitialized function",
}  # geth's accounts/abi/abi.go


class Malformed(IsomarginError):
    """A value that is not what the specification says; whoever knows the parameter's name adds it."""


class RpcError(IsomarginError):
    """An error object of JSON-RPC.

    Attributes
    ----------
    code : int
        One of the specification's.
    message : str
        One line.
    data : Any
        Left out of the answer if None.
    """

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> dict[str, Any]:
        """Return the error object."""
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.data is not None:
            body["data"] = self.data
        return body


def refusal_of(error: IsomarginError) -> RpcError:
    """Say in JSON-RPC what the chain, the pool or a contract refused."""
    match error:
        case RpcError():
            return error
        case TransactionReverted():
            return _reverted(error)
        case Malformed() | InputError():
            return RpcError(INVALID_PARAMS, str(error))
    return RpcError(SERVER_ERROR, str(error))


def _reverted(error: TransactionReverted) -> RpcError:
    if error.reason and not error.data:  # the machine halted: out of gas, invalid opcode
        return RpcError(SERVER_ERROR, error.reason)
    said = _words(error)
    message = f"execution reverted: {said}" if said else "execution reverted"
    return RpcError(REVERTED, message, f"0x{error.data.hex()}")


def _words(error: TransactionReverted) -> str:
    """What geth makes of revert data: the text of an Error, the meaning of a Panic, nothing of the rest."""
    selector, body = error.data[:4], error.data[4:]
    try:
        if selector == _ERROR:
            return str(decode_arguments(("string",), body)[0])
        if selector == _PANIC:
            code = int(decode_arguments(("uint256",), body)[0])
            return _PANICS.get(code, f"unknown panic code: {code:#x}")
    except ChainError:
        pass  # bytes that only begin like a known error
    return ""
