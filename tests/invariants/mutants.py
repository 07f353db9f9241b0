"""All contracts broken on purpose, each with the invariant that has to notice."""

from __future__ import annotations

from tests.invariants.breaking import Mutant, Patch, broken_sources, mutant
from tests.invariants.faults_of_control import CONTROL
from tests.invariants.faults_of_money import MONEY
from tests.invariants.faults_of_sums import SUMS

__all__ = ["MUTANTS", "Mutant", "Patch", "broken_sources", "mutant"]

MUTANTS = (*MONEY, *SUMS, *CONTROL)
