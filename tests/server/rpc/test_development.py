"""Calls of development nodes, the pool as geth shows it, and the scenario's own namespace."""

from __future__ import annotations

import dataclasses

import pytest

from isomargin.errors import InputError
from isomargin.server.rpc.dispatch import Dispatcher
from isomargin.server.rpc.methods import all_methods
from tests.server.rpc.ground import BOT, ETHER, GWEI, STRANGER, Refusal

HASH = "0x" + 64 * "1"


def refused(ground, method, *params):
    with pytest.raises(Refusal) as refusal:
        ground.ask(method, *params)
    return refusal.value.code, refusal.value.message


# Snapshots


def test_revert__to_a_snapshot__is_possible_once(ground):
    name = ground.ask("evm_snapshot")
    ground.mined_note(7)
    assert ground.ask("evm_revert", name) is True
    assert ground.ask("eth_blockNumber") == "0x1"
    assert ground.ask("eth_getTransactionCount", BOT) == "0x0"
    assert ground.ask("evm_revert", name) is False


def test_revert__to_no_snapshot__is_false_and_to_no_number_refused(ground):
    assert ground.ask("evm_revert", "0x7") is False
    assert refused(ground, "evm_revert", "latest")[0] == -32602


def test_reorganisation__newest_blocks__are_others_of_the_same_times(ground):
    blocks = [ground.node.seal() for _ in range(3)]
    assert ground.ask("anvil_reorg", 2) is None
    assert ground.node.head.number == blocks[-1].number
    assert ground.node.head.timestamp == blocks[-1].timestamp
    assert ground.node.head.hash != blocks[-1].hash
    assert refused(ground, "anvil_reorg", 99)[0] == -32000
    assert refused(ground, "anvil_reorg", 1, [["0x", 0]])[0] == -32602


# Blocks


def test_mine__in_every_way_to_ask__makes_as_many_blocks(ground):
    assert ground.ask("evm_mine") == "0x0"
    time = ground.chain.timestamp + 500
    ground.ask("evm_mine", time)
    assert ground.chain.timestamp == time
    ground.ask("evm_mine", {"blocks": 3, "timestamp": hex(time + 100)})
    assert ground.node.head.number == 6
    assert ground.chain.block(4).timestamp == time + 100
    ground.ask("anvil_mine")
    ground.ask("hardhat_mine", "0x5")
    assert ground.node.head.number == 12
    ground.ask("anvil_mine", 3, "0x3c")
    times = [ground.chain.block(number).timestamp for number in (13, 14, 15)]
    assert times[2] - times[1] == times[1] - times[0] == 60
    ground.ask("anvil_mine", "0x2", "0x0")
    assert ground.chain.timestamp == times[2] + 24


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("anvil_mine", ["0x0"]),
        ("anvil_mine", [1_001]),
        ("anvil_mine", [-1]),
        ("evm_mine", [{"blocks": 10**9}]),
        ("evm_mine", [2**48]),
        ("evm_mine", ["soon"]),
        ("evm_increaseTime", [2**60]),
        ("evm_setNextBlockTimestamp", [None]),
    ],
)
def test_mine__more_than_sense__is_invalid(ground, method, params):
    assert refused(ground, method, *params)[0] == -32602
    assert ground.node.head.number == 1


def test_mine__at_a_time_gone_by__is_refused(ground):
    assert refused(ground, "evm_mine", ground.chain.timestamp)[0] == -32000
    assert refused(ground, "evm_setNextBlockTimestamp", ground.chain.timestamp)[0] == -32000


def test_time__moved_on_or_set__is_that_of_the_next_block_alone(ground):
    start = ground.chain.timestamp
    assert ground.ask("evm_increaseTime", "0x64") == "0x64"
    ground.ask("evm_mine")
    assert ground.chain.timestamp == start + 112
    assert ground.ask("evm_setNextBlockTimestamp", start + 1_000) is None
    ground.ask("evm_mine")
    ground.ask("evm_mine")
    assert ground.chain.timestamp == start + 1_012


def test_automine__while_it_is_on__mines_what_comes(ground):
    assert ground.ask("anvil_getAutomine") is False
    waiting = ground.note(1)
    assert ground.ask("evm_setAutomine", True) is True
    assert ground.ask("eth_getTransactionReceipt", waiting)["status"] == "0x1"
    at_once = ground.note(2)
    assert ground.ask("eth_getTransactionReceipt", at_once)["status"] == "0x1"
    ground.ask("evm_setAutomine", False)
    assert ground.ask("eth_getTransactionReceipt", ground.note(3)) is None


