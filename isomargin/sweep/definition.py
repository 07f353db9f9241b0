"""The sweep file: which scenario is played again and again, what is changed, how often, and with which luck.

A sweep asks what a market comes to, not in one future but in many. Its file names one scenario (the *base*)
and *parameters*, each a key of the scenario with the values that it shall take, or named overrides laid over
it. One setting of all parameters is a *point*; a point and a seed are a *run*::

    scenario = "market.toml"
    seeds = 100

    [[parameters]]
    key = "risk.health_target"
    values = [1.1, 1.25, 1.5]

    [[parameters]]
    name = "prices"
    choices.calm.prices.gbm = { start_price = 200, volatility = 0.4, steps = 24 }
    choices.wild.prices.gbm = { start_price = 200, volatility = 1.6, steps = 24 }

are six points of 100 runs each. Every point gets the same seeds, so two points differ by their parameters and
not by their luck. `design` says which points there are, `plan` checks all of them before the first is played.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from isomargin.prices.parsing import shown
from isomargin.scenario.checking import checked_section
from isomargin.scenario.documents import Document, read_document
from isomargin.scenario.locations import KeyPath
from isomargin.scenario.values import (
    Checked,
    KeyProblem,
    Section,
    find_number,
    real_between,
    text_of,
    true_or_false,
    whole_between,
)

__all__ = [
    "DesignSection",
    "Number",
    "OptimiseSection",
    "ParameterSection",
    "SweepFile",
    "Value",
    "key_path",
    "read_sweep_file",
]

Number = int | Decimal
"""As it stands in a file; what a scenario makes of it is exact."""

Value = Number | str | bool
"""What a parameter takes: a number, a text, true or false, or the name of a choice."""

_MOST_SEEDS = 1_000_000
_MOST_POINTS = 1_000_000
_LARGEST_SEED = 2**63 - 1
_PART = re.compile(r"([A-Za-z0-9_-]+)((?:\[\d{1,6}\])*)")
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}")
_NOT_IN_CHOICES = ("variants", "include", "seed")


def key_path(text: str) -> KeyPath:
    """The path that a key of a scenario means.

    >>> key_path("risk.brackets[0].mmr")
    ('risk', 'brackets', 0, 'mmr')

    Raises
    ------
    ValueError
        If it is no key.
    """
    path: KeyPath = ()
    for part in text.split("."):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"expected a key such as risk.brackets[0].mmr, found {shown(text)}")
        path = (*path, match[1], *(int(index) for index in re.findall(r"\d+", match[2])))
    return path


def _key(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a key of the scenario as text, found {shown(value)}")
    path = key_path(value)
    if path[0] in _NOT_IN_CHOICES:
        raise ValueError(f"not swept: {path[0]} has its place elsewhere in the file")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"expected a name of 1 to 80 letters, digits and - _ . [ ], found {shown(value)}")
    return value


def _number(value: Any) -> Number:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value if isinstance(value, int) else find_number(value)
    raise ValueError(f"expected a number, found {shown(value)}")


def _values(value: Any) -> tuple[Value, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected an array of values, found {shown(value)}")
    if not value:
        raise ValueError("expected a value at least, found none")
    kinds: dict[str | None, Any] = {}
    for index, one in enumerate(value):
        kinds.setdefault(_kind(one), one)
        if _kind(one) is None:
            raise KeyProblem(f"expected a number, text, true or false, found {shown(one)}", index)
        if one in value[:index]:
            raise KeyProblem(f"expected each value once, found {shown(one)} again", index)
    if len(kinds) > 1:
        raise ValueError(f"expected values of one kind, found {' and '.join(map(str, kinds.values()))}")
    return tuple(value)


def _kind(value: Any) -> str | None:
    if isinstance(value, bool):
        return "flag"
    return "number" if isinstance(value, int | Decimal) else "text" if isinstance(value, str) else None


def _seeds(value: Any) -> tuple[int, ...]:
    """A count from 1, a first one and a count, or all of them listed."""
    if isinstance(value, list | tuple):
        listed = tuple(_seed(one, index) for index, one in enumerate(value))
        if not listed:
            raise ValueError("expected a seed at least, found none")
        seen: set[int] = set()
        for index, one in enumerate(listed):
            if one in seen:
                raise KeyProblem(f"expected each seed once, found {one} again", index)
            seen.add(one)
        return listed
    if isinstance(value, Mapping):
        for key in value:
            if key not in ("first", "count"):
                raise KeyProblem("unknown key; expected one of count, first", key)
        for key in ("first", "count"):
            if key not in value:
                raise KeyProblem("missing; expected this key", key)
        first, count = _seed(value["first"], "first"), _whole(value["count"], 1, _MOST_SEEDS, "count")
        return tuple(range(first, first + count))
    return tuple(range(1, _whole(value, 1, _MOST_SEEDS) + 1))


def _seed(value: Any, *key: str | int) -> int:
    return _whole(value, 0, _LARGEST_SEED - _MOST_SEEDS, *key)


def _whole(value: Any, low: int, high: int, *key: str | int) -> int:
    try:
        whole: int = whole_between(low, high).read(value)
    except ValueError as error:
        raise KeyProblem(str(error), *key) from None
    return whole


def _table(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a table, found {shown(value)}")
    return value


class DesignSection(Section):
    """`[design]`: which points of all that the parameters span.

    Attributes
    ----------
    kind : {"grid", "random", "sobol"}
        Every combination; or so many drawn at random; or spread evenly by a scrambled Sobol sequence,
        best with a power of two.
    points : int
        Of a random or Sobol design.
    seed : int
        Of the drawing or the scrambling; not of the runs.
    """

    kind: Literal["grid", "random", "sobol"] = "grid"
    points: Annotated[int, whole_between(1, _MOST_POINTS)] | None = None
    seed: Annotated[int, whole_between(0, 2**32 - 1)] = 0

    @model_validator(mode="after")
    def _check_points(self) -> Self:
        if self.kind == "grid" and self.points is not None:
            raise KeyProblem("not used in a grid, whose parameters say it", "points")
        if self.kind == "grid" and "seed" in self.model_fields_set:
            raise KeyProblem("not used in a grid, which has no luck", "seed")
        if self.kind != "grid" and self.points is None:
            raise KeyProblem(f"missing; expected how many points the {self.kind} design has", "points")
        return self


class ParameterSection(Section):
    """One of `[[parameters]]`: a key with the values it takes, or named overrides.

    Attributes
    ----------
    key : str or None
        Of the scenario: ``risk.health_target``, ``risk.brackets[0].mmr``.
    name : str
        What tables call it; the key if not given.
    values : tuple or None
        All of them, for any design.
    min, max : number or None
        Both ends of a range, both in it.
    scale : {"linear", "log"}
        How the range is divided, or drawn from.
    count : int or None
        Values of the range in a grid.
    integer : bool
        Whether only whole numbers of the range are meant.
    choices : mapping or None
        Overrides by name, laid over the scenario as a variant is.
    """

    key: Annotated[str, Checked(_key)] | None = None
    name: Annotated[str, Checked(_name)] = ""
    values: Annotated[tuple[Any, ...], Checked(_values)] | None = None
    min: Annotated[Any, Checked(_number)] = None
    max: Annotated[Any, Checked(_number)] = None
    scale: Literal["linear", "log"] = "linear"
    count: Annotated[int, whole_between(2, 10_000)] | None = None
    integer: Annotated[bool, true_or_false()] = False
    choices: dict[str, Annotated[dict[str, Any], Checked(_table)]] | None = None

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        given = [key for key in ("values", "min", "choices") if getattr(self, key) is not None]
        if len(given) != 1:
            found = " and ".join(given) or ("max alone" if self.max is not None else "none")
            raise KeyProblem(f"expected values, min and max, or choices, found {found}", *given[1:2])
        if self.choices is not None:
            self._check_choices(self.choices)
        elif self.key is None:
            raise KeyProblem("missing; expected the key of the scenario that takes the values", "key")
        if self.min is not None:
            self._check_range()
        else:
            for key in ("max", "scale", "count", "integer"):
                if key in self.model_fields_set:
                    raise KeyProblem("belongs to a range: expected min beside it", key)
        return self

    def _check_choices(self, choices: Mapping[str, Mapping[str, Any]]) -> None:
        if self.key is not None:
            raise KeyProblem("not used with choices, which name their keys", "key")
        if not self.name:
            raise KeyProblem("missing; expected what tables shall call the choices", "name")
        if not choices:
            raise KeyProblem("expected a choice at least, found none", "choices")
        for name, overrides in choices.items():
            if not _NAME.fullmatch(name):
                raise KeyProblem("expected a name of 1 to 80 letters, digits and - _ .", "choices", name)
            for key in overrides:
                if key in _NOT_IN_CHOICES:
                    raise KeyProblem("not used in a choice", "choices", name, key)

    def _check_range(self) -> None:
        if self.max is None:
            raise KeyProblem("missing; expected the upper end of the range", "max")
        if self.max <= self.min:
            raise KeyProblem(f"expected above the min of {self.min}, found {self.max}", "max")
        if self.scale == "log" and self.min <= 0:
            raise KeyProblem(f"expected above zero with a log scale, found {self.min}", "min")
        for key in ("min", "max") if self.integer else ():
            if getattr(self, key) != int(getattr(self, key)):
                raise KeyProblem(f"expected a whole number, found {getattr(self, key)}", key)

    @property
    def title(self) -> str:
        """What tables and columns call it."""
        return self.name or self.key or ""

    @property
    def is_numeric(self) -> bool:
        """Whether its settings are numbers; otherwise they are names."""
        return self.choices is None and (self.values is None or _kind(self.values[0]) == "number")


class OptimiseSection(Section):
    """`[optimise]`: what `isomargin sweep FILE --optimise` makes as small as it can.

    Attributes
    ----------
    minimise : str
        Of the outcomes of a point: ``mean(margin)``.
    subject_to : tuple of str
        What must hold besides: ``quantile(bad_debt, 0.99) <= 1000``.
    trials : int
        Points that are tried.
    seed : int
        Of the optimiser.
    """

    minimise: Annotated[str, text_of(400)]
    subject_to: tuple[Annotated[str, text_of(400)], ...] = ()
    trials: Annotated[int, whole_between(1, 100_000)] = 40
    seed: Annotated[int, whole_between(0, 2**32 - 1)] = 0


def _some_text(value: Any) -> str:
    text: str = text_of(500).read(value)
    return text


class SweepFile(Section):
    """A whole sweep file.

    Attributes
    ----------
    scenario : str
        The base, relative to this file.
    variant : mapping of str to str
        By axis, which of the scenario's variants.
    engine : str or None
        Name of the EVM; revm if not given and installed.
    seeds : tuple of int
        Of the runs, the same for every point.
    checks : {"end", "scenario"}
        Whether the books are checked once at the end of a run, or as often as the scenario says.
    confidence : float
        Of intervals.
    """

    scenario: Annotated[str, Checked(_some_text)]
    variant: dict[str, Annotated[str, text_of(80)]] = Field(default_factory=dict)
    engine: Annotated[str, text_of(200)] | None = None
    seeds: Annotated[tuple[int, ...], Checked(_seeds)] = (1,)
    checks: Literal["end", "scenario"] = "end"
    confidence: Annotated[float, real_between(0.5, 0.9999)] = 0.95
    design: DesignSection = DesignSection()
    parameters: tuple[ParameterSection, ...] = ()
    optimise: OptimiseSection | None = None

    @model_validator(mode="after")
    def _check_parameters(self) -> Self:
        titles = [parameter.title for parameter in self.parameters]
        for index, parameter in enumerate(self.parameters):
            if titles[index] in titles[:index]:
                key = "name" if parameter.name else "key"
                raise KeyProblem(
                    f"expected a name of its own, found {titles[index]} again", "parameters", index, key
                )
            if self.design.kind == "grid":
                self._check_grid(index, parameter)
            elif parameter.count is not None:
                raise KeyProblem(
                    f"not used in a {self.design.kind} design, which draws from the range",
                    *("parameters", index, "count"),
                )
        if self.design.kind != "grid" and not self.parameters:
            raise KeyProblem(f"expected [[parameters]] for a {self.design.kind} design, found none", "design")
        return self

    def _check_grid(self, index: int, parameter: ParameterSection) -> None:
        if parameter.min is not None and parameter.count is None:
            raise KeyProblem(
                "missing; expected how many values of the range a grid has", "parameters", index, "count"
            )


def read_sweep_file(path: str | Path) -> tuple[SweepFile, Document]:
    """Read and check a sweep file; the document knows where each key was written.

    Raises
    ------
    ScenarioError
        One line: file, line and key, what was found, what was expected.
    """
    document = read_document(path)
    if "include" in document.tables or document.included:
        raise document.error("not used in a sweep file", "include")
    return checked_section(SweepFile, document.tables, document.place), document
