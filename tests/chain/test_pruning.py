"""A chain that forgets: the same blocks to come, headers and logs of old ones, and no more memory."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Transaction
from isomargin.chain.py_evm import PyEvmEngine
from isomargin.errors import ChainError

BLOCKS = 60
NOBODY = "0x00000000000000000000000000000000DeaDBeef"


@pytest.fixture
def chain(engine: str) -> Chain:
    return Chain(engine, signs=True)


def grown(chain: Chain, probe_code, keep: int | None = None, blocks: int = BLOCKS) -> Chain:
    """A chain of notes and transfers; with `keep`, pruned after every block."""
    probe = chain.deploy(probe_code, 5)
    payer = chain.account("payer")
    for number in range(blocks):
        chain.mine(
            [
                probe.transaction("note", 100 + number, sender=payer),
                Transaction(payer, NOBODY, value=1, gas=21_000),
                probe.transaction("note", 13, sender=payer),  # which fails
            ]
        )
        if keep is not None:
            chain.prune(chain.block_number + 1 - keep)
    return chain


def test_prune__after_every_block__what_comes_is_the_same(engine, probe_code):
    plain, pruned = (grown(Chain(engine, signs=True), probe_code, keep) for keep in (None, 10))
    head = plain.block_number
    for number in range(head + 1):
        whole, known = plain.block(number), pruned.block(number)
        assert known.is_pruned == (number <= head - 10)
        assert (known.hash, known.state_root, known.timestamp) == (
            whole.hash,
            whole.state_root,
            whole.timestamp,
        )
        if not known.is_pruned:
            assert known == whole
        else:
            assert known.transactions == ()
            assert known.receipts == tuple(one for one in whole.receipts if one.logs)
            assert all(known.receipt_at(one.transaction_index) == one for one in known.receipts)
    assert pruned.logs() == plain.logs()
    assert pruned.balance(NOBODY) == BLOCKS
    with pytest.raises(ChainError, match="has forgotten its oldest transactions"):
        pruned.history()


def test_prune__snapshots__those_from_before_are_gone(chain, probe_code):
    grown(chain, probe_code, blocks=5)
    early = chain.snapshot()
    grown(chain, probe_code, blocks=5)
    late, balance = chain.snapshot(), chain.balance(NOBODY)
    grown(chain, probe_code, keep=10, blocks=5)
    chain.revert(late)
    assert chain.balance(NOBODY) == balance
    with pytest.raises(ChainError, match="no snapshot"):
        chain.revert(early)


@pytest.fixture
def sweeping(monkeypatch) -> PyEvmEngine:
    """A py-evm that sweeps at the least growth, and keeps ten states."""
    monkeypatch.setattr("isomargin.chain.py_evm_pruning._LEAST_GROWTH", 100)
    monkeypatch.setattr("isomargin.chain.py_evm.STATES_KEPT", 10)
    monkeypatch.setattr("isomargin.chain.py_evm_pruning._HEADERS_KEPT", 20)
    return PyEvmEngine(
        chain_id=1337,
        genesis_timestamp=1_577_836_800,
        genesis_base_fee=0,
        block_gas_limit=36_000_000,
        signs=True,
    )


def entries(engine: PyEvmEngine) -> int:
    return len(engine._backend.chain.chaindb.db.wrapped_db.kv_store)


@pytest.mark.parametrize("engine", ["py-evm"])
def test_sweep__again_and_again__leaves_as_much_and_the_newest_states(sweeping, probe_code, engine):
    plain, chain = grown(Chain(engine, signs=True), probe_code), Chain(sweeping, signs=True)
    grown(chain, probe_code, keep=15, blocks=BLOCKS)
    most = entries(sweeping)
    head = chain.block_number
    assert sweeping._sweeper.sweeps >= 3
    assert (chain.block_hash(head), chain.state_root) == (plain.block_hash(head), plain.state_root)
    for number in range(head - 9, head + 1):
        assert chain.balance(NOBODY, block=number) == plain.balance(NOBODY, block=number)
    with pytest.raises(ChainError, match=f"historical state of block {head - 10} is not available"):
        chain.balance(NOBODY, block=head - 10)
    grown(chain, probe_code, keep=15, blocks=2 * BLOCKS)
    assert entries(sweeping) < 2 * most
    assert len(sweeping._backend.failures) <= 15


@pytest.mark.parametrize("engine", ["py-evm"])
def test_sweep__a_snapshot_is_held__its_state_stays(sweeping, probe_code, engine):
    chain = Chain(sweeping, signs=True)
    grown(chain, probe_code, keep=40, blocks=40)
    chain.set_balance(NOBODY, 777)
    taken, blocks, before = chain.snapshot(), chain.block_number, sweeping._sweeper.sweeps
    grown(chain, probe_code, keep=40, blocks=35)
    assert sweeping._sweeper.sweeps > before
    chain.revert(taken)
    assert (chain.block_number, chain.balance(NOBODY)) == (blocks, 777)
    grown(chain, probe_code, keep=40, blocks=20)
    assert chain.balance(NOBODY) == 777 + 20


@pytest.mark.parametrize("engine", ["py-evm"])
def test_prune__tens_of_blocks__keeps_call_traces_of_those_with_states(sweeping, probe_code, engine):
    chain = grown(Chain(sweeping, signs=True), probe_code, keep=30)
    newest, old = chain.block(chain.block_number), chain.block(chain.block_number - 20)
    assert chain.call_trace(newest.receipts[0].transaction_hash).success
    with pytest.raises(ChainError, match="no transaction"):
        chain.call_trace(old.receipts[0].transaction_hash)
