"""What can be read of a chain: blocks, logs, what transactions did underneath, states old and new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from isomargin.chain.engine import Engine
from isomargin.chain.types import Block, Log, TransactionTrace
from isomargin.errors import ChainError

__all__ = ["Ledger", "topics_match"]


class Ledger:
    """The reading half of a `Chain`, which adds everything that changes it."""

    engine_name: str
    chain_id: int
    block_gas_limit: int
    _engine: Engine

    # Blocks

    def block(self, number: int) -> Block:
        """Return a block by its number."""
        if not 0 <= number <= self.block_number:
            raise ChainError(f"no block {number}, the head is block {self.block_number}")
        return self._engine.block(number)

    def logs(
        self,
        *,
        address: str | None = None,
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
        from_block: int = 0,
        to_block: int | None = None,
    ) -> list[Log]:
        """Return the logs of a range of blocks, both ends included, in the order of the chain.

        Parameters
        ----------
        address : str, optional
            Only logs of this contract.
        topics : sequence
            What each topic must be, by position: a value, several to choose from, or None for any.
        """
        last = self.block_number if to_block is None else min(to_block, self.block_number)
        return [
            log
            for number in range(max(0, from_block), last + 1)
            for log in _logs_of(self._engine.block(number))
            if (address is None or log.address == address) and topics_match(log.topics, topics)
        ]

    @property
    def machine(self) -> tuple[str, str]:
        """Name and version of what executes, for records."""
        return self._engine.machine

    @property
    def counts_gas(self) -> bool:
        """Whether receipts tell the gas that a real chain would charge; else their gas is None."""
        return self._engine.counts_gas

    @property
    def takes_extra_data(self) -> bool:
        """Whether blocks can be told apart by extra data, as branches of one chain must be."""
        return self._engine.takes_extra_data

    # Traces

    @property
    def keeps_traces(self) -> bool:
        """Whether the engine can keep traces."""
        return self._engine.keeps_traces

    def trace(self) -> None:
        """Keep, from the next block on, what each transaction does underneath; costs memory and some time.

        Raises
        ------
        ChainError
            If the engine keeps no traces.
        """
        if not self.keeps_traces:
            raise ChainError(f"engine {self.engine_name} keeps no traces, engine py-evm does")
        self._engine.trace()

    def transaction_trace(self, transaction_hash: bytes) -> TransactionTrace:
        """Return what a mined transaction did underneath.

        Raises
        ------
        ChainError
            If its trace was not kept: `trace` came later.
        """
        trace = self._engine.transaction_trace(transaction_hash)
        if trace is None:
            raise ChainError(f"no trace of transaction 0x{transaction_hash.hex()} was kept")
        return trace

    # State

    @property
    def timestamp(self) -> int:
        """Seconds since 1970 of the head block."""
        return self._engine.head().timestamp

    @property
    def block_number(self) -> int:
        """Number of the head block; the genesis block is 0."""
        return self._engine.head().number

    @property
    def state_root(self) -> bytes:
        """Root of the state after the head block; empty from an engine that keeps no trie."""
        return self._engine.head().state_root

    def block_hash(self, number: int) -> bytes:
        """Return the hash of a block."""
        return self.block(number).hash

    def balance(self, address: str, *, block: int | None = None) -> int:
        """Return the wei of an address; here and below at the head, or after a block as in `call`."""
        return self._engine.balance(address, self._older(block))

    def nonce(self, address: str, *, block: int | None = None) -> int:
        """Return how many transactions an address has sent."""
        return self._engine.nonce(address, self._older(block))

    def storage_at(self, address: str, slot: int, *, block: int | None = None) -> int:
        """Return one storage word."""
        return self._engine.storage_at(address, slot, self._older(block))

    def code_at(self, address: str, *, block: int | None = None) -> bytes:
        """Return the code of an address; empty where there is no contract."""
        return self._engine.code_at(address, self._older(block))

    def _older(self, block: int | None) -> int | None:
        """Return a number below the head's, None for the head."""
        if block is None or block == self.block_number:
            return None
        return self.block(block).number


def _logs_of(block: Block) -> Iterator[Log]:
    for receipt in block.receipts:
        yield from receipt.logs


def topics_match(topics: tuple[bytes, ...], wanted: Sequence[bytes | Sequence[bytes] | None]) -> bool:
    """Say whether the topics of a log are those wanted by position, as `Ledger.logs` takes them."""
    if len(wanted) > len(topics):
        return False
    return all(
        choice is None or (topic == choice if isinstance(choice, bytes) else topic in choice)
        for topic, choice in zip(topics, wanted, strict=False)
    )
