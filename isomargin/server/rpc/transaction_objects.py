"""The transaction object of eth_call, eth_estimateGas, eth_sendTransaction: read, held against itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isomargin.chain.types import AccessList
from isomargin.server.rpc.parameters import each
from isomargin.server.rpc.quantities import parse_address, parse_data, parse_quantity, parse_word, quantity_of
from isomargin.server.rpc.refusals import SERVER_ERROR, Malformed, RpcError

__all__ = ["TransactionObject", "parse_transaction_object"]

_uint64 = quantity_of(64)


@dataclass(frozen=True)
class TransactionObject:
    """What a client wrote; None where it wrote nothing. Prices in wei per gas."""

    sender: str | None
    to: str | None
    data: bytes
    value: int
    gas: int | None
    gas_price: int | None
    max_fee: int | None
    max_priority_fee: int | None
    nonce: int | None
    chain_id: int | None
    access_list: AccessList

    @property
    def price_ceiling(self) -> int:
        """The most that a unit of gas may cost it; zero if it names no price."""
        return self.gas_price or self.max_fee or 0


def _access_list(value: Any) -> AccessList:
    return tuple(
        (parse_address(entry.get("address")), tuple(each(parse_word)(entry.get("storageKeys") or [])))
        for entry in each(_mapping)(value)
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed("expected an object")
    return value


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "from": parse_address,
    "to": parse_address,
    "data": parse_data,
    "input": parse_data,
    "value": parse_quantity,
    "gas": _uint64,
    "gasPrice": parse_quantity,
    "maxFeePerGas": parse_quantity,
    "maxPriorityFeePerGas": parse_quantity,
    "nonce": _uint64,
    "chainId": parse_quantity,
    "type": _uint64,
    "accessList": _access_list,
}
_UNSUPPORTED = ("maxFeePerBlobGas", "blobVersionedHashes", "blobs", "authorizationList")


def parse_transaction_object(value: Any) -> TransactionObject:
    """Read a transaction object; fields that nobody knows are left out.

    Raises
    ------
    Malformed
        If a field cannot be read, or asks for blobs or set code.
    RpcError
        If two fields contradict each other, in geth's words.
    """
    found = {name: _read(name, given) for name, given in _mapping(value).items() if given is not None}
    data, input_ = found.get("data"), found.get("input")
    if data is not None and input_ is not None and data != input_:
        raise RpcError(
            SERVER_ERROR,
            'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
        )
    price, max_fee, tip = (found.get(name) for name in ("gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"))
    if price is not None and (max_fee is not None or tip is not None):
        raise RpcError(SERVER_ERROR, "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
    if max_fee is not None and tip is not None and max_fee < tip:
        raise RpcError(SERVER_ERROR, f"maxFeePerGas ({max_fee}) < maxPriorityFeePerGas ({tip})")
    return TransactionObject(
        sender=found.get("from"),
        to=found.get("to"),
        data=input_ if input_ is not None else data or b"",
        value=found.get("value", 0),
        gas=found.get("gas"),
        gas_price=price,
        max_fee=max_fee,
        max_priority_fee=tip,
        nonce=found.get("nonce"),
        chain_id=found.get("chainId"),
        access_list=found.get("accessList", ()),
    )


def _read(name: str, value: Any) -> Any:
    if name in _UNSUPPORTED and value:
        raise Malformed(f"field {name}: transactions of this type are not supported")
    parse = _FIELDS.get(name)
    try:
        return None if parse is None else parse(value)
    except Malformed as error:
        raise Malformed(f"field {name}: {error}") from None
