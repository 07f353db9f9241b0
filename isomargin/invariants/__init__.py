"""Named, numbered checks of a system's books, usable from any run and any test."""

from isomargin.invariants.catalogue import INVARIANTS, Invariant
from isomargin.invariants.findings import Finding, raise_on_violation
from isomargin.invariants.monitor import Monitor, probe

__all__ = ["INVARIANTS", "Finding", "Invariant", "Monitor", "probe", "raise_on_violation"]
