"""What pytest sees of isomargin: options, marker, fixtures, collector; the rest is imported when used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from isomargin.chain import Chain, Contract, Event
    from isomargin.testing import Market, Oracle, Person

__all__ = [
    "DEFAULT_ENGINE",
    "assert_events",
    "assert_invariants",
    "assert_isolated",
    "assert_solvent",
    "attacker",
    "chain",
    "deploy",
    "isomargin_engine",
    "keeper",
    "lp",
    "market",
    "module_chain",
    "oracle",
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_fixture_setup",
    "pytest_generate_tests",
    "pytest_pyfunc_call",
    "reverts",
    "trader",
]

DEFAULT_ENGINE = "py-evm"
"""Where neither marker, option nor configuration names one."""

_MARKER = (
    "isomargin(engine=..., tiers=..., decimals=..., price=..., sources=..., <table>=...): the market that "
    "the fixtures deploy, and the EVM that it runs on; see docs/testing.md"
)


# Options


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; the engine may also stand in the configuration file."""
    group = parser.getgroup("isomargin", "Vyper contracts and isolated-margin markets (isomargin)")
    group.addoption(
        "--isomargin-engine",
        metavar="NAME",
        help="EVM for tests whose marker names none: py-evm (default), revm, or the address of a node",
    )
    group.addoption(
        "--isomargin-gas",
        nargs="?",
        const="",
        metavar="FILE.json",
        help="report the gas of each function; with a file, compare with it, or write it if there is none",
    )
    group.addoption(
        "--isomargin-gas-update",
        action="store_true",
        help="write the gas file anew",
    )
    group.addoption(
        "--isomargin-coverage",
        action="store_true",
        help="report the lines and branches of Vyper sources that ran (engine py-evm)",
    )
    parser.addini("isomargin_engine", "EVM for tests whose marker names none", default=DEFAULT_ENGINE)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the reports that were asked for."""
    config.addinivalue_line("markers", _MARKER)
    if config.getoption("isomargin_gas") is not None or config.getoption("isomargin_gas_update"):
        from isomargin.pytest_plugin.gas import GasReport

        config.pluginmanager.register(GasReport(config), "isomargin-gas")
    if config.getoption("isomargin_coverage"):
        from isomargin.pytest_plugin.coverage import CoverageReport

        config.pluginmanager.register(CoverageReport(config), "isomargin-coverage")


# Collection


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect `test_*.toml`, and any TOML file named on the command line, if a scenario is in it."""
    if file_path.suffix != ".toml":
        return None
    if not (file_path.name.startswith("test_") or parent.session.isinitpath(file_path)):
        return None
    from isomargin.pytest_plugin.scenarios import ScenarioFile, is_scenario

    return ScenarioFile.from_parent(parent, path=file_path) if is_scenario(file_path) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each engine, where its marker names several."""
    engines = _engine_of(metafunc.definition)
    if isinstance(engines, list | tuple) and "isomargin_engine" in metafunc.fixturenames:
        metafunc.parametrize("isomargin_engine", engines)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Isolate tests that see `module_chain` only through fixtures of their own."""
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if "module_chain" in names and "chain" not in names:
            names.append("chain")


def _engine_of(node: pytest.Item | pytest.Collector) -> Any:
    marks = (mark.kwargs["engine"] for mark in node.iter_markers("isomargin") if "engine" in mark.kwargs)
    return next(marks, None)


# Failures


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Show of a refusal the line of the test, and nothing of what is underneath."""
    try:
        return (yield)
    except Exception as error:
        _cut_internals(error, pyfuncitem.config)
        raise


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Likewise of a fixture."""
    try:
        return (yield)
    except Exception as error:
        _cut_internals(error, request.config)
        raise


def _cut_internals(error: BaseException | None, config: pytest.Config) -> None:
    """Cut the frames of this package off the end of its errors; `--full-trace` keeps them."""
    package = Path(__file__).parents[1]
    errors = sys.modules.get("isomargin.errors")
    if errors is None or config.getoption("fulltrace") or package.is_relative_to(config.rootpath):
        return
    while error is not None:
        if isinstance(error, errors.IsomarginError):
            error.__traceback__ = _above(package, error.__traceback__)
        error = error.__cause__


