"""Where a client answers otherwise than the corpus expects, and why the corpus does not follow it."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DIFFERENCES_OF_ANVIL", "DIFFERENCES_OF_THE_SERVER"]

_CODES = "has codes of its own (-32003, -32602, -32603) where geth says -32000"
_LENIENT = "reads what is no quantity, or data without 0x; the specification's patterns exclude it"
_BEYOND = "-32602 in the place of geth's -32000 for a block that is not there"
_PARSING = "-32600 for what is no JSON; JSON-RPC 2.0 says -32700"
_BATCH = "refuses a whole batch for one member that is no request; JSON-RPC 2.0 answers each"
_SHAPE = "refuses the whole request for it; JSON-RPC 2.0 allows it"
_LIMITS = "has no such limit"
_REWARDS = "takes percentiles as they come; the specification wants them rising, from 0 to 100"

_BY_REASON = {
    _CODES: [
        "eth_call/out-of-gas",
        "eth_call/value-without-funds",
        "eth_estimateGas/allowance",
        "eth_sendRawTransaction/already-known",
        "eth_sendRawTransaction/bad-rlp",
        "eth_sendRawTransaction/empty",
        "eth_sendRawTransaction/nonce-too-low",
        "eth_sendRawTransaction/replacement-underpriced",
        "eth_sendRawTransaction/tip-above-fee",
        "eth_sendRawTransaction/truncated",
        "eth_sendRawTransaction/unknown-type",
        "eth_sendRawTransaction/without-funds",
        "eth_sendRawTransaction/wrong-chain",
        "eth_sendRawTransaction/zero-r",
        "eth_sendTransaction/impersonated",
        "eth_sendTransaction/unknown-sender",
        "eth_sign/unknown-account",
        "personal_sign/unknown-account",
    ],
    _LENIENT: [
        "eth_call/data-without-0x",
        "eth_call/leading-zero-value",
        "eth_getBalance/leading-zero",
        "eth_getBalance/without-0x",
        "eth_getBlockByNumber/decimal",
        "eth_getBlockByNumber/json-number",
        "eth_getBlockByNumber/leading-zero",
        "eth_getTransactionByBlockHashAndIndex/leading-zero",
        "eth_sendRawTransaction/without-0x",
    ],
    _BEYOND: [
        "eth_call/future-block",
        "eth_getBalance/future-block",
    ],
    _PARSING: [
        "json-rpc/empty-body",
        "json-rpc/nan",
        "json-rpc/no-json",
        "json-rpc/socket-truncated",
        "json-rpc/trailing-garbage",
        "json-rpc/truncated",
    ],
    _BATCH: [
        "json-rpc/batch-in-a-batch",
        "json-rpc/batch-of-a-number",
        "json-rpc/batch-of-numbers",
        "json-rpc/batch-with-errors",
    ],
    _SHAPE: [
        "json-rpc/fraction-id",
        "json-rpc/large-id",
        "json-rpc/unknown-member",
    ],
    _LIMITS: [
        "json-rpc/batch-of-1001",
        "json-rpc/body-of-16-megabytes",
    ],
    _REWARDS: [
        "eth_feeHistory/beyond-100",
        "eth_feeHistory/falling-percentiles",
    ],
}

DIFFERENCES_OF_ANVIL: Mapping[str, str] = {
    name: reason for reason, names in _BY_REASON.items() for name in names
} | {
    "eth_call/both-prices": "ignores the gas price; geth refuses the contradiction",
    "eth_call/custom-error": "writes the bytes of the error into the message",
    "eth_call/data-and-other-input": "takes input; geth refuses the contradiction",
    "eth_call/empty-quantity": "-32000 for a parameter that is no quantity; geth says -32602",
    "eth_call/panic": "puts 'panic: ' before and the code behind the reason that geth gives",
    "eth_call/unknown-block-hash": "-32001, resource not found, in the place of geth's -32000",
    "eth_estimateGas/custom-error": "writes the bytes of the error into the message",
    "eth_estimateGas/without-funds": "does not ask whether the sender has what it sends",
    "eth_feeHistory/future-block": "makes up a block that is not there; geth: request beyond head block",
    "eth_getBalance/default-block": "wants the block, which the specification lets a caller leave out",
    "eth_getBlockTransactionCountByNumber/future": "an error; the specification says null",
    "eth_getLogs/future-range": "answers what there is; the execution API tests want -32602",
    "eth_getLogs/reversed-range": "an empty list; the execution API tests want -32602",
    "eth_sendRawTransaction/above-block-gas-limit": "in words of its own, after revm",
    "eth_sendRawTransaction/high-s": "takes either signature; EIP-2 allows the lower one alone",
    "eth_sendRawTransaction/highest-tip-first": "orders by the fee cap, not by the tip",
    "eth_sendRawTransaction/trailing": "does not look at what stands behind the transaction",
    "eth_sendRawTransaction/waits-for-a-lower-base-fee": "refuses what geth keeps until the base fee falls",
    "eth_getUncleCountByBlockHash/unknown": "-32001, resource not found; the specification says null",
    "eth_getUncleCountByBlockNumber/unknown": "-32001, resource not found; the specification says null",
    "eth_mining/no": "has no such method",
    "evm_setAccountBalance/sets": "has no such method",
    "net_peerCount/none": "has no such method",
    "rpc_modules/modules": "has no such method",
    "txpool_content/by-sender": "writes the senders, which are keys here, without checksums",
    "txpool_inspect/by-sender": "writes the senders, which are keys here, without checksums",
    "eth_unsubscribe/twice": "false; geth: subscription not found",
    "eth_unsubscribe/unknown": "false; geth: subscription not found",
    "json-rpc/body-of-4-megabytes": "reads 2 MB at most; geth 5 MB",
    "json-rpc/empty-method": "-32601 as for a method of a name; geth: invalid request",
    "json-rpc/unknown-method": "in words of its own; the code is the same",
}
"""By name of the case: what anvil 1.7.1 does."""

DIFFERENCES_OF_THE_SERVER: Mapping[str, str] = {
    "eth_estimateGas/older-block": "gas is estimated on the newest block only, and an error says so",
    "eth_getLogs/future-range": "answers what there is, as anvil does and geth did for years: bots ask so",
}
"""By name of the case: what `isomargin serve` does."""
