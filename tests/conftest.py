"""Fixtures that every test may use, and what a run tells at its end."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain
from tests.fuzz.telling import tell_counts


@pytest.fixture
def chain() -> Chain:
    """A fresh chain at its genesis block."""
    return Chain()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show how often each action of the fuzz machines succeeded."""
    tell_counts(terminalreporter)
