"""Nonces, replacement and what is found again after a kill, on a node that does as it is told."""

from __future__ import annotations

import pytest

from isomargin.agents import LiquidateBatch
from isomargin.bot.fees import Fees
from isomargin.bot.wallet import Place, Underpriced
from isomargin.chain import Transaction, address_of
from isomargin.chain.node_rpc import NodeRefusal
from isomargin.errors import ChainError
from tests.bot.scripted import BOT, ScriptedNode, scripted_wallet

CHEAP, DEAR = Fees(100, 10), Fees(1_000, 100)


def batch(*ids):
    return LiquidateBatch(ids)


def written(data=b"\1"):
    return Transaction(address_of(BOT), address_of("market"), data, gas=100_000)


def send(wallet, place, *ids, fees=CHEAP, block=1):
    return wallet.send(place, written(bytes(ids)), batch(*ids), fees, block)


def receipt_of(outcome):
    assert outcome.receipt is not None
    return outcome.receipt


def only_place(wallet, block):
    [place] = wallet.places(block)
    return place


# One life


def test_places__nothing_sent__is_the_next_nonce_of_the_chain():
    wallet = scripted_wallet(ScriptedNode(nonce=7))
    wallet.look(1)
    assert wallet.places(1) == [Place(7)]


def test_places__as_many_on_the_way_as_may_be__is_none():
    wallet = scripted_wallet(ScriptedNode(), capacity=2)
    wallet.look(1)
    send(wallet, wallet.places(1)[0], 1)
    assert wallet.places(1) == [Place(1)]
    send(wallet, wallet.places(1)[0], 2)
    assert wallet.places(1) == []
    assert wallet.entries() == {1, 2}


def test_look__mined__ends_with_its_receipt_and_frees_the_place():
    node = ScriptedNode()
    wallet = scripted_wallet(node)
    wallet.look(1)
    sent = send(wallet, only_place(wallet, 1), 1, 2)
    taken = node.mine(2)
    [outcome] = wallet.look(2)
    assert outcome.sent == sent
    assert receipt_of(outcome).transaction_hash == taken
    assert wallet.places(2) == [Place(1)]
    assert wallet.look(3) == []


def test_look__mined_beyond_the_block_that_was_seen__stays_on_the_way_until_then():
    node = ScriptedNode()
    wallet = scripted_wallet(node)
    wallet.look(1)
    send(wallet, only_place(wallet, 1), 1)
    node.mine(5)
    assert wallet.look(4) == []
    assert wallet.entries() == {1}
    assert len(wallet.look(5)) == 1


def test_places__waited_its_time__is_to_be_replaced_at_its_nonce_an_eighth_dearer():
    wallet = scripted_wallet(ScriptedNode(), patience=3)
    wallet.look(1)
    sent = send(wallet, only_place(wallet, 1), 1, block=1)
    wallet.look(3)
    assert wallet.places(3) == []
    wallet.look(4)
    assert wallet.places(4) == [Place(0, Fees(113, 12), sent)]  # 112.5 and 11.25, up


@pytest.mark.parametrize("old_one_is_mined", [False, True])
def test_send__replacement__counts_for_both_whichever_is_mined(old_one_is_mined):
    node = ScriptedNode()
    wallet = scripted_wallet(node, patience=1)
    wallet.look(1)
    send(wallet, only_place(wallet, 1), 1, 2)
    before = node.pool[0]
    wallet.look(2)
    place = only_place(wallet, 2)
    sent = send(wallet, place, 2, 3, fees=place.floor, block=2)
    assert sent.nonce == 0
    assert wallet.entries() == {1, 2, 3}  # until it is known which of the two it is
    if old_one_is_mined:
        node.pool[0] = before
    taken = node.mine(3)
    [outcome] = wallet.look(3)
    assert receipt_of(outcome).transaction_hash == taken
    assert wallet.entries() == frozenset()


def test_look__somebody_else_used_the_nonce__is_lost_at_the_second_look():
    node = ScriptedNode()
    wallet = scripted_wallet(node)
    wallet.look(1)
    sent = send(wallet, only_place(wallet, 1), 1)
    node.mine(2, by_somebody_else=True)
    assert wallet.look(2) == []  # a receipt may come late
    [outcome] = wallet.look(3)
    assert (outcome.sent.hashes, outcome.receipt, outcome.is_back) == (sent.hashes, None, False)
    assert wallet.places(3) == [Place(1)]


