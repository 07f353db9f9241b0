"""Fixtures for the market's tests: one market a file and token, put back after each test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from isomargin.chain import Chain
from isomargin.errors import TransactionReverted
from isomargin.protocol import Sources
from tests.market.world import World, build_world, terms_of

Refused = Callable[[str], AbstractContextManager[Any]]


@pytest.fixture(scope="module", params=[6, 18], ids=["6-decimals", "18-decimals"])
def both_decimals(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def six_decimal_world() -> World:
    return build_world(Chain(), terms_of(6))


@pytest.fixture
def world(six_decimal_world: World) -> Iterator[World]:
    """A market whose token has six decimals."""
    yield from isolated(six_decimal_world)


@pytest.fixture(scope="module")
def world_of_both(both_decimals: int) -> World:
    return build_world(Chain(), terms_of(both_decimals))


@pytest.fixture
def any_world(world_of_both: World) -> Iterator[World]:
    """A market whose token has six decimals, and then one of eighteen."""
    yield from isolated(world_of_both)


def isolated(world: World) -> Iterator[World]:
    snapshot = world.chain.snapshot()
    yield world
    world.chain.revert(snapshot)


@pytest.fixture(scope="session")
def refused() -> Refused:
    """`with refused(reason)`: the block must revert with exactly this reason."""

    def expect(reason: str) -> AbstractContextManager[Any]:
        return pytest.raises(TransactionReverted, match=f"^{re.escape(reason)}$")

    return expect


@pytest.fixture(scope="module")
def world_of_a_blacklist() -> World:
    return build_world(Chain(), terms_of(6), Sources(token="testing/BlacklistToken"))


@pytest.fixture
def blacklist_world(world_of_a_blacklist: World) -> Iterator[World]:
    """A market whose token can shut accounts out."""
    yield from isolated(world_of_a_blacklist)
