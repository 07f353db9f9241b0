"""Fixtures for the findings of audits."""

from __future__ import annotations

import pytest

from isomargin.protocol import Sources
from tests.findings.trial import Trial


@pytest.fixture(scope="session")
def trial() -> Trial:
    """Puts attacks to a market whose token is an ordinary one."""
    return Trial()


@pytest.fixture(scope="session")
def blacklist_trial() -> Trial:
    """Puts attacks to a market whose token can shut accounts out."""
    return Trial(Sources(token="testing/BlacklistToken"))
