"""I21: 2,000 transactions of a market come to the same on every engine, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isomargin.chain import Chain
from tests.chain.anvil import DEFAULT_GENESIS, running_anvil
from tests.engines.story import Story, outline, tell, views_of, walk_until

pytestmark = pytest.mark.slow

TRANSACTIONS = 2_000


@pytest.fixture(scope="module")
def story() -> Story:
    return walk_until(TRANSACTIONS, seed=21)


@pytest.fixture(scope="module", params=["revm", "anvil"])
def engine(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def told(engine: str, story: Story) -> Iterator[Chain]:
    """Another chain that was asked for the same."""
    if engine == "anvil":
        with running_anvil(DEFAULT_GENESIS) as anvil:
            chain = Chain(anvil.url)
            tell(story, chain)
            yield chain
    else:
        chain = Chain(engine)
        tell(story, chain)
        yield chain


def test_story__of_a_walk__has_seen_much(story):
    assert sum(len(block.receipts) for block in story.blocks) >= TRANSACTIONS
    assert story.succeeded >= TRANSACTIONS // 2
    assert len(story.reasons) >= 8
    assert len(story.words) > 500


def test_receipts__of_the_same_transactions__agree(engine, story, told):
    """Events, outcomes, reasons and revert data; on anvil, which signs and counts, hashes and gas too."""
    for mine in story.blocks:
        theirs = told.block(mine.number)
        assert (theirs.timestamp, len(theirs.receipts)) == (mine.timestamp, len(mine.receipts))
        for one, other in zip(mine.receipts, theirs.receipts, strict=True):
            assert outline(other, engine) == outline(one, engine)


def test_gas__of_an_engine_that_counts__is_the_same_and_else_none(engine, story, told):
    theirs = [told.block(mine.number).gas_used for mine in story.blocks]
    assert theirs == [mine.gas_used if engine == "anvil" else None for mine in story.blocks]


def test_storage_and_code__wherever_the_walk_wrote__agree(story, told):
    assert {place: told.storage_at(*place) for place in story.words} == story.words
    assert {address: told.code_at(address) for address in story.code} == story.code


def test_views__answers_and_refusals__agree(story, told):
    assert views_of(story.system, told) == story.views


def test_revm__told_the_story_again__gives_the_same_hashes(engine, story, told):
    """I22 on the engine whose hashes are its own."""
    if engine != "revm":
        pytest.skip("py-evm's determinism is tested with its command, anvil's hashes are not ours")
    again = tell(story, Chain("revm"))
    assert [block.hash for block in again] == [told.block_hash(mine.number) for mine in story.blocks]
