"""The JSON schema of scenario files, for editors: made of the same tables that check them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

__all__ = ["INCLUDE", "VARIANTS", "schema_of"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OVERRIDES = "Overrides"

INCLUDE: Mapping[str, Any] = {"type": ["string", "array"], "items": {"type": "string"}}
"""What a file may say at `include`."""

VARIANTS: Mapping[str, Any] = {"type": "object"}
"""What it may say at `variants`; `schema_of` knows more."""

_AXES: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"$ref": f"#/$defs/{_OVERRIDES}"},
    },
}


class _Generator(GenerateJsonSchema):
    """Writes schemas as a file needs them: without null, which TOML has not, and with defaults as written."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        default = schema.get("default")
        if default is None or "default_factory" in schema or _has_tables(default):
            return inner
        write = _writer(schema["schema"])
        return {**inner, "default": _number(write(default)) if write is not None else default}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        if "description" in made:
            summary = " ".join(made["description"].split("\n\n")[0].split())
            made["description"] = summary.replace(" WAD", "")  # a file has human numbers
        return made


def _has_tables(default: Any) -> bool:
    """Whether a default is a table, or an array of them, whose keys have defaults of their own."""
    return isinstance(default, BaseModel) or (
        isinstance(default, tuple) and any(isinstance(one, BaseModel) for one in default)
    )


def _writer(schema: Any) -> Any:
    """What writes a value as a human does, if anything does."""
    while isinstance(schema, dict):
        written = schema.get("serialization", {})
        if written.get("type") == "function-plain":
            return written["function"]
        schema = schema.get("schema")
    return None


def _number(text: str) -> int | float | str:
    """A number as JSON has it, or text that is none."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of files that hold a table with all that may stand on others.

    Nothing is required at the top: an included file, a variant or an option may give it.
    """
    made = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    properties = made["properties"]
    inner = {key: value for key, value in properties.items() if key not in ("include", "variants")}
    overrides = {"type": "object", "additionalProperties": False, "properties": inner}
    return {
        "$schema": _DIALECT,
        "title": "A scenario of isomargin",
        "description": made["description"],
        "type": "object",
        "additionalProperties": False,
        "properties": {**properties, "variants": _AXES},
        "$defs": {**made["$defs"], _OVERRIDES: overrides},
    }
