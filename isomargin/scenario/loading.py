"""Reads a scenario file, and turns whatever is wrong with it into one line that names file, line and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from isomargin.errors import ScenarioError
from isomargin.prices.parsing import shown
from isomargin.scenario.checking import checked_section
from isomargin.scenario.documents import Document, document_of, read_document
from isomargin.scenario.json_schema import schema_of
from isomargin.scenario.price_section import PRICE_SOURCES
from isomargin.scenario.scenario import Scenario
from isomargin.scenario.variants import axes_of, choices_of, resolved, variant_name

__all__ = [
    "Outline",
    "Variant",
    "load_scenario",
    "outline",
    "scenario_from",
    "scenario_of",
    "scenario_schema",
    "scenario_variants",
    "variant_choices",
]

_PRICE_SOURCE_KEYS = (*PRICE_SOURCES, "columns", "start", "step")


@dataclass(frozen=True)
class Variant:
    """One of the scenarios of a file.

    Attributes
    ----------
    name : str
        As people write it, ``"defence=off policy=full"``; empty for a file without variants.
    choices : mapping of str to str
        By axis, what is chosen.
    scenario : Scenario
    """

    name: str
    choices: Mapping[str, str]
    scenario: Scenario


def load_scenario(
    path: str | Path,
    *,
    prices: str | Path | None = None,
    seed: int | None = None,
    variant: Mapping[str, str] = MappingProxyType({}),
) -> Scenario:
    """Read and check a scenario file, its prices and what it includes.

    Parameters
    ----------
    path : str or Path
        TOML.
    prices : str or Path, optional
        A candle file instead of the scenario's own prices; `candle_order` stays the scenario's.
    seed : int, optional
        Instead of the scenario's.
    variant : mapping of str to str
        By axis, which of the file's variants; every axis needs a choice.

    Raises
    ------
    ScenarioError, PriceDataError
        One line: where, what was found, what was expected.
    """
    return _loaded(read_document(path), variant, prices, seed)


def scenario_from(
    document: Mapping[str, Any],
    *,
    variant: Mapping[str, str] = MappingProxyType({}),
    folder: str | Path | None = None,
) -> Scenario:
    """Check a scenario that was written in Python, as nested mappings with the keys of a file.

    Parameters
    ----------
    document : mapping
    variant : mapping of str to str
        As in `load_scenario`.
    folder : str or Path, optional
        Where the files lie that it names; the current folder if not given.

    Raises
    ------
    ScenarioError, PriceDataError
        One line that names the key.
    """
    if not isinstance(document, Mapping):
        raise ScenarioError(f"expected a table, found {shown(document)}")
    scenario = _checked(document_of(document), variant)
    if folder is not None:
        scenario._directory = scenario._folder = Path(folder)
    return _with_prices(scenario)


def scenario_of(document: Document, *, folder: Path | None = None) -> Scenario:
    """Check a scenario that was read and changed as a document: what is wrong is told where it was written.

    Parameters
    ----------
    document : Document
    folder : Path, optional
        Where the files lie that it names, if not beside its own.

    Raises
    ------
    ScenarioError, PriceDataError
        One line.
    """
    scenario = _checked(document, {})
    if folder is not None:
        scenario._directory = scenario._folder = folder
    return _with_prices(scenario)


def scenario_variants(
    source: str | Path | Mapping[str, Any], *, prices: str | Path | None = None, seed: int | None = None
) -> list[Variant]:
    """Every scenario of a file, or of nested mappings, in its order; the last axis changes first.

    Parameters
    ----------
    source : str, Path or mapping
    prices, seed
        As in `load_scenario`.

    Raises
    ------
    ScenarioError, PriceDataError
        One line, for the first that is wrong.
    """
    document = document_of(source) if isinstance(source, Mapping) else read_document(source)
    return [
        Variant(variant_name(choices), choices, _loaded(document, choices, prices, seed))
        for choices in choices_of(axes_of(document))
    ]


def scenario_schema() -> dict[str, Any]:
    """The JSON schema of scenario files, for editors."""
    return schema_of(Scenario)


@dataclass(frozen=True)
class Outline:
    """What can be told of a file before anything but its variants is checked.

    Attributes
    ----------
    variants : mapping
        Choices by name; a file without variants has one without a name.
    included : tuple of Path
        The files that it stands on.
    """

    variants: Mapping[str, Mapping[str, str]]
    included: tuple[Path, ...]


def outline(path: str | Path) -> Outline:
    """Read which variants a file has.

    Raises
    ------
    ScenarioError
        If the file cannot be read, or its variants are none.
    """
    document = read_document(path)
    return Outline(
        {variant_name(choices): choices for choices in choices_of(axes_of(document))}, document.included
    )


def variant_choices(path: str | Path) -> list[Mapping[str, str]]:
    """What may be chosen of a file, every variant of it; nothing at all of a file without any.

    Raises
    ------
    ScenarioError
        As `outline` does.
    """
    return list(outline(path).variants.values())


def _loaded(
    document: Document,
    choices: Mapping[str, str],
    prices: str | Path | None = None,
    seed: int | None = None,
) -> Scenario:
    return _with_prices(_checked(document, choices, prices, seed))


def _checked(
    document: Document,
    choices: Mapping[str, str],
    prices: str | Path | None = None,
    seed: int | None = None,
) -> Scenario:
    chosen = resolved(document, choices)
    if prices is not None:
        chosen = replace(chosen, tables=_with_price_file(chosen.tables, Path(prices)))
    if seed is not None:
        chosen = replace(chosen, tables={**chosen.tables, "seed": seed})
    if chosen.file is not None:
        chosen = replace(chosen, tables={"name": chosen.file.stem, **chosen.tables})
    scenario = checked_section(Scenario, chosen.tables, chosen.place)
    if chosen.file is not None:
        scenario._directory = chosen.file.parent if prices is None else Path()
        scenario._folder = chosen.file.parent
    scenario._place, scenario._document = chosen.place, chosen.tables
    return scenario


def _with_prices(scenario: Scenario) -> Scenario:
    scenario.price_path()
    scenario.gas_prices()
    return scenario


def _with_price_file(document: Mapping[str, Any], file: Path) -> dict[str, Any]:
    section = document.get("prices", {})
    if not isinstance(section, Mapping):
        return dict(document)  # the checks will say so
    kept = {key: value for key, value in section.items() if key not in _PRICE_SOURCE_KEYS}
    return {**document, "prices": {**kept, "file": str(file)}}