def test_look__node_forgot_it__is_lost_and_its_nonce_taken_next():
    node = ScriptedNode()
    wallet = scripted_wallet(node)
    wallet.look(1)
    send(wallet, only_place(wallet, 1), 1)
    node.pool.clear()
    [outcome] = wallet.look(2)
    assert outcome.receipt is None
    assert wallet.places(2) == [Place(0)]


def test_send__line_breaks_after_it_arrived__is_on_its_way():
    node = ScriptedNode(breaks=True)
    wallet = scripted_wallet(node)
    wallet.look(1)
    with pytest.raises(ChainError, match="no answer"):
        send(wallet, only_place(wallet, 1), 1)
    assert wallet.look(1) == []
    assert wallet.entries() == {1}
    assert wallet.places(1) == []


def test_send__same_again__is_no_refusal():
    node = ScriptedNode()
    wallet = scripted_wallet(node)
    wallet.look(1)
    place = only_place(wallet, 1)
    send(wallet, place, 1)
    assert send(scripted_wallet(node), place, 1).nonce == 0
    assert len(node.pool) == 1


def test_send__refused__is_not_on_its_way():
    node = ScriptedNode(nonce=5)
    wallet = scripted_wallet(node)
    wallet.look(1)
    with pytest.raises(NodeRefusal, match="nonce too low"):
        send(wallet, Place(4), 1)
    assert wallet.entries() == frozenset()


# Reorganisations


def test_look__block_is_gone__waits_again_and_is_mined_again():
    node = ScriptedNode()
    wallet = scripted_wallet(node)
    wallet.look(1)
    send(wallet, only_place(wallet, 1), 1)
    node.mine(2)
    wallet.look(2)
    node.unmine()
    [back] = wallet.look(2, reorganised=True)
    assert back.is_back
    assert wallet.entries() == {1}
    assert wallet.places(2) == []
    node.mine(3)
    [again] = wallet.look(3)
    assert receipt_of(again).block_number == 3


def test_look__block_is_gone_but_another_has_it_too__tells_only_what_is_new():
    node = ScriptedNode()
    wallet = scripted_wallet(node)
    wallet.look(1)
    send(wallet, only_place(wallet, 1), 1)
    node.mine(2)
    wallet.look(2)
    assert wallet.look(3, reorganised=True) == []
    node.unmine()
    node.mine(4)
    [moved] = wallet.look(4, reorganised=True)
    assert receipt_of(moved).block_number == 4


def test_look__block_is_gone_and_so_is_its_transaction__is_lost():
    node = ScriptedNode()
    wallet = scripted_wallet(node)
    wallet.look(1)
    send(wallet, only_place(wallet, 1), 1)
    node.mine(2)
    wallet.look(2)
    node.unmine()
    node.pool.clear()
    [lost] = wallet.look(2, reorganised=True)
    assert (lost.receipt, lost.is_back) == (None, False)
    assert wallet.places(2) == [Place(0)]


# Another life


def killed_on_its_way(fees=CHEAP, **how):
    node = ScriptedNode(**how)
    first = scripted_wallet(node)
    first.look(1)
    send(first, only_place(first, 1), 1, 2, fees=fees)
    return node


def test_look__earlier_life_sent_something_that_is_not_shown__waits_for_it_first():
    node = killed_on_its_way(hides=True)
    wallet = scripted_wallet(node, patience=2)
    wallet.look(4)
    assert wallet.unseen == {0: 4}
    assert wallet.places(4) == wallet.places(5) == []
    node.mine(5)
    wallet.look(5)
    assert wallet.unseen == {}
    assert wallet.places(5) == [Place(1)]


def test_send__what_is_not_shown_waits_too_long__takes_its_nonce_raising_until_it_does():
    node = killed_on_its_way(hides=True, fees=DEAR)
    wallet = scripted_wallet(node, patience=2)
    wallet.look(4)
    wallet.look(6)
    raises = 0
    while True:
        place = only_place(wallet, 6)
        assert place.nonce == 0
        fees = CHEAP if place.floor is None else place.floor
        try:
            send(wallet, place, 2, fees=fees, block=6)
            break
        except Underpriced:
            raises += 1
    assert raises > 5
    assert len(node.pool) == 1  # of two that share a nonce, one can be mined
    assert wallet.places(6) == []


def test_send__nonce_that_somebody_hides__asks_for_more_there():
    node = killed_on_its_way(fees=DEAR)
    wallet = scripted_wallet(node)  # has not looked: believes that the nonce is free
    with pytest.raises(Underpriced):
        send(wallet, Place(0), 1)
    assert only_place(wallet, 1).floor == CHEAP.raised()
