"""The py-evm engine: alike in every process, alike with eth-tester, and open to web3."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from eth_keys.backends import get_backend
from eth_tester import EthereumTester, PyEVMBackend
from web3 import EthereumTesterProvider, Web3

from isomargin.chain import ENDOWMENT, Transaction

HERE = Path(__file__).parent
NOBODY = "0x00000000000000000000000000000000DeaDBeef"

STORY = """
from pathlib import Path
from isomargin.chain import Chain
from isomargin.contracts import compile_contract

chain = Chain()
probe = chain.deploy(compile_contract(Path({source!r})), 5)
people = [chain.account(name) for name in ("trader", "keeper", "lp")]
for step in range(5):
    chain.mine([probe.transaction("note", 11 + step, sender=person) for person in people * 2])
chain.mine(timestamp=chain.timestamp + 3600)
for number in range(chain.block_number + 1):
    block = chain.block(number)
    print(number, block.timestamp, block.hash.hex(), block.state_root.hex(), block.gas_used)
for log in chain.logs():
    print(log)
"""


@pytest.fixture
def engine() -> str:
    """These are about the default engine alone."""
    return "py-evm"


def _tell(seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    story = STORY.format(source=str(HERE / "Probe.vy"))
    done = subprocess.run(
        [sys.executable, "-c", story], env=environment, cwd=HERE.parents[1], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_chain__same_story_in_two_processes__same_hashes_roots_and_logs():
    first, second = _tell("1"), _tell("2")
    assert first == second
    assert len(first.splitlines()) == 8 + 5 * 6 - 6  # blocks 0 to 7; notes, less those of the unlucky step


def test_import__of_the_package__leaves_every_machine_alone():
    heavy = ["eth", "eth_tester", "web3", "vyper"]
    check = (
        f"import sys, isomargin.chain, isomargin.contracts; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=HERE.parents[1], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_signing__backend__is_coincurve():
    assert type(get_backend()).__name__ == "CoinCurveECCBackend"


def test_gas__of_the_same_transactions__equals_that_of_plain_eth_tester(chain, probe_code):
    w3 = Web3(EthereumTesterProvider(EthereumTester(PyEVMBackend())))
    sender = w3.eth.accounts[0]

    def plain_gas(transaction) -> int:
        return w3.eth.wait_for_transaction_receipt(transaction)["gasUsed"]

    factory = w3.eth.contract(abi=list(probe_code.abi), bytecode=probe_code.init_code)
    created = w3.eth.wait_for_transaction_receipt(
        factory.constructor(5).transact({"from": sender, "gas": 5_000_000})
    )
    theirs = w3.eth.contract(created["contractAddress"], abi=list(probe_code.abi))
    plain = [
        created["gasUsed"],
        plain_gas(
            w3.eth.send_transaction(
                {"from": sender, "to": NOBODY, "value": Web3.to_wei(1, "wei"), "gas": 100_000}
            )
        ),
        plain_gas(theirs.functions.note(7, "a label").transact({"from": sender, "gas": 200_000})),
        plain_gas(theirs.functions.note(7, "a label").transact({"from": sender, "gas": 200_000})),
    ]

    trader = chain.account("trader")
    ours = chain.deploy(probe_code, 5, sender=trader)
    block = chain.mine(
        [
            Transaction(trader, NOBODY, value=1, gas=100_000),
            ours.transaction("note", 7, "a label", sender=trader),
            ours.transaction("note", 7, "a label", sender=trader),
        ]
    )
    gas = [chain.block(1).gas_used, *(receipt.gas_used for receipt in block.receipts)]
    # in one block the second note finds its own time in the slot: a write without change costs 100, not 2,900
    assert gas[:3] == plain[:3]
    assert gas[3] == plain[3] - 2_900 + 100


def test_w3__same_chain__same_figures(chain, probe):
    trader = chain.account("trader")
    receipt = probe.transact("note", 7, sender=trader)
    head = chain.block(chain.block_number)
    w3 = chain.w3
    assert w3 is chain.w3
    assert (w3.eth.chain_id, w3.net.version) == (chain.chain_id, str(chain.chain_id))
    theirs = w3.eth.get_block("latest")
    assert (theirs["number"], theirs["timestamp"], bytes(theirs["hash"]), bytes(theirs["stateRoot"])) == (
        head.number, head.timestamp, head.hash, head.state_root
    )  # fmt: skip
    shown = w3.eth.get_transaction_receipt(receipt.transaction_hash)
    assert (shown["gasUsed"], shown["status"], shown["effectiveGasPrice"]) == (
        receipt.gas_used, 1, receipt.gas_price
    )  # fmt: skip
    assert bytes(shown["logs"][0]["data"]) == receipt.logs[0].data
    assert (
        w3.eth.get_balance(trader)
        == chain.balance(trader)
        == ENDOWMENT - receipt.gas_used * receipt.gas_price
    )
    assert w3.eth.contract(probe.address, abi=list(probe.compiled.abi)).functions.number().call() == 7


def test_w3__sending__comes_back_through_the_chain(chain, probe):
    trader = chain.account("trader")
    w3, time = chain.w3, chain.timestamp
    theirs = w3.eth.contract(probe.address, abi=list(probe.compiled.abi))
    theirs.functions.note(8).transact({"from": trader, "gas": 200_000, "gasPrice": 10**9})
    theirs.functions.note(13).transact({"from": trader, "gas": 200_000, "gasPrice": 10**9})
    assert probe.call("number") == 8
    assert probe.call("stored_time") == time + 12
    assert (chain.block_number, chain.timestamp) == (3, time + 24)
    assert [event.args["number"] for event in probe.events(chain.logs())] == [8]
    assert chain.block(3).receipts[0].revert_reason == "probe: unlucky"
    probe.transact("note", 9, sender=trader)
    assert theirs.functions.number().call() == 9


def test_w3__evm_snapshot_and_revert__the_chain_follows(chain, probe):
    trader = chain.account("trader")
    provider = chain.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]
    probe.transact("note", 8, sender=trader)
    probe.transact("note", 9, sender=trader)
    provider.make_request("evm_revert", [snapshot])
    assert (chain.block_number, probe.call("number"), chain.logs()) == (1, 5, [])
    probe.transact("note", 7, sender=trader)
    assert [event.args["number"] for event in probe.events(chain.logs())] == [7]


def test_w3__accounts__are_the_named_ones_alone(chain):
    trader, keeper = chain.account("trader"), chain.account("keeper")
    assert chain.w3.eth.accounts == [trader, keeper]
