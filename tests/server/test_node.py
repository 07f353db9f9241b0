"""The test node without a market: sending, sealing, going back, reorganising; on both engines."""

from __future__ import annotations

import pytest

from isomargin.chain import Transaction, address_of
from isomargin.errors import ChainError
from isomargin.server.node import TestNode
from isomargin.server.pool import Refused
from tests.server.wallets import ETHER, GAS, GWEI, Listening, Wallet, bare_node

ALICE, BOB = Wallet("alice"), Wallet("bob")
NOBODY = address_of("nobody")


@pytest.fixture(params=["py-evm", "revm"])
def node(request) -> TestNode:
    return bare_node(request.param, ALICE, BOB)


# Sending and sealing


def test_seal__a_transfer_waits__mines_it_and_tells_where_it_stands(node):
    sent = ALICE.sign(0, value=ETHER)
    assert node.submit(sent) == sent.hash
    assert (node.find(sent.hash).transaction, node.find(sent.hash).block) == (sent, None)
    assert node.receipt(sent.hash) is None
    block = node.seal()
    assert block.transactions == (sent,)
    found = node.find(sent.hash)
    assert (found.block, found.index) == (block, 0)
    mined, receipt = node.receipt(sent.hash)
    assert mined == block
    assert receipt.success
    assert receipt.transaction_hash == sent.hash
    assert node.chain.balance(NOBODY) == ETHER
    assert len(node.pool) == 0


def test_seal__fees__are_those_of_the_scenario_and_the_tip_of_the_sender(node):
    node.submit(ALICE.sign(0, tip=2 * GWEI))
    block = node.seal()
    assert block.base_fee == 29 * GWEI
    assert block.receipts[0].gas_price == 31 * GWEI
    paid = 100 * ETHER - node.chain.balance(ALICE.address)
    assert paid == (GAS * 31 * GWEI if node.chain.counts_gas else 0)


def test_seal__nothing_waits__makes_an_empty_block_at_the_clocks_time(node):
    before = node.chain.timestamp
    assert node.seal().timestamp == before + 12
    node.clock.increase(100)
    assert node.seal().timestamp == before + 124
    node.clock.choose(before + 500, node.chain.timestamp)
    assert node.seal().timestamp == before + 500
    assert node.seal().transactions == ()


def test_seal__a_time_that_does_not_rise__is_refused_and_changes_nothing(node):
    node.submit(ALICE.sign(0))
    height = node.chain.block_number
    with pytest.raises(ChainError, match="not above that of the newest block"):
        node.seal(node.chain.timestamp)
    assert node.chain.block_number == height
    assert len(node.pool) == 1


def test_seal__what_the_chain_does_not_take_after_all__is_dropped_and_the_rest_mined(node, monkeypatch):
    bad, good = ALICE.sign(0, value=1), BOB.sign(0, value=2)
    node.submit(bad)
    node.submit(good)
    node.chain.set_balance(ALICE.address, 0)  # behind the node's back
    block = node.seal()
    assert block.transactions == (good,)
    assert node.find(bad.hash) is None


def test_submit__automatic__mines_at_once_but_not_beyond_a_gap(node):
    node.is_automatic = True
    node.submit(ALICE.sign(1))
    assert node.chain.block_number == 0
    node.submit(ALICE.sign(0))
    assert node.chain.nonce(ALICE.address) == 2
    assert len(node.pool) == 0


def test_send__unlocked__signs_with_the_usual_fees(node):
    node.unlocked[ALICE.address] = ALICE.key
    signed = node.sign(Transaction(ALICE.address, NOBODY, gas=GAS))
    assert (signed.kind, signed.nonce) == (2, 0)
    assert (signed.max_priority_fee, signed.max_fee) == (GWEI, 2 * 29 * GWEI + GWEI)
    legacy = node.sign(Transaction(ALICE.address, NOBODY, gas=GAS, gas_price=77))
    assert (legacy.kind, legacy.max_fee) == (0, 77)


def test_sign__nobody_has_the_key__is_an_unknown_account_until_impersonated(node):
    orphan = Transaction(NOBODY, ALICE.address, value=1, gas=GAS)
    node.set_balance(NOBODY, ETHER)
    with pytest.raises(Refused, match="unknown account"):
        node.sign(orphan)
    node.impersonated.add(NOBODY)
    node.submit(node.sign(orphan))
    receipt = node.seal().receipts[0]
    assert (receipt.success, receipt.sender) == (True, NOBODY)


