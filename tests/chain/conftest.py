"""What holds for a chain holds on every engine; and the probe, a small contract that shows what it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from isomargin.chain import Chain, Contract
from isomargin.contracts import CompiledContract, compile_contract
from tests.chain.anvil import Anvil, running_anvil


@pytest.fixture(scope="session")
def probe_code() -> CompiledContract:
    return compile_contract(Path(__file__).parent / "Probe.vy")


@pytest.fixture(params=["py-evm", "revm"])
def engine(request: pytest.FixtureRequest) -> str:
    """A test of one engine alone parametrises this name, or its module defines it anew."""
    return str(request.param)


@pytest.fixture
def chain(engine: str) -> Chain:
    """A fresh chain at its genesis block."""
    return Chain(engine)


@pytest.fixture
def probe(chain: Chain, probe_code: CompiledContract) -> Contract:
    return chain.deploy(probe_code, 5)


@pytest.fixture(scope="session")
def signing_anvil() -> Iterator[Anvil]:
    with running_anvil() as anvil:
        yield anvil


@pytest.fixture(params=["py-evm", "py-evm-plain", "revm", "anvil"])
def signing(request: pytest.FixtureRequest) -> Iterator[Chain]:
    """A fresh chain that signs everything and keeps it, on every engine; on anvil only where there is one."""
    if request.param != "anvil":
        yield Chain(request.param, signs=True)
        return
    anvil: Anvil = request.getfixturevalue("signing_anvil")
    fresh = anvil.ask("evm_snapshot")
    yield Chain(anvil.url, signs=True)
    anvil.ask("anvil_dropAllTransactions")
    assert anvil.ask("evm_revert", fresh)
