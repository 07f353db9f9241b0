"""A contract at its address: Python values become transactions, return data and logs become Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from isomargin.chain.abi import AbiFunction, ContractAbi
from isomargin.chain.types import DEFAULT_GAS, Event, Log, Receipt, Transaction
from isomargin.errors import ChainError

if TYPE_CHECKING:
    from isomargin.chain.chain import Chain

__all__ = ["Contract", "Deployable", "View"]


class Deployable(Protocol):
    """What the chain needs to know of a compiled contract."""

    @property
    def name(self) -> str:
        """Name, for messages."""

    @property
    def abi(self) -> Sequence[Mapping[str, Any]]:
        """The ABI as JSON gives it."""

    @property
    def init_code(self) -> bytes:
        """Creation code, without constructor arguments."""

    def blueprint_init_code(self) -> bytes:
        """Creation code of the ERC-5202 blueprint."""


class View(NamedTuple):
    """A call that is to be executed on the head state, and how to read what it returns."""

    contract: Contract
    function: AbiFunction
    transaction: Transaction

    def answer(self, data: bytes) -> Any:
        """Decode what the call returned, as `Contract.call` does."""
        contract, function = self.contract, self.function
        if not data and function.outputs and not contract.chain.code_at(contract.address):
            raise ChainError(f"{contract.compiled.name}.{function.name}: no contract at {contract.address}")
        return function.decode(data)


@dataclass(frozen=True)
class Contract:
    """A handle on a deployed contract.

    Attributes
    ----------
    chain : Chain
        The chain that it lives on.
    address : str
        Checksummed.
    compiled : Deployable
        What was compiled.
    abi : ContractAbi
        Its functions and events.
    """

    chain: Chain = field(repr=False)
    address: str
    compiled: Deployable = field(repr=False)
    abi: ContractAbi = field(repr=False)

    def call(self, function: str, *args: Any, sender: str | None = None) -> Any:
        """Execute a function on the head state and return what it returns, decoded.

        Structs and arrays come as plain tuples, addresses checksummed, several values as one tuple.

        Raises
        ------
        TransactionReverted
            If the contract refuses.
        ChainError
            If there is no such function, an argument does not fit, or nothing lives at the address.
        """
        view = self.view(function, *args, sender=sender)
        return view.answer(self.chain.call(view.transaction))

    def view(self, function: str, *args: Any, sender: str | None = None) -> View:
        """Write the call of a function, to be asked together with others: see `Chain.read`."""
        entry = self.abi.function(function, len(args))
        transaction = Transaction(sender or self.chain.default_caller, self.address, entry.encode(args))
        return View(self, entry, transaction)

    def transaction(
        self,
        function: str,
        *args: Any,
        sender: str,
        gas: int = DEFAULT_GAS,
        value: int = 0,
        gas_price: int | None = None,
    ) -> Transaction:
        """Write the transaction that calls a function, to be mined or sent later."""
        data = self.abi.function(function, len(args)).encode(args)
        return Transaction(sender, self.address, data, value, gas, gas_price)

    def transact(
        self,
        function: str,
        *args: Any,
        sender: str,
        gas: int = DEFAULT_GAS,
        value: int = 0,
        gas_price: int | None = None,
    ) -> Receipt:
        """Call a function by a transaction in a block of its own.

        Raises
        ------
        TransactionReverted
            If the contract refuses; the block stands, as with `Chain.send`.
        """
        return self.chain.send(
            self.transaction(function, *args, sender=sender, gas=gas, value=value, gas_price=gas_price)
        )

    def events(self, logs: Iterable[Log]) -> list[Event]:
        """Decode those logs that this contract wrote and its ABI knows, in their order."""
        decoded = []
        for log in logs:
            if log.address == self.address and (entry := self.abi.event(log)):
                decoded.append(entry.decode(log))
        return decoded
