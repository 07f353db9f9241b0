"""Fixtures for the tests of a deployed system: one small market a file, put back after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isomargin.chain import Chain
from isomargin.protocol import System
from tests.market.world import World, build_world, terms_of


@pytest.fixture(scope="module")
def deployed() -> World:
    return build_world(Chain(), terms_of(6))


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    snapshot = deployed.chain.snapshot()
    yield deployed
    deployed.chain.revert(snapshot)


@pytest.fixture
def system(world: World) -> System:
    return world.system
