"""Reads storage words of market and token through the compiler's layout: far quicker than views."""

from __future__ import annotations

from typing import Any

from eth_utils.crypto import keccak

from isomargin.chain import Contract

__all__ = ["balance_of", "manager_of", "position_state", "position_words", "running_sums"]

POSITION_WORDS = 3
HALF = 2**128


def position_words(market: Contract, position_id: int) -> list[int]:
    """The words of one position: size and cost, funding index and keeper reserve, owner."""
    first = entry_slot(slot_of(market, "positions", "slots"), position_id)
    return [market.chain.storage_at(market.address, first + word) for word in range(POSITION_WORDS)]


def position_state(market: Contract, position_id: int) -> tuple[int, int, int, int, int]:
    """Owner (as a number), size, cost, funding index and keeper reserve."""
    exposure, terms, owner = position_words(market, position_id)
    return owner, high(exposure), low(exposure), high(terms), terms % HALF


def manager_of(market: Contract, position_id: int) -> int:
    """Who may act for the owner of a position, as a number."""
    slot = entry_slot(slot_of(market, "positions", "managers"), position_id)
    return market.chain.storage_at(market.address, slot)


def running_sums(market: Contract) -> tuple[int, ...]:
    """Long and short open interest, sum of costs, newest id, funding basis, funding index, bad debt."""
    interest = word(market, "positions", "open_interest")
    ledger = word(market, "positions", "ledger")
    return (
        interest // HALF,
        interest % HALF,
        high(ledger),
        ledger % HALF,
        signed(word(market, "positions", "funding_basis"), 2**256),
        high(word(market, "funding", "word")),
        word(market, "settlement", "bad_debt"),
    )


def balance_of(token: Contract, account: str) -> int:
    """What an account holds, token units."""
    slot = entry_slot(slot_of(token, "erc20", "balanceOf"), int(account, 16))
    return token.chain.storage_at(token.address, slot)


def slot_of(contract: Contract, module: str, variable: str) -> int:
    compiled: Any = contract.compiled
    return int(compiled.storage_layout["storage_layout"][module][variable]["slot"])


def word(contract: Contract, module: str, variable: str) -> int:
    return contract.chain.storage_at(contract.address, slot_of(contract, module, variable))


def entry_slot(base: int, key: int) -> int:
    """Where Vyper keeps the entry of a mapping."""
    return int.from_bytes(keccak(base.to_bytes(32, "big") + key.to_bytes(32, "big")), "big")


def high(packed: int) -> int:
    return signed(packed // HALF, HALF)


def low(packed: int) -> int:
    return signed(packed % HALF, HALF)


def signed(number: int, modulus: int) -> int:
    return number - modulus if number >= modulus // 2 else number
