"""Recording: off it costs nothing, on it changes nothing, and every process saves what it ran."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from isomargin.chain import Chain, Transaction
from isomargin.chain.recording import VARIABLE, Recording, active_recording, hits_from_json, recording

HERE = Path(__file__).parent


@pytest.fixture
def engine() -> str:
    """These are about the default engine alone."""
    return "py-evm"


# Leaves 7 where the word at calldata 0 is zero, else reverts:
#  0 PUSH0, 1 CALLDATALOAD, 2 PUSH1 10, 4 JUMPI, 5 PUSH1 7, 7 PUSH0, 8 SSTORE, 9 STOP,
# 10 JUMPDEST, 11 PUSH0, 12 PUSH0, 13 REVERT
FORK = bytes.fromhex("5f35600a5760075f55005b5f5ffd")


class Forked:
    """A compiled contract as the chain knows one."""

    name = "Forked"
    abi: tuple = ()
    runtime_code = FORK
    # PUSH1 14, DUP1, PUSH1 9, PUSH0, CODECOPY, PUSH0, RETURN: ten bytes, then the code
    init_code = bytes.fromhex("600e80600a5f395ff300") + FORK
    source = Path("Forked.vy")
    optimize = "gas"
    search_paths: tuple = ()

    def blueprint_init_code(self) -> bytes:
        return b""


def _call(chain: Chain, address: str, word: int) -> None:
    chain.mine([Transaction(chain.account("caller"), address, word.to_bytes(32, "big"))])


def _runtime(made: Recording) -> dict:
    [contract] = made.as_json()["contracts"]
    return contract["runtime"]


@pytest.fixture(autouse=True)
def no_outer_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_recording__one_way_then_the_other__notes_counters_and_ways():
    with recording() as made:
        chain = Chain()
        address = chain.deploy(Forked()).address
        assert _runtime(made) == {"executed": [], "jumped": [], "passed": []}
        _call(chain, address, 0)
        assert _runtime(made) == {"executed": [0, 1, 2, 4, 5, 7, 8, 9], "jumped": [], "passed": [4]}
        _call(chain, address, 1)
        assert _runtime(made) == {
            "executed": [0, 1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 13],
            "jumped": [4],
            "passed": [4],
        }


def test_recording__creation_code__is_told_from_runtime_code():
    with recording() as made:
        Chain().deploy(Forked())
    [contract] = made.as_json()["contracts"]
    assert contract["init"]["executed"] == [0, 2, 3, 5, 6, 7, 8]


def test_recording__jump_to_the_next_instruction__is_told_from_going_on():
    # 0 PUSH0, 1 CALLDATALOAD, 2 PUSH1 5, 4 JUMPI, 5 JUMPDEST, 6 STOP
    code = bytes.fromhex("5f356005575b00")
    for word, ways in ((0, ([], [4])), (2**255, ([4], []))):
        made = Recording()
        with recording(made):
            chain = Chain()
        creator = bytes.fromhex("600780600a5f395ff300") + code
        created = chain.send(Transaction(chain.account("deployer"), None, creator)).contract_address
        assert created is not None
        _call(chain, created, word)
        hits = made.frame(code)
        assert (sorted(hits.jumped), sorted(hits.passed)) == ways


def test_recording__code_that_ran_before_it_was_known__is_given_to_its_contract():
    with recording() as made:
        chain = Chain()
        receipt = chain.send(Transaction(chain.account("deployer"), None, Forked.init_code))
        assert receipt.contract_address is not None
        _call(chain, receipt.contract_address, 1)
        assert made.as_json()["unknown"] == 1
        chain.at(receipt.contract_address, Forked())
    assert _runtime(made)["executed"] == [0, 1, 2, 4, 10, 11, 12, 13]
    assert made.as_json()["unknown"] == 0


def test_recording__left__later_chains_are_not_recorded_and_that_one_still_is():
    with recording() as made:
        chain = Chain()
        address = chain.deploy(Forked()).address
    assert active_recording() is None
    later = Chain()
    _call(later, later.deploy(Forked()).address, 0)
    assert _runtime(made)["executed"] == []
    _call(chain, address, 0)
    assert _runtime(made)["passed"] == [4]


def test_chain__recording_on__runs_the_machine_as_it_is_and_off_the_translated_one():
    def machine_of(chain):
        return type(chain._engine._backend.chain).vm_configuration[0][1].__name__

    with recording():
        assert machine_of(Chain()) == "TracedMachine"
    assert machine_of(Chain()) == "QuickMachine"
    assert machine_of(Chain("py-evm-plain")) == "RecordingVM"


def test_json__read_back__is_the_same():
    with recording() as made:
        chain = Chain()
        _call(chain, chain.deploy(Forked()).address, 1)
    written = json.loads(json.dumps(_runtime(made)))
    assert hits_from_json(written, len(FORK)).as_json() == written


STORY = """
from pathlib import Path
from isomargin.chain import Chain
from isomargin.contracts import compile_contract

chain = Chain()
probe = chain.deploy(compile_contract(Path({source!r})), 5)
people = [chain.account(name) for name in ("trader", "keeper")]
for step in range(4):
    chain.mine([probe.transaction("note", 11 + step, sender=person) for person in people])
for number in range(chain.block_number + 1):
    block = chain.block(number)
    print(block.hash.hex(), block.state_root.hex(), [receipt.gas_used for receipt in block.receipts])
print(chain.logs())
"""


def _tell(**environment: str) -> str:
    story = STORY.format(source=str(HERE / "Probe.vy"))
    done = subprocess.run(
        [sys.executable, "-c", story], env={**os.environ, **environment}, cwd=HERE.parents[1],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_environment__recording_on__same_gas_hashes_and_logs_and_a_file_for_each_process(tmp_path):
    plain = _tell()
    records = tmp_path / "made" / "for it"
    assert _tell(**{VARIABLE: str(records)}) == plain
    assert _tell(**{VARIABLE: str(records)}) == plain
    files = list(records.iterdir())
    assert len(files) == 2
    contents = [json.loads(file.read_text()) for file in files]
    assert contents[0] == contents[1]
    [probe] = contents[0]["contracts"]
    assert (probe["name"], probe["origins"][0]["source"]) == ("Probe", str(HERE / "Probe.vy"))
    assert probe["runtime"]["executed"]


def test_environment__unset__writes_nothing(tmp_path):
    before = set(tmp_path.iterdir())
    _tell(**{VARIABLE: ""})
    assert set(tmp_path.iterdir()) == before


def _work(word: int) -> None:
    chain = Chain()
    _call(chain, chain.deploy(Forked()).address, word)


def test_environment__workers_of_a_pool__save_when_they_end(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(_work, [1])
        pool.close()
        pool.join()
    [file] = tmp_path.iterdir()
    [contract] = json.loads(file.read_text())["contracts"]
    assert contract["runtime"]["jumped"] == [4]


def test_save__name_of_an_earlier_process_with_the_same_id__is_left_alone(tmp_path):
    (tmp_path / f"{os.getpid()}.json").write_text("of another")
    with recording() as made:
        Chain().deploy(Forked())
    assert made.save(tmp_path) == made.save(tmp_path) == tmp_path / f"{os.getpid()}-2.json"
    assert (tmp_path / f"{os.getpid()}.json").read_text() == "of another"


def test_save__nothing_ran__writes_no_file(tmp_path):
    assert Recording().save(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
