"""Fixtures for the findings of audits."""

from __future__ import annotations

import pytest

from isomargin.contracts import cache_directory
from isomargin.protocol import Sources
from tests.findings.trial import Trial


@pytest.fixture(scope="session")
def trial() -> Trial:
    """Puts attacks to a market whose token is an ordinary one."""
    return Trial(cache_directory() / "flawed")


@pytest.fixture(scope="session")
def blacklist_trial() -> Trial:
    """Puts attacks to a market whose token can shut accounts out."""
    return Trial(cache_directory() / "flawed", Sources(token="testing/BlacklistToken"))
