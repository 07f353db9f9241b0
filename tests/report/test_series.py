from dataclasses import replace

import pytest

from isomargin.record import BlockRow, KeeperRow, RunRecord, rank_keepers
from isomargin.report.series import (
    drawn_blocks,
    keeper_profits,
    keeper_series,
    liquidation_bars,
    liquidation_marks,
)
from isomargin.units import WAD
from tests.record.crash import crash_record


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


def test_drawn_blocks__few__are_all_drawn(crash: RunRecord) -> None:
    assert drawn_blocks(crash.blocks) is crash.blocks


@pytest.mark.parametrize("limit", [30, 60, 90])
def test_drawn_blocks__many__keep_both_ends_and_the_peaks_in_order(crash: RunRecord, limit: int) -> None:
    drawn = drawn_blocks(crash.blocks, limit)
    numbers = [block.block for block in drawn]
    prices = [block.price for block in drawn]

    assert len(drawn) <= limit + 1
    assert numbers == sorted(set(numbers))
    assert (drawn[0], drawn[-1]) == (crash.blocks[0], crash.blocks[-1])
    assert min(prices) == min(block.price for block in crash.blocks)
    assert max(prices) == max(block.price for block in crash.blocks)


def test_liquidation_bars__many_blocks__add_up_to_the_same_number(crash: RunRecord) -> None:
    bars = liquidation_bars(crash.blocks, "red", limit=20)

    assert len(bars.amounts) <= 20
    assert sum(bars.amounts) == crash.summary.liquidations.count
    assert bars.name == "Liquidations in 10 blocks"  # 187 blocks in at most 20 bars


def test_liquidation_bars__few_blocks__are_one_each(crash: RunRecord) -> None:
    bars = liquidation_bars(crash.blocks, "red")

    assert list(bars.amounts) == [block.liquidations for block in crash.blocks]
    assert bars.name == "Liquidations in a block"


def test_liquidation_marks__beyond_the_limit__keep_the_largest_in_order(crash: RunRecord) -> None:
    struck = sorted(block.liquidated_notional for block in crash.blocks if block.liquidations)

    marks = liquidation_marks(crash.blocks, "red", limit=3)

    assert sorted(marks.weights) == struck[-3:]
    assert list(marks.timestamps) == sorted(marks.timestamps)


def test_keeper_series__two_keepers_in_one_block__are_summed_and_carried_on(crash: RunRecord) -> None:
    def blocks(*numbers: int) -> tuple[BlockRow, ...]:
        return tuple(replace(crash.blocks[0], block=number, timestamp=100 * number) for number in numbers)

    def keeper(name: str, block: int, rewards: int, gas_cost: int) -> KeeperRow:
        return KeeperRow(name, block, 1, 1, 0, rewards, 1, WAD, gas_cost)

    record = replace(
        crash,
        blocks=blocks(4, 5, 7),
        keepers=(keeper("a", 7, 1, 20), keeper("a", 5, 10, 2), keeper("b", 5, 5, 3)),
    )

    rewards, gas_cost = keeper_series(record, "green", "grey")

    assert list(rewards.timestamps) == [400, 500, 700]
    assert list(rewards.amounts) == [0, 15, 16]
    assert list(gas_cost.amounts) == [0, 5, 25]


def test_keeper_profits__each__is_summed_up_and_carried_on(crash: RunRecord) -> None:
    rows = (
        KeeperRow("a", 5, 1, 1, 0, 10, 1, WAD, 2),
        KeeperRow("b", 5, 1, 0, 0, 0, 1, WAD, 3),
        KeeperRow("a", 7, 1, 1, 0, 1, 1, WAD, 20),
    )
    blocks = tuple(replace(crash.blocks[0], block=number, timestamp=100 * number) for number in (4, 5, 6, 7))
    record = replace(
        crash, blocks=blocks, keepers=rows, summary=replace(crash.summary, keepers=rank_keepers(rows, ["c"]))
    )
    lines = keeper_profits(record, ("green", "blue", "grey"))

    assert [(line.name, line.colour, list(line.amounts)) for line in lines] == [
        ("c", "green", [0, 0, 0, 0]),
        ("b", "blue", [0, -3, -3, -3]),
        ("a", "grey", [0, 8, 8, -11]),
    ]
    assert list(lines[0].timestamps) == [400, 500, 600, 700]


def test_keeper_profits__more_than_colours__are_the_best_and_the_last(crash: RunRecord) -> None:
    rows = tuple(KeeperRow(name, 5, 1, 1, 0, profit, 1, WAD, 0) for profit, name in enumerate("abcde"))
    record = replace(crash, keepers=rows, summary=replace(crash.summary, keepers=rank_keepers(rows)))

    assert [line.name for line in keeper_profits(record, ("green", "blue", "grey"))] == ["e", "d", "a"]
