"""What holds for a chain holds on every engine; and the probe, a small contract that shows what it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.chain import Chain, Contract
from isomargin.contracts import CompiledContract, compile_contract


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