def test_drop__waiting_transaction__is_gone(ground):
    waiting = ground.note(1)
    assert ground.ask("anvil_dropTransaction", waiting) is True
    assert ground.ask("eth_getTransactionByHash", waiting) is None
    assert ground.ask("hardhat_dropTransaction", waiting) is False


def test_set_balance__any_address__owns_it_at_once(ground):
    ground.ask("hardhat_setBalance", STRANGER, hex(3 * ETHER))
    assert ground.ask("eth_getBalance", STRANGER, "latest") == hex(3 * ETHER)
    assert refused(ground, "anvil_setBalance", STRANGER, hex(2**256))[0] == -32602


def test_base_fee__set__is_that_of_the_next_block(ground):
    ground.ask("hardhat_setNextBlockBaseFeePerGas", hex(77 * GWEI))
    ground.ask("evm_mine")
    assert ground.ask("eth_getBlockByNumber", "latest", False)["baseFeePerGas"] == hex(77 * GWEI)
    ground.ask("evm_mine")
    assert ground.node.head.base_fee == 9 * GWEI


# The pool


def test_pool__executable_and_early_transactions__are_told_apart(ground):
    first, late = ground.note(1), ground.note(2, nonce="0x5")
    assert ground.ask("txpool_status") == {"pending": "0x1", "queued": "0x1"}
    content = ground.ask("txpool_content")
    assert content["pending"][BOT]["0"]["hash"] == first
    assert content["queued"][BOT]["5"]["hash"] == late
    told = ground.ask("txpool_inspect")["pending"][BOT]["0"]
    assert told.startswith(f"{ground.probe.address}: 0 wei + ")


# The scenario


class Steering:
    """Writes down what it is asked."""

    def __init__(self, ground):
        self.ground, self.asked = ground, []

    def push_price(self, price):
        self.asked.append(price)
        return self.ground.node.seal()

    def step(self, blocks=1):
        return [self.ground.node.seal() for _ in range(blocks)]

    def inject(self, fault):
        if "kind" not in fault:
            raise InputError("kind: Field required")
        return [fault["kind"]]

    def status(self):
        return {"block": self.ground.node.head.number}

    def health(self, position=None):
        return {"id": position}


@pytest.fixture
def steered(ground):
    steering = Steering(ground)
    session = dataclasses.replace(ground.session, steering=steering)
    ground.dispatcher = Dispatcher(all_methods(), session, on_fault=ground._fail)
    ground.steering = steering
    return ground


@pytest.mark.parametrize("price", ["125.50", 125, 125.5])
def test_push_price__in_any_form__makes_the_block_that_carries_it(steered, price):
    block = steered.ask("isomargin_pushPrice", price)
    assert steered.steering.asked == [price]
    assert block == {
        "number": "0x2",
        "hash": "0x" + steered.node.head.hash.hex(),
        "timestamp": hex(steered.chain.timestamp),
        "transactions": [],
    }


def test_step__number_of_blocks__tells_of_each(steered):
    assert [block["number"] for block in steered.ask("isomargin_step")] == ["0x2"]
    assert [block["number"] for block in steered.ask("isomargin_step", 2)] == ["0x3", "0x4"]


def test_status_health_and_faults__are_passed_on(steered):
    assert steered.ask("isomargin_status") == {"block": 1}
    assert steered.ask("isomargin_health") == {"id": None}
    assert steered.ask("isomargin_health", "0x7") == {"id": 7}
    assert steered.ask("isomargin_inject", {"kind": "reorg", "depth": 2}) == ["reorg"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("isomargin_pushPrice", [True]),
        ("isomargin_pushPrice", []),
        ("isomargin_step", ["many"]),
        ("isomargin_health", [[]]),
        ("isomargin_inject", ["reorg"]),
        ("isomargin_inject", [{}]),
    ],
)
def test_scenario__asked_for_nonsense__is_invalid(steered, method, params):
    assert refused(steered, method, *params)[0] == -32602


def test_scenario__where_none_plays__is_not_there(ground):
    assert refused(ground, "isomargin_status") == (-32601, "no scenario plays on this node")
