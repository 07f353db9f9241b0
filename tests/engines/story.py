"""A walk of some thousand transactions on py-evm, written down so that it can be told on any engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from isomargin.chain import Block, Chain, Receipt, Transaction
from isomargin.errors import TransactionReverted
from isomargin.protocol import System
from tests.market_walk import MarketWalk
from tests.system_helpers import Stage

__all__ = ["Story", "outline", "tell", "views_of", "walk_until"]


class NotedChain(Chain):
    """A chain that keeps what it was asked to do."""

    def __init__(self, **terms: Any) -> None:
        self.names: list[str] = []
        self.asked: list[tuple[tuple[Transaction, ...], int]] = []
        super().__init__(**terms)

    def account(self, name: str) -> str:
        if name not in self.names:
            self.names.append(name)
        return super().account(name)

    def mine(  # type: ignore[override]  # nothing comes here signed, nor with a base fee
        self, transactions: Sequence[Transaction] = (), *, timestamp: int | None = None
    ) -> Block:
        block = super().mine(transactions, timestamp=timestamp)
        self.asked.append((tuple(transactions), block.timestamp))
        return block


@dataclass(frozen=True)
class Story:
    """What was asked for, what py-evm made of it, and where it wrote."""

    system: System
    names: Sequence[str]
    asked: Sequence[tuple[tuple[Transaction, ...], int]]
    blocks: Sequence[Block]
    words: dict[tuple[str, int], int]
    code: dict[str, bytes]
    views: Sequence[object]
    succeeded: int
    reasons: frozenset[str]


def walk_until(transactions: int, seed: int) -> Story:
    """Walk a market on until it has seen so many transactions."""
    chain = NotedChain()
    chain.trace()
    stage = Stage(chain=chain, full_every=0)
    walk = MarketWalk(stage, seed)
    while sum(len(asked) for asked, _ in chain.asked) < transactions:
        walk.step()
    assert stage.finish() == set()
    receipts = [receipt for block in blocks_of(chain) for receipt in block.receipts]
    words = {
        place: chain.storage_at(*place)
        for receipt in receipts
        for place in chain.transaction_trace(receipt.transaction_hash).storage
    }
    return Story(
        system=stage.system,
        names=chain.names,
        asked=chain.asked,
        blocks=blocks_of(chain),
        words=words,
        code={address: chain.code_at(address) for address, _ in words},
        views=views_of(stage.system, chain),
        succeeded=sum(receipt.success for receipt in receipts),
        reasons=frozenset(receipt.revert_reason for receipt in receipts if not receipt.success),
    )


def tell(story: Story, chain: Chain) -> list[Block]:
    """Ask another chain for the same."""
    for name in story.names:
        chain.account(name)
    return [chain.mine(transactions, timestamp=timestamp) for transactions, timestamp in story.asked]


def blocks_of(chain: Chain) -> list[Block]:
    return [chain.block(number) for number in range(1, chain.block_number + 1)]


def outline(receipt: Receipt, engine: str) -> Receipt:
    """A receipt without what an engine does not share: revm signs nothing and counts no gas."""
    return receipt if engine == "anvil" else replace(receipt, transaction_hash=b"", gas_used=None)


def views_of(system: System, chain: Chain) -> list[object]:
    """What everybody can ask a market: answers, and refusals with their data."""
    there: dict[str, Any] = {
        name: chain.at(known.address, known.compiled) for name, known in system.contracts.items()
    }
    elsewhere = replace(system, chain=chain, **there)
    return [
        *(elsewhere.position(number) for number in range(1, elsewhere.last_id() + 1)),
        elsewhere.market_state(),
        elsewhere.liquidatable(),
        *_refusals(elsewhere),
    ]


def _refusals(system: System) -> Iterator[tuple[str, bytes]]:
    for number in range(1, system.last_id() + 1):
        try:
            system.chain.call(system.liquidate(system.chain.default_caller, number))
            yield "", b""
        except TransactionReverted as refusal:
            yield refusal.reason, refusal.data
