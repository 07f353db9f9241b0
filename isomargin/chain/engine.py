"""What a machine must be able to do to stand behind a `Chain`; everything else is the chain's own work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import Any, Protocol

from isomargin.chain.call_trace import CallFrame
from isomargin.chain.types import Block, Rehearsal, SignedTransaction, Transaction, TransactionTrace
from isomargin.errors import ChainError, InputError

__all__ = ["ENGINES", "Engine", "create_engine"]


class Engine(Protocol):
    """An EVM with its blocks.

    Attributes
    ----------
    counts_gas : bool
        Whether the gas of receipts is what a real chain charges; an engine that cannot tell gives None.
    keeps_traces : bool
        Whether `trace` works, and there are call traces.
    takes_extra_data : bool
        Whether `mine` can write extra data into a block.

    An engine knows no names, no ABI and no default times: it signs with the keys it was given, counts
    nonces, executes, and keeps blocks. Addresses are checksummed text. Whatever it cannot do raises
    `ChainError` and leaves the chain as it was.
    """

    counts_gas: bool
    keeps_traces: bool
    takes_extra_data: bool

    @property
    def machine(self) -> tuple[str, str]:
        """Name and version of what executes."""

    def add_account(self, address: str, private_key: bytes) -> None:
        """Sign transactions of `address` with this key from now on."""

    def set_balance(self, address: str, amount: int) -> None:
        """Let an address own `amount` wei, to be seen at once and sealed by the next block."""

    def head(self) -> Block:
        """Return the latest block."""

    def block(self, number: int) -> Block:
        """Return block `number`, from 0 to the head's."""

    def prune(self, first: int) -> None:
        """Keep of the blocks before `first` headers and logs alone, and none of their states.

        No snapshot from before `first` is restored afterwards.
        """

    def mine(
        self,
        transactions: Sequence[Transaction | SignedTransaction],
        timestamp: int,
        *,
        base_fee: int | None = None,
        extra_data: bytes = b"",
    ) -> Block:
        """Execute the transactions in this order at `timestamp` and seal them as one block.

        What is signed is executed as it is, from a sender with code or without: its nonce must be the next
        of its sender, who must own `gas * max_fee + value`. `Chain` has looked at gas, price and chain id.
        Without a base fee the block has `next_base_fee`.
        """

    def next_base_fee(self) -> int:
        """Return the wei per gas that a block on the head has if nobody chooses: EIP-1559."""

    def call(self, transaction: Transaction, *, block: int | None = None, gas: int | None = None) -> bytes:
        """Execute on a state and in its block's time, and forget; or TransactionReverted.

        `block` is below the head, or None for the head; `gas` is the limit as of a transaction, None far more
        than any view needs. An engine without old states refuses the former.
        """

    def calls(self, transactions: Sequence[Transaction]) -> list[bytes]:
        """Execute each on the head by itself, as `call` does; or the TransactionReverted of the first."""

    def rehearse(self, transaction: Transaction, gas: int, timestamp: int) -> Rehearsal:
        """Execute in a block on the head as a transaction of this gas limit would be, and forget.

        The sender has the value, is lent what the gas costs, and needs neither key nor lack of code.
        """

    def balance(self, address: str, block: int | None = None) -> int:
        """Return wei; here and below, `block` as in `call`."""

    def nonce(self, address: str, block: int | None = None) -> int:
        """Return the number of transactions sent, or of contracts created."""

    def storage_at(self, address: str, slot: int, block: int | None = None) -> int:
        """Return one storage word."""

    def code_at(self, address: str, block: int | None = None) -> bytes:
        """Return the runtime code; empty where there is no contract."""

    def trace(self) -> None:
        """Keep a trace of each transaction from now on."""

    def transaction_trace(self, transaction_hash: bytes) -> TransactionTrace | None:
        """Return the trace of a mined transaction; None if none was kept."""

    def call_trace(self, transaction_hash: bytes) -> CallFrame | None:
        """Return what a mined transaction called; None if there is none with this hash."""

    def rehearsed_trace(self, transaction: Transaction, gas: int, timestamp: int) -> CallFrame:
        """Rehearse, and return what was called."""

    def snapshot(self) -> object:
        """Return a token of the present state and head."""

    def restore(self, snapshot: object) -> None:
        """Return to a token's state and head; the token stays good."""

    def web3(self) -> Any:
        """Return a `web3.Web3` on the same chain."""


ENGINES = {
    "py-evm": "isomargin.chain.py_evm:PyEvmEngine",
    "py-evm-plain": "isomargin.chain.py_evm:PlainPyEvmEngine",
    "revm": "isomargin.chain.revm:RevmEngine",
}
"""Name of each engine and where it lives; imported on first use, because an EVM costs most of a second."""

_NODE = "isomargin.chain.node:NodeEngine"
_NODE_ADDRESSES = ("http://", "https://", "ipc://")


def create_engine(
    name: str,
    *,
    chain_id: int,
    genesis_timestamp: int,
    genesis_base_fee: int,
    block_gas_limit: int,
    unlimited_code: bool = False,
    signs: bool = False,
) -> Engine:
    """Start an engine at its genesis block; `name` may be the address of a node that runs already.

    Raises
    ------
    InputError
        If no engine has this name, what it needs is not installed, or a node does not answer or cannot do
        what is asked for.
    """
    is_node = name.startswith(_NODE_ADDRESSES)
    if not is_node and name not in ENGINES:
        near = get_close_matches(name, ENGINES, n=1)
        known = ", ".join([*ENGINES, "http://HOST:PORT", "ipc:///PATH"])
        hint = f"did you mean {near[0]}?" if near else f"expected one of: {known}"
        raise InputError(f"unknown engine {name!r}, {hint}")
    module, attribute = (_NODE if is_node else ENGINES[name]).split(":")
    start: Callable[..., Engine] = getattr(import_module(module), attribute)
    if is_node:
        start = partial(start, name)
    try:
        return start(
            chain_id=chain_id,
            genesis_timestamp=genesis_timestamp,
            genesis_base_fee=genesis_base_fee,
            block_gas_limit=block_gas_limit,
            unlimited_code=unlimited_code,
            signs=signs,
        )
    except ChainError as error:  # a node that cannot be used is a wrong address
        raise InputError(str(error)) from None