def _above(package: Path, trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames at its end that run code of a package."""
    entries: list[TracebackType] = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    while len(entries) > 1 and Path(entries[-1].tb_frame.f_code.co_filename).is_relative_to(package):
        entries.pop()
    for entry in reversed(entries):
        trace = TracebackType(trace, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return trace


# Chains


@pytest.fixture
def isomargin_engine(request: pytest.FixtureRequest) -> str:
    """Name of the EVM: the marker's, else `--isomargin-engine`, else the configuration's, else py-evm."""
    return _engine_of(request.node) or _default_engine(request.config)


def _default_engine(config: pytest.Config) -> str:
    return config.getoption("isomargin_engine") or config.getini("isomargin_engine") or DEFAULT_ENGINE


@pytest.fixture(scope="module")
def module_chain(request: pytest.FixtureRequest) -> Chain:
    """A chain for fixtures of a module, which may deploy to it once; tests on it are isolated like any."""
    from isomargin.pytest_plugin.stages import new_chain

    engine = _engine_of(request.node) or _default_engine(request.config)
    if not isinstance(engine, str):
        pytest.fail(f"module_chain: a module has one engine, found {engine!r}", pytrace=False)
    return new_chain(engine)


@pytest.fixture
def chain(request: pytest.FixtureRequest, isomargin_engine: str) -> Iterator[Chain]:
    """A chain on which nothing of another test is left; without a market unless the test asks for one."""
    from isomargin.pytest_plugin.stages import stages_of

    if "module_chain" in request.fixturenames:
        taken: Chain = request.getfixturevalue("module_chain")
        with taken.rehearsal():
            yield taken
        return
    stages = stages_of(request.config)
    wants_market = "_isomargin_market" in request.fixturenames
    with stages.isolated(isomargin_engine, request.node if wants_market else None) as taken:
        yield taken


@pytest.fixture
def deploy(request: pytest.FixtureRequest, chain: Chain) -> Callable[..., Contract]:
    """Compile and deploy a Vyper source: ``deploy("contracts/My.vy", *args, sender=None)``."""
    from isomargin.pytest_plugin.sources import Deployer

    return Deployer(chain, request.config.rootpath, request.path.parent)


# The market and its people


@pytest.fixture
def _isomargin_market(request: pytest.FixtureRequest, chain: Chain) -> Market:
    """The market itself: a test's own fixture `market` leaves this one out, and nothing is deployed."""
    from isomargin.pytest_plugin.stages import stages_of

    return stages_of(request.config).market_on(chain, request.node)


@pytest.fixture
def market(_isomargin_market: Market) -> Market:
    """A market that is open for business, as the marker `isomargin` wants it."""
    return _isomargin_market


@pytest.fixture
def oracle(_isomargin_market: Market) -> Oracle:
    """Who says the price: ``oracle.push(1_900)``."""
    return _isomargin_market.oracle


@pytest.fixture
def trader(_isomargin_market: Market) -> Person:
    """Somebody with tokens: ``trader.open(size=10, margin=500)``."""
    return _isomargin_market.person("trader")


@pytest.fixture
def keeper(_isomargin_market: Market) -> Person:
    """Somebody with ether: ``keeper.liquidate(position)``."""
    return _isomargin_market.person("keeper", tokens=0)


@pytest.fixture
def lp(_isomargin_market: Market) -> Person:
    """The liquidity provider whose deposit is the pool: ``lp.redeem()``."""
    return _isomargin_market.person("lp")


@pytest.fixture
def attacker(request: pytest.FixtureRequest, chain: Chain) -> Person:
    """Somebody with ether, and with tokens where the test has a market."""
    if "_isomargin_market" in request.fixturenames:
        market: Market = request.getfixturevalue("_isomargin_market")
        return market.person("attacker")
    from isomargin.testing import Person

    return Person(chain, "attacker")


# Assertions


@pytest.fixture(scope="session")
def reverts() -> Any:
    """``with reverts("market: price limit"):``; see `isomargin.testing.reverts`."""
    from isomargin.testing import reverts

    return reverts


@pytest.fixture(scope="session")
def assert_solvent() -> Callable[..., None]:
    """``assert_solvent(market)``; see `isomargin.testing.assert_solvent`."""
    from isomargin.testing import assert_solvent

    return assert_solvent


@pytest.fixture(scope="session")
def assert_invariants() -> Callable[..., None]:
    """``assert_invariants(market, "I5")``; see `isomargin.testing.assert_invariants`."""
    from isomargin.testing import assert_invariants

    return assert_invariants


@pytest.fixture(scope="session")
def assert_isolated() -> Any:
    """``with assert_isolated(market, position):``; see `isomargin.testing.assert_isolated`."""
    from isomargin.testing import assert_isolated

    return assert_isolated


@pytest.fixture
def assert_events(request: pytest.FixtureRequest, chain: Chain) -> Callable[..., list[Event]]:
    """``assert_events(receipt, "Paid")``; knows the market and what `deploy` deployed."""
    from isomargin.testing import assert_events

    sources: list[Any] = []
    if "_isomargin_market" in request.fixturenames:
        sources.append(request.getfixturevalue("_isomargin_market"))
    if "deploy" in request.fixturenames:
        sources.append(request.getfixturevalue("deploy"))
    return partial(assert_events, source=_Known(sources))


class _Known:
    """Everything that a test can get events from, also what it deploys later on."""

    def __init__(self, sources: list[Any]) -> None:
        self._sources = sources

    def __iter__(self) -> Generator[Any, None, None]:
        for source in self._sources:
            if hasattr(source, "deployed"):
                yield from source.deployed
            else:
                yield source
