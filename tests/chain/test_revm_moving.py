"""A state that moves to a fresh machine again and again: nobody can tell, but memory stays what it was."""

from __future__ import annotations

import math
from typing import Any

import pytest

from isomargin.chain import Chain, Transaction
from isomargin.chain.accounts import created_address
from isomargin.chain.revm import RevmEngine
from isomargin.chain.revm_machine import Machine
from isomargin.chain.revm_moving import _slots
from tests.market_walk import MarketWalk
from tests.system_helpers import Stage

NOBODY = "0x00000000000000000000000000000000DeaDBeef"
BLOCKS = 80


class Metered(RevmEngine):
    """Notes the machine's own gas of each transaction, which hides how warm its slots are."""

    def __init__(self, most_frames: float) -> None:
        super().__init__(
            chain_id=1337,
            genesis_timestamp=1_577_836_800,
            genesis_base_fee=0,
            block_gas_limit=36_000_000,
            most_frames=most_frames,
        )
        self.gas: list[int] = []

    @property
    def moves(self) -> int:
        return self._machine.moves

    @property
    def frames(self) -> int:
        return int(self._machine._evm.journal_len)

    def _run(self, *args: Any) -> Any:
        ran = super()._run(*args)
        self.gas.append(self._machine.gas_used)
        return ran

    def words(self) -> dict[tuple[str, int], int]:
        """Every slot that there is, read out of the machine."""
        slots = _slots(self._machine._evm.journal_str)
        assert slots is not None
        return {(address, slot): value for address, held in slots.items() for slot, value in held}


def walked(most_frames: float, blocks: int = BLOCKS) -> tuple[Metered, Stage]:
    engine = Metered(most_frames)
    stage = Stage(chain=Chain(engine), full_every=0)
    walk = MarketWalk(stage, seed=7)
    for _ in range(blocks):
        walk.step()
    return engine, stage


@pytest.fixture(scope="module")
def still() -> tuple[Metered, Stage]:
    return walked(math.inf)


@pytest.mark.parametrize(("most_frames", "least_moves"), [(1, 5), (300, 3)])
def test_tidy__again_and_again_in_a_walk__changes_nothing(still, most_frames, least_moves):
    (engine, stage), (mover, moved) = still, walked(most_frames)
    assert engine.moves == 0
    assert mover.moves >= least_moves
    for number in range(stage.chain.block_number + 1):
        assert moved.chain.block(number) == stage.chain.block(number)
    assert moved.finish() == set()
    assert mover.gas == engine.gas
    assert len(engine.words()) > 200
    assert mover.words() == engine.words()
    for contract in stage.system.contracts.values():
        assert moved.chain.code_at(contract.address) == stage.chain.code_at(contract.address)
    for account in (stage.keeper, stage.lp, stage.chain.account("walker 1")):
        assert moved.chain.balance(account) == stage.chain.balance(account)
        assert moved.chain.nonce(account) == stage.chain.nonce(account)


def test_tidy__thousands_of_transactions__keeps_the_journal_short():
    engine = Metered(1_000)
    chain = Chain(engine)
    payer = chain.account("payer")
    most = 0
    for _ in range(50):
        chain.mine([Transaction(payer, NOBODY, value=1)] * 100)
        most = max(most, engine.frames)
    assert chain.balance(NOBODY) == 5_000
    assert most < 1_200
    assert engine.moves == 5


def test_restore__to_before_several_moves__goes_on_as_before():
    engine = Metered(1)
    chain = Chain(engine)
    payer = chain.account("payer")
    chain.mine([Transaction(payer, NOBODY, value=1)])
    marks = []
    for value in range(2, 8):
        marks.append((chain.snapshot(), chain.block_number, chain.balance(NOBODY)))
        chain.mine([Transaction(payer, NOBODY, value=value)])
    ended = chain.block(chain.block_number)
    assert engine.moves >= 6
    for mark, number, balance in reversed(marks):
        chain.revert(mark)
        assert (chain.block_number, chain.balance(NOBODY), chain.nonce(payer)) == (number, balance, number)
    for value in range(2, 8):
        chain.mine([Transaction(payer, NOBODY, value=value)])
    assert chain.block(chain.block_number) == ended


def test_keep_snapshots__all_but_one__lets_the_machines_behind_the_others_go():
    engine = Metered(1)
    chain = Chain(engine)
    payer = chain.account("payer")
    taken = []
    for _ in range(10):
        chain.mine([Transaction(payer, NOBODY, value=1)])
        taken.append(chain.snapshot())
    assert len(engine._tokens) == 10
    chain.keep_snapshots({taken[4]})
    assert set(engine._tokens.values()) == {engine._newest, chain._snapshots[taken[4]][0]}
    chain.revert(taken[4])
    assert chain.balance(NOBODY) == 5
    assert chain.snapshot() == taken[4] + 1


def test_tidy__a_journal_that_reads_otherwise__stays_where_it_is(monkeypatch):
    monkeypatch.setattr("isomargin.chain.revm_machine.moved", lambda source, target: None)
    engine = Metered(1)
    chain = Chain(engine)
    payer = chain.account("payer")
    for _ in range(3):
        chain.mine([Transaction(payer, NOBODY, value=1)])
    assert (engine.moves, chain.balance(NOBODY)) == (0, 3)


def test_machine__moved__runs_in_the_same_block():
    machine = Machine(1337, 36_000_000, unlimited_code=False, most_frames=0)
    machine.set_block(7, 1_600_000_000)
    machine.credit(NOBODY, 5)
    machine.tidy()
    code_of_time = bytes.fromhex(
        "425f5260205ff3"
    )  # TIMESTAMP as the code of a contract: never kept, only shown
    shown = machine.view(
        NOBODY, 0, None, created_address(bytes.fromhex(NOBODY[2:]), 0), code_of_time, 0, 10**6, 0
    )
    assert (machine.moves, machine.balance(NOBODY)) == (1, 5)
    assert isinstance(shown, bytes)
    assert int.from_bytes(shown, "big") == 1_600_000_000
