"""What the plots show, as exact integers over time; figures draw it and the tables beside them quote it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from isomargin.record import BlockRow, RunRecord

__all__ = [
    "Mark",
    "Series",
    "block_group",
    "drawn_blocks",
    "keeper_profits",
    "keeper_series",
    "liquidation_bars",
    "liquidation_marks",
    "ratio_series",
    "series_of",
    "struck_blocks",
]

Mark = Literal["line", "area", "dot", "bar", "inner", "outer"]

_DRAWN_BLOCKS = 2000  # as many as a wide screen has dots, and half of what keeps the page small
_DRAWN_BARS = 300


@dataclass(frozen=True)
class Series:
    """One quantity over time.

    Attributes
    ----------
    name : str
        As in the legend.
    mark : str
        How it is drawn: "line", "area", "dot" or "bar"; or a part of a band in a legend.
    colour : str
        A CSS colour that can be told from its neighbours on white and on black.
    timestamps : sequence of int
        Unix times.
    amounts : sequence of int
        In units of ``10**-decimals``.
    decimals : int
        Digits behind the point.
    weights : sequence of int
        What the size of a dot or the label of a bar says besides, if anything (WAD quote, or blocks).
    groups : sequence of str
        Of a mark that stands for positions: the group of them that it leads to.
    in_legend : bool
        Whether the legend names it; one edge of a band is enough.
    """

    name: str
    mark: Mark
    colour: str
    timestamps: Sequence[int]
    amounts: Sequence[int]
    decimals: int
    weights: Sequence[int] = ()
    groups: Sequence[str] = ()
    in_legend: bool = True


def drawn_blocks(blocks: Sequence[BlockRow], limit: int = _DRAWN_BLOCKS) -> Sequence[BlockRow]:
    """At most about `limit` blocks that keep every peak of the price: all of them, if they are few.

    Of each stretch of a longer run stay the first block and those of the lowest and highest price.
    """
    if len(blocks) <= limit:
        return blocks
    kept: list[BlockRow] = []
    for stretch in _stretches(blocks, limit // 3):
        peaks = {
            id(block): block for block in (stretch[0], min(stretch, key=_price), max(stretch, key=_price))
        }
        kept += sorted(peaks.values(), key=lambda block: block.block)
    return kept if kept[-1] is blocks[-1] else [*kept, blocks[-1]]


def series_of(
    blocks: Sequence[BlockRow],
    name: str,
    colour: str,
    amount: Callable[[BlockRow], int],
    *,
    decimals: int = 18,
    mark: Mark = "line",
) -> Series:
    """One quantity of each block."""
    return Series(
        name,
        mark,
        colour,
        [block.timestamp for block in blocks],
        [amount(block) for block in blocks],
        decimals,
    )


def struck_blocks(blocks: Sequence[BlockRow], limit: int = _DRAWN_BLOCKS) -> list[BlockRow]:
    """The blocks with liquidations; of more than `limit` those with the largest notional."""
    struck = [block for block in blocks if block.liquidations > 0]
    largest = sorted(struck, key=lambda block: (-block.liquidated_notional, block.block))[:limit]
    return sorted(largest, key=lambda block: block.block)


def block_group(block: int) -> str:
    """The name of the group of positions that a block liquidated."""
    return f"b{block}"


def liquidation_marks(blocks: Sequence[BlockRow], colour: str, limit: int = _DRAWN_BLOCKS) -> Series:
    """The price of each block with liquidations, weighted with the notional closed (WAD quote)."""
    shown = struck_blocks(blocks, limit)
    return Series(
        "Liquidations, area by notional",
        "dot",
        colour,
        [block.timestamp for block in shown],
        [block.price for block in shown],
        18,
        [block.liquidated_notional for block in shown],
        [block_group(block.block) for block in shown],
    )


def ratio_series(record: RunRecord, band: str, median: str, lowest: str) -> tuple[Series, ...]:
    """Margin ratios over time: 5%, 95%, 25%, 75%, the median and the lowest; none without positions."""
    rows = {row.block: row for row in record.margin_ratios}
    drawn = [block for block in drawn_blocks(record.blocks) if block.block in rows]
    if not drawn:
        return ()
    times, shown = [block.timestamp for block in drawn], [rows[block.block] for block in drawn]
    return (
        Series("5%", "line", band, times, [row.p5 for row in shown], 18, in_legend=False),
        Series("95%", "area", band, times, [row.p95 for row in shown], 18, in_legend=False),
        Series("25%", "line", band, times, [row.p25 for row in shown], 18, in_legend=False),
        Series("75%", "area", band, times, [row.p75 for row in shown], 18, in_legend=False),
        Series("Median", "line", median, times, [row.p50 for row in shown], 18),
        Series("Lowest", "line", lowest, times, [row.lowest for row in shown], 18),
    )


def liquidation_bars(blocks: Sequence[BlockRow], colour: str, limit: int = _DRAWN_BARS) -> Series:
    """Liquidations of each block, or of equal stretches of blocks when there are more than `limit`."""
    stretches = _stretches(blocks, min(limit, len(blocks))) if blocks else []
    longest = max((len(stretch) for stretch in stretches), default=1)
    name = "Liquidations in a block" if longest == 1 else f"Liquidations in {longest} blocks"
    return Series(
        name,
        "bar",
        colour,
        [stretch[0].timestamp for stretch in stretches],
        [sum(block.liquidations for block in stretch) for stretch in stretches],
        0,
    )


def keeper_series(record: RunRecord, rewards_colour: str, gas_colour: str) -> tuple[Series, Series]:
    """Rewards and gas cost of all keepers together, summed up since the start, in token units."""
    blocks = drawn_blocks(record.blocks)
    times = [block.timestamp for block in blocks]
    rewards = {row.block: 0 for row in record.blocks}
    gas_costs = dict(rewards)
    for row in record.keepers:
        rewards[row.block] = rewards.get(row.block, 0) + row.rewards
        gas_costs[row.block] = gas_costs.get(row.block, 0) + row.gas_cost
    decimals = record.run.token_decimals
    series = []
    for name, colour, amounts in (("Rewards", rewards_colour, rewards), ("Gas cost", gas_colour, gas_costs)):
        numbers = sorted(amounts)
        totals = dict(zip(numbers, accumulate(amounts[number] for number in numbers), strict=True))
        series.append(
            Series(name, "line", colour, times, [totals[block.block] for block in blocks], decimals)
        )
    return series[0], series[1]


def keeper_profits(record: RunRecord, colours: Sequence[str]) -> tuple[Series, ...]:
    """The profit of each keeper since the start, in token units: the best and, of many, the worst.

    Of more keepers than there are colours, those in the middle of the ranking have no line.
    """
    blocks, ranked = drawn_blocks(record.blocks), [rank.name for rank in record.summary.keepers]
    room = len(colours)
    names = ranked if len(ranked) <= room else [*ranked[: room - 1], ranked[-1]]
    return tuple(
        Series(
            name,
            "line",
            colour,
            [block.timestamp for block in blocks],
            _profits(record, name, blocks),
            record.run.token_decimals,
        )
        for name, colour in zip(names, colours, strict=False)
    )


def _profits(record: RunRecord, name: str, blocks: Sequence[BlockRow]) -> list[int]:
    """What a keeper had earned, gas paid, at the end of each of some blocks."""
    rows = [row for row in record.keepers if row.keeper == name]
    ends = [row.block for row in rows]
    totals = [0, *accumulate(row.rewards - row.gas_cost for row in rows)]
    return [totals[bisect_right(ends, block.block)] for block in blocks]


def _price(block: BlockRow) -> int:
    return block.price


def _stretches(blocks: Sequence[BlockRow], parts: int) -> list[Sequence[BlockRow]]:
    """Cut into at most `parts` consecutive stretches of one length, the last perhaps shorter."""
    length = -(-len(blocks) // parts)
    return [blocks[start : start + length] for start in range(0, len(blocks), length)]
