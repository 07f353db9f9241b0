"""What a call on a node returned, and why one or a transaction failed, in the words of the py-evm engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isomargin.chain.node_records import octets
from isomargin.chain.node_rpc import NodeRefusal, NodeRpc, Request
from isomargin.chain.reverts import revert_reason
from isomargin.errors import TransactionReverted

__all__ = ["call_output", "call_outputs", "transaction_failures"]

_Failure = tuple[str, bytes]
"""Reason and revert data."""

_UNKNOWN: _Failure = ("", b"")
_REPLAYED = ("from", "to", "gas", "value", "input")
# What anvil, hardhat and geth say, lower case and without blanks; the first that fits.
_HALTS = (
    ("outofgas", "out of gas"),
    ("oog", "out of gas"),
    ("gasuint64overflow", "out of gas"),
    ("codesize", "code above the limit of 24576 bytes"),
    ("codeistoolarge", "code above the limit of 24576 bytes"),
    ("contractsizelimit", "code above the limit of 24576 bytes"),
    ("startingwithef", "reserved bytes in code"),
    ("0xef", "reserved bytes in code"),
    ("jump", "invalid jump destination"),
    ("stackunderflow", "insufficient stack"),
    ("stackoverflow", "full stack"),
    ("stacklimit", "full stack"),
    ("outofstack", "full stack"),
    ("statechangeduringstaticcall", "write protection"),
    ("mutablecall", "write protection"),
    ("writeprotection", "write protection"),
    ("outofoffset", "out of bounds read"),
    ("outofbounds", "out of bounds read"),
    ("collision", "contract creation collision"),
    ("opcode", "invalid instruction"),
    ("badinstruction", "invalid instruction"),
)


def call_output(outcome: Any) -> bytes:
    """Read what a node answered to ``eth_call``.

    Raises
    ------
    TransactionReverted
        If the contract refused or the machine halted.
    NodeRefusal
        If the node would not even try.
    """
    if not isinstance(outcome, NodeRefusal):
        return octets(outcome)
    failure = _failure(outcome.message, outcome.data)
    if failure is None:
        raise outcome
    raise TransactionReverted(*failure)


def call_outputs(rpc: NodeRpc, calls: Sequence[Request]) -> list[bytes]:
    """Send requests of ``eth_call`` and read all that the node answered, as `call_output` does."""
    return [call_output(outcome) for outcome in rpc.outcomes(calls)]


def transaction_failures(rpc: NodeRpc, hashes: Sequence[str], block_number: int) -> list[_Failure]:
    """Find out why transactions of a block failed: from their traces, or by running them once more.

    Anvil keeps traces, and reads one in 2 ms; ``debug_traceTransaction`` would run the block again for
    each. A node without them runs the transactions on the state before the block, where one may fail in
    another way, or not at all: then its reason stays empty.
    """
    traces = rpc.outcomes([("trace_transaction", (each,)) for each in hashes])
    if not any(isinstance(trace, NodeRefusal) for trace in traces):
        return [_trace_failure(trace[0]) if trace else _UNKNOWN for trace in traces]
    found = rpc.batch([("eth_getTransactionByHash", (each,)) for each in hashes])
    replays = rpc.outcomes([("eth_call", (_replay(each), hex(block_number - 1))) for each in found])
    return [
        (isinstance(replay, NodeRefusal) and _failure(replay.message, replay.data)) or _UNKNOWN
        for replay in replays
    ]


def _trace_failure(frame: Any) -> _Failure:
    error, result = str(frame.get("error", "")), frame.get("result") or {}
    output = octets(result.get("output") or result.get("code") or "0x")
    return _failure(error, output if "revert" in error.lower() else b"") or (error.lower(), b"")


def _failure(message: str, data: bytes) -> _Failure | None:
    if data:
        return revert_reason(data), data
    compact = "".join(message.lower().split())
    for fragment, reason in _HALTS:
        if fragment in compact:
            return reason, b""
    return _UNKNOWN if "revert" in compact else None


def _replay(transaction: Any) -> dict[str, Any]:
    return {name: transaction[name] for name in _REPLAYED if transaction.get(name) is not None}
