"""Fixtures that every test may use, the level at which contracts are compiled, and what a run tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isomargin.chain import Chain
from tests.fuzz.telling import tell_counts
from tests.levels import DEPLOYED_LEVEL, LEVELS, at_level


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--optimize",
        choices=LEVELS,
        default=DEPLOYED_LEVEL,
        help="compile the contracts at this level; what measures gas or size holds for the default alone",
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"contracts: compiled at optimisation {config.getoption('optimize')}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what says nothing about contracts of another level."""
    if item.get_closest_marker("deployed_level") and item.config.getoption("optimize") != DEPLOYED_LEVEL:
        pytest.skip("holds for contracts as they are deployed")


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Name what fails at once: whoever ends a long run early knows it then."""
    if not report.failed:
        return None
    kind, word = ("failed", "FAILED") if report.when == "call" else ("error", "ERROR")
    return kind, f"\n{word} {report.nodeid}\n", word


@pytest.fixture(scope="session", autouse=True)
def level_of_the_session(request: pytest.FixtureRequest) -> Iterator[None]:
    """What no test names itself is compiled at the level that was asked for."""
    with at_level(request.config.getoption("optimize")):
        yield


@pytest.fixture
def chain() -> Chain:
    """A fresh chain at its genesis block."""
    return Chain()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show how often each action of the fuzz machines succeeded."""
    tell_counts(terminalreporter)
