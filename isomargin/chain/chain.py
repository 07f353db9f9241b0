"""The only door to an EVM: named accounts, contracts, blocks, logs, time and snapshots over one engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from isomargin.chain.abi import ContractAbi, encode_arguments
from isomargin.chain.accounts import address_of, private_key_of
from isomargin.chain.contract import Contract, Deployable
from isomargin.chain.engine import Engine, create_engine
from isomargin.chain.recording import note_contract
from isomargin.chain.types import Block, Log, Receipt, Transaction, TransactionTrace
from isomargin.errors import ChainError, TransactionReverted

__all__ = ["BLOCK_INTERVAL", "ENDOWMENT", "Chain"]

BLOCK_INTERVAL = 12
"""Seconds between blocks where nothing else is asked."""

ENDOWMENT = 10**27
"""Wei that a named account starts with: more than any run can burn as gas."""


class Chain:
    """A deterministic chain: the same transactions give the same hashes and states on every machine.

    Named accounts need no faucet. An account is endowed with `ENDOWMENT` wei when `account` names it or
    it sends, if it has neither sent before nor owns that much: no transaction, no block and no nonce is
    spent on it. The ether appears at once and is sealed by the next block. That the rule reads nothing
    but the state keeps it true through reverts.

    Without a gas price a transaction pays the base fee of its block plus one gwei. The base fee follows
    EIP-1559 but starts at `genesis_base_fee`, by default zero, where it stays (give or take a few wei)
    until blocks are more than half full: what gas costs is the scenario's choice, not an artefact of
    how long the chain has run.

    Parameters
    ----------
    engine : str or Engine
        Name of the machine: ``"py-evm"``, ``"revm"``, or the address of a node: ``"http://127.0.0.1:8545"``;
        or an engine that runs already.
    genesis_timestamp : int
        Seconds since 1970 of block 0; by default 1 January 2020, UTC.
    chain_id : int
        What `chain.id` gives in a contract, and what transactions are signed for.
    block_gas_limit : int
        Gas; the same for all blocks.
    genesis_base_fee : int
        Wei per gas.
    unlimited_code : bool
        Let contracts have code and init code of any size. A real chain refuses code above 24,576 bytes
        (EIP-170) and init code above 49,152 (EIP-3860); this is for contracts compiled without
        optimisation. Nothing else changes, gas included.
    """

    def __init__(
        self,
        engine: str | Engine = "py-evm",
        *,
        genesis_timestamp: int = 1_577_836_800,
        chain_id: int = 1337,
        block_gas_limit: int = 36_000_000,
        genesis_base_fee: int = 0,
        unlimited_code: bool = False,
    ) -> None:
        self.engine_name = engine if isinstance(engine, str) else engine.machine[0]
        self.chain_id = chain_id
        self.block_gas_limit = block_gas_limit
        self._engine: Engine = (
            create_engine(
                engine,
                chain_id=chain_id,
                genesis_timestamp=genesis_timestamp,
                genesis_base_fee=genesis_base_fee,
                block_gas_limit=block_gas_limit,
                unlimited_code=unlimited_code,
            )
            if isinstance(engine, str)
            else engine
        )
        self._names: dict[str, str] = {}  # address -> name
        self._snapshots: list[object] = []
        self._abis: dict[int, tuple[object, ContractAbi]] = {}

    # Accounts

    def account(self, name: str) -> str:
        """Return the address of the funded account `name`; its private key is keccak-256 of the name."""
        address = address_of(name)
        if address not in self._names:
            self._names[address] = name
            self._engine.add_account(address, private_key_of(name))
        self._endow(address)
        return address

    @cached_property
    def default_caller(self) -> str:
        """The address that calls come from when they name no sender; it never signs and owns nothing."""
        return address_of("caller")

    def _endow(self, address: str) -> None:
        never_sent = address in self._names and self._engine.nonce(address) == 0
        if never_sent and self._engine.balance(address) < ENDOWMENT:
            self._engine.credit(address, ENDOWMENT)

    # Contracts

    def deploy(self, contract: Deployable, *args: Any, sender: str | None = None) -> Contract:
        """Create a contract in a block of its own, from the account "deployer" unless a sender is named.

        Raises
        ------
        TransactionReverted
            If the constructor refuses.
        """
        abi = self._abi(contract)
        if len(args) != len(abi.constructor):
            raise ChainError(
                f"{contract.name}: constructor takes ({','.join(abi.constructor)}), "
                f"found {len(args)} arguments"
            )
        arguments = encode_arguments(abi.constructor, args)
        return Contract(self, self._create(contract.init_code + arguments, sender), contract, abi)

    def deploy_blueprint(self, contract: Deployable, *, sender: str | None = None) -> str:
        """Store an ERC-5202 blueprint in a block of its own and return its address."""
        note_contract(contract)
        return self._create(contract.blueprint_init_code(), sender)

    def at(self, address: str, contract: Deployable) -> Contract:
        """Return a handle on a contract that exists already."""
        return Contract(self, address, contract, self._abi(contract))

    def _create(self, init_code: bytes, sender: str | None) -> str:
        creator = sender or self.account("deployer")
        receipt = self.send(Transaction(creator, None, init_code, gas=self.block_gas_limit))
        if receipt.contract_address is None:
            raise ChainError("the engine gave no address for a created contract")
        return receipt.contract_address

    def _abi(self, contract: Deployable) -> ContractAbi:
        note_contract(contract)
        entries = contract.abi
        kept, abi = self._abis.get(id(entries), (None, None))
        if abi is None or kept is not entries:
            abi = ContractAbi(entries)
            self._abis[id(entries)] = (entries, abi)  # keeping the entries keeps their id from reuse
        return abi

    # Transactions and blocks

    def call(self, transaction: Transaction) -> bytes:
        """Execute on the head state, in the head block's time, with gas enough for any view.

        Nothing of it stays. The sender needs neither key nor ether.

        Raises
        ------
        TransactionReverted
            If the contract refuses.
        """
        return self._engine.call(transaction)

    def send(self, transaction: Transaction) -> Receipt:
        """Mine one transaction in a block of its own, `BLOCK_INTERVAL` seconds after the last.

        Raises
        ------
        TransactionReverted
            If it fails. Its block stands all the same: gas is paid and the nonce is used.
        """
        receipt = self.mine([transaction]).receipts[0]
        if not receipt.success:
            raise TransactionReverted(receipt.revert_reason, receipt.revert_data)
        return receipt

    def mine(self, transactions: Sequence[Transaction] = (), *, timestamp: int | None = None) -> Block:
        """Seal one block with these transactions in this order; none makes an empty block.

        A transaction that reverts is in the block, and its receipt says so.

        Parameters
        ----------
        timestamp : int, optional
            Seconds since 1970, above the head's; default is `BLOCK_INTERVAL` after it.

        Raises
        ------
        ChainError
            If time does not rise, the block would pass its gas limit, or a sender has no key; nothing
            of the block remains then.
        """
        now = self.timestamp
        time = now + BLOCK_INTERVAL if timestamp is None else timestamp
        if time <= now:
            raise ChainError(f"block timestamp {time} is not above that of the head, {now}")
        for sender in dict.fromkeys(transaction.sender for transaction in transactions):
            self._endow(sender)
        return self._engine.mine(transactions, time)

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
            if (address is None or log.address == address) and _topics_match(log.topics, topics)
        ]

    @property
    def machine(self) -> tuple[str, str]:
        """Name and version of what executes, for records."""
        return self._engine.machine

    @property
    def counts_gas(self) -> bool:
        """Whether receipts tell the gas that a real chain would charge; else their gas is None."""
        return self._engine.counts_gas

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

    def balance(self, address: str) -> int:
        """Return the wei of an address."""
        return self._engine.balance(address)

    def nonce(self, address: str) -> int:
        """Return how many transactions an address has sent."""
        return self._engine.nonce(address)

    def storage_at(self, address: str, slot: int) -> int:
        """Return one storage word."""
        return self._engine.storage_at(address, slot)

    def code_at(self, address: str) -> bytes:
        """Return the code of an address; empty where there is no contract."""
        return self._engine.code_at(address)

    # Snapshots

    def snapshot(self) -> int:
        """Remember state, head, time and nonces; the number returned leads back to them."""
        self._snapshots.append(self._engine.snapshot())
        return len(self._snapshots) - 1

    def revert(self, snapshot: int) -> None:
        """Return to a snapshot. It can be used again; those taken after it are gone.

        Raises
        ------
        ChainError
            If there is no such snapshot.
        """
        if not 0 <= snapshot < len(self._snapshots):
            raise ChainError(f"no snapshot {snapshot}: never taken, or taken after one that was reverted to")
        self._engine.restore(self._snapshots[snapshot])
        del self._snapshots[snapshot + 1 :]

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Undo at the end whatever is done inside: state, blocks, time, nonces, snapshots."""
        taken = self.snapshot()
        try:
            yield
        finally:
            self.revert(taken)
            self._snapshots.pop()

    @cached_property
    def w3(self) -> Any:
        """A `web3.Web3` on the same chain, for tools that expect one; web3 is imported on first use."""
        return self._engine.web3()


def _logs_of(block: Block) -> Iterator[Log]:
    for receipt in block.receipts:
        yield from receipt.logs


def _topics_match(topics: tuple[bytes, ...], wanted: Sequence[bytes | Sequence[bytes] | None]) -> bool:
    if len(wanted) > len(topics):
        return False
    return all(
        choice is None or (topic == choice if isinstance(choice, bytes) else topic in choice)
        for topic, choice in zip(topics, wanted, strict=False)
    )