def test_held_back__a_sender__waits_until_it_is_let_go(node):
    node.submit(ALICE.sign(0))
    node.held_back = {ALICE.address}
    assert node.seal().transactions == ()
    node.held_back = set()
    assert len(node.seal().transactions) == 1


def test_logs__ranges_addresses_and_topics__agree_with_the_chain(node):
    assert node.logs(first=0, last=10**9) == node.chain.logs()


# Listening


def test_listeners__submit_and_seal__hear_of_both(node):
    ear = Listening()
    node.listeners.append(ear)
    sent = ALICE.sign(0)
    node.submit(sent)
    block = node.seal()
    assert (ear.pending, ear.blocks, ear.removed) == ([sent], [block], [])


def test_prepare__submits_for_the_block_in_the_making__is_in_it(node):
    times = []

    def prepare(timestamp: int) -> None:
        times.append(timestamp)
        if len(times) == 1:
            node.enqueue(BOB.sign(0))

    node.prepare = prepare
    block = node.seal()
    assert times == [block.timestamp]
    assert [sent.sender for sent in block.transactions] == [BOB.address]


# Going back


def test_revert__to_a_snapshot__forgets_blocks_and_nonces_once(node):
    ear = Listening()
    node.listeners.append(ear)
    snapshot = node.snapshot()
    sent = ALICE.sign(0, value=ETHER)
    node.submit(sent)
    mined = node.seal()
    assert node.revert(snapshot)
    assert (node.chain.block_number, node.chain.balance(NOBODY)) == (0, 0)
    assert node.find(sent.hash) is None
    assert node.block_by_hash(mined.hash) is None
    assert ear.removed == [mined]
    assert not node.revert(snapshot)
    node.submit(sent)  # its nonce is free again
    assert node.seal().transactions == (sent,)


@pytest.mark.parametrize("snapshot", [0, 2, -1])
def test_revert__no_such_snapshot__is_false(node, snapshot):
    node.snapshot()
    assert not node.revert(snapshot)


def test_reorganise__three_blocks__replaces_them_and_executes_the_transactions_again(node):
    ear = Listening()
    node.listeners.append(ear)
    node.seal()
    sent = []
    for nonce in range(3):
        sent.append(ALICE.sign(nonce, value=ETHER))
        node.submit(sent[-1])
        node.seal()
    old = [node.chain.block(number) for number in range(1, 5)]
    node.reorganise(3)
    new = [node.chain.block(number) for number in range(1, 5)]
    assert new[0] == old[0]
    assert all(one.hash != other.hash for one, other in zip(new[1:], old[1:], strict=True))
    assert [block.timestamp for block in new] == [block.timestamp for block in old]
    assert [len(block.transactions) for block in new] == [0, 0, 3, 0]
    assert ear.removed == old[:0:-1]
    assert node.chain.balance(NOBODY) == 3 * ETHER
    assert node.block_by_hash(old[3].hash) is None
    assert node.block_by_hash(new[3].hash) == new[3]
    assert node.find(sent[0].hash).block == new[2]


def test_reorganise__twice_at_the_same_place__gives_other_blocks_again(node):
    node.seal()
    hashes = {node.head.hash}
    for _ in range(3):
        node.reorganise(1)
        hashes.add(node.head.hash)
    assert len(hashes) == 4
    assert node.chain.block_number == 1


def test_reorganise__what_came_first_in_its_block__comes_first_at_the_same_place(node):
    urgent = [BOB.sign(nonce, tip=0) for nonce in range(2)]
    for one in urgent:
        node.submit(one, is_urgent=True)
        node.submit(ALICE.sign(one.nonce, tip=9 * GWEI))
        node.seal()
    node.reorganise(2)
    first, second = node.chain.block(1), node.chain.block(2)
    assert first.transactions == (urgent[0],)
    assert second.transactions[0] == urgent[1]
    assert [sent.sender for sent in second.transactions[1:]] == [ALICE.address] * 2


@pytest.mark.parametrize("depth", [0, -1, 3])
def test_reorganise__more_than_there_is__is_refused_and_changes_nothing(node, depth):
    node.seal()
    node.seal()
    head = node.head
    with pytest.raises(ChainError, match=f"cannot reorganise {depth} blocks: expected 1 to 2"):
        node.reorganise(depth)
    assert node.head == head


def test_reorganise__a_snapshot_of_a_block_that_is_gone__cannot_be_used(node):
    node.seal()
    snapshot = node.snapshot()
    node.reorganise(1)
    assert not node.revert(snapshot)
