"""`isomargin new`: a project that works: a contract, a keeper, a scenario, and tests that pass at once."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import Environment, StrictUndefined

from isomargin.errors import InputError

__all__ = ["new"]

_SUFFIX = ".jinja"
_HIDDEN = {"gitignore": ".gitignore"}  # a file of this name in the package would hide files of the package


def new(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to: a folder that is not there yet, or is empty.")
    ],
) -> int:
    """Begin a project: a Vyper contract, a keeper, a scenario, and tests that pass at once.

    isomargin new my-keeper

    cd my-keeper && pytest
    """
    _require_empty(directory)
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # TOML has no surrogate pairs
    name = directory.resolve().name
    try:
        for place, template in _templates(files("isomargin.cli") / "templates" / "project", Path()):
            target = directory / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(environment.from_string(template).render(name=name), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{directory}: cannot be written: {error.strerror}") from None
    typer.echo(f"{directory}: contracts/, tests/, keeper.py, README.md. Next:")
    typer.echo(f"  cd {shlex.quote(str(directory))}")
    typer.echo("  pytest")
    return 0


def _require_empty(directory: Path) -> None:
    if directory.exists() and not directory.is_dir():
        raise InputError(f"{directory}: expected a new or an empty folder, found a file")
    if directory.is_dir() and any(directory.iterdir()):
        raise InputError(f"{directory}: expected a new or an empty folder, found one with files")


def _templates(folder: Traversable, place: Path) -> Iterator[tuple[Path, str]]:
    """Where each file goes, below the project, and its template."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, place / entry.name)
        elif entry.name.endswith(_SUFFIX):
            name = entry.name.removesuffix(_SUFFIX)
            yield place / _HIDDEN.get(name, name), entry.read_text(encoding="utf-8")
