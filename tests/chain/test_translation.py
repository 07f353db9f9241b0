"""Translated code does what py-evm does: results, gas, storage, hashes of blocks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from isomargin.chain import Chain, Transaction
from isomargin.chain.translation import Program, Superblock
from isomargin.errors import ChainError
from tests.chain.random_programs import random_program
from tests.market_walk import MarketWalk
from tests.system_helpers import Stage

ENGINES = ("py-evm-plain", "py-evm")
VISITS = 5  # a superblock is translated at its third


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


@pytest.mark.parametrize(
    "program",
    [
        "3615156028" + "0b" + "60056000556001" + "5500",  # whether there is calldata, extended; two writes
        "3615156021" + "0b" + "5f5fa1" + "00",  # and as the topic of a log
    ],
)
def test_sign_extension__of_a_flag_beyond_the_word__leaves_a_word(program):
    plain, quick = (outcomes(Chain(engine), bytes.fromhex(program), [120_000] * VISITS) for engine in ENGINES)
    assert plain == quick
    assert all(success for success, *_ in plain[0])


def test_straight_code__that_runs_out_of_gas_again_and_again__is_translated_once(monkeypatch):
    translated: list[int] = []
    translate = Program.translate

    def counted(self, start):
        translated.append(start)
        return translate(self, start)

    monkeypatch.setattr(Program, "translate", counted)
    program = bytes.fromhex("3450" * 300 + "5f5f5500")
    seen, _, _ = outcomes(Chain("py-evm"), program, [22_800] * VISITS)
    assert {reason for _, _, reason, _ in seen} == {"out of gas"}
    assert translated == [0]


@pytest.mark.parametrize("engine", ENGINES)
def test_ether__more_than_a_word_can_tell__is_refused(engine):
    chain = Chain(engine)
    rich, richer = chain.account("trader"), chain.account("lp")
    for account in (rich, richer):
        chain.set_balance(account, 2**256 - 1)
    with pytest.raises(ChainError, match="block 1 refused: Account Balance"):
        chain.mine([Transaction(rich, richer, value=2**255)])
    with pytest.raises(ChainError, match="call refused: Account Balance"):
        chain.call(Transaction(rich, richer, value=1))


def written(chain):
    """Slot 0 begins with a word, becomes another, then a third; at the least gas some 2,300 are left."""
    # slot 0 becomes the first word of the calldata, then the second
    contract = chain.deploy(Raw(bytes.fromhex("5f355f556020355f5500")))

    def write(first, second, gas):
        data = first.to_bytes(32, "big") + second.to_bytes(32, "big")
        return Transaction(chain.account("trader"), contract.address, data, gas=gas)

    receipts = [
        chain.mine([write(original, original, 100_000), write(present, word, gas)]).receipts[1]
        for original, present, word in product((0, 1, 2), repeat=3)
        for gas in (100_000, 48_000, 26_000, 24_000, *range(25_770, 25_776))
    ]
    return [(each.success, each.gas_used, each.revert_reason) for each in receipts], chain.state_root


def test_writes__every_way_from_one_word_to_another__cost_and_give_back_the_same():
    plain, quick = (written(Chain(engine)) for engine in ENGINES)
    assert plain == quick
    assert len({gas for _, gas, _ in plain[0]}) > 10


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


def superblock(code: str) -> Superblock:
    """That at the beginning of the code, each instruction of which costs 3."""
    found = Program(bytes.fromhex(code), dict.fromkeys(range(256), 3)).translate(0)
    assert found is not None
    return found


def test_program__instructions_of_the_machine__are_left_to_it():
    block = superblock("60016002015f5500")  # 1 + 2, SSTORE, STOP
    stack: list[int] = []
    assert block.run(None, stack) == 6
    assert stack == [3, 0]
    assert (block.gas, block.needs) == (12, 0)


def test_program__function_that_is_called__stands_where_it_is_called():
    # 0: push the way back, 5, and jump to 7; 5: stop; 7: double what is below the way back, and go there
    block = superblock("60056007565b005b9080019056")
    stack = [21]
    assert block.run(None, stack) == 6
    assert stack == [42]
    assert (block.gas, block.needs) == (3 * 10, 1)


@pytest.mark.parametrize(
    ("condition", "gas", "leads_to", "stack", "left"),
    [(1, 99, 6, [], 99), (0, 99, 5, [1], 96), (0, 3, 5, [1], 0), (0, 2, 3, [], 2)],
)
def test_program__condition__pays_for_what_follows_where_it_follows(condition, gas, leads_to, stack, left):
    block = superblock("6006576001005b00")  # 0: if the word is not zero, jump to 6; 3: push 1; 5: stop
    computation = SimpleNamespace(_gas_meter=SimpleNamespace(gas_remaining=gas))
    words = [condition]
    assert block.run(computation, words) == leads_to
    assert words == stack
    assert computation._gas_meter.gas_remaining == left
    assert (block.gas, block.needs) == (6, 1)
