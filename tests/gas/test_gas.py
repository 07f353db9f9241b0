"""The gas of each operation is a committed figure: a change shows in review, and the targets are kept.

`scripts/gas-snapshot` writes the figures anew.
"""

from __future__ import annotations

import json

import pytest

from isomargin.protocol.gas import GAS_TABLE
from tests.gas.situations import DOCUMENT, SNAPSHOT, keepers_table, measure, with_tables

MAX_CONTRACT_BYTES = 24_576  # EIP-170
IMMUTABLE_BYTES = 256  # eight words that the market's constructor appends to its code

# The first position and the first bad debt of a market write words that were zero; they keep the bounds as
# well.
BOUNDS = {
    "open the first position of a market": 300_000,
    "open a long": 300_000,
    "open a short": 300_000,
    "close in profit": 130_000,
    "close at a loss": 130_000,
    "liquidate in full, keeper holds tokens": 180_000,
    "liquidate in full, keeper new to the token": 180_000,
    "liquidate insolvent, insurance fund pays": 180_000,
    "liquidate insolvent, first bad debt of a market": 180_000,
}


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, int]]:
    return measure()


@pytest.fixture(scope="module")
def snapshot() -> dict[str, dict[str, int]]:
    read: dict[str, dict[str, int]] = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return read


def test_gas__every_situation__is_as_in_the_snapshot(measured, snapshot):
    assert measured["gas"] == snapshot["gas"]


def test_sizes__every_contract__are_as_in_the_snapshot_and_within_the_limit(measured, snapshot):
    assert measured["bytes"] == snapshot["bytes"]
    assert max(snapshot["bytes"].values()) + IMMUTABLE_BYTES <= MAX_CONTRACT_BYTES


@pytest.mark.parametrize("situation", BOUNDS)
def test_gas__situation_with_a_target__is_within_it(measured, situation: str):
    assert measured["gas"][situation] <= BOUNDS[situation]


def test_gas__batch_of_ten__costs_less_than_ten_single_ones(measured):
    gas = measured["gas"]
    assert gas["liquidate a batch of 10 in full"] < 5 * gas["liquidate in full, keeper holds tokens"]


def test_table_of_the_package__follows_from_the_snapshot(snapshot):
    assert json.loads(GAS_TABLE.read_text(encoding="utf-8")) == keepers_table(snapshot["gas"])


def test_document__tables__are_those_of_the_snapshot(snapshot):
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(document, snapshot) == document
    for name in snapshot["gas"]:
        assert f"| {name} | {snapshot['gas'][name]:,} |" in document
