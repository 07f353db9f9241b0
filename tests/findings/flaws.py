"""Findings put back: the contracts with a line or two as an auditor would have found them."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.protocol import Sources, altered_sources

__all__ = ["Flaw", "flaw", "flawed_sources"]


@dataclass(frozen=True)
class Flaw:
    """What is wrong, in words, and each text of the sources with what stands there instead."""

    fault: str
    swaps: tuple[tuple[str, str], ...]


def flaw(fault: str, *swaps: tuple[str, str]) -> Flaw:
    return Flaw(fault, swaps)


def flawed_sources(flaw: Flaw, sources: Sources) -> Sources:
    """Of `sources`, replace the parts that are compiled from what the flaw changes."""
    return altered_sources(sources, flaw.swaps)
