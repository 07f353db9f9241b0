"""Results are what people were paid less what they paid, as the token itself has it."""

import json
from collections import defaultdict
from dataclasses import replace

import pytest

from isomargin.record import RunRecord
from isomargin.report.results import position_results, side_results
from isomargin.units import WAD
from tests.record.crash import crash_record
from tests.simulation.small import play

SCALE = 10**12


@pytest.fixture(scope="module")
def lively() -> RunRecord:
    return play(
        prices={"values": [100, 100, 103, 99, 95, 88, 98]},
        traders={
            "count": 16,
            "notional": {"min": 1_000, "max": 50_000},
            "leverage": {"min": 2, "max": 25},
            "long_share": 0.6,
            "open_over": 3,
            "close_probability": 0.1,
            "top_up": {"share": 0.4},
        },
        insurance={"deposit": 1_000},
        keepers=[{"name": "keeper", "min_profit": 1}],
    )


def test_results__of_those_that_ended__are_what_their_owners_got_and_gave(lively: RunRecord) -> None:
    flows: defaultdict[str, int] = defaultdict(int)
    for event in lively.events:
        if event.contract == "token" and event.event == "Transfer":
            args = json.loads(event.arguments)
            flows[args["sender"]] -= int(args["value"])
            flows[args["receiver"]] += int(args["value"])
    results = position_results(lively)
    ended = [row for row in lively.positions if row.outcome != "open"]
    owners = [row.owner for row in lively.positions]
    alone = [row for row in ended if owners.count(row.owner) == 1]

    assert {row.outcome for row in alone} == {"closed", "liquidated"}
    assert any(event.event == "MarginAdded" for event in lively.events)
    for row in alone:
        assert results[row.id] == flows[row.owner] * SCALE


def test_results__of_those_that_are_open__count_their_equity(lively: RunRecord) -> None:
    results = position_results(lively)
    equities = {row.position: row.equity for row in lively.liquidation_prices if row.moment == "end"}
    opened = {
        int(args["id"]): args
        for args in (json.loads(row.arguments) for row in lively.events if row.event == "PositionOpened")
    }
    still = [row for row in lively.positions if row.outcome == "open" and not _topped_up(lively, row.id)]

    assert still
    for row in still:
        fee = -(-int(opened[row.id]["fee"]) // SCALE)
        assert results[row.id] == equities[row.id] - (row.margin + fee) * SCALE


def _topped_up(record: RunRecord, position: int) -> bool:
    return any(
        row.event == "MarginAdded" and json.loads(row.arguments)["id"] == str(position)
        for row in record.events
    )


def test_side_results__of_a_run__differ_from_nought_by_the_premium_of_the_skew_alone(
    lively: RunRecord,
) -> None:
    sides = {side.name: side.result for side in side_results(lively, position_results(lively))}
    end, scale = lively.blocks[-1], 10**9 * WAD // (100 * WAD)  # skew_scale in base
    premium = end.price * end.skew**2 // WAD // (2 * scale * WAD)

    assert list(sides) == ["Longs", "Shorts", "Liquidity pool", "Insurance fund", "Keepers"]
    assert abs(sum(sides.values()) + premium) < len(lively.positions) * 10 * SCALE


def test_side_results__without_events__give_traders_as_a_body() -> None:
    crash = crash_record()
    assert position_results(crash) == {}

    sides = {side.name: side.result for side in side_results(crash, {})}

    assert list(sides) == ["Traders", "Liquidity pool", "Insurance fund", "Keepers"]
    assert sum(sides.values()) == 0
    assert side_results(replace(crash, blocks=()), {}) == []
