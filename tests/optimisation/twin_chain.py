"""Two chains that are told the same: contracts as deployed on one, without optimisation on the other.

Whatever runs on a `TwinChain` runs on both, and everything that a contract can be seen to do is compared:
outcome, revert data, return data, logs, addresses, and the storage of every contract, whose root stands for
its every word. Only gas, code and what follows from them (ether, hashes, state roots) may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from eth_utils.address import to_canonical_address

from isomargin.chain import Block, Chain, Contract, Deployable, Receipt, Transaction
from isomargin.contracts import compile_contract
from isomargin.errors import TransactionReverted

__all__ = ["TwinChain"]


class TwinChain(Chain):
    """A chain with a shadow.

    Attributes
    ----------
    shadow : Chain
        The chain of the other level; it has each contract at the same address.
    level : str
        The optimisation of the contracts there.
    """

    def __init__(self, level: str = "none") -> None:
        super().__init__()
        self.level = level
        self.shadow = Chain(unlimited_code=True)
        self._codes: dict[bytes, bytes] = {}  # init code here -> init code there
        self._created: list[str] = []
        self._called: set[Transaction] = set()  # on this head

    def account(self, name: str) -> str:
        self.shadow.account(name)
        return super().account(name)

    # Contracts

    def deploy(self, contract: Deployable, *args: Any, sender: str | None = None) -> Contract:
        other = self._other(contract)
        self._codes[contract.init_code] = other.init_code
        return super().deploy(contract, *args, sender=sender)

    def deploy_blueprint(self, contract: Deployable, *, sender: str | None = None) -> str:
        other = self._other(contract)
        self._codes[contract.blueprint_init_code()] = other.blueprint_init_code()
        return super().deploy_blueprint(contract, sender=sender)

    def _other(self, contract: Any) -> Deployable:
        return compile_contract(contract.source, optimize=self.level, search_paths=contract.search_paths)

    # Execution

    def call(self, transaction: Transaction) -> bytes:  # type: ignore[override]  # only of the head
        self._called.add(transaction)
        here, there = outcome_of(super().call, transaction), outcome_of(self.shadow.call, transaction)
        assert here == there, f"{transaction}: {here} and, at {self.level}, {there}"
        if not here.success:
            raise TransactionReverted(here.reason, here.data)
        return here.data

    def mine(  # type: ignore[override]  # nothing comes here signed, nor with a base fee
        self, transactions: Sequence[Transaction] = (), *, timestamp: int | None = None
    ) -> Block:
        for transaction in transactions:
            if transaction.to is not None and transaction not in self._called:
                outcome_of(self.call, transaction)  # compares what is returned, which a receipt does not hold
        self._called.clear()
        here = super().mine(transactions, timestamp=timestamp)
        there = self.shadow.mine([self._there(one) for one in transactions], timestamp=timestamp)
        for transaction, mine, theirs in zip(transactions, here.receipts, there.receipts, strict=True):
            assert seen(mine) == seen(theirs), f"{transaction}: not the same at {self.level}"
            if mine.success and mine.contract_address:
                self._created.append(mine.contract_address)
        assert here.timestamp == there.timestamp
        return here

    def compare_storage(self, context: object) -> None:
        """Compare every word of every contract that a transaction created."""
        assert self._storage_roots(self) == self._storage_roots(self.shadow), context

    def _there(self, transaction: Transaction) -> Transaction:
        """The same transaction for the other level: it creates that level's code, and has gas enough."""
        data = transaction.data
        if transaction.to is None:
            (code,) = [code for code in self._codes if data.startswith(code)]
            data = self._codes[code] + data[len(code) :]
        return replace(transaction, data=data, gas=min(2 * transaction.gas, self.block_gas_limit))

    def _storage_roots(self, chain: Chain) -> dict[str, bytes]:
        """The root of each contract's storage, which no view of the engine gives."""
        engine: Any = chain._engine
        accounts = engine._head_vm().state._account_db
        return {
            address: bytes(accounts._get_account(to_canonical_address(address)).storage_root)
            for address in self._created
        }

    # Time

    def snapshot(self) -> int:
        taken = super().snapshot()
        assert taken == self.shadow.snapshot()
        return taken

    def revert(self, snapshot: int) -> None:
        self._called.clear()
        self.shadow.revert(snapshot)
        super().revert(snapshot)


class Outcome(NamedTuple):
    """What came of a call: the bytes returned, or the refusal with its reason and data."""

    success: bool
    data: bytes
    reason: str = ""


def outcome_of(call: Callable[[Transaction], bytes], transaction: Transaction) -> Outcome:
    try:
        return Outcome(True, call(transaction))
    except TransactionReverted as refusal:
        return Outcome(False, refusal.data, refusal.reason)


def seen(receipt: Receipt) -> Receipt:
    """What does not depend on gas."""
    return replace(receipt, transaction_hash=b"", gas_used=0, gas_price=0)
