"""What is due in a block: the price that it carries, and whether people act before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isomargin.prices import PricePath
from isomargin.scenario import Scenario

__all__ = ["Beat", "beats"]


@dataclass(frozen=True, slots=True)
class Beat:
    """One block of the story.

    Attributes
    ----------
    timestamp : int
        Unix seconds.
    step : int
        Number of the price that it belongs to, from 0.
    price : int or None
        What the oracle writes first in it, WAD, if anything.
    people_act : bool
        Whether traders and liquidity providers are asked; they think once a price.
    ends_price : bool
        Whether it is the last block of its price.
    """

    timestamp: int
    step: int
    price: int | None
    people_act: bool
    ends_price: bool


def beats(scenario: Scenario, path: PricePath) -> Iterator[Beat]:
    """Every block of a run, as the scenario's `[chain]` says.

    The first block of a price carries it; people act on it in the second, or in the next price's where each
    has only one.
    """
    blocks, interval = scenario.chain.blocks_per_price, scenario.chain.block_time
    for step, point in enumerate(path):
        for number in range(blocks):
            yield Beat(
                timestamp=point.timestamp + number * interval,
                step=step,
                price=point.price if number == 0 else None,
                people_act=number == min(1, blocks - 1),
                ends_price=number == blocks - 1,
            )
