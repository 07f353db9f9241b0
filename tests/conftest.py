"""Fixtures that every test may use."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain


@pytest.fixture
def chain() -> Chain:
    """A fresh chain at its genesis block."""
    return Chain()
