"""Holds a file against the tables that it may have, and turns what is wrong with it into one line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from isomargin.errors import ScenarioError
from isomargin.prices.parsing import shown
from isomargin.scenario.locations import KeyPath
from isomargin.scenario.values import KeyProblem, Section

__all__ = ["checked_section"]

_Section = TypeVar("_Section", bound=Section)


def checked_section(
    model: type[_Section], tables: Mapping[str, Any], place: Callable[[KeyPath], str]
) -> _Section:
    """Check nested mappings against a model of the file.

    Parameters
    ----------
    model : type
        The `Section` of the whole file.
    tables : mapping
        What the file says.
    place : callable
        Names a key path for an error: file, line and key.

    Raises
    ------
    ScenarioError
        One line about the worst that is wrong: a misspelt key before anything that may follow from it.
    """
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        details = error.errors(include_url=False)
        # a misspelt key first: what else is wrong may follow from it
        worst = min(details, key=lambda detail: detail["type"] != "extra_forbidden")
        key, message = _explain(model, worst)
        where = place(key)
        raise ScenarioError(f"{where}: {message}" if where else message) from None


def _explain(model: type[BaseModel], detail: ErrorDetails) -> tuple[KeyPath, str]:
    """The key path and the sentence of one finding."""
    key: KeyPath = tuple(detail["loc"])
    kind, found = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return key, _unknown_key_message(model, key)
    if kind == "missing":
        return key, _missing_key_message(model, key)
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


def _unknown_key_message(model: type[BaseModel], key: KeyPath) -> str:
    known = sorted(_known_keys(model, key[:-1]))
    near = difflib.get_close_matches(str(key[-1]), known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(known)}"
    return f"unknown key; {hint}"


def _missing_key_message(model: type[BaseModel], key: KeyPath) -> str:
    inside = _known_keys(model, key)
    table = f", a table with some of {', '.join(sorted(inside))}" if inside else ""
    return f"missing; expected this key{table}"


def _known_keys(top: type[BaseModel], table: KeyPath) -> list[str]:
    """The keys that the table at a key path may have."""
    model: type[BaseModel] | None = top
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
