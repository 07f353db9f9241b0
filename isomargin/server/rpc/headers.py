"""The header of a block as its hash sees it: what the fork fixes, and the RLP, which gives its size."""

from __future__ import annotations

from typing import TypeAlias

from isomargin.chain.accounts import canonical_address
from isomargin.chain.randao import prev_randao
from isomargin.chain.types import Block
from isomargin.server.rpc.bloom import bloom_of

__all__ = [
    "BEACON_ROOT",
    "COINBASE",
    "EMPTY_LIST_HASH",
    "EMPTY_TRIE",
    "NO_REQUESTS",
    "block_size",
    "header_rlp",
]

EMPTY_LIST_HASH = bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")
"""Keccak-256 of the RLP of an empty list: the hash of no uncles."""
EMPTY_TRIE = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
"""Root of an empty trie: of no withdrawals, of no transactions."""
NO_REQUESTS = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
"""SHA-256 of nothing: the hash of no execution requests (EIP-7685)."""
BEACON_ROOT = EMPTY_TRIE
"""Parent beacon block root: there is no beacon chain, and this is what py-evm writes."""

COINBASE = "0x" + 40 * "0"
"""Nobody earns the fees of blocks."""

_Item: TypeAlias = "bytes | int | list[_Item]"


def header_rlp(block: Block, *, parent_hash: bytes, gas_limit: int) -> bytes:
    """Return the RLP of a header of the Prague fork; on py-evm its Keccak hash is the block's."""
    logs = (log for receipt in block.receipts for log in receipt.logs)
    return _encode(
        [
            parent_hash,
            EMPTY_LIST_HASH,
            canonical_address(COINBASE),
            block.state_root or bytes(32),
            block.transactions_root or bytes(32),
            block.receipts_root or bytes(32),
            bloom_of(logs).to_bytes(256, "big"),
            0,  # difficulty
            block.number,
            gas_limit,
            block.gas_used or 0,
            block.timestamp,
            block.extra_data,
            prev_randao(block.number),
            bytes(8),  # nonce
            block.base_fee,
            EMPTY_TRIE,  # withdrawals
            0,  # blob gas used
            0,  # excess blob gas
            BEACON_ROOT,
            NO_REQUESTS,
        ]
    )


def block_size(block: Block, header: bytes) -> int:
    """Return how many bytes the RLP of a block has: header, transactions, no uncles, no withdrawals."""
    bodies = b"".join(
        transaction.raw if transaction.kind == 0 else _encode(transaction.raw)
        for transaction in block.transactions
    )
    return len(_wrapped(header + _wrapped(bodies, 0xC0) + b"\xc0\xc0", 0xC0))


def _encode(item: _Item) -> bytes:
    if isinstance(item, list):
        return _wrapped(b"".join(map(_encode, item)), 0xC0)
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    return item if len(item) == 1 and item[0] < 0x80 else _wrapped(item, 0x80)


def _wrapped(content: bytes, kind: int) -> bytes:
    if len(content) <= 55:
        return bytes((kind + len(content),)) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((kind + 55 + len(length),)) + length + content
