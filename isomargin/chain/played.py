"""What it takes to play a chain again: its blocks with their transactions, and the ether out of nothing."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.chain.types import Block

__all__ = ["Gift", "History"]


@dataclass(frozen=True, slots=True)
class Gift:
    """Ether that the chain gave: `address` owns `wei` from before the first transaction of `block` on."""

    block: int
    address: str
    wei: int


@dataclass(frozen=True, slots=True)
class History:
    """A chain from its genesis block on; parameters as in `Chain`, gifts in the order of their making."""

    chain_id: int
    block_gas_limit: int
    unlimited_code: bool
    blocks: tuple[Block, ...]
    gifts: tuple[Gift, ...]
