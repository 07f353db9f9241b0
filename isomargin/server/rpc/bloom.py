"""The bloom filter of logs by the Yellow Paper: three bits of 2,048 for each address and topic."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from eth_utils.crypto import keccak

from isomargin.chain.accounts import canonical_address
from isomargin.chain.types import Log

__all__ = ["bloom_of", "bloom_value"]


def bloom_of(logs: Iterable[Log]) -> int:
    """Return the bloom filter of some logs as a number of 2,048 bits."""
    bloom = 0
    for log in logs:
        bloom |= bloom_value(canonical_address(log.address))
        for topic in log.topics:
            bloom |= bloom_value(topic)
    return bloom


@lru_cache(maxsize=65_536)
def bloom_value(value: bytes) -> int:
    """Return the bits of one address or topic."""
    digest = keccak(value)
    bits = 0
    for place in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[place : place + 2], "big") & 2047)
    return bits
