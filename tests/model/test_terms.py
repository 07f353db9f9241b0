"""Parameters that make no sense are refused; a moment gives a good price or its reason."""

from __future__ import annotations

from collections.abc import Callable

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
        ({"max_funding_velocity": -1}, "max_funding_velocity: expected 0 or more, found -1"),
        ({"adl_threshold": -1}, "adl_threshold: expected 0 or more, found -1"),
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


def test_parameters__without_the_newest__follow_the_skew_and_deleverage_never() -> None:
    assert (parameters().max_funding_velocity, parameters().adl_threshold) == (0, 0)


def test_moment__with_a_good_price__gives_it_by_every_face() -> None:
    moment = Moment(5, 7)
    assert (moment.good_price(), moment.entry_price(), moment.forced_price()) == (7, 7, 7)
    assert (moment.in_grace, moment.price_before) == (False, 0)


def reason_of(face: Callable[[], int]) -> str:
    with pytest.raises(Rejected) as refusal:
        face()
    return refusal.value.reason


def test_moment__with_a_bad_price__rejects_by_every_face_with_its_reason() -> None:
    moment = Moment(5, 7, "oracle: price stale", "oracle: paused", "oracle: paused")
    for face in (moment.good_price, moment.entry_price, moment.forced_price):
        assert reason_of(face) == "oracle: price stale"


def test_moment__with_a_reason_against_entering__still_lets_leave_and_force() -> None:
    moment = Moment(5, 7, entry_reason="oracle: grace after outage", in_grace=True)
    assert reason_of(moment.entry_price) == "oracle: grace after outage"
    assert (moment.good_price(), moment.forced_price()) == (7, 7)


def test_moment__with_a_reason_against_forcing__still_lets_leave() -> None:
    moment = Moment(5, 7, entry_reason="oracle: paused", forced_reason="oracle: paused")
    assert reason_of(moment.forced_price) == "oracle: paused"
    assert moment.good_price() == 7


def test_rejected__without_a_reason__still_says_something() -> None:
    assert str(Rejected("")) == "refused without a reason"
    assert Rejected("").reason == ""
