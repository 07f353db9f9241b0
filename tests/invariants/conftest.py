"""Fixtures for the invariants' tests: systems broken on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from isomargin.protocol import Sources
from tests.invariants.breaking import Mutant, sources_of


@pytest.fixture(scope="session")
def break_system() -> Callable[[Mutant], Sources]:
    """`break_system(mutant)`: sources of a broken system."""
    return sources_of
