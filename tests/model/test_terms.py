"""Parameters that make no sense are refused; a moment gives a good price or its reason."""

from __future__ import annotations

import pytest

from isomargin.errors import InputError
from isomargin.model import Moment, Rejected
from isomargin.units import WAD
from tests.model.helpers import PARAMETERS, parameters


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keeper_reserve": -1}, "keeper_reserve: expected 0 or more, found -1"),
        ({"skew_scale": 0}, "skew_scale: expected more than 0, found 0"),
        ({"keeper_share": WAD + 1}, "keeper_share: expected a share of at most 1"),
        ({"trade_fee_ratio": 2 * WAD}, "trade_fee_ratio: expected a share of at most 1, found 2"),
    ],
)
def test_parameters__that_make_no_sense__are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(InputError) as refusal:
        parameters(**changes)
    assert message in str(refusal.value)


def test_parameters__at_their_borders__are_accepted() -> None:
    assert parameters(keeper_share=WAD, trade_fee_ratio=0).keeper_share == WAD
    assert parameters() == PARAMETERS


def test_moment__with_a_good_price__gives_it() -> None:
    assert Moment(5, 7).good_price() == 7


def test_moment__with_a_reason__rejects_with_it() -> None:
    with pytest.raises(Rejected) as refusal:
        Moment(5, 7, "oracle: price stale").good_price()
    assert refusal.value.reason == "oracle: price stale"


def test_rejected__without_a_reason__still_says_something() -> None:
    assert str(Rejected("")) == "refused without a reason"
    assert Rejected("").reason == ""
