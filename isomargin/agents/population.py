"""Draws a crowd of traders, whose variety decides who is liquidated when."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from isomargin.agents.trader import Behaviour, Trader
from isomargin.units import WAD, to_float, to_wad

__all__ = ["PopulationTraits", "population"]


@dataclass(frozen=True, slots=True)
class PopulationTraits:
    """What a crowd of traders has in common.

    Attributes
    ----------
    count : int
    min_notional, max_notional : int
        Bounds of the log-uniform notional, WAD quote: as many traders between 1,000 and 10,000 as between
        10,000 and 100,000.
    min_leverage, max_leverage : int
        Bounds of the log-uniform leverage, WAD: as many at 2x to 10x as at 10x to 50x.
    long_share : float
        Probability of being long.
    open_over : int
        The openings are spread evenly over so many steps from the first.
    top_up_share : float
        Probability of having the top-up habit of `behaviour`; the others never add margin.
    behaviour : Behaviour
    orders_share : float
        Probability of leaving things to trigger orders as `behaviour` does. Those who top up are the first to
        go without.
    """

    count: int
    min_notional: int
    max_notional: int
    min_leverage: int
    max_leverage: int
    long_share: float = 0.5
    open_over: int = 1
    top_up_share: float = 0.0
    behaviour: Behaviour = field(default_factory=Behaviour)
    orders_share: float = 0.0


def population(
    traits: PopulationTraits,
    random: np.random.Generator,
    *,
    account: Callable[[str], str],
    initial_margin: Callable[[int], int],
    entry_cost_ratio: int = 0,
    cushion: int = WAD // 20,
) -> list[Trader]:
    """Draw traders, each able to open what it wants.

    Leverage is cut where the margin would not cover ``initial_margin * (1 + cushion)`` and the costs of
    entry, so the market has no reason to refuse for want of margin.

    Parameters
    ----------
    traits : PopulationTraits
    random : numpy.random.Generator
        Five draws a trader, whatever the traits, so that changing one leaves the others as they were.
    account : callable
        The account of a name.
    initial_margin : callable
        Of a notional; both WAD quote.
    entry_cost_ratio : int
        Trade fee and largest price impact as a share of the notional, WAD.
    cushion : int
        WAD ratio of the initial margin.
    """
    digits = len(str(traits.count))
    traders = []
    for number in range(1, traits.count + 1):
        notional_at, leverage_at, side_at, step_at, habit_at = random.random(5).tolist()
        notional = _log_uniform(notional_at, traits.min_notional, traits.max_notional)
        wanted = _log_uniform(leverage_at, traits.min_leverage, traits.max_leverage)
        least_margin = -(-initial_margin(notional) * (WAD + cushion) // WAD)
        least_margin += -(-notional * entry_cost_ratio // WAD)
        highest = notional * WAD // least_margin if least_margin else wanted
        behaviour = traits.behaviour
        if habit_at >= traits.top_up_share:
            behaviour = replace(behaviour, top_up_below=None)
        if habit_at < 1 - traits.orders_share:
            behaviour = replace(behaviour, orders=None)
        name = f"trader-{number:0{digits}d}"
        traders.append(
            Trader(
                name=name,
                account=account(name),
                is_long=side_at < traits.long_share,
                notional=notional,
                leverage=min(wanted, highest),
                opens_at=int(step_at * traits.open_over),
                behaviour=behaviour,
            )
        )
    return traders


def _log_uniform(quantile: float, low: int, high: int) -> int:
    """A WAD amount between the bounds, to two decimals: finer would show how a machine rounds."""
    exponent = math.log(to_float(low)) * (1 - quantile) + math.log(to_float(high)) * quantile
    return min(max(to_wad(Decimal(f"{math.exp(exponent):.2f}")), low), high)
