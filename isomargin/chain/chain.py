"""The only door to an EVM: named accounts, contracts, blocks, logs, time and snapshots over one engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from isomargin.chain.abi import ContractAbi, encode_arguments
from isomargin.chain.accounts import address_of, canonical_address, checksum_address, private_key_of
from isomargin.chain.contract import Contract, Deployable
from isomargin.chain.engine import Engine, create_engine
from isomargin.chain.intrinsic import intrinsic_gas
from isomargin.chain.metering import active_meter
from isomargin.chain.played import Gift, History
from isomargin.chain.recording import note_contract
from isomargin.chain.rehearsing import BLOCK_INTERVAL, Rehearsals
from isomargin.chain.types import Block, Receipt, SignedTransaction, Transaction
from isomargin.errors import ChainError, TransactionReverted

__all__ = ["BLOCK_INTERVAL", "ENDOWMENT", "Chain"]

ENDOWMENT = 10**27
"""Wei that a named account starts with: more than any run can burn as gas."""


_INIT_CODE_LIMIT = 49_152  # bytes, EIP-3860


class Chain(Rehearsals):
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
    signs : bool
        Let every transaction be really signed, also on an engine that need not, and keep the transactions
        with their blocks.

    Attributes
    ----------
    init_code_limit : int or None
        Bytes that the init code of a transaction may have; None where it may have any number.
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
        signs: bool = False,
    ) -> None:
        self.engine_name = engine if isinstance(engine, str) else engine.machine[0]
        self.chain_id = chain_id
        self.block_gas_limit = block_gas_limit
        self.init_code_limit = None if unlimited_code else _INIT_CODE_LIMIT
        self._engine: Engine = (
            create_engine(
                engine,
                chain_id=chain_id,
                genesis_timestamp=genesis_timestamp,
                genesis_base_fee=genesis_base_fee,
                block_gas_limit=block_gas_limit,
                unlimited_code=unlimited_code,
                signs=signs,
            )
            if isinstance(engine, str)
            else engine
        )
        self._names: dict[str, str] = {}  # address -> name
        self._fixed: set[str] = set()  # addresses that own what `set_balance` gave them
        self._snapshots: dict[int, tuple[object, int, set[str], int]] = {}  # with gifts, `_fixed`, head then
        self._snapshots_taken = 0
        self._gifts: list[Gift] = []
        self._keeps_history, self._has_unlimited_code = signs, unlimited_code
        self._is_pruned = False
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

    def key_of(self, address: str) -> bytes | None:
        """Return the private key of a named account; None for any other address."""
        name = self._names.get(address)
        return None if name is None else private_key_of(name)

    def name_of(self, address: str) -> str | None:
        """Return the name of a named account; None for any other address."""
        return self._names.get(address)

    def set_balance(self, address: str, wei: int) -> None:
        """Let an address own just that much; seen at once, sealed by the next block, never endowed again.

        Raises
        ------
        ChainError
            If it is no amount of wei, or no address.
        """
        if not 0 <= wei < 2**256:
            raise ChainError(f"balance {wei} is not from 0 to 2**256 - 1")
        owner = checksum_address(canonical_address(address))
        self._engine.set_balance(owner, wei)
        self._fixed.add(owner)
        self._note_gift(owner)

    def _endow(self, address: str) -> None:
        if address in self._fixed:
            return
        never_sent = address in self._names and self._engine.nonce(address) == 0
        if never_sent and (owned := self._engine.balance(address)) < ENDOWMENT:
            self._engine.set_balance(address, owned + ENDOWMENT)
            self._note_gift(address)

    def _note_gift(self, address: str) -> None:
        if self._keeps_history and not self._is_pruned:
            self._gifts.append(Gift(self.block_number + 1, address, self._engine.balance(address)))

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
        return self._handle(self._create(contract.init_code + arguments, sender), contract, abi)

    def deploy_blueprint(self, contract: Deployable, *, sender: str | None = None) -> str:
        """Store an ERC-5202 blueprint in a block of its own and return its address."""
        note_contract(contract)
        return self._create(contract.blueprint_init_code(), sender)

    def at(self, address: str, contract: Deployable) -> Contract:
        """Return a handle on a contract that exists already."""
        return self._handle(address, contract, self._abi(contract))

    def _handle(self, address: str, contract: Deployable, abi: ContractAbi) -> Contract:
        if (meter := active_meter()) is not None:
            meter.note_contract(self, address, contract.name, abi)
        return Contract(self, address, contract, abi)

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

    def mine(
        self,
        transactions: Sequence[Transaction | SignedTransaction] = (),
        *,
        timestamp: int | None = None,
        base_fee: int | None = None,
        extra_data: bytes = b"",
    ) -> Block:
        """Seal one block with these transactions in this order; none makes an empty block.

        A transaction that reverts is in the block, and its receipt says so. One that is signed already is
        executed as it is, and its sender is not endowed.

        Parameters
        ----------
        timestamp : int, optional
            Seconds since 1970, above the head's; default is `BLOCK_INTERVAL` after it.
        base_fee : int, optional
            Wei per gas; default is `next_base_fee`.
        extra_data : bytes
            At most 32 bytes that the header carries.

        Raises
        ------
        ChainError
            If time does not rise, the block would pass its gas limit, a sender has no key, or a transaction
            cannot begin; nothing of the block remains then.
        """
        time = self._next_time(timestamp)
        fee = self._engine.next_base_fee() if base_fee is None else base_fee
        if fee < 0 or len(extra_data) > 32:
            raise ChainError(f"base fee {fee} is below zero, or extra data longer than 32 bytes")
        for transaction in transactions:
            if isinstance(transaction, SignedTransaction):
                self._require_fit(transaction, fee)
        for sender in dict.fromkeys(each.sender for each in transactions if isinstance(each, Transaction)):
            self._endow(sender)
        block = self._engine.mine(transactions, time, base_fee=base_fee, extra_data=extra_data)
        if (meter := active_meter()) is not None:
            meter.note_block(self, transactions, block)
        return block

    def _require_fit(self, transaction: SignedTransaction, base_fee: int) -> None:
        """Refuse what no state and no balance could help to begin."""
        fault, limit, size = "", self.init_code_limit, len(transaction.data)
        if transaction.chain_id not in (None, self.chain_id):
            fault = f"invalid chain id for signer: have {transaction.chain_id} want {self.chain_id}"
        elif transaction.max_fee < base_fee:
            fault = f"max fee per gas {transaction.max_fee} less than block base fee {base_fee}"
        elif transaction.max_priority_fee > transaction.max_fee:
            fault = f"max priority fee per gas {transaction.max_priority_fee} higher than max fee per gas"
        elif transaction.gas < (least := intrinsic_gas(transaction)):
            fault = f"intrinsic gas too low: have {transaction.gas}, want {least}"
        elif transaction.to is None and limit is not None and size > limit:
            fault = f"max initcode size exceeded: code size {size}, limit {limit}"
        if fault:
            raise ChainError(f"block {self.block_number + 1} refused: {fault}")

    def next_base_fee(self) -> int:
        """Return the wei per gas that the next block has if nobody chooses: EIP-1559 of the head."""
        return self._engine.next_base_fee()

    # Snapshots

    def snapshot(self) -> int:
        """Remember state, head, time and nonces; the number returned leads back to them."""
        number = self._snapshots_taken
        head = self.block_number
        self._snapshots[number] = (self._engine.snapshot(), len(self._gifts), set(self._fixed), head)
        self._snapshots_taken += 1
        return number

    def revert(self, snapshot: int) -> None:
        """Return to a snapshot. It can be used again; those taken after it are gone.

        Raises
        ------
        ChainError
            If there is no such snapshot.
        """
        if snapshot not in self._snapshots:
            raise ChainError(f"no snapshot {snapshot}: never taken, or taken after one that was reverted to")
        token, gifts, fixed, _ = self._snapshots[snapshot]
        self._engine.restore(token)
        self._fixed = set(fixed)
        self._forget_after(snapshot)
        del self._gifts[gifts:]

    def _forget_after(self, snapshot: int) -> None:
        for later in [number for number in self._snapshots if number > snapshot]:
            del self._snapshots[later]
        self._snapshots_taken = snapshot + 1

    def keep_snapshots(self, kept: Collection[int]) -> None:
        """Forget all snapshots but these, and what it takes to come back to them."""
        self._snapshots = {number: taken for number, taken in self._snapshots.items() if number in kept}

    def prune(self, first: int) -> None:
        """Forget what is old: of blocks before `first` headers and receipts with logs are kept, no state.

        Logs can be asked for as before. Snapshots from before `first` are gone, and so is `history`.

        Raises
        ------
        ChainError
            If the disk, where headers and logs go, takes no more.
        """
        if first <= 0:
            return
        kept = {number for number, taken in self._snapshots.items() if taken[3] >= first}
        self.keep_snapshots(kept)
        self._engine.prune(first)
        self._is_pruned = True
        self._gifts.clear()

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Undo at the end whatever is done inside: state, blocks, time, nonces, snapshots."""
        taken = self.snapshot()
        try:
            yield
        finally:
            self.revert(taken)
            self._forget_after(taken - 1)

    def history(self) -> History:
        """Return all that it takes to play the chain again.

        Raises
        ------
        ChainError
            If it does not keep its transactions, as one that signs does.
        """
        if not self._keeps_history:
            raise ChainError("this chain keeps no transactions, Chain(signs=True) does")
        if self._is_pruned:
            raise ChainError("this chain has forgotten its oldest transactions")
        blocks = tuple(self.block(number) for number in range(self.block_number + 1))
        return History(
            self.chain_id, self.block_gas_limit, self._has_unlimited_code, blocks, tuple(self._gifts)
        )

    @cached_property
    def w3(self) -> Any:
        """A `web3.Web3` on the same chain, for tools that expect one; web3 is imported on first use."""
        return self._engine.web3()
