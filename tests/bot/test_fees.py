"""Fees by EIP-1559: what is offered, and what may take the place of another."""

import pytest

from isomargin.bot.fees import Fees


@pytest.mark.parametrize(
    ("price", "base_fee", "expected"),
    [(100, 60, Fees(100, 40)), (100, 100, Fees(100, 0)), (100, 120, Fees(100, 0)), (0, 0, Fees(0, 0))],
)
def test_at__price__is_never_passed_whatever_the_base_fee(price, base_fee, expected):
    assert Fees.at(price, base_fee) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [(Fees(800, 80), Fees(900, 90)), (Fees(801, 81), Fees(902, 92)), (Fees(0, 0), Fees(1, 1))],
)
def test_raised__both__are_an_eighth_more_and_up(before, after):
    assert before.raised() == after


def test_at_least__floor__lifts_each_and_the_most_covers_the_tip():
    assert Fees(100, 10).at_least(Fees(90, 20)) == Fees(100, 20)
    assert Fees(100, 10).at_least(Fees(120, 5)) == Fees(120, 10)
    assert Fees(100, 10).at_least(Fees(90, 130)) == Fees(130, 130)
