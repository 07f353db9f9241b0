"""A small market with names for everybody in it, put back after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isomargin.chain import Chain
from isomargin.traces import Directory, system_directory
from tests.market.world import World, build_world, terms_of


@pytest.fixture(scope="module")
def deployed() -> World:
    return build_world(Chain(signs=True), terms_of(6))


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    snapshot = deployed.chain.snapshot()
    yield deployed
    deployed.chain.revert(snapshot)


@pytest.fixture
def directory(world: World) -> Directory:
    return system_directory(world.system)
