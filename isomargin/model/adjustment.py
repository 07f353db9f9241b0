"""The factor on all requirements: how volatility is measured, and how maintenance follows a change in time.

Frozen states that give the next one; all multipliers are WAD, times unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import isqrt
from typing import Self

from isomargin.errors import InputError
from isomargin.model.arithmetic import SECONDS_A_DAY, ceil_div, floor_div
from isomargin.units import WAD, from_wad

__all__ = ["NO_ADJUSTMENT", "Adjustment", "Climb", "Multipliers"]

_MOST = 10 * WAD
_LARGEST_RETURN = 10 * WAD
_LARGEST_VARIANCE = 100 * WAD
_SECONDS_LIMIT = 2**32


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the risk admin sets; as it is by default, every multiplier stays one.

    Attributes
    ----------
    volatility_reference : int
        Standard deviation of a day's return above which requirements rise in proportion, WAD; 0 for never.
    volatility_memory : int
        Seconds in which an old return loses all but 1/e of its weight.
    volatility_cap : int
        Largest volatility multiplier, WAD.
    system_multiplier : int
        For the whole market, WAD.
    max_multiplier : int
        Largest product of both, WAD.
    ramp_seconds : int
        In which maintenance reaches a higher multiplier.

    Raises
    ------
    InputError
        If one is out of its range.
    """

    volatility_reference: int = 0
    volatility_memory: int = SECONDS_A_DAY
    volatility_cap: int = 3 * WAD
    system_multiplier: int = WAD
    max_multiplier: int = WAD
    ramp_seconds: int = 3_600

    def __post_init__(self) -> None:
        for name in ("volatility_cap", "system_multiplier", "max_multiplier"):
            if not WAD <= getattr(self, name) <= _MOST:
                raise InputError(f"{name}: expected from 1 to 10, found {from_wad(getattr(self, name))}")
        if not 0 <= self.volatility_reference <= _MOST:
            raise InputError(
                f"volatility_reference: expected from 0 to 10, found {from_wad(self.volatility_reference)}"
            )
        for name in ("volatility_memory", "ramp_seconds"):
            if not 0 < getattr(self, name) < _SECONDS_LIMIT:
                raise InputError(f"{name}: expected 1 to {_SECONDS_LIMIT - 1}, found {getattr(self, name)}")

    def volatility_multiplier(self, deviation: int) -> int:
        """What a standard deviation of a day's return asks for, WAD, up."""
        if self.volatility_reference == 0:
            return WAD
        wanted = ceil_div(deviation * WAD, self.volatility_reference)
        return min(max(wanted, WAD), self.volatility_cap)

    def target(self, deviation: int) -> int:
        """Both multipliers together, WAD, up."""
        product = ceil_div(self.volatility_multiplier(deviation) * self.system_multiplier, WAD)
        return min(product, self.max_multiplier)


NO_ADJUSTMENT = Adjustment()
"""Every multiplier is one, and stays so."""


@dataclass(frozen=True, slots=True)
class Climb:
    """How the multiplier of maintenance moves: a straight line up from `start`, flat at `target`.

    Attributes
    ----------
    start, target : int
        WAD; `target` binds opening from the beginning.
    started_at : int
        Unix seconds.
    rise : int
        WAD a second.
    """

    start: int = WAD
    target: int = WAD
    started_at: int = 0
    rise: int = 0

    def height(self, now: int) -> int:
        """The multiplier of maintenance at a moment, WAD."""
        return min(self.target, self.start + self.rise * (now - self.started_at))

    def retargeted(self, target: int, now: int, ramp_seconds: int) -> Climb:
        """Turn to another target: down at once, up in a line that is never slower than the one before."""
        if target == self.target:
            return self
        reached = self.height(now)
        if target <= reached:
            return Climb(target, target, now, 0)
        own = ceil_div(target - reached, ramp_seconds)
        is_climbing = reached < self.target
        return Climb(reached, target, now, max(own, self.rise) if is_climbing else own)


@dataclass(frozen=True, slots=True)
class Multipliers:
    """The adjustment as it stands.

    Attributes
    ----------
    terms : Adjustment
        In force.
    climb : Climb
        Under way, or ended.
    variance : int
        Of a day's return, WAD, up.
    observed_price, observed_at : int
        Of the last observation, WAD and unix seconds; 0 before the first.
    """

    terms: Adjustment
    climb: Climb
    variance: int = 0
    observed_price: int = 0
    observed_at: int = 0

    @classmethod
    def begin(cls, terms: Adjustment, now: int) -> Self:
        """Those of an engine just deployed: at the target without a climb."""
        target = terms.target(0)
        return cls(terms, Climb(target, target, now, 0))

    @property
    def deviation(self) -> int:
        """Standard deviation of a day's return, WAD, down."""
        return isqrt(self.variance * WAD)

    @property
    def for_opening(self) -> int:
        """What initial margin is multiplied by, WAD."""
        return self.climb.target

    def for_maintenance(self, now: int) -> int:
        """What maintenance margin is multiplied by at a moment, WAD."""
        return self.climb.height(now)

    def observed(self, price: int, now: int) -> Self:
        """Take a good price in, once a second; the first only gives the next something to compare with."""
        elapsed = now - self.observed_at
        if elapsed == 0:
            return self
        variance = self.variance
        if self.observed_price:
            variance = self._moved_on(price, elapsed)
        seen = replace(self, variance=variance, observed_price=price, observed_at=now)
        return seen._retargeted(now)

    def with_terms(self, terms: Adjustment, now: int) -> Self:
        """Go by other terms."""
        return replace(self, terms=terms)._retargeted(now)

    def with_system_multiplier(self, multiplier: int, now: int) -> Self:
        """Go by another system multiplier, WAD."""
        return self.with_terms(replace(self.terms, system_multiplier=multiplier), now)

    def _retargeted(self, now: int) -> Self:
        target = self.terms.target(self.deviation)
        return replace(self, climb=self.climb.retargeted(target, now, self.terms.ramp_seconds))

    def _moved_on(self, price: int, elapsed: int) -> int:
        """Blend the old variance and that of the newest return by the time between them."""
        move = ceil_div(abs(price - self.observed_price) * WAD, self.observed_price)
        change = min(move, _LARGEST_RETURN)
        news = ceil_div(change * change * SECONDS_A_DAY, WAD * elapsed)
        weight = _weight_kept(min(elapsed, _SECONDS_LIMIT - 1), self.terms.volatility_memory)
        return min(ceil_div(self.variance * weight + news * (WAD - weight), WAD), _LARGEST_VARIANCE)


@cache
def _weight_kept(seconds: int, memory: int) -> int:
    """``(memory / (memory + 1)) ** seconds``, WAD, by squares of halves, each step down."""
    if seconds == 0:
        return WAD
    half = _weight_kept(seconds // 2, memory)
    whole = floor_div(half * half, WAD)
    if seconds % 2:
        whole = floor_div(whole * floor_div(memory * WAD, memory + 1), WAD)
    return whole
