"""Checks that act: they try what must work, or must not pay, and undo it."""

from isomargin.invariants.probes.probing import MOST_POSITIONS, probe_with

__all__ = ["MOST_POSITIONS", "probe_with"]
