"""Plays a chain again, on another engine or as far as one of its transactions."""

from __future__ import annotations

from isomargin.chain.call_trace import CallFrame
from isomargin.chain.chain import Chain
from isomargin.chain.played import Gift, History
from isomargin.chain.types import Block, Receipt
from isomargin.errors import ChainError

__all__ = ["Gift", "History", "replayed", "replayed_trace", "trace_of"]


def replayed(history: History, *, engine: str = "py-evm", blocks: int | None = None) -> Chain:
    """Return a fresh chain with the same transactions in the same blocks.

    On the engine that `history` is from, and on its plain twin, hashes and states are the same as well.

    Parameters
    ----------
    blocks : int, optional
        How far: number of the last block; default is all.

    Raises
    ------
    ChainError
        If a block lacks its transactions, or one of them ends otherwise here: because gas counts, say, and
        did not where the history is from.
    """
    genesis = history.blocks[0]
    chain = Chain(
        engine,
        genesis_timestamp=genesis.timestamp,
        chain_id=history.chain_id,
        block_gas_limit=history.block_gas_limit,
        genesis_base_fee=genesis.base_fee,
        unlimited_code=history.unlimited_code,
        signs=True,
    )
    gifts: dict[int, list[Gift]] = {}
    for gift in history.gifts:
        gifts.setdefault(gift.block, []).append(gift)
    for block in history.blocks[1 : None if blocks is None else blocks + 1]:
        for gift in gifts.get(block.number, ()):
            chain.set_balance(gift.address, gift.wei)
        _play(chain, block)
    return chain


def replayed_trace(history: History, transaction_hash: bytes) -> CallFrame:
    """Play a chain again on py-evm as far as one of its transactions, and return what that calls.

    Raises
    ------
    ChainError
        As `replayed` does; or if there is no such transaction.
    """
    for block in history.blocks:
        if any(each.hash == transaction_hash for each in block.transactions):
            return replayed(history, blocks=block.number).call_trace(transaction_hash)
    raise ChainError(f"no transaction 0x{transaction_hash.hex()} in the chain")


def trace_of(chain: Chain, transaction_hash: bytes) -> CallFrame:
    """Return what a mined transaction called, on whatever engine it was.

    An engine that records no calls has its chain played again for each transaction; who asks for many on one
    plays it once, by `replayed`, and asks that.

    Raises
    ------
    ChainError
        As `Chain.call_trace` does, or as `Chain.history` and `replayed_trace` do.
    """
    if chain.keeps_traces:
        return chain.call_trace(transaction_hash)
    return replayed_trace(chain.history(), transaction_hash)


def _play(chain: Chain, block: Block) -> None:
    if len(block.transactions) != len(block.receipts):
        raise ChainError(f"block {block.number} has lost its transactions")
    played = chain.mine(
        block.transactions,
        timestamp=block.timestamp,
        base_fee=block.base_fee,
        extra_data=block.extra_data,
    )
    for before, now in zip(block.receipts, played.receipts, strict=True):
        if (before.success, before.revert_reason) != (now.success, now.revert_reason):
            place = f"block {block.number}, transaction {before.transaction_index}"
            raise ChainError(f"{place} ended otherwise: it {_ending(now)}, and {_ending(before)} before")


def _ending(receipt: Receipt) -> str:
    return "succeeded" if receipt.success else f"failed ({receipt.revert_reason or 'without a reason'})"
