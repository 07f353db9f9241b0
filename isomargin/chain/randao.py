"""What stands in for the beacon chain's randomness, for every engine that runs in this process."""

from __future__ import annotations

from eth_utils.crypto import keccak

__all__ = ["prev_randao"]


def prev_randao(number: int) -> bytes:
    """Return the `prev_randao` of a block: unlike from block to block, alike from run to run."""
    return keccak(b"isomargin prev_randao" + number.to_bytes(8, "big"))
