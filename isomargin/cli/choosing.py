"""The option that chooses a variant of a scenario, the same on every command that plays one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from isomargin.errors import InputError

__all__ = ["VariantOption", "chosen_variant", "variant_words"]

VariantOption = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="AXIS=NAME",
        help="Which of the scenario's variants to play, `defence=off`; may be repeated, once for each axis.",
    ),
]


def chosen_variant(options: Sequence[str] | None) -> dict[str, str]:
    """By axis, what the options choose.

    Raises
    ------
    InputError
        If one is no choice, or an axis is chosen twice.
    """
    choices: dict[str, str] = {}
    for option in options or ():
        axis, sign, name = option.partition("=")
        if not (axis and sign and name):
            raise InputError(f"--variant {option}: expected an axis and a name, as in defence=off")
        if axis in choices:
            raise InputError(f"--variant {option}: expected each axis once, found {axis} again")
        choices[axis] = name
    return choices


def variant_words(choices: Mapping[str, str]) -> list[str]:
    """The options that choose the same again."""
    return [word for axis, name in choices.items() for word in ("--variant", f"{axis}={name}")]
