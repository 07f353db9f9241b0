"""Keys and addresses of named people: whoever knows the name can sign, so no run depends on a wallet."""

from __future__ import annotations

from functools import lru_cache

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

__all__ = ["address_of", "checksum_address", "private_key_of"]


@lru_cache(maxsize=65_536)
def checksum_address(address: bytes) -> str:
    """Write a 20-byte address in its EIP-55 form; cached, because the checksum costs a keccak hash."""
    return to_checksum_address(address)


def private_key_of(name: str) -> bytes:
    """Derive the 32-byte secp256k1 private key of a named account: keccak-256 of the name in UTF-8."""
    return keccak(text=name)


@lru_cache(maxsize=65_536)
def address_of(name: str) -> str:
    """Derive the checksummed address of a named account."""
    from eth_keys.datatypes import PrivateKey  # late: pulls in the curve

    return checksum_address(PrivateKey(private_key_of(name)).public_key.to_canonical_address())
