"""A life is told from its events in the order in which they happened, and its end in any case."""

import json
from dataclasses import replace
from typing import Any

import pytest

from isomargin.record import EventRow, PositionRow, RunRecord
from isomargin.report.lives import LifeEvent, groups, liquidated_in, lives
from isomargin.units import WAD
from tests.record.crash import START, TOKEN, crash_record


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


@pytest.fixture(scope="module")
def position(crash: RunRecord) -> PositionRow:
    return next(row for row in crash.positions if row.outcome == "liquidated" and row.side == "long")


def _event(block: int, event: str, position: int, contract: str = "market", **args: Any) -> EventRow:
    texts = {name: str(value) for name, value in {"id": position, **args}.items()}
    return EventRow(block, 0, 0, contract, event, json.dumps(texts))


def _told(crash: RunRecord, position: PositionRow, *events: EventRow) -> list[LifeEvent]:
    return lives(replace(crash, events=events), [position])[position.id]


def test_lives__without_events__have_their_opening_and_their_end(
    crash: RunRecord, position: PositionRow
) -> None:
    opened, ended = _told(crash, position)

    assert (opened.timestamp, opened.block, opened.kind) == (START, 1, "opened")
    assert opened.text.startswith("long ")
    assert (ended.kind, ended.block, ended.timestamp) == (
        "liquidated", position.closed_block, position.closed_at,
    )  # fmt: skip


def test_lives__all_kinds_of_events__are_told_with_their_amounts(
    crash: RunRecord, position: PositionRow
) -> None:
    ten = 10 * WAD
    settled: dict[str, Any] = {"penalty": 3 * TOKEN, "payout": 0, "price": 100 * WAD}
    told = _told(
        crash,
        position,
        _event(1, "PositionOpened", position.id),
        _event(2, "MarginAdded", position.id, amount=5 * TOKEN, margin=15 * TOKEN),
        _event(
            3, "PositionModified", position.id,
            size_delta=-WAD, size=ten, fill_price=99 * WAD, margin=15 * TOKEN,
        ),
        _event(4, "MarginCalled", position.id, "margin_calls", equity=8 * WAD, shortfall=2 * WAD),
        _event(5, "MarginRestored", position.id, "margin_calls"),
        _event(6, "PositionLiquidated", position.id, size_delta=-4 * WAD, size=6 * WAD, **settled),
        _event(7, "BadDebt", position.id, amount=9 * WAD, insurance_paid=2 * TOKEN, pool_loss=7 * WAD),
        _event(7, "PositionLiquidated", position.id, size_delta=-6 * WAD, size=0, **settled),
        _event(7, "PositionLiquidated", position.id + 1, size_delta=-6 * WAD, size=0, **settled),
    )  # fmt: skip

    assert [(event.block, event.kind) for event in told] == [
        (1, "opened"),
        (2, "margin added"),
        (3, "reduced"),
        (4, "margin called"),
        (5, "healthy again"),
        (6, "liquidated in part"),
        (7, "liquidated"),
        (7, "bad debt"),
    ]
    texts = {event.kind: event.text for event in told}
    assert texts["margin added"] == "5.00 USDC, margin 15.00 USDC"
    assert texts["reduced"] == "by 1.0000 ETH to 10.0000 ETH at 99.000, margin 15.00 USDC"
    assert texts["margin called"] == "equity 8.00 USDC, 2.00 USDC short of the call level"
    assert texts["liquidated in part"] == ("4.0000 ETH at 100.000, penalty 3.00 USDC; 6.0000 ETH left")
    assert texts["bad debt"] == "9.00 USDC: the fund paid 2.00 USDC, the pool 7.00 USDC"
    assert all(event.timestamp == START + 600 * (event.block - 1) for event in told)


def test_lives__with_very_many_events__are_cut_in_the_middle_and_say_so(
    crash: RunRecord, position: PositionRow
) -> None:
    added = [_event(2, "MarginAdded", position.id, amount=number, margin=number) for number in range(100)]

    told = _told(crash, position, *added)

    assert len(told) == 30
    assert (told[24].kind, told[24].text) == ("and so on", "73 more in the events table")
    assert told[-1].kind == "liquidated"


def test_liquidated_in__events__name_partial_liquidations_and_each_position_once(crash: RunRecord) -> None:
    events = (
        _event(6, "PositionLiquidated", 4, size=1),
        _event(6, "PositionLiquidated", 9, size=0),
        _event(6, "PositionLiquidated", 4, size=0),
    )

    assert liquidated_in(replace(crash, events=events)) == {6: [4, 9]}


def test_groups__of_a_crash__have_the_liquidated_of_every_block(crash: RunRecord) -> None:
    found = groups(crash, None, [row.id for row in crash.positions])
    struck = [block for block in crash.blocks if block.liquidations]

    assert set(found) == {f"b{block.block}" for block in struck}
    assert sum(len(group.ids) for group in found.values()) == crash.summary.positions.liquidated
    for block in struck:
        assert len(found[f"b{block.block}"].ids) == block.liquidations
        assert f"block {block.block}, " in found[f"b{block.block}"].label


def test_groups__positions_that_the_table_lacks__are_counted(crash: RunRecord) -> None:
    whole = groups(crash, None, [row.id for row in crash.positions])
    name, group = max(whole.items(), key=lambda item: len(item[1].ids))

    cut = groups(crash, None, group.ids[:2])[name]

    assert (cut.ids, cut.more) == (group.ids[:2], len(group.ids) - 2)
