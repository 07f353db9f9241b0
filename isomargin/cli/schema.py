"""`isomargin schema`: the JSON schema of scenario files, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from isomargin.errors import InputError
from isomargin.scenario import scenario_schema

__all__ = ["schema", "schema_text"]


def schema(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it here rather than print it.")
    ] = None,
) -> int:
    """Print the JSON schema of scenario files, with which an editor completes and checks keys.

        isomargin schema --out scenario.schema.json

    Name it in the first line of a scenario, `#:schema scenario.schema.json`, for editors on taplo.
    """
    text = schema_text()
    if out is None:
        typer.echo(text, nl=False)
        return 0
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--out {out}: cannot be written: {error.strerror or error}") from None
    return 0


def schema_text() -> str:
    """The schema as the command writes it."""
    return json.dumps(scenario_schema(), indent=2) + "\n"
