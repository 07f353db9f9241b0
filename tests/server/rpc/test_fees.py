"""Fee history by hand-made blocks, and the suggestions."""

from __future__ import annotations

import pytest

from isomargin.chain import address_of
from tests.server.rpc.ground import BOT, GWEI, STRANGER, Refusal

OTHER = address_of("bot-2")


def transfer(ground, tip, sender=BOT, **fields):
    """A transfer of 21,000 gas that tips so many gwei."""
    fees = {"maxFeePerGas": hex(100 * GWEI), "maxPriorityFeePerGas": hex(tip * GWEI)}
    return ground.ask("eth_sendTransaction", {"from": sender, "to": STRANGER, **fees, **fields})


def test_suggestions__going_price_of_ten_gwei__are_split_into_fee_and_tip(ground):
    assert ground.ask("eth_gasPrice") == hex(10 * GWEI)
    assert ground.ask("eth_maxPriorityFeePerGas") == hex(GWEI)


def test_history__blocks_of_known_gas__are_told_with_one_fee_more(ground):
    transfer(ground, 2)
    ground.node.seal()
    ground.node.seal()
    head = ground.node.head.number
    history = ground.ask("eth_feeHistory", "0x2", "latest", [])
    assert history["oldestBlock"] == hex(head - 1)
    assert history["gasUsedRatio"] == [21_000 / 36_000_000, 0.0]
    assert history["baseFeePerGas"] == [hex(9 * GWEI)] * 3
    assert "reward" not in history


def test_history__newest_in_the_past__takes_the_fee_after_it_from_the_chain(ground):
    ground.node.seal()
    ground.ask("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
    ground.node.seal()
    history = ground.ask("eth_feeHistory", 1, hex(ground.node.head.number - 1))
    assert history["baseFeePerGas"] == [hex(9 * GWEI), hex(50 * GWEI)]


def test_history__percentiles__are_weighted_by_gas(ground):
    transfer(ground, 5)
    transfer(ground, 1, sender=OTHER)
    ground.note(7, maxFeePerGas=hex(100 * GWEI), maxPriorityFeePerGas=hex(3 * GWEI))
    ground.node.seal()
    gas = [receipt.gas_used for receipt in ground.node.head.receipts]
    total = sum(gas)
    assert gas[0] == gas[2] - (gas[2] - 21_000) == 21_000
    cheapest = 100 * 21_000 / total  # per cent of the gas that tipped one gwei
    history = ground.ask(
        "eth_feeHistory", "0x1", "latest", [0, cheapest - 1, cheapest + 1, 100 - cheapest - 1, 100]
    )
    assert history["reward"] == [[hex(tip * GWEI) for tip in (1, 1, 3, 3, 5)]]


def test_history__empty_block__rewards_nothing(ground):
    ground.node.seal()
    assert ground.ask("eth_feeHistory", "0x1", "latest", [50])["reward"] == [["0x0"]]


def test_history__more_blocks_than_there_are__begins_with_the_first(ground):
    history = ground.ask("eth_feeHistory", hex(2_000), "latest", None)
    assert history["oldestBlock"] == "0x0"
    assert len(history["gasUsedRatio"]) == ground.node.head.number + 1


def test_history__more_than_1024_blocks__gives_1024(ground):
    while ground.node.head.number < 1_030:
        ground.node.seal()
    history = ground.ask("eth_feeHistory", "0x7d0", "latest")
    assert len(history["gasUsedRatio"]) == 1_024
    assert history["oldestBlock"] == hex(1_030 - 1_023)


def test_history__no_blocks__is_empty(ground):
    assert ground.ask("eth_feeHistory", "0x0", "latest") == {"oldestBlock": "0x0", "gasUsedRatio": None}


def test_history__beyond_the_head__is_refused(ground):
    with pytest.raises(Refusal, match="request beyond head block: requested 255, head 1") as refusal:
        ground.ask("eth_feeHistory", "0x1", "0xff")
    assert refusal.value.code == -32000


@pytest.mark.parametrize(
    "percentiles", [[101], [-1], [50, 50], [50, 10], ["50"], [True], [None], 50, list(range(101))]
)
def test_history__percentiles_that_are_none__are_invalid(ground, percentiles):
    with pytest.raises(Refusal, match=r"^invalid argument 2 \(reward percentiles\): ") as refusal:
        ground.ask("eth_feeHistory", "0x1", "latest", percentiles)
    assert refusal.value.code == -32602
