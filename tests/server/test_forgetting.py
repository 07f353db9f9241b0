"""A node and a scenario that run for long: what is in memory is counted, and old history is still told."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import pytest

from isomargin.chain import address_of
from isomargin.chain.history import replayed
from isomargin.chain.revm import RevmEngine
from isomargin.errors import ChainError
from isomargin.server.history import BlockHistory
from isomargin.server.marks import MOST_REORGANISED, MOST_SNAPSHOTS
from isomargin.server.node import TestNode
from isomargin.server.schedule import SteadySchedule
from isomargin.server.serving import BOTS, node_of
from isomargin.server.stage import Stage
from isomargin.simulation import build_world
from isomargin.simulation.orders import Actor
from isomargin.simulation.recording import Detail
from tests.server.rpc.ground import Ground, Refusal
from tests.server.wallets import Wallet, bare_node
from tests.simulation.small import HOUR, scenario

ALICE = Wallet("alice")
KEPT = 66


def long_lived(engine: str, blocks: int, transfers: int = 1) -> TestNode:
    """A node that keeps the newest blocks alone, so many blocks later."""
    node = bare_node(engine, ALICE)
    node.keep_blocks = KEPT
    nonce = 0
    for _ in range(blocks):
        for _ in range(transfers):
            node.submit(ALICE.sign(nonce))
            nonce += 1
        node.seal()
    return node


# The node


def test_seal__thousands_of_transactions__keeps_the_newest_blocks_and_ways_back_alone():
    node = long_lived("revm", blocks=300, transfers=10)
    chain, engine = node.chain, cast(RevmEngine, node.chain._engine)
    assert chain.nonce(ALICE.address) == 3_000
    assert engine._blocks.first_whole == 301 - KEPT
    assert len(engine._blocks._whole) == KEPT
    assert len(chain._snapshots) == len(engine._tokens) == MOST_REORGANISED + 1
    assert len(node.history._places) == 10 * KEPT
    assert len(node.history._entries) == len(node.history._numbers) == KEPT
    assert chain._gifts == []


def test_seal__all_blocks_are_wanted__keeps_them_but_no_ways_back():
    node = bare_node("revm", ALICE)
    for nonce in range(200):
        node.submit(ALICE.sign(nonce))
        node.seal()
    assert not node.chain.block(1).is_pruned
    assert node.receipt(node.chain.block(1).transactions[0].hash) is not None
    assert len(node.chain._snapshots) == MOST_REORGANISED + 1
    replayed(node.chain.history(), engine="revm")


@pytest.mark.parametrize("engine", ["revm", "py-evm"])
def test_reorganise__after_much_was_forgotten__goes_as_deep_as_ever(engine):
    node = long_lived(engine, blocks=KEPT + 10)
    height, nonce = node.chain.block_number, node.chain.nonce(ALICE.address)
    before = node.head.hash
    node.reorganise(MOST_REORGANISED)
    assert (node.chain.block_number, node.head.hash == before) == (height, False)
    for _ in range(3):
        node.seal()
    assert node.chain.nonce(ALICE.address) == nonce
    with pytest.raises(ChainError, match="expected 1 to 64"):
        node.reorganise(MOST_REORGANISED + 1)


def test_revert__snapshots_of_old_blocks__are_gone_and_newer_ones_good():
    node = long_lived("revm", blocks=5)
    early = node.snapshot()
    for _ in range(KEPT):
        node.seal()
    late, height = node.snapshot(), node.chain.block_number
    node.seal()
    assert not node.revert(early)
    assert node.revert(late)
    assert node.chain.block_number == height
    assert not node.revert(late)


def test_snapshot__without_end__keeps_the_newest():
    node = long_lived("revm", blocks=1)
    taken = [node.snapshot() for _ in range(MOST_SNAPSHOTS + 50)]
    node.seal()
    assert len(node.chain._snapshots) <= MOST_SNAPSHOTS + MOST_REORGANISED + 1
    assert not node.revert(taken[49])
    assert node.revert(taken[50])


def test_nonces__asked_of_thousands_of_strangers__are_not_kept_for_each():
    node = long_lived("revm", blocks=1)
    for number in range(10_001):
        node.next_nonce("0x" + f"{number:040x}")
        assert node.pool.next_nonce(ALICE.address) == 1
    assert len(node._accounts) <= 10_000


def test_seal__the_disk_is_full__goes_on_and_keeps_all(monkeypatch, caplog):
    node = long_lived("revm", blocks=KEPT)

    def full(first: int) -> None:
        if first > 0:
            raise ChainError("cannot keep what is old in /tmp: No space left on device")

    monkeypatch.setattr(node.chain, "prune", full)
    node.seal()
    node.seal()
    assert [record.getMessage() for record in caplog.records] == [
        "nothing old is forgotten any more, and memory grows: "
        "cannot keep what is old in /tmp: No space left on device"
    ]
    assert not node.chain.block(0).is_pruned


# The index


def test_history__blocks_that_are_forgotten__are_found_by_hash_and_their_logs_read():
    ground = Ground("revm")
    ground.node.keep_blocks = 65
    probe = ground.probe
    for number in range(100):
        wanted = {"from": address_of("bot-1"), "to": probe.address, "data": note(ground, 20 + number)}
        ground.ask("eth_sendTransaction", wanted)
        ground.node.seal()
    whole = BlockHistory(ground.chain.block)
    for number in range(ground.chain.block_number + 1):
        whole.append(ground.chain.block(number))
    told, last = ground.node.logs, ground.chain.block_number + 5
    assert len(told(first=0, last=last, addresses=[probe.address])) == 100
    assert told(first=0, last=last) == whole.logs(first=0, last=last)
    assert told(first=0, last=last, addresses=["0x" + "00" * 20]) == []
    assert told(first=7, last=last - 3) == whole.logs(first=7, last=last - 3)
    for number in (0, 3, ground.chain.block_number):
        assert ground.node.history.number_of(ground.chain.block_hash(number)) == number
    assert ground.node.history.number_of(b"\x07" * 32) is None


# Clients


@pytest.fixture(scope="module")
def ground() -> Ground:
    ground = Ground("py-evm")
    ground.node.keep_blocks = 66
    probe = ground.probe
    for number in range(80):
        ground.ask(
            "eth_sendTransaction",
            {"from": address_of("bot-1"), "to": probe.address, "data": note(ground, 20 + number)},
        )
        ground.node.seal()
    return ground


def note(ground: Ground, number: int) -> str:
    return "0x" + ground.probe.transaction("note", number, sender=address_of("bot-1")).data.hex()


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBlockByNumber", ["0x5", False]),
        ("eth_getBlockByNumber", ["earliest", True]),
        ("eth_getBlockReceipts", ["0x5"]),
        ("eth_getBlockTransactionCountByNumber", ["0x5"]),
        ("eth_getTransactionByBlockNumberAndIndex", ["0x5", "0x0"]),
        ("eth_getUncleCountByBlockNumber", ["0x5"]),
        ("eth_feeHistory", ["0x2", "0x5", [50]]),
    ],
)
def test_old_blocks__asked_for__are_refused_as_pruned_history(ground, method, params):
    with pytest.raises(Refusal, match="pruned history unavailable") as refused:
        ground.ask(method, *params)
    assert refused.value.code == 4444


def test_old_blocks__by_their_hash__are_refused_as_pruned_and_unknown_ones_are_null(ground):
    block_hash = "0x" + ground.chain.block_hash(5).hex()
    with pytest.raises(Refusal, match="pruned history unavailable"):
        ground.ask("eth_getBlockByHash", block_hash, False)
    assert ground.ask("eth_getBlockByHash", "0x" + "77" * 32, False) is None


def test_old_logs__since_the_deployment__are_told_in_full(ground):
    asked = {"address": ground.probe.address, "fromBlock": "0x0", "toBlock": "latest"}
    logs = ground.ask("eth_getLogs", asked)
    assert len(logs) == 80
    assert [int(log["blockNumber"], 16) for log in logs] == sorted(
        int(log["blockNumber"], 16) for log in logs
    )
    old = logs[0]
    assert ground.chain.block(int(old["blockNumber"], 16)).is_pruned
    by_hash = ground.ask("eth_getLogs", {"blockHash": old["blockHash"]})
    assert by_hash == [old]
    assert ground.ask("eth_getTransactionReceipt", old["transactionHash"]) is None
    newest = logs[-1]
    assert ground.ask("eth_getTransactionReceipt", newest["transactionHash"])["logs"] == [newest]


def test_old_states__asked_for__are_refused(ground):
    with pytest.raises(Refusal, match="historical state of block 5 is not available") as refused:
        ground.ask("eth_getBalance", address_of("bot-1"), "0x5")
    assert refused.value.code == -32_000
    assert ground.ask("eth_getBalance", address_of("bot-1"), hex(ground.chain.block_number - 50))


def test_old_fees__without_rewards__are_told(ground):
    assert len(ground.ask("eth_feeHistory", "0x2", "0x5", [])["baseFeePerGas"]) == 3


# The scenario


def staged(keep: int | None, detail: Detail = "full") -> Stage:
    chosen = scenario(prices={"values": [100, 97, 94, 96, 99] * 10, "step": HOUR}, invariants={"every": 10})
    world = build_world(chosen, "revm", signs=True)
    node = node_of(world)
    node.keep_blocks = keep
    schedule = SteadySchedule(world.path, Fraction(HOUR, 4))
    bots = [Actor(name, address_of(name), "keeper") for name in BOTS]
    return Stage(world, node, schedule, bots=bots, detail=detail)


def lived(stage: Stage) -> Stage:
    """Plays it, with reorganisations on the way; a bot sends six transfers a block."""
    wallet, nonce = Wallet(BOTS[0]), 0
    for number in range(220):
        for _ in range(6):
            stage.node.submit(wallet.sign(nonce, max_fee=10**15))
            nonce += 1
        stage.advance()
        if number in (100, 210):
            stage.node.reorganise(3)
    return stage


@pytest.fixture(scope="module")
def whole() -> Stage:
    return lived(staged(None))


def test_finish__a_story_that_was_put_on_disk__leaves_the_same_record(whole):
    stage = lived(staged(70))
    assert stage.node.head == whole.node.head
    assert stage._story.at_hand <= 65
    assert len(stage._story) == len(whole._story) == 220
    assert stage._recording.rows_at_hand < 6_000
    record, other = stage.finish(), whole.finish()
    assert len(record.transactions) > 1_300
    assert (record.summary, record.blocks, record.transactions) == (
        other.summary,
        other.blocks,
        other.transactions,
    )
    assert (record.events, record.positions, record.keepers) == (
        other.events,
        other.positions,
        other.keepers,
    )
    assert [row.violations for row in record.checks] == [row.violations for row in other.checks]
    assert record.summary.invariants.violations == 0


def test_finish__the_summary_is_all_that_is_wanted__keeps_no_rows_of_transactions():
    stage = staged(70, detail="summary")
    for _ in range(20):
        stage.advance()
    record = stage.finish()
    assert (record.transactions, record.events) == ((), ())
    assert record.summary.transactions > 0
