"""Going back: state, head, time, nonces and logs follow, and what comes after replays alike."""

from __future__ import annotations

import pytest

from isomargin.chain import ENDOWMENT, Chain, Contract, Transaction
from isomargin.errors import ChainError

GENESIS = 1_577_836_800
NOBODY = "0x00000000000000000000000000000000DeaDBeef"


def _picture(chain: Chain, probe: Contract) -> tuple:
    trader = chain.account("trader")
    return (
        chain.block_number, chain.timestamp, chain.state_root, chain.block_hash(chain.block_number),
        chain.nonce(trader), chain.balance(trader), probe.call("number"), chain.storage_at(probe.address, 2),
        len(chain.logs()),
    )  # fmt: skip


def test_revert__to_a_snapshot__restores_all_and_replays_alike(chain, probe):
    trader = chain.account("trader")
    probe.transact("note", 1, sender=trader)
    before, snapshot = _picture(chain, probe), chain.snapshot()
    pictures = []
    for _ in range(2):
        chain.mine(
            [probe.transaction("note", number, sender=trader) for number in (7, 13)], timestamp=GENESIS + 99
        )
        probe.transact("note", 8, sender=trader)
        pictures.append((_picture(chain, probe), chain.block(3)))
        chain.revert(snapshot)
        assert _picture(chain, probe) == before
    assert pictures[0] == pictures[1]
    assert pictures[0][1].receipts[1].revert_reason == "probe: unlucky"
    with pytest.raises(ChainError, match="no block 3"):
        chain.block(3)


def test_revert__then_another_history__head_and_logs_follow(chain, probe):
    trader = chain.account("trader")
    snapshot = chain.snapshot()
    for number in (1, 2, 3):
        probe.transact("note", number, sender=trader)
    abandoned = chain.block_hash(2)
    chain.revert(snapshot)
    probe.transact("note", 4, sender=trader)
    probe.transact("note", 5, sender=trader)
    assert [event.args["number"] for event in probe.events(chain.logs())] == [4, 5]
    assert chain.block_hash(2) != abandoned
    if chain.engine_name == "py-evm":  # revm shows code a hash of its own
        assert probe.call("parent_hash") == chain.block_hash(2)


def test_revert__then_a_call__runs_in_the_time_of_the_old_head(chain, probe):
    snapshot = chain.snapshot()
    chain.mine(timestamp=GENESIS + 999)
    assert probe.call("head")[:2] == (2, GENESIS + 999)
    chain.revert(snapshot)
    assert probe.call("head")[:2] == (1, GENESIS + 12)


def test_revert__to_an_earlier_snapshot__later_ones_are_dead(chain):
    first = chain.snapshot()
    chain.mine()
    second = chain.snapshot()
    chain.revert(second)
    chain.revert(first)
    with pytest.raises(ChainError, match=f"no snapshot {second}"):
        chain.revert(second)
    assert chain.block_number == 0
    chain.revert(first)


@pytest.mark.parametrize("snapshot", [-1, 0, 5])
def test_revert__to_a_snapshot_never_taken__raises(chain, snapshot):
    with pytest.raises(ChainError, match="never taken"):
        chain.revert(snapshot)


def test_revert__before_an_account_was_named__it_can_still_send(chain):
    snapshot = chain.snapshot()
    trader = chain.account("trader")
    chain.mine()
    chain.revert(snapshot)
    assert chain.send(Transaction(trader, NOBODY, value=1)).success
    assert chain.balance(trader) > ENDOWMENT - 10**18


def test_snapshot__between_naming_and_mining__keeps_the_endowment(chain):
    trader = chain.account("trader")
    snapshot = chain.snapshot()
    chain.mine()
    chain.revert(snapshot)
    assert chain.balance(trader) == ENDOWMENT
    assert chain.send(Transaction(trader, NOBODY, value=1)).success


def test_revert__after_a_balance_was_set__account_is_endowed_again(chain):
    snapshot = chain.snapshot()
    poor = chain.account("poor")
    chain.set_balance(poor, 5)
    chain.revert(snapshot)
    assert chain.balance(chain.account("poor")) == ENDOWMENT
    chain.set_balance(poor, 7)
    chain.revert(chain.snapshot())
    assert chain.balance(chain.account("poor")) == 7
