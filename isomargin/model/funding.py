"""Funding: how the skew makes a rate, the rate an area over time, and the area an index.

The rate a day (WAD) is kept times `SECONDS_A_DAY`, as the *scaled rate*, so that a rate that changes every
second stays an integer; areas under it are kept twice, for the same reason. Longs pay while it is above zero.
The formulas are those of ``docs/semantics.md``, under Funding.
"""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.model.arithmetic import SECONDS_A_DAY, away_div, floor_div
from isomargin.model.terms import Parameters
from isomargin.units import WAD

__all__ = [
    "FundingStretch",
    "funding_over",
    "funding_velocity",
    "index_increment",
    "lean",
    "proportional_rate",
    "rate_a_day",
]


@dataclass(frozen=True, slots=True)
class FundingStretch:
    """What some seconds at one skew come to, whatever the price.

    Attributes
    ----------
    scaled_rate : int
        At their end: WAD a day, times the seconds of a day.
    doubled_area : int
        Twice the integral of the scaled rate over them.
    """

    scaled_rate: int
    doubled_area: int


def funding_over(skew: int, scaled_rate: int, elapsed: int, parameters: Parameters) -> FundingStretch:
    """Let funding run for some seconds, in the mode that the parameters choose.

    Parameters
    ----------
    skew : int
        That stood all the while, WAD base.
    scaled_rate : int
        At the beginning; only the velocity mode asks.
    elapsed : int
        Seconds.
    parameters : Parameters
        In force all the while: proportional without a `max_funding_velocity`, none without a
        `max_funding_rate`.
    """
    terms = parameters
    if terms.max_funding_velocity == 0:
        rate = proportional_rate(skew, terms.skew_scale, terms.max_funding_rate)
        return _steady(rate * SECONDS_A_DAY, elapsed)
    bound = terms.max_funding_rate * SECONDS_A_DAY
    velocity = funding_velocity(skew, terms.skew_scale, terms.max_funding_velocity)
    return _moving(_clamp(scaled_rate, bound), velocity, bound, elapsed)


def lean(skew: int, skew_scale: int) -> int:
    """The part of the skew that counts, WAD base: no more than the scale on either side."""
    return _clamp(skew, skew_scale)


def proportional_rate(skew: int, skew_scale: int, max_funding_rate: int) -> int:
    """The rate a day where it follows the skew at once, WAD; away from zero: the majority side pays."""
    return away_div(lean(skew, skew_scale) * max_funding_rate, skew_scale)


def funding_velocity(skew: int, skew_scale: int, max_funding_velocity: int) -> int:
    """By how much a day the rate a day moves, WAD, away from zero; a second moves the scaled rate by it."""
    return away_div(lean(skew, skew_scale) * max_funding_velocity, skew_scale)


def rate_a_day(scaled_rate: int) -> int:
    """The rate that the market tells, WAD, towards zero."""
    magnitude = floor_div(abs(scaled_rate), SECONDS_A_DAY)
    return magnitude if scaled_rate > 0 else -magnitude


def index_increment(doubled_area: int, price: int) -> int:
    """How far an area at a price (WAD) moves the funding index, WAD quote per base, away from zero."""
    return away_div(doubled_area * price, 2 * WAD * SECONDS_A_DAY * SECONDS_A_DAY)


def _steady(scaled_rate: int, elapsed: int) -> FundingStretch:
    return FundingStretch(scaled_rate, 2 * scaled_rate * elapsed)


def _moving(scaled_rate: int, velocity: int, bound: int, elapsed: int) -> FundingStretch:
    """Move the rate in a straight line, and hold it at its bound from where it meets it."""
    reached = scaled_rate + velocity * elapsed
    if abs(reached) <= bound:
        return FundingStretch(reached, 2 * scaled_rate * elapsed + velocity * elapsed * elapsed)
    sign = 1 if velocity > 0 else -1
    missing = bound - sign * scaled_rate
    # The bound all the time, less the triangle above the line on the way there.
    magnitude = 2 * bound * elapsed - floor_div(missing * missing, abs(velocity))
    return FundingStretch(sign * bound, sign * magnitude)


def _clamp(figure: int, most: int) -> int:
    return max(-most, min(figure, most))
