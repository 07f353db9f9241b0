"""Fixtures for the invariants' tests: systems broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

from isomargin.contracts import cache_directory, contracts_root
from isomargin.protocol import Sources
from tests.invariants.mutants import Mutant, broken_sources


@pytest.fixture(scope="session")
def break_system() -> Callable[[Mutant], Sources]:
    """`break_system(mutant)`: sources of a broken system.

    The copy of each mutant stays at one place beside the compile cache, which so knows it the next time.
    """
    checkout = sha256(str(contracts_root()).encode()).hexdigest()[:16]

    def copy(mutant: Mutant) -> Sources:
        return broken_sources(
            mutant, cache_directory() / "mutants" / checkout / mutant.fault.replace(" ", "-")
        )

    return copy
