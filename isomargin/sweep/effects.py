"""How much of an outcome's variance a parameter explains: first-order and total effects, less chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from isomargin.sweep.intervals import Floats, Integers

__all__ = ["Cells", "Groups", "Response", "bins_of", "first_order", "is_full_grid", "total_order"]

_MOST_BINS = 8
_LEAST_IN_BIN = 4

Cells = npt.NDArray[np.object_] | Floats
"""What a parameter is at each point: numbers, or names of choices."""


@dataclass(frozen=True)
class Groups:
    """Which level of a parameter each point is at.

    Attributes
    ----------
    labels : tuple
        Of the levels: a value, the name of a choice, or the middle of a bin.
    members : ndarray
        The number of the level of each point.
    ends : tuple
        The smallest and the largest value in each bin; empty where levels are single values.
    """

    labels: tuple[float | str, ...]
    members: Integers
    ends: tuple[tuple[float, float], ...] = ()

    def taken(self, rows: Integers) -> Groups:
        """The same for some of the points, repeats included."""
        return replace(self, members=self.members[rows])

    def means(self, values: Floats) -> Floats:
        """The mean of each level's points, seed by seed; of levels that have some."""
        belongs = self.members == np.arange(len(self.labels))[:, None]
        belongs = belongs[belongs.any(axis=1)]
        means: Floats = belongs.astype(np.float64) @ values / belongs.sum(axis=1)[:, None]
        return means


def bins_of(cells: Cells, *, is_grid: bool) -> Groups:
    """Choices, and the numbers of a grid, as they are; other numbers in bins of equally many points."""
    if cells.dtype == np.object_:
        names = list(dict.fromkeys(map(str, cells)))  # in the order of the design
        return Groups(tuple(names), np.asarray([names.index(str(cell)) for cell in cells], dtype=np.int64))
    numbers = np.asarray(cells, dtype=np.float64)
    distinct, members = np.unique(numbers, return_inverse=True)
    if is_grid or len(distinct) < 2 * _LEAST_IN_BIN:
        return Groups(tuple(map(float, distinct)), members.astype(np.int64))
    count = max(2, min(_MOST_BINS, len(numbers) // _LEAST_IN_BIN))
    order = np.argsort(numbers, kind="stable")
    places = np.empty(len(numbers), dtype=np.int64)
    places[order] = np.arange(len(numbers)) * count // len(numbers)
    ends = tuple(
        (float(numbers[places == one].min()), float(numbers[places == one].max())) for one in range(count)
    )
    middles = tuple(float(np.median(numbers[places == one])) for one in range(count))
    return Groups(middles, places, ends)


def is_full_grid(groups: Sequence[Groups]) -> bool:
    """Whether every combination of levels is there exactly once."""
    if any(group.ends for group in groups):
        return False
    combinations = set(zip(*(group.members.tolist() for group in groups), strict=True))
    points = len(groups[0].members)
    return len(combinations) == points == int(np.prod([len(group.labels) for group in groups]))


class Response:
    """An outcome by point and seed, all there.

    Parameters
    ----------
    values : ndarray
        Of shape (points, seeds).
    """

    def __init__(self, values: Floats) -> None:
        self.values = values

    @cached_property
    def means(self) -> Floats:
        """The mean over seeds of each point."""
        means: Floats = self.values.mean(axis=1)
        return means

    @cached_property
    def noise(self) -> float:
        """Variance that chance gives to the mean of a point: the interaction of point and seed over seeds."""
        return float(_interaction(self.values) / self.values.shape[1])

    @cached_property
    def between(self) -> float:
        """The variance of the expected outcome between points: that of their means less what is chance."""
        points = len(self.values)
        found = float(np.var(self.means)) - (points - 1) / points * self.noise
        return found if found > 1e-12 * float(np.mean(self.means**2)) else 0.0


def first_order(response: Response, group: Groups, full: bool) -> float:
    """The share of the variance between points that the levels of one parameter explain.

    Var(E[Y | X]) / Var(Y), Sobol', "Sensitivity estimates for nonlinear mathematical models" (1993), with the
    outcome's mean over seeds as Y. Both variances are less what chance adds to them: in a full grid the
    interaction of level and seed, otherwise the variance within levels (the epsilon squared of Kelley, PNAS
    21, 1935).

    Parameters
    ----------
    response : Response
    group : Groups
        The levels of the parameter.
    full : bool
        Whether the points are a full grid.

    Returns
    -------
    float
        NaN where the points do not differ by more than chance.
    """
    if not response.between > 0:
        return np.nan
    means = response.means
    sizes = np.bincount(group.members, minlength=len(group.labels))
    used = sizes > 0
    levels = int(used.sum())
    by_level = np.bincount(group.members, means, minlength=len(sizes))[used] / sizes[used]
    between = float(np.average((by_level - means.mean()) ** 2, weights=sizes[used]))
    if full:
        chance = (levels - 1) / levels * _interaction(group.means(response.values)) / response.values.shape[1]
    else:
        freedom = len(means) - levels
        if freedom < 1:
            return np.nan
        within = len(means) * (float(np.var(means)) - between) / freedom
        chance = (levels - 1) / len(means) * within
    return float(max(0.0, between - chance) / response.between)


def total_order(response: Response, groups: Sequence[Groups], place: int) -> float:
    """The share of the variance between points that stays when all others are known, in a full grid.

    E[Var(Y | all others)] / Var(Y), Homma and Saltelli, "Importance measures in global sensitivity analysis
    of nonlinear models" (1996).
    """
    if not response.between > 0:
        return np.nan
    shape = [len(group.labels) for group in groups]
    cube = np.full(shape, np.nan)
    cube[tuple(group.members for group in groups)] = response.means
    chance = (shape[place] - 1) / shape[place] * response.noise
    return float(max(0.0, float(np.mean(np.var(cube, axis=place))) - chance) / response.between)


def _interaction(values: Floats) -> float:
    """The variance of what neither row nor seed does by itself; zero of one seed, where none shows."""
    rows, seeds = values.shape
    if seeds < 2 or rows < 2:
        return 0.0
    rest = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    return float(np.sum(rest**2) / ((rows - 1) * (seeds - 1)))
