"""A market with a pool and an insurance fund, undone after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isomargin.chain import Chain
from isomargin.protocol import deploy
from isomargin.testing import Market, Person
from tests.system_helpers import terms_of


@pytest.fixture(scope="module")
def deployed() -> Market:
    market = Market(deploy(Chain("revm"), terms_of()))
    market.person("lp", tokens=1_000_000).deposit(1_000_000)
    market.send(market.system.mint(market.system.insurance_fund.address, 500 * 10**6))
    return market


@pytest.fixture
def market(deployed: Market) -> Iterator[Market]:
    with deployed.isolated():
        yield Market(deployed.system)


@pytest.fixture
def trader(market: Market) -> Person:
    return market.person("trader")


@pytest.fixture
def keeper(market: Market) -> Person:
    return market.person("keeper", tokens=0)
