"""A recorded list of transactions: what came before it, and equal segments that every side plays in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from isomargin.chain import Block, Chain, Transaction, address_of
from isomargin.contracts import compile_contract
from isomargin.protocol import System, deploy
from isomargin.units import WAD, to_wad
from tests.system_helpers import ANY_BUY, ANY_SALE, FOREVER, terms_of

__all__ = [
    "BLOCK_GAS_LIMIT",
    "SEGMENT",
    "RecordingChain",
    "Workload",
    "market",
    "six_slots",
    "stocked_market",
]

SEGMENT = 100
"""Transactions in a segment, and in a block where a side makes blocks of them."""

BLOCK_GAS_LIMIT = 200_000_000
"""Gas; room for the gas limits of a segment."""

_CREATION_GAS = 15_000_000  # enough for any contract here, and less than any chain's block
_UNIT = 10**6
_PURSE = 1_000_000 * _UNIT
_PRICES = (100 * WAD, to_wad("96.5"))  # in turn: each step liquidates one side of what was opened before
_PAIRS = 16  # longs, and shorts, opened in a segment
_TOUCHED = 17  # enlarged in a segment, and one more is topped up


@dataclass(frozen=True)
class Workload:
    """Transactions to play.

    Attributes
    ----------
    name : str
    accounts : tuple of str
        Names of all senders.
    prelude : tuple of (int, tuple of (Transaction, str or None))
        Blocks that lead to where the list begins: timestamp, transactions, and what each created.
    segments : tuple of tuple of Transaction
        Each is a whole life of the market, like the others, and succeeds from end to end.
    """

    name: str
    accounts: tuple[str, ...]
    prelude: tuple[tuple[int, tuple[tuple[Transaction, str | None], ...]], ...]
    segments: tuple[tuple[Transaction, ...], ...]

    def write(self, folder: Path) -> Path:
        """Write it for processes that have no isomargin."""
        contents = {
            "accounts": {address_of(name): name for name in self.accounts},
            "prelude": [
                [time, [[*_plain(transaction), created] for transaction, created in block]]
                for time, block in self.prelude
            ],
            "segments": [[_plain(transaction) for transaction in segment] for segment in self.segments],
        }
        path = folder / f"{self.name.replace(' ', '-')}.json"
        path.write_text(json.dumps(contents), encoding="utf-8")
        return path


def _plain(transaction: Transaction) -> list[Any]:
    return [transaction.sender, transaction.to, transaction.data.hex(), transaction.gas]


class RecordingChain(Chain):
    """A chain that remembers what it mined and who sent it."""

    def __init__(self, engine: str) -> None:
        super().__init__(engine, block_gas_limit=BLOCK_GAS_LIMIT)
        self.recorded: list[tuple[int, tuple[tuple[Transaction, str | None], ...]]] = []

    def mine(  # type: ignore[override]  # nothing comes here signed, nor with a base fee
        self, transactions: Sequence[Transaction] = (), *, timestamp: int | None = None
    ) -> Block:
        """Mine, and remember it."""
        block = super().mine(transactions, timestamp=timestamp)
        limited = [replace(each, gas=min(each.gas, _CREATION_GAS)) for each in transactions]
        created = [receipt.contract_address for receipt in block.receipts]
        self.recorded.append((block.timestamp, tuple(zip(limited, created, strict=True))))
        return block

    def workload(self, name: str, segments: Sequence[Sequence[Transaction]]) -> Workload:
        """What was mined so far as the prelude of a list."""
        return Workload(
            name=name,
            accounts=tuple(self._names.values()),
            prelude=tuple(self.recorded),
            segments=tuple(tuple(segment) for segment in segments),
        )


def market(engine: str, segments: int) -> Workload:
    """A deployed isomargin market whose people open, modify, close and are liquidated.

    Parameters
    ----------
    engine : str
        What the prelude is recorded on; addresses and calldata are the same on all.
    segments : int
        How many lots of `SEGMENT` transactions.
    """
    chain = RecordingChain(engine)
    system = _funded_market(chain)
    names = [f"trader {number}" for number in range(2 * _PAIRS)]
    traders = [chain.account(name) for name in names]
    chain.mine([step for trader in traders for step in system.fund(trader, _PURSE)])
    keeper = chain.account("keeper")
    lives = [_life(system, traders, keeper, number) for number in range(segments + 1)]
    assert {len(life) for life in lives[1:]} == {SEGMENT}
    chain.mine(lives[0])  # which has nobody to liquidate or close yet
    return chain.workload("market contract", lives[1:])


def stocked_market(engine: str, positions: int) -> System:
    """A market with so many open positions, ids from 1, all of them sound."""
    chain = Chain(engine, block_gas_limit=BLOCK_GAS_LIMIT)
    system = _funded_market(chain)
    holder = chain.account("holder")
    chain.mine(system.fund(holder, _PURSE))
    openings = [_opening(system, holder, number % 2 == 0, 25) for number in range(positions)]
    for start in range(0, positions, SEGMENT):
        block = chain.mine(openings[start : start + SEGMENT])
        assert all(receipt.success for receipt in block.receipts)
    return system


def six_slots(engine: str, segments: int) -> Workload:
    """The contract of six slots an opening, and ten people who open."""
    chain = RecordingChain(engine)
    contract = chain.deploy(compile_contract(Path(__file__).with_name("SixSlots.vy")))
    people = [chain.account(f"opener {number}") for number in range(10)]
    openings = [
        contract.transaction("open", number - 50, 10**6 + number, sender=people[number % 10], gas=300_000)
        for number in range(SEGMENT)
    ]
    return chain.workload("six slots", [openings] * segments)


def _funded_market(chain: Chain) -> System:
    system = deploy(chain, terms_of())
    provider = chain.account("lp")
    chain.mine(system.fund(provider, _PURSE))
    chain.mine([system.deposit(provider, _PURSE), system.mint(system.insurance_fund.address, 1_000 * _UNIT)])
    return system


def _life(system: System, traders: Sequence[str], keeper: str, number: int) -> list[Transaction]:
    """One segment: the price moves, one side of the last is liquidated, the other closes, all open anew."""
    longs, shorts = traders[:_PAIRS], traders[_PAIRS:]
    losers, winners = (longs, shorts) if number % 2 else (shorts, longs)
    before, first = 2 * _PAIRS * (number - 1), 2 * _PAIRS * number
    ids = {trader: place + 1 for place, trader in enumerate(traders)}
    life = [system.push_price(_PRICES[number % 2])]
    if number:
        life += [system.liquidate(keeper, before + ids[trader]) for trader in losers]
        limit = ANY_BUY if winners is shorts else ANY_SALE
        life += [system.close(trader, before + ids[trader], limit, FOREVER) for trader in winners]
    life += [_opening(system, trader, trader in longs, 5) for trader in traders]
    enlarged = traders[:_TOUCHED]
    for trader in enlarged:
        is_long = trader in longs
        limit = ANY_BUY if is_long else ANY_SALE
        life.append(system.increase(trader, first + ids[trader], WAD // 100, limit, FOREVER))
    return life + [
        system.add_margin(trader, first + ids[trader], 1_000) for trader in traders[: _TOUCHED + 1]
    ]


def _opening(system: System, trader: str, is_long: bool, margin: int) -> Transaction:
    size, limit = (WAD, ANY_BUY) if is_long else (-WAD, ANY_SALE)
    return system.open(trader, size * 11 // 10, margin * _UNIT, limit, FOREVER)
