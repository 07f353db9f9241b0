"""Holds a document against a JSON schema, so far as the schema of scenarios goes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

_KNOWN = {
    *("$ref", "$schema", "$defs", "title", "description", "default"),
    *("type", "properties", "required", "additionalProperties", "minProperties", "items", "anyOf", "enum"),
    *("minimum", "exclusiveMinimum", "maximum", "minItems", "maxItems", "minLength", "maxLength"),
}  # fmt: skip


def violations(
    document: Any, schema: Mapping[str, Any], root: Mapping[str, Any], path: str = ""
) -> list[str]:
    """Where a document is not as a schema says, and which word of it."""
    return list(_violations(document, schema, root, path))


def _violations(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], path: str) -> Iterator[str]:
    assert schema.keys() <= _KNOWN, schema.keys() - _KNOWN
    if (reference := schema.get("$ref")) is not None:
        yield from _violations(value, root["$defs"][reference.rpartition("/")[2]], root, path)
    if "anyOf" in schema and all(violations(value, one, root, path) for one in schema["anyOf"]):
        yield f"{path}: anyOf"
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is_of(value, kind) for kind in kinds):
        yield f"{path}: type"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: enum"
    yield from _bounds(value, schema, path)
    if isinstance(value, Mapping):
        yield from _table(value, schema, root, path)
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _violations(one, schema.get("items", {}), root, f"{path}[{index}]")


def _is_of(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    match kind:
        case "object":
            return isinstance(value, Mapping)
        case "array":
            return isinstance(value, list)
        case "integer":
            return isinstance(value, int)
        case "number":
            return isinstance(value, int | Decimal | float)
        case "string":  # as TOML's dates are to an editor
            return isinstance(value, str | datetime.datetime | datetime.date)
    return False


def _bounds(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    if isinstance(value, int | Decimal | float) and not isinstance(value, bool):
        checks = {
            "minimum": lambda bound: value >= bound,
            "exclusiveMinimum": lambda bound: value > bound,
            "maximum": lambda bound: value <= bound,
        }
    elif isinstance(value, str):
        checks = {
            "minLength": lambda bound: len(value) >= bound,
            "maxLength": lambda bound: len(value) <= bound,
        }
    elif isinstance(value, list):
        checks = {
            "minItems": lambda bound: len(value) >= bound,
            "maxItems": lambda bound: len(value) <= bound,
        }
    elif isinstance(value, Mapping):
        checks = {"minProperties": lambda bound: len(value) >= bound}
    else:
        checks = {}
    yield from (
        f"{path}: {word}" for word, holds in checks.items() if word in schema and not holds(schema[word])
    )


def _table(value: Mapping[str, Any], schema: Mapping[str, Any], root: Any, path: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    yield from (f"{path}: required {key}" for key in schema.get("required", ()) if key not in value)
    for key, one in value.items():
        inner = f"{path}.{key}".lstrip(".")
        if key in properties:
            yield from _violations(one, properties[key], root, inner)
        elif others is False:
            yield f"{inner}: unknown"
        elif isinstance(others, Mapping):
            yield from _violations(one, others, root, inner)
