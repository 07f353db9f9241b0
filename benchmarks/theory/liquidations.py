"""How often a position is liquidated while the price is a geometric Brownian motion: contracts and model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.theory.formulas import YEAR, first_passage, first_passage_at_steps, shifted
from benchmarks.theory.market import FIRST_PRICE, LONG, SHORT, Contracts, Integers, terms
from isomargin.prices import PricePath, geometric_brownian_path
from isomargin.units import to_float

__all__ = ["HORIZON", "MODEL", "Ends", "Share", "ends_by_contracts", "ends_by_model", "paths", "shares"]

HORIZON = 2 * 86_400
"""Seconds that a path is long."""

MODEL = {"drift": -2.0, "volatility": 0.8}
"""Of the price, a year: a bad quarter, so that the drift is felt."""

_SEED = 20_200_312

Ends = dict[int, int | None]
"""By position, at which price of the path it was liquidated; None for one that was not."""


@dataclass(frozen=True)
class Share:
    """How many positions of one kind were liquidated, and what formulas say.

    Attributes
    ----------
    machine, side : str
    steps, paths, liquidated : int
        Prices of a path; paths; those on which it was liquidated.
    exact : float
        The probability that one of the prices of a path is beyond the barrier.
    corrected : float
        The same by the formula for a price that is watched all the time, with the barrier shifted.
    always : float
        The probability for a price that is watched all the time.
    """

    machine: str
    side: str
    steps: int
    paths: int
    liquidated: int
    exact: float
    corrected: float
    always: float

    @property
    def share(self) -> float:
        """Of all paths."""
        return self.liquidated / self.paths

    @property
    def error(self) -> float:
        """The sampling error of the share: its standard deviation if theory is right."""
        return math.sqrt(self.exact * (1 - self.exact) / self.paths)

    @property
    def off_by(self) -> float:
        """How far the share is from the exact probability, in sampling errors."""
        return (self.share - self.exact) / self.error


def paths(count: int, steps: int, start: int) -> Iterator[PricePath]:
    """Independent price paths: the generator of `[prices.gbm]`, one seed a path."""
    for number in range(count):
        yield geometric_brownian_path(
            np.random.default_rng([_SEED, steps, number]),
            start_price=FIRST_PRICE,
            **MODEL,
            start=start,
            step=HORIZON // steps,
            steps=steps,
        )


def ends_by_contracts(count: int, steps: int) -> tuple[list[Ends], dict[int, int]]:
    """Play paths on the deployed market, each from the same state; a keeper tries at every price.

    Returns
    -------
    ends, liquidation_prices
        By path; by position, as the lens shows them at the beginning.
    """
    contracts = Contracts.begin(terms())
    chain, system = contracts.chain, contracts.system
    prices = {one: system.position(one).liquidation_price for one in (LONG, SHORT)}
    found = []
    for path in paths(count, steps, chain.timestamp):
        snapshot = chain.snapshot()
        found.append(_played(contracts, path))
        chain.revert(snapshot)
    return found, prices


def _played(contracts: Contracts, path: PricePath) -> Ends:
    system = contracts.system
    ends: Ends = {LONG: None, SHORT: None}
    for index, point in enumerate(path):
        if index == 0:
            continue  # the price at which they were opened
        due = [one for one, end in ends.items() if end is None]
        tried = [system.push_price(point.price), system.liquidate_batch(contracts.keeper, due)]
        block = contracts.chain.mine(tried, timestamp=point.timestamp)
        for receipt in block.receipts:
            assert receipt.success, receipt.revert_reason
            for item in system.events(receipt.logs):
                if item.event.name == "PositionLiquidated":
                    ends[item.event.args["id"]] = index
        if None not in ends.values():
            break
    return ends


def ends_by_model(count: int, steps: int, start: int = 1_577_836_800) -> tuple[list[Ends], dict[int, int]]:
    """The same in integers: at which price of each path the model says that one is below maintenance."""
    market = Integers(terms(), start).market
    found = []
    for path in paths(count, steps, start):
        ends: Ends = {LONG: None, SHORT: None}
        for one in ends:
            for index, point in enumerate(path):
                if market.is_liquidatable(one, point.price, point.timestamp):
                    ends[one] = index
                    break
        found.append(ends)
    index, scale = market.books.funding_index, market.token_scale
    holdings = {one: market.holding(one) for one in (LONG, SHORT)}
    prices = {
        one: market.risk.liquidation_price(held.size, held.net_cash(FIRST_PRICE, index, scale))
        for one, held in holdings.items()
    }
    return found, prices


def shares(
    machine: str, steps: int, ends: Sequence[Ends], liquidation_prices: Mapping[int, int]
) -> list[Share]:
    """The share of each position, beside the formulas for a barrier at its liquidation price."""
    years, interval = HORIZON / YEAR, HORIZON / steps / YEAR
    found = []
    for one, side in ((LONG, "long"), (SHORT, "short")):
        distance = math.log(to_float(liquidation_prices[one]) / to_float(FIRST_PRICE))
        corrected = shifted(distance, volatility=MODEL["volatility"], interval=interval)
        found.append(
            Share(
                machine,
                side,
                steps,
                len(ends),
                sum(end[one] is not None for end in ends),
                first_passage_at_steps(distance, **MODEL, interval=interval, steps=steps),
                first_passage(corrected, **MODEL, years=years),
                first_passage(distance, **MODEL, years=years),
            )
        )
    return found
