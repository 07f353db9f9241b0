"""Human numbers on their way out: exact decimals, so that a test may compare them with what it wrote."""

from __future__ import annotations

from decimal import Decimal

from isomargin.units import from_units, from_wad

__all__ = ["Human", "human", "human_tokens"]

Human = str | int | float | Decimal
"""A number as people write it; a float counts as the shortest decimal that prints it."""


def human(wad: int) -> Decimal:
    """Return a WAD amount as the decimal that it stands for."""
    return Decimal(from_wad(wad))


def human_tokens(units: int, decimals: int) -> Decimal:
    """Return token units as whole tokens."""
    return Decimal(from_units(units, decimals))
