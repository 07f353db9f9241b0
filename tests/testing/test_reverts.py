"""`reverts`: which refusals it accepts, and what it says of others."""

from __future__ import annotations

import pytest

from isomargin.errors import ChainError, TransactionReverted
from isomargin.testing import reverts


@pytest.mark.parametrize("expected", [None, "market: price stale", "market: ...", "..."])
def test_reverts__reason_that_fits__passes_and_keeps_it(expected):
    with reverts(expected) as refused:
        raise TransactionReverted("market: price stale", b"\x01")
    assert refused.reason == "market: price stale"
    assert refused.error is not None
    assert refused.error.data == b"\x01"


@pytest.mark.parametrize("expected", ["market: price", "price stale", "oracle: ...", ""])
def test_reverts__another_reason__fails_with_both(expected):
    with (
        pytest.raises(
            AssertionError, match=f"expected a revert with '{expected}', found 'market: price stale'"
        ),
        reverts(expected),
    ):
        raise TransactionReverted("market: price stale")


def test_reverts__no_reason_where_one_is_expected__fails_and_shows_the_data():
    with (
        pytest.raises(AssertionError, match=r"found 'reverted without a reason \(data 0x01\)'"),
        reverts("x"),
    ):
        raise TransactionReverted("", b"\x01")


def test_reverts__nothing_reverts__fails():
    with pytest.raises(AssertionError, match="expected a revert, found none"), reverts():
        pass


def test_reverts__another_error__is_let_through():
    with pytest.raises(ChainError, match="no function"), reverts():
        raise ChainError("no function 'f'")
