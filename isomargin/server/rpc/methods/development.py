"""Calls of development nodes, by the names that anvil, hardhat and ganache gave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from isomargin.server.rpc.parameters import MethodTable, optional, required
from isomargin.server.rpc.quantities import (
    loose_integer,
    parse_address,
    parse_bool,
    parse_hash,
    quantity_json,
)
from isomargin.server.rpc.refusals import Malformed
from isomargin.server.rpc.session import Session

__all__ = ["METHODS"]

METHODS = MethodTable()

_MOST_BLOCKS = 1_000  # in one request, while everybody else waits


def _bounded(bits: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        number = loose_integer(value)
        if number >> bits:
            raise Malformed(f"number > {bits} bits")
        return number

    return parse


_seconds = _bounded(48)  # enough for any date, and no sum of two leaves the 64 bits of a header
_wei = _bounded(256)
_ADDRESS = required("address", parse_address)


def _count(value: Any) -> int:
    number = loose_integer(value)
    if not 1 <= number <= _MOST_BLOCKS:
        raise Malformed(f"expected 1 to {_MOST_BLOCKS} blocks, found {number}")
    return number


# Snapshots


@METHODS.method("evm_snapshot", "anvil_snapshot")
def _snapshot(session: Session) -> str:
    return quantity_json(session.node.snapshot())


@METHODS.method("evm_revert", "anvil_revert", takes=[required("snapshot", loose_integer)])
def _revert(session: Session, snapshot: int) -> bool:
    return session.node.revert(snapshot)


@METHODS.method("anvil_reorg", takes=[required("depth", loose_integer), optional("transactions", list)])
def _reorganise(session: Session, depth: int, transactions: list[Any] | None) -> None:
    if transactions:
        raise Malformed("transactions for the new blocks are not supported")
    session.node.reorganise(depth)


# Blocks


def _mining(value: Any) -> tuple[int, int | None]:
    """Read a time, or ganache's object of blocks and time."""
    if not isinstance(value, Mapping):
        return 1, _seconds(value)
    time = value.get("timestamp")
    return _count(value.get("blocks", 1)), None if time is None else _seconds(time)


@METHODS.method("evm_mine", takes=[optional("timestamp or options", _mining, (1, None))])
def _mine(session: Session, asked: tuple[int, int | None]) -> str:
    count, timestamp = asked
    session.node.seal(timestamp)
    for _ in range(count - 1):
        session.node.seal()
    return "0x0"


@METHODS.method(
    "anvil_mine", "hardhat_mine", takes=[optional("blocks", _count, 1), optional("interval", _seconds)]
)
def _mine_many(session: Session, count: int, interval: int | None) -> None:
    node = session.node
    node.seal()
    for _ in range(count - 1):
        node.seal(node.chain.timestamp + interval if interval else None)  # viem sends zero for none


@METHODS.method("evm_setAutomine", "anvil_setAutomine", takes=[required("automatic", parse_bool)])
def _set_automatic(session: Session, is_automatic: bool) -> bool:
    session.node.is_automatic = is_automatic
    if is_automatic:
        session.node.seal_waiting()
    return True


@METHODS.method("anvil_getAutomine", "hardhat_getAutomine")
def _is_automatic(session: Session) -> bool:
    return session.node.is_automatic


@METHODS.method("anvil_dropTransaction", "hardhat_dropTransaction", takes=[required("hash", parse_hash)])
def _drop(session: Session, transaction_hash: bytes) -> bool:
    if transaction_hash not in session.node.pool:
        return False
    session.node.pool.drop(transaction_hash)
    return True


# Time


@METHODS.method("evm_increaseTime", "anvil_increaseTime", takes=[required("seconds", _seconds)])
def _increase_time(session: Session, seconds: int) -> str:
    session.node.clock.increase(seconds)
    return quantity_json(seconds)


@METHODS.method(
    "evm_setNextBlockTimestamp", "anvil_setNextBlockTimestamp", takes=[required("timestamp", _seconds)]
)
def _set_time(session: Session, timestamp: int) -> None:
    session.node.clock.choose(timestamp, session.node.chain.timestamp)


# Ether, senders, fees


@METHODS.method(
    "anvil_setBalance", "hardhat_setBalance", "evm_setAccountBalance",
    takes=[_ADDRESS, required("balance", _wei)],
)  # fmt: skip
def _set_balance(session: Session, address: str, wei: int) -> bool:
    session.node.set_balance(address, wei)
    return True


@METHODS.method("anvil_impersonateAccount", "hardhat_impersonateAccount", takes=[_ADDRESS])
def _impersonate(session: Session, address: str) -> bool:
    session.node.impersonated.add(address)
    return True


@METHODS.method("anvil_stopImpersonatingAccount", "hardhat_stopImpersonatingAccount", takes=[_ADDRESS])
def _stop_impersonating(session: Session, address: str) -> bool:
    session.node.impersonated.discard(address)
    return True


@METHODS.method(
    "anvil_setNextBlockBaseFeePerGas", "hardhat_setNextBlockBaseFeePerGas",
    takes=[required("base fee", _bounded(128))],
)  # fmt: skip
def _set_base_fee(session: Session, base_fee: int) -> bool:
    session.node.fees.choose(base_fee)
    return True
