"""Drives a contract through its whole ABI with drawn arguments: sensible ones, edges, and wrong people's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from isomargin.chain import Contract
from isomargin.errors import TransactionReverted
from isomargin.units import WAD
from tests.optimisation.situation import Call, Subject
from tests.optimisation.twin_chain import TwinChain

__all__ = ["Driver", "functions_of"]

FOREVER = 2**63
ROUNDS = 4  # calls of each function with drawn arguments; a sensible one, where it is named, comes first
MOST_ITEMS = 4
AMOUNTS = (
    0, 1, 2, 3, 7, 1_000, 10**6, 10**8, 10**15, WAD // 100, WAD // 2, WAD, 3 * WAD, 100 * WAD, 20_000 * WAD,
    10**40,
)  # fmt: skip
TEXTS = ("", "a", "USD")


def functions_of(contract: Contract) -> list[Mapping[str, Any]]:
    """The ABI's functions. One with default arguments is there once for each number of arguments."""
    compiled: Any = contract.compiled
    return [entry for entry in compiled.abi if entry["type"] == "function"]


def views_of(contract: Contract) -> set[str]:
    return {entry["name"] for entry in functions_of(contract) if entry["stateMutability"] in ("view", "pure")}


class Driver:
    """Draws calls for contracts on one chain.

    Parameters
    ----------
    people : sequence of str
        Who sends; the addresses of contracts may only call.
    """

    def __init__(self, chain: TwinChain, people: Sequence[str], contracts: Sequence[str], seed: int) -> None:
        self.chain, self.people, self.contracts = chain, people, contracts
        self.rng = np.random.default_rng(seed)

    def drive(self, subject: Subject) -> Iterator[tuple[str, bool]]:
        """Call every function of the ABI; say of each, with its argument count, whether it ever succeeded."""
        contract = subject.contract
        for entry in functions_of(contract):
            name, count = entry["name"], len(entry["inputs"])
            before, height = self.chain.snapshot(), self.chain.block_number
            drawn = [Call(self.sender(), name, self.arguments(entry)) for _ in range(ROUNDS)]
            calls = [*subject.sensible.get(name, ()), *drawn]
            succeeded = [call for call in calls if self.succeeds(contract, call)]
            yield f"{name}/{count}", any((one.function, len(one.args)) == (name, count) for one in succeeded)
            if self.chain.block_number > height:
                self.chain.compare_storage(calls)
                self.chain.revert(before)

    def succeeds(self, contract: Contract, call: Call) -> bool:
        """Call, and mine what would succeed and may change something, if the sender can sign."""
        transaction = contract.transaction(call.function, *call.args, sender=call.sender)
        try:
            self.chain.call(transaction)
        except TransactionReverted:
            return False
        if call.sender in self.people and call.function not in views_of(contract):
            self.chain.send(transaction)
        return True

    # Drawing

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def sender(self) -> str:
        return str(self.pick([*self.people, *self.people, *self.contracts]))

    def arguments(self, entry: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(self.value(parameter) for parameter in entry["inputs"])

    def value(self, parameter: Mapping[str, Any]) -> Any:
        kind = parameter["type"]
        if kind.endswith("]"):
            inner, _, length = kind[:-1].rpartition("[")
            count = int(length) if length else int(self.rng.integers(0, MOST_ITEMS))
            return [self.value({**parameter, "type": inner}) for _ in range(count)]
        if kind == "tuple":
            return tuple(self.value(member) for member in parameter["components"])
        if kind == "address":
            return self.pick([*self.people, *self.contracts, "0x" + "00" * 20])
        if kind == "bool":
            return bool(self.rng.random() < 0.5)
        if kind == "string":
            return self.pick(TEXTS)
        if kind.startswith("bytes"):
            return self.rng.bytes(int(kind.removeprefix("bytes") or 7))
        return self.number(kind)

    def number(self, kind: str) -> int:
        bits = int(kind.lstrip("uint"))
        signed = not kind.startswith("u")
        largest = 2 ** (bits - signed) - 1
        numbers = [
            *AMOUNTS,
            self.chain.timestamp,
            self.chain.timestamp + 3_600,
            FOREVER,
            largest // 2,
            largest,
        ]
        number = int(self.pick(numbers[:8] if self.rng.random() < 0.4 else numbers)) % (largest + 1)
        return -number if signed and self.rng.random() < 0.5 else number
