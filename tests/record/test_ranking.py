"""The ranking adds up what keepers did, and counts how long positions waited."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isomargin.record import KeeperRank, KeeperRow, Recorder, RunInfo, WaitResult, rank_keepers, wait_of
from tests.record.crash import crash_record


def row(keeper: str, block: int, rewards: int, gas_cost: int, **changes: Any) -> KeeperRow:
    return KeeperRow(keeper, block, 1, 0, 0, rewards, 100, 10**9, gas_cost, **changes)


def test_rank__blocks_of_a_keeper__are_added_up():
    rows = [
        row("swift", 1, 50, 10, won=3, lost=1),
        row("swift", 4, 0, 7, lost=2, wasted_gas=100, wasted_gas_cost=7),
    ]

    assert rank_keepers(rows) == (
        KeeperRank(
            name="swift",
            won=3,
            lost=3,
            transactions=2,
            failed=0,
            gas_used=200,
            gas_cost=17,
            wasted_gas=100,
            wasted_gas_cost=7,
            rewards=50,
            profit=33,
        ),
    )


def test_rank__several__are_in_order_of_profit_then_name():
    rows = [row("loser", 1, 0, 5), row("b", 1, 9, 4), row("a", 2, 6, 1), row("winner", 3, 8, 1)]
    ranked = rank_keepers(rows, names=["idle", "winner"])

    assert [(rank.name, rank.profit) for rank in ranked] == [
        ("winner", 7),
        ("a", 5),
        ("b", 5),
        ("idle", 0),
        ("loser", -5),
    ]


def test_rank__gas_that_was_not_counted__is_none_and_its_cost_stays():
    (rank,) = rank_keepers([replace(row("a", 1, 0, 5), gas_used=None, wasted_gas=None)])

    assert (rank.gas_used, rank.wasted_gas, rank.gas_cost) == (None, None, 5)


def test_rank__as_object__has_exact_money_and_plain_counts():
    (rank,) = rank_keepers([row("a", 1, 1_500_000, 2_000_001, won=2, wasted_gas_cost=1)])

    assert rank.as_object(6) == {
        "name": "a",
        "won": 2,
        "lost": 0,
        "transactions": 1,
        "failed": 0,
        "gas_used": 100,
        "gas_cost": "2.000001",
        "wasted_gas": 0,
        "wasted_gas_cost": "0.000001",
        "rewards": "1.5",
        "profit": "-0.500001",
    }


@pytest.mark.parametrize(
    ("waits", "result"),
    [
        ([], WaitResult(None, None)),
        ([None, None], WaitResult(None, None)),
        ([0], WaitResult(0, 0)),
        ([4, None, 1, 2, 9], WaitResult(2, 9)),  # the lower of the two in the middle
    ],
)
def test_wait__positions__have_a_lower_median_and_a_most(waits, result):
    some = crash_record().positions[: len(waits)]

    assert (
        wait_of(replace(position, waited=wait) for position, wait in zip(some, waits, strict=True)) == result
    )


def test_summary__keepers_of_the_scenario__are_there_though_they_did_nothing():
    run = RunInfo("small", "py-evm", 1, 6, parameters={"keepers": [{"name": "idle"}, {"name": "busy"}]})
    recorder = Recorder()
    recorder.append(row("busy", 1, 5, 1))
    recorder.append(row("bot-1", 1, 3, 1))
    summary = recorder.finish(run, pool_deposited=0).summary

    assert [rank.name for rank in summary.keepers] == ["busy", "bot-1", "idle"]
    assert [found["name"] for found in summary.as_object()["keepers"]] == ["busy", "bot-1", "idle"]
    assert (summary.as_object()["missed"], summary.as_object()["waited"]) == (
        0,
        {"median": None, "most": None},
    )
