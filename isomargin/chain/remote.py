"""A chain that others mine, as a wallet sees it: every question that a bot asks a node, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isomargin.chain.accounts import canonical_address, checksum_address
from isomargin.chain.node_failures import call_outputs, transaction_failures
from isomargin.chain.node_records import block_of, fields_of, has_failed, integer, log_of, octets, receipt_of
from isomargin.chain.node_rpc import NodeRefusal, NodeRpc, Request
from isomargin.chain.types import Block, Log, Receipt, Transaction
from isomargin.errors import ChainError

__all__ = ["Header", "RemoteNode", "Standing", "WaitingTransaction"]

_SUGGESTED_TIP = 10**9  # wei per gas, where a node suggests none


@dataclass(frozen=True)
class Header:
    """A block as it follows another.

    Attributes
    ----------
    block : Block
        Without its receipts.
    parent_hash : bytes
    """

    block: Block
    parent_hash: bytes

    @property
    def number(self) -> int:
        """Of the block."""
        return self.block.number

    @property
    def hash(self) -> bytes:
        """Of the block."""
        return self.block.hash


@dataclass(frozen=True)
class Standing:
    """An account's next nonce in the newest block, the next one counting what waits, and its wei."""

    nonce: int
    pending_nonce: int
    balance: int


@dataclass(frozen=True)
class WaitingTransaction:
    """A transaction of an account that a node has not mined yet; fees in wei per gas."""

    nonce: int
    hash: bytes
    to: str | None
    data: bytes
    max_fee: int
    max_priority_fee: int


class RemoteNode:
    """Questions to a node; each raises `NodeRefusal` if it says no, `ChainError` if it does not answer."""

    def __init__(self, rpc: NodeRpc) -> None:
        self._rpc = rpc

    @property
    def url(self) -> str:
        """Where it is."""
        return self._rpc.url

    def chain_id(self) -> int:
        """What transactions are signed for."""
        return integer(self._rpc.request("eth_chainId"))

    def version(self) -> str:
        """What it calls itself."""
        return str(self._rpc.request("web3_clientVersion"))

    # Blocks and logs

    def head(self) -> Header:
        """The newest block."""
        header = _header(self._rpc.request("eth_getBlockByNumber", "latest", False))
        if header is None:
            raise ChainError(f"{self.url} has no newest block")
        return header

    def header(self, number: int) -> Header | None:
        """A block by its number; None where the chain does not reach."""
        return _header(self._rpc.request("eth_getBlockByNumber", hex(number), False))

    def page(self, addresses: Sequence[str], first: int, last: int) -> tuple[list[Log], Header | None]:
        """The logs of some contracts in a range of blocks, and the last block as it was right afterwards."""
        wanted = {"address": list(addresses), "fromBlock": hex(first), "toBlock": hex(last)}
        logs, header = self._rpc.batch(
            [("eth_getLogs", (wanted,)), ("eth_getBlockByNumber", (hex(last), False))]
        )
        return [log_of(log) for log in logs], _header(header)

    # State

    def call(self, transaction: Transaction, *, gas: int | None = None, block: int | None = None) -> bytes:
        """Execute on the newest state, or on that after a block, and forget.

        Raises
        ------
        TransactionReverted
            If the contract refuses.
        """
        return call_outputs(self._rpc, [_call(transaction, gas, block)])[0]

    def calls(self, transactions: Sequence[Transaction]) -> list[bytes]:
        """Execute each on the newest state, and raise as `call` does."""
        return call_outputs(self._rpc, [_call(each, None, None) for each in transactions])

    def standing(self, address: str) -> Standing:
        """Where an account stands."""
        count = "eth_getTransactionCount"
        answers = self._rpc.batch(
            [
                (count, (address, "latest")),
                (count, (address, "pending")),
                ("eth_getBalance", (address, "latest")),
            ]
        )
        return Standing(*map(integer, answers))

    def ask_about(self, address: str, method: str, *params: str, block: int | None = None) -> Any:
        """Ask for something of an account at the newest block, or after an older one."""
        canonical_address(address)
        return self._rpc.request(method, address, *params, _tag(block))

    # Transactions

    def tip(self) -> int:
        """What the node suggests to pay above the base fee, wei per gas."""
        try:
            return integer(self._rpc.request("eth_maxPriorityFeePerGas"))
        except NodeRefusal:
            return _SUGGESTED_TIP

    def send(self, raw: bytes) -> None:
        """Hand over a signed transaction."""
        self._rpc.request("eth_sendRawTransaction", f"0x{raw.hex()}")

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        """What became of transactions; None for those that no block has taken."""
        asked = [f"0x{each.hex()}" for each in hashes]
        found = self._rpc.batch([("eth_getTransactionReceipt", (each,)) for each in asked])
        return [None if receipt is None else self._receipt(fields_of(receipt)) for receipt in found]

    def knows(self, hashes: Sequence[bytes]) -> list[bool]:
        """Which transactions the node has, mined or waiting."""
        wanted: list[Request] = [("eth_getTransactionByHash", (f"0x{each.hex()}",)) for each in hashes]
        return [found is not None for found in self._rpc.batch(wanted)]

    def waiting(self, address: str) -> list[WaitingTransaction]:
        """What of an account is in the block that the node would make next, where it shows one."""
        try:
            block = self._rpc.request("eth_getBlockByNumber", "pending", True)
        except NodeRefusal:
            return []
        listed = block.get("transactions", []) if isinstance(block, Mapping) else []
        ours = [each for each in listed if isinstance(each, Mapping) and _is_from(each, address)]
        return [_waiting(fields_of(each)) for each in ours]

    def _receipt(self, receipt: Mapping[str, Any]) -> Receipt:
        failure = ("", b"")
        if has_failed(receipt):
            asked = [receipt["transactionHash"]]
            (failure,) = transaction_failures(self._rpc, asked, integer(receipt["blockNumber"]))
        return receipt_of(receipt, failure, {})


def _call(transaction: Transaction, gas: int | None, block: int | None) -> Request:
    wanted = {"from": transaction.sender, "data": f"0x{transaction.data.hex()}"}
    if transaction.to is not None:
        wanted["to"] = transaction.to
    if gas is not None:
        wanted["gas"] = hex(gas)
    return "eth_call", (wanted, _tag(block))


def _tag(block: int | None) -> str:
    return "latest" if block is None else hex(block)


def _header(answer: Any) -> Header | None:
    if answer is None:
        return None
    fields = fields_of(answer)
    return Header(block_of(fields, (), {}, {}), octets(fields["parentHash"]))


def _is_from(transaction: Mapping[str, Any], address: str) -> bool:
    return str(transaction.get("from", "")).lower() == address.lower()


def _waiting(transaction: Mapping[str, Any]) -> WaitingTransaction:
    price, to = integer(transaction.get("gasPrice")), transaction.get("to")
    return WaitingTransaction(
        nonce=integer(transaction["nonce"]),
        hash=octets(transaction["hash"]),
        to=checksum_address(octets(to)) if to else None,
        data=octets(transaction["input"]),
        max_fee=integer(transaction.get("maxFeePerGas")) or price,
        max_priority_fee=integer(transaction.get("maxPriorityFeePerGas")) or price,
    )
