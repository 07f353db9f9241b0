"""Which block a client means: tags, numbers and hashes against the node's chain."""

from __future__ import annotations

from isomargin.chain import Block
from isomargin.server.node import TestNode
from isomargin.server.rpc.quantities import BlockReference
from isomargin.server.rpc.refusals import PRUNED, SERVER_ERROR, RpcError

__all__ = ["block_of", "number_of", "parent_hash_of", "state_of", "whole"]


def number_of(node: TestNode, reference: int | str) -> int:
    """Return the number that a tag stands for; what is pending has that of the newest block."""
    match reference:
        case int():
            return reference
        case "earliest":
            return 0
        case "safe":
            return node.safe
        case "finalized":
            return node.finalized
    return node.head.number


def block_of(node: TestNode, reference: BlockReference) -> Block | None:
    """Return a block of the present chain, None if there is none."""
    if isinstance(reference, bytes):
        return node.block_by_hash(reference)
    number = number_of(node, reference)
    return node.chain.block(number) if number <= node.head.number else None


def whole(block: Block | None) -> Block | None:
    """Return a block of which transactions and receipts are wanted.

    Raises
    ------
    RpcError
        If the node has forgotten them, as nodes say it (EIP-4444).
    """
    if block is not None and block.is_pruned:
        raise RpcError(PRUNED, "pruned history unavailable")
    return block


def state_of(node: TestNode, reference: BlockReference) -> int | None:
    """Return the block whose state is asked for, as `Chain` takes it: None for the newest.

    Raises
    ------
    RpcError
        If there is no such block.
    """
    if reference in ("latest", "pending"):
        return None
    block = block_of(node, reference)
    if block is None:
        missing = "header for hash not found" if isinstance(reference, bytes) else "header not found"
        raise RpcError(SERVER_ERROR, missing)
    return None if block.number == node.head.number else block.number


def parent_hash_of(node: TestNode, block: Block) -> bytes:
    """Return the hash of the block before one of the present chain."""
    return node.chain.block(block.number - 1).hash if block.number else bytes(32)
