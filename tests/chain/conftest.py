"""The probe: a small contract that shows what a chain does to contracts."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.chain import Chain, Contract
from isomargin.contracts import CompiledContract, compile_contract


@pytest.fixture(scope="session")
def probe_code() -> CompiledContract:
    return compile_contract(Path(__file__).parent / "Probe.vy")


@pytest.fixture
def probe(chain: Chain, probe_code: CompiledContract) -> Contract:
    return chain.deploy(probe_code, 5)
