"""Blocks and receipts of a node's JSON as the records of the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from isomargin.chain.accounts import checksum_address
from isomargin.chain.types import Block, Log, Receipt
from isomargin.errors import ChainError

__all__ = ["block_of", "fields_of", "has_failed", "integer", "log_of", "octets", "receipt_of"]


class _Fields(Mapping[str, Any]):
    """What a node gave, where a missing field is the node's fault."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content

    def __getitem__(self, name: str) -> Any:
        if name not in self._content:
            raise ChainError(f"the node's answer lacks {name!r}")
        return self._content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


def fields_of(answer: Any) -> Mapping[str, Any]:
    """Read an object.

    Raises
    ------
    ChainError
        If it is none, and later if a field is missing.
    """
    if not isinstance(answer, Mapping):
        raise ChainError(f"the node answered {answer!r} where a block or receipt was expected")
    return _Fields(answer)


def integer(text: Any) -> int:
    """Read a quantity: hexadecimal text, or nothing for zero."""
    try:
        return int(text, 16) if text else 0
    except (TypeError, ValueError):
        raise ChainError(f"the node answered {text!r} where a number was expected") from None


def octets(text: Any) -> bytes:
    """Read data."""
    try:
        return bytes.fromhex(text[2:])
    except (TypeError, ValueError):
        raise ChainError(f"the node answered {text!r} where data was expected") from None


def has_failed(receipt: Mapping[str, Any]) -> bool:
    """Whether a transaction reverted or halted."""
    return integer(receipt["status"]) == 0


def block_of(
    header: Mapping[str, Any],
    receipts: Sequence[Mapping[str, Any]],
    failures: Mapping[str, tuple[str, bytes]],
    created: Mapping[bytes, str | None],
) -> Block:
    """Put a block together.

    Parameters
    ----------
    header, receipts
        As ``eth_getBlockByNumber`` and ``eth_getBlockReceipts`` give them.
    failures : mapping of str to (str, bytes)
        Reason and revert data by transaction hash, of those that failed.
    created : mapping of bytes to str or None
        Address that a transaction creates, where the node does not tell because the creation failed.
    """
    return Block(
        number=integer(header["number"]),
        timestamp=integer(header["timestamp"]),
        hash=octets(header["hash"]),
        state_root=octets(header["stateRoot"]),
        gas_used=integer(header["gasUsed"]),
        receipts=tuple(
            receipt_of(receipt, failures.get(receipt["transactionHash"], ("", b"")), created)
            for receipt in map(fields_of, receipts)
        ),
        base_fee=integer(header.get("baseFeePerGas")),
        extra_data=octets(header.get("extraData") or "0x"),
        transactions_root=octets(header.get("transactionsRoot") or "0x"),
        receipts_root=octets(header.get("receiptsRoot") or "0x"),
    )


def receipt_of(
    receipt: Mapping[str, Any], failure: tuple[str, bytes], created: Mapping[bytes, str | None]
) -> Receipt:
    """Put a receipt together; `failure` is its reason and revert data, `created` as for `block_of`."""
    transaction_hash = octets(receipt["transactionHash"])
    to, contract = _address(receipt["to"]), _address(receipt.get("contractAddress"))
    return Receipt(
        transaction_hash=transaction_hash,
        block_number=integer(receipt["blockNumber"]),
        transaction_index=integer(receipt["transactionIndex"]),
        sender=checksum_address(octets(receipt["from"])),
        to=to,
        contract_address=None if to else contract or created.get(transaction_hash),
        gas_used=integer(receipt["gasUsed"]),
        gas_price=integer(receipt["effectiveGasPrice"]),
        success=not has_failed(receipt),
        revert_reason=failure[0],
        logs=tuple(map(log_of, receipt["logs"])),
        revert_data=failure[1],
    )


def log_of(log: Mapping[str, Any]) -> Log:
    """Put a log together."""
    return Log(
        address=checksum_address(octets(log["address"])),
        topics=tuple(map(octets, log["topics"])),
        data=octets(log["data"]),
        block_number=integer(log["blockNumber"]),
        transaction_index=integer(log["transactionIndex"]),
        log_index=integer(log["logIndex"]),
    )


def _address(text: str | None) -> str | None:
    return checksum_address(octets(text)) if text else None
