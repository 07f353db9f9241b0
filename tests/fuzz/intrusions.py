"""Calls that nobody but somebody else may make: every function of every contract, with arguments that fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from isomargin.chain import Contract
from isomargin.contracts import compile_contract
from isomargin.units import WAD
from tests.fuzz.arena import Arena

__all__ = ["OPEN_TO_EVERYONE", "attempt_intrusion", "closed_functions"]

OPEN_TO_EVERYONE = {
    "token": {"approve", "burn", "transfer"},
    "pool": {"approve", "deposit", "mint"},
    "market": {"add_margin", "deleverage", "liquidate", "liquidate_batch", "open"},
    "margin_calls": {"call_margin"},
    "oracle": {"entry_price", "forced_price", "watch"},
    "trigger_orders": {"execute", "execute_batch", "place_limit"},
    "risk_engine": {"observe"},
}
"""What may change the state and is meant for anybody, of themselves."""


def closed_functions(arena: Arena) -> list[tuple[str, Mapping[str, Any]]]:
    """Every other function that changes the state: the contract's name and the function's ABI."""
    vault = compile_contract(arena.sources.vault if arena.sources else "custody/PositionVault")
    abis = {name: contract.compiled.abi for name, contract in arena.system.contracts.items()}
    return [
        (name, entry)
        for name, abi in {**abis, "vault": vault.abi}.items()
        for entry in abi
        if entry["type"] == "function"
        and entry["stateMutability"] in ("nonpayable", "payable")
        and entry["name"] not in OPEN_TO_EVERYONE.get(name, ())
    ]


def attempt_intrusion(arena: Arena, seed: int) -> None:
    """Let the attacker, who owns no position and no share, call one of them; it must be refused."""
    rng = np.random.default_rng(seed)
    closed = closed_functions(arena)
    name, entry = closed[int(rng.integers(len(closed)))]
    last_id = arena.model.books.last_id
    if name == "vault" and last_id == 0:
        name, entry = closed[0]
    arguments = [_argument(parameter, arena, rng) for parameter in entry["inputs"]]
    contract = _contract(name, arena, int(rng.integers(1, last_id, endpoint=True)) if last_id else 0)
    transaction = contract.transaction(entry["name"], *arguments, sender=arena.attacker)
    arena.intrude(f"{name}.{entry['name']}{tuple(arguments)}", transaction)


def _contract(name: str, arena: Arena, position_id: int) -> Contract:
    if name != "vault":
        return arena.system.contracts[name]
    vault = arena.on_chain(f"vault {position_id}")
    return arena.chain.at(vault, compile_contract("custody/PositionVault"))


def _argument(parameter: Mapping[str, Any], arena: Arena, rng: np.random.Generator) -> Any:
    """A value of an ABI type; numbers are never zero, for moving nothing is open to everyone."""
    kind = parameter["type"]
    if kind.endswith("]"):
        element = {**parameter, "type": kind[: kind.rindex("[")]}
        return [_argument(element, arena, rng) for _ in range(int(rng.integers(1, 3)))]
    if kind == "tuple":
        return tuple(_argument(member, arena, rng) for member in parameter["components"])
    if kind == "address":
        contracts = [contract.address for contract in arena.system.contracts.values()]
        return str(rng.choice([arena.attacker, *arena.accounts, *contracts]))
    if kind == "bool":
        return bool(rng.integers(2))
    if kind == "string":
        return "anything"
    if kind.startswith("bytes"):
        return rng.bytes(int(kind.removeprefix("bytes") or 4))
    return _number(kind, arena, rng)


def _number(kind: str, arena: Arena, rng: np.random.Generator) -> int:
    """An id, an amount, a price, a moment or the largest there is."""
    bits = int(kind.removeprefix("u").removeprefix("int"))
    largest = 2 ** (bits - (not kind.startswith("u"))) - 1
    now = arena.chain.timestamp
    ids = max(1, arena.model.books.last_id)
    usual = [
        int(rng.integers(1, ids, endpoint=True)),
        1,
        arena.unit,
        arena.round.price,
        now,
        now + 600,
        WAD,
        largest,
    ]
    return max(1, min(largest, int(usual[rng.integers(len(usual))])))
