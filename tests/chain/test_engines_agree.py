"""One market, one story, two engines: the same events, refusals, answers and words of storage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from isomargin.chain import Block, Chain, Log, Receipt, Transaction
from isomargin.errors import TransactionReverted
from isomargin.protocol import System, deploy
from isomargin.units import WAD, to_wad
from tests.system_helpers import ANY_BUY, ANY_SALE, FOREVER, terms_of

UNIT = 10**6
PEOPLE = ("bull", "bear", "gambler")


class Story:
    """A short life of a market: from its deployment over openings and a fall to liquidations."""

    def __init__(self, engine: str) -> None:
        self.chain = Chain(engine)
        if self.chain.keeps_traces:
            self.chain.trace()
        self.system: System = deploy(self.chain, terms_of())
        self.answers: list[object] = []
        self._fund()
        self._open()
        self._fall()

    def _fund(self) -> None:
        system, lp = self.system, self.chain.account("lp")
        self.chain.mine(system.fund(lp, 1_000_000 * UNIT))
        self.chain.mine([system.deposit(lp, 1_000_000 * UNIT)])
        self.chain.mine([step for name in PEOPLE for step in system.fund(self.person(name), 10_000 * UNIT)])

    def _open(self) -> None:
        system = self.system
        bull, bear, gambler = map(self.person, PEOPLE)
        self.chain.mine(
            [
                system.open(bull, 20 * WAD, 500 * UNIT, ANY_BUY, FOREVER),
                system.open(bear, -10 * WAD, 400 * UNIT, ANY_SALE, FOREVER),
                system.open(gambler, 30 * WAD, 150 * UNIT, ANY_BUY, FOREVER),
                system.open(gambler, 30 * WAD, 10 * UNIT, ANY_BUY, FOREVER),  # too little margin
                system.open(bear, WAD, 400 * UNIT, ANY_BUY, 1),  # too late
                system.add_margin(bull, 1, 7 * UNIT),
                replace(system.add_margin(bull, 1, 7 * UNIT), gas=23_000),  # too little gas
            ]
        )

    def _fall(self) -> None:
        system, keeper = self.system, self.chain.account("keeper")
        for price in ("98", "96.5", "95.9"):
            self.chain.mine([system.push_price(to_wad(price))], timestamp=self.chain.timestamp + 3_600)
            found = system.liquidatable()
            self.answers += [found, system.positions([1, 2, 3]), system.market_state()]
            self.chain.mine([system.liquidate_batch(keeper, found or [1])])
        self.answers += [self._refusal(system.add_margin(self.person("bear"), 99, 1))]

    def person(self, name: str) -> str:
        return self.chain.account(name)

    def _refusal(self, transaction: Transaction) -> tuple[str, bytes]:
        with pytest.raises(TransactionReverted) as caught:
            self.chain.call(transaction)
        return caught.value.reason, caught.value.data

    def blocks(self) -> Iterator[Block]:
        return map(self.chain.block, range(self.chain.block_number + 1))

    def receipts(self) -> list[Receipt]:
        return [receipt for block in self.blocks() for receipt in block.receipts]


@pytest.fixture(scope="module")
def stories() -> tuple[Story, Story]:
    return Story("py-evm"), Story("revm")


def outcome(receipt: Receipt) -> Receipt:
    """A receipt less what only one engine can tell."""
    return replace(receipt, gas_used=None, transaction_hash=b"")


def test_story__on_both_engines__has_openings_refusals_and_liquidations(stories):
    for story in stories:
        names = [item.event.name for item in story.system.events(story.chain.logs())]
        assert {"PositionOpened", "PositionLiquidated"} <= set(names), set(names)
        assert {"out of gas", ""} < {receipt.revert_reason for receipt in story.receipts()}


def test_receipts__of_both_engines__differ_in_gas_and_hash_alone(stories):
    theirs, ours = ([outcome(receipt) for receipt in story.receipts()] for story in stories)
    assert ours == theirs
    assert sum(len(receipt.logs) for receipt in ours) > 50


def test_logs__of_both_engines__are_the_same(stories):
    theirs, ours = (story.chain.logs() for story in stories)
    assert ours == theirs
    assert all(isinstance(log, Log) for log in ours)


def test_answers__of_both_engines__are_the_same(stories):
    theirs, ours = (story.answers for story in stories)
    assert ours == theirs
    assert [3] in ours  # the gambler's position could be liquidated


def test_storage__every_word_that_was_written__is_the_same(stories):
    theirs, ours = stories
    written = {
        place
        for receipt in theirs.receipts()
        for place in theirs.chain.transaction_trace(receipt.transaction_hash).storage
    }
    market = theirs.system.market.address
    assert sum(contract == market for contract, _ in written) > 20
    for contract, slot in written:
        assert ours.chain.storage_at(contract, slot) == theirs.chain.storage_at(contract, slot)


def test_accounts__of_both_engines__have_the_same_code_and_nonces(stories):
    theirs, ours = (story.chain for story in stories)
    created = [r.contract_address for r in stories[0].receipts() if r.contract_address is not None]
    vaults = {log.address for log in theirs.logs()} - set(created)
    people = [theirs.account(name) for name in (*PEOPLE, "lp", "keeper", "deployer", "oracle")]
    for account in (*created, *vaults, *people):
        assert ours.code_at(account) == theirs.code_at(account)
        assert ours.nonce(account) == theirs.nonce(account)
