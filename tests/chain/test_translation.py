"""Translated code does what py-evm does: results, gas, storage, hashes of blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from isomargin.chain import Chain, Transaction
from isomargin.chain.translation import Program
from tests.chain.random_programs import random_program
from tests.market_walk import MarketWalk
from tests.system_helpers import Stage

ENGINES = ("py-evm-plain", "py-evm")
VISITS = 5  # a block is translated at its third


@dataclass
class Raw:
    """What `Chain.deploy` needs of a contract that is only bytes."""

    runtime_code: bytes
    name: str = "raw"
    abi: tuple = ()

    @property
    def init_code(self) -> bytes:
        size = len(self.runtime_code).to_bytes(2, "big")
        return b"\x61" + size + b"\x80\x60\x0a\x3d\x39\x3d\xf3" + self.runtime_code


def outcomes(chain, program, gas_limits):
    """All that can be seen of a program that runs several times."""
    contract = chain.deploy(Raw(program))
    calls = [
        Transaction(chain.account("trader"), contract.address, bytes(range(7, 90)), gas=gas, value=3)
        for gas in gas_limits
    ]
    seen = [
        (receipt.success, receipt.gas_used, receipt.revert_reason, receipt.revert_data)
        for receipt in chain.mine(calls).receipts
    ]
    words = [chain.storage_at(contract.address, slot) for slot in range(8)]
    return seen, words, chain.state_root


@pytest.mark.parametrize("seed", range(6))
def test_random_programs__as_they_are_and_translated__do_the_same(seed):
    rng = np.random.default_rng([seed, 81])
    chains = [Chain(engine) for engine in ENGINES]
    for _ in range(20):
        program = random_program(rng)
        scarce = [int(gas) for gas in rng.integers(24_500, 42_000, size=VISITS)]
        plain, quick = (outcomes(chain, program, [120_000] * VISITS + scarce) for chain in chains)
        assert plain == quick, program.hex()


def test_market_walk__as_it_is_and_translated__same_hashes_of_blocks():
    hashes = []
    for engine in ENGINES:
        stage = Stage(chain=Chain(engine))
        walk = MarketWalk(stage, seed=5)
        for _ in range(40):
            walk.step()
        assert sum(walk.succeeded.values()) > 40
        assert sum(walk.failed.values()) > 5
        hashes.append([stage.chain.block_hash(number) for number in range(stage.chain.block_number + 1)])
    assert hashes[0] == hashes[1]


def test_program__instructions_of_the_machine__are_left_to_it():
    program = Program(bytes.fromhex("60016002015f5500"), dict.fromkeys(range(256), 3))  # 1 + 2, SSTORE, STOP
    block = program.translate(0)
    assert block is not None
    stack: list[int] = []
    assert block.run(None, stack) == block.end == 6
    assert stack == [3, 0]
    assert (block.gas, block.needs) == (12, 0)
    assert program.translate(6) is None


def test_program__words_below__stay_where_they_are():
    program = Program(bytes.fromhex("810190"), dict.fromkeys(range(256), 3))  # DUP2 ADD SWAP1
    block = program.translate(0)
    assert block is not None
    stack = [7, 10, 20]
    block.run(None, stack)
    assert stack == [7, 30, 10]
    assert block.needs == 2
    assert block.room == 1023


def test_program__data_of_a_push__is_no_destination():
    assert Program(bytes.fromhex("605b5b"), {}).destinations == {2}
