"""The tests' examples depend on nothing but the machine: not on what else is imported."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from tests.fuzz.campaign import CI, without_local_constants


def drawn(monkeypatch, imported):
    """What a fixed set of examples draws while modules hold these numbers."""
    numbers = []
    monkeypatch.setattr(providers, "_get_local_constants", lambda: Constants(integers=set(imported)))
    providers.CONSTANTS_CACHE.cache.clear()

    @settings(CI, max_examples=200)
    @given(st.integers(0, 10**9))
    def draw(number):
        numbers.append(number)

    draw()
    return numbers


@pytest.fixture(autouse=True)
def cache_left_clean():
    yield
    providers.CONSTANTS_CACHE.cache.clear()


def test_examples__other_modules_imported__are_others_by_default(monkeypatch):
    assert drawn(monkeypatch, [12_345]) != drawn(monkeypatch, [54_321])


def test_examples__other_modules_imported__stay_the_same_in_a_campaign(monkeypatch):
    with without_local_constants():
        assert drawn(monkeypatch, [12_345]) == drawn(monkeypatch, [54_321])
