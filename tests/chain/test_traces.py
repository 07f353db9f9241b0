"""Traces: which words of storage a transaction changed, and which frames it ran."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Frame, Transaction
from isomargin.contracts import compile_contract
from isomargin.errors import ChainError
from isomargin.protocol import System, deploy
from tests.system_helpers import terms_of


@pytest.fixture
def engine() -> str:
    """These are about the default engine alone."""
    return "py-evm"


@pytest.fixture
def system(chain: Chain) -> System:
    return deploy(chain, terms_of())


def test_transaction_trace__token_moves__names_the_two_balances_that_changed(system):
    chain, token = system.chain, system.token
    payer = chain.account("payer")
    token.transact("mint", payer, 50, sender=system.admin)
    chain.trace()
    receipt = token.transact("transfer", chain.account("payee"), 20, sender=payer)
    trace = chain.transaction_trace(receipt.transaction_hash)
    assert {contract for contract, _ in trace.storage} == {token.address}
    assert sorted(trace.storage.values()) == [(0, 20), (50, 30)]
    for (contract, slot), (_, after) in trace.storage.items():
        assert chain.storage_at(contract, slot) == after
    assert trace.frames == (Frame(token.address, 0, False, True),)


def test_transaction_trace__transaction_fails__changed_nothing(system):
    chain = system.chain
    chain.trace()
    poor = chain.account("poor")
    block = chain.mine([system.token.transaction("transfer", system.admin, 1, sender=poor)])
    trace = chain.transaction_trace(block.receipts[0].transaction_hash)
    assert trace.storage == {}
    assert [frame.success for frame in trace.frames] == [False]


def test_transaction_trace__word_written_and_put_back__did_not_change(chain):
    probe = chain.deploy(compile_contract("testing/Token"), "Token", "T", 6)
    trader = chain.account("trader")
    probe.transact("mint", trader, 5, sender=chain.account("deployer"))
    chain.trace()
    receipt = probe.transact("transfer", trader, 5, sender=trader)
    assert chain.transaction_trace(receipt.transaction_hash).storage == {}


def test_transaction_trace__calls_of_calls__are_frames_with_their_depth(system):
    chain = system.chain
    chain.trace()
    receipt = system.risk_engine.transact("observe", sender=chain.account("anyone"))
    engine, oracle, feed = system.risk_engine.address, system.oracle.address, system.feed.address
    frames = chain.transaction_trace(receipt.transaction_hash).frames
    assert [(frame.address, frame.depth) for frame in frames][:3] == [(engine, 0), (oracle, 1), (feed, 2)]
    assert [frame.is_static for frame in frames][:3] == [False, True, True]


def test_trace__asked_twice__changes_no_result():
    hashes = []
    for traced in (False, True):
        chain = Chain()
        if traced:
            chain.trace()
            chain.trace()
        deploy(chain, terms_of())
        hashes.append(chain.block_hash(chain.block_number))
    assert hashes[0] == hashes[1]


def test_transaction_trace__mined_before_traces_were_kept__is_refused(chain):
    receipt = chain.mine([chain_transfer(chain)]).receipts[0]
    chain.trace()
    with pytest.raises(ChainError, match=r"^no trace of transaction 0x"):
        chain.transaction_trace(receipt.transaction_hash)


def chain_transfer(chain: Chain) -> Transaction:
    return Transaction(chain.account("trader"), chain.account("payee"), value=1)
