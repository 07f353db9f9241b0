"""Rehearsal: whatever happens inside never happened."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Transaction
from isomargin.errors import ChainError


def transfer(chain: Chain, value: int) -> Transaction:
    return Transaction(chain.account("trader"), chain.account("payee"), value=value)


def mine_and_fail(chain: Chain) -> None:
    with chain.rehearsal():
        block = chain.mine([transfer(chain, 1)])
        chain.mine(timestamp=block.timestamp)


def standing(chain: Chain) -> tuple[object, ...]:
    head = chain.block_number
    accounts = [chain.account(name) for name in ("trader", "payee")]
    return (
        head,
        chain.block_hash(head),
        chain.state_root,
        chain.timestamp,
        [(chain.nonce(account), chain.balance(account)) for account in accounts],
    )


def test_rehearsal__blocks_inside__leave_head_state_time_and_nonces(chain):
    chain.mine([transfer(chain, 1)])
    before = standing(chain)
    with chain.rehearsal():
        chain.mine([transfer(chain, 2)], timestamp=chain.timestamp + 500)
        chain.mine([Transaction(chain.account("newcomer"), chain.account("payee"), value=3)])
        assert standing(chain) != before
    assert standing(chain) == before


def test_rehearsal__blocks_afterwards__are_those_of_a_chain_without_it(engine):
    hashes = []
    for rehearsed in (False, True):
        chain = Chain(engine)
        chain.mine([transfer(chain, 1)])
        if rehearsed:
            with chain.rehearsal():
                chain.mine([transfer(chain, 2)])
        hashes.append(chain.mine([transfer(chain, 3)]).hash)
    assert hashes[0] == hashes[1]


def test_rehearsal__fails_inside__is_undone_all_the_same(chain):
    before = standing(chain)
    with pytest.raises(ChainError, match="is not above"):
        mine_and_fail(chain)
    assert standing(chain) == before


def test_rehearsal__snapshots_inside__die_and_those_before_live(chain):
    outer = chain.snapshot()
    with chain.rehearsal():
        chain.mine()
        inner = chain.snapshot()
    with pytest.raises(ChainError, match=f"^no snapshot {inner}"):
        chain.revert(inner)
    chain.mine()
    chain.revert(outer)
    assert chain.block_number == 0
    assert chain.snapshot() == outer + 1


def test_rehearsal__within_a_rehearsal__is_undone_first(chain):
    with chain.rehearsal():
        chain.mine()
        with chain.rehearsal():
            chain.mine()
        assert chain.block_number == 1
    assert chain.block_number == 0
