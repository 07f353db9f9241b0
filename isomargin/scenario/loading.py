"""Reads a scenario file, and turns whatever is wrong with it into one line that names file, line and key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from isomargin.errors import ScenarioError
from isomargin.prices.parsing import shown
from isomargin.scenario.locations import KeyPath, key_lines, key_text, line_of
from isomargin.scenario.scenario import Scenario
from isomargin.scenario.values import KeyProblem

__all__ = ["load_scenario", "scenario_from"]

_PRICE_SOURCE_KEYS = ("values", "rows", "columns", "file", "gbm", "start", "step")
_TOML_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load_scenario(path: str | Path, *, prices: str | Path | None = None, seed: int | None = None) -> Scenario:
    """Read and check a scenario file, its prices included.

    Parameters
    ----------
    path : str or Path
        TOML.
    prices : str or Path, optional
        A candle file instead of the scenario's own prices; `candle_order` stays the scenario's.
    seed : int, optional
        Instead of the scenario's.

    Raises
    ------
    ScenarioError, PriceDataError
        One line: where, what was found, what was expected.
    """
    text = _read(path)
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        raise ScenarioError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise ScenarioError(_syntax_message(path, text, str(error))) from None
    lines = key_lines(text)

    def place(key: KeyPath) -> str:
        line = line_of(lines, key)
        where = f"{path}:{line}" if line is not None else str(path)
        return f"{where}: {key_text(key)}" if key else where

    if prices is not None:
        document = _with_price_file(document, Path(prices))
    if seed is not None:
        document = {**document, "seed": seed}
    document.setdefault("name", Path(path).stem)
    scenario = _validated(document, place)
    scenario._directory = Path(path).parent if prices is None else Path()
    scenario._folder = Path(path).parent
    scenario._place = place
    scenario.price_path()
    scenario.gas_prices()
    return scenario


def scenario_from(document: Mapping[str, Any]) -> Scenario:
    """Check a scenario that was written in Python, as nested mappings with the keys of a file.

    Raises
    ------
    ScenarioError, PriceDataError
        One line that names the key.
    """
    scenario = _validated(document, key_text)
    scenario.price_path()
    scenario.gas_prices()
    return scenario


def _read(path: str | Path) -> str:
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise ScenarioError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise ScenarioError(f"{path}: expected a scenario file, found a directory") from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScenarioError(
            f"{path}:{line}: expected UTF-8 text, found the byte 0x{content[error.start]:02x}"
        ) from None


def _syntax_message(path: str | Path, text: str, message: str) -> str:
    position = _TOML_POSITION.search(message)
    if position is None:
        return f"{path}: not TOML: {message.splitlines()[0]}"
    line = position.group(1) or text.count("\n") + 1
    return f"{path}:{line}: not TOML: {_TOML_POSITION.sub('', message).splitlines()[0]}"


def _with_price_file(document: Mapping[str, Any], file: Path) -> dict[str, Any]:
    section = document.get("prices", {})
    if not isinstance(section, Mapping):
        return dict(document)  # the checks will say so
    kept = {key: value for key, value in section.items() if key not in _PRICE_SOURCE_KEYS}
    return {**document, "prices": {**kept, "file": str(file)}}


def _validated(document: Mapping[str, Any], place: Callable[[KeyPath], str]) -> Scenario:
    try:
        return Scenario.model_validate(document)
    except ValidationError as error:
        details = error.errors(include_url=False)
        # a misspelt key first: what else is wrong may follow from it
        worst = min(details, key=lambda detail: detail["type"] != "extra_forbidden")
        key, message = _explain(worst)
        where = place(key)
        raise ScenarioError(f"{where}: {message}" if where else message) from None


def _explain(detail: ErrorDetails) -> tuple[KeyPath, str]:
    """The key path and the sentence of one finding."""
    key: KeyPath = tuple(detail["loc"])
    kind, found = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return key, _unknown_key_message(key)
    if kind == "missing":
        return key, _missing_key_message(key)
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, KeyProblem):
        return (*key, *cause.key), str(cause)
    if isinstance(cause, ValueError):
        return key, str(cause)
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return key, f"expected a table, found {shown(found)}"
    if kind == "tuple_type":
        return key, f"expected an array, found {shown(found)}"
    if kind in ("too_short", "too_long"):
        context = detail["ctx"]
        bound = context.get("min_length", context.get("max_length"))
        side = "at least" if kind == "too_short" else "at most"
        return key, f"expected {side} {bound} elements, found {context['actual_length']}"
    expected = detail["msg"].removeprefix("Input should be ").splitlines()[0]
    return key, f"expected {expected}, found {shown(found)}"


def _unknown_key_message(key: KeyPath) -> str:
    known = sorted(_known_keys(key[:-1]))
    near = difflib.get_close_matches(str(key[-1]), known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(known)}"
    return f"unknown key; {hint}"


def _missing_key_message(key: KeyPath) -> str:
    inside = _known_keys(key)
    table = f", a table with some of {', '.join(sorted(inside))}" if inside else ""
    return f"missing; expected this key{table}"


def _known_keys(table: KeyPath) -> list[str]:
    """The keys that the table at a key path may have."""
    model: type[BaseModel] | None = Scenario
    for part in table:
        if isinstance(part, str) and model is not None:
            field = model.model_fields.get(part)
            model = _model_in(field.annotation) if field is not None else None
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The table that an annotation is about: itself, optional, or the element of an array."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        model = _model_in(argument)
        if model is not None:
            return model
    return None
