"""Keys and addresses of named people: whoever knows the name can sign, so no run depends on a wallet."""

from __future__ import annotations

from functools import lru_cache

from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from isomargin.errors import ChainError

__all__ = [
    "address_of",
    "address_of_key",
    "canonical_address",
    "checksum_address",
    "created_address",
    "private_key_of",
    "salted_address",
]


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
    return address_of_key(private_key_of(name))


def address_of_key(key: bytes) -> str:
    """Derive the checksummed address that a private key signs for.

    Raises
    ------
    ValueError
        If it is no private key.
    """
    from eth_keys.datatypes import PrivateKey  # late: pulls in the curve
    from eth_utils.exceptions import ValidationError

    try:
        return checksum_address(PrivateKey(key).public_key.to_canonical_address())
    except ValidationError as error:
        raise ValueError(str(error)) from None


@lru_cache(maxsize=65_536)
def canonical_address(address: str) -> bytes:
    """Return the 20 bytes of an address.

    Raises
    ------
    ChainError
        If it is none.
    """
    try:
        return bytes(to_canonical_address(address))
    except (TypeError, ValueError):
        raise ChainError(f"{address!r} is not an address") from None


def created_address(sender: bytes, nonce: int) -> str:
    """Return where a transaction creates its contract: keccak of the RLP of sender and nonce."""
    digits = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    short = len(digits) == 1 and digits[0] < 0x80
    content = b"\x94" + sender + (digits if short else bytes((0x80 + len(digits),)) + digits)
    return checksum_address(keccak(bytes((0xC0 + len(content),)) + content)[12:])


def salted_address(sender: bytes, salt: int, init_code: bytes) -> str:
    """Return where CREATE2 creates a contract (EIP-1014)."""
    return checksum_address(keccak(b"\xff" + sender + salt.to_bytes(32, "big") + keccak(init_code))[12:])
