"""Asking many contracts at once: the same answers, refusals and errors as one by one."""

from __future__ import annotations

import pytest

from isomargin.chain import Transaction
from isomargin.errors import ChainError, TransactionReverted

NOBODY = "0x00000000000000000000000000000000DeaDBeef"


def test_read__several__are_the_answers_of_calls(chain, probe, probe_code):
    second = chain.deploy(probe_code, 6)
    views = [second.view("number"), probe.view("entries", 2), probe.view("number"), probe.view("creator")]
    assert chain.read(views) == [6, probe.call("entries", 2), 5, chain.account("deployer")]


def test_read__more_than_a_node_takes_at_once__come_in_their_order(chain, probe):
    counts = [number % 3 for number in range(100)]
    answers = chain.read([probe.view("entries", count) for count in counts])
    assert [len(entries) for _, entries in answers] == counts


def test_read__nothing__is_nothing(chain):
    assert chain.read([]) == []


def test_read__mutators__see_nothing_of_each_other(chain, probe):
    root = chain.state_root
    chain.read([probe.view("note", 77), probe.view("tick"), probe.view("note", 78)])
    assert chain.read([probe.view("number"), probe.view("stored_time")]) == [5, 0]
    assert (chain.state_root, chain.block_number) == (root, 1)


def test_read__that_carries_ether__is_lent_it(chain, probe):
    paying = probe.view("note", 9)
    paying = paying._replace(
        transaction=Transaction(NOBODY, probe.address, paying.transaction.data, value=10**30)
    )
    assert chain.read([paying, probe.view("number")]) == [None, 5]
    assert chain.balance(NOBODY) == 0


def test_read__one_refuses__raises_its_reason(chain, probe):
    with pytest.raises(TransactionReverted, match="probe: unlucky"):
        chain.read([probe.view("number"), probe.view("note", 13), probe.view("raise_custom")])


def test_read__nothing_at_one_address__raises(chain, probe, probe_code):
    with pytest.raises(ChainError, match=f"Probe.number: no contract at {NOBODY}"):
        chain.read([probe.view("number"), chain.at(NOBODY, probe_code).view("number")])
