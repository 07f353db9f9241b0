"""The assertions hold where all is well, and each fails where what it is about is broken."""

from __future__ import annotations

from decimal import Decimal

import pytest

from isomargin.chain import Chain
from isomargin.protocol import Sources, deploy
from isomargin.testing import Market, assert_events, assert_invariants, assert_isolated, assert_solvent
from isomargin.units import WAD
from tests.system_helpers import terms_of


@pytest.fixture
def position(trader):
    return trader.open(size=10, margin=60)


def test_solvent__ordinary_life__holds(market, position, keeper):
    market.oracle.push(95)
    keeper.liquidate(position)
    assert_solvent(market)
    assert_invariants(market)


def test_solvent__position_under_water_then_bad_debt__fails_with_both(market, position, keeper):
    market.oracle.push(80)  # 200 lost, 60 there
    with pytest.raises(AssertionError, match=rf"position {position.id} is under water: equity -1\d\d\."):
        assert_solvent(market)
    keeper.liquidate(position)
    owed = market.bad_debt
    assert 140 < owed < 145
    with pytest.raises(AssertionError, match=rf"bad debt is {owed}, expected at most 0"):
        assert_solvent(market)
    assert_solvent(market, bad_debt=owed)


def test_invariants__tokens_that_no_event_explains__fails_with_its_id():
    system = deploy(Chain("revm"), terms_of(), Sources(token="testing/RebasingToken"))
    broken = Market(system)
    broken.person("trader")
    broken.send(system.token.transaction("rebase", WAD // 2, sender=system.admin))
    with pytest.raises(AssertionError, match=r"^I2 conservation: "):
        assert_invariants(broken, "I2")
    with pytest.raises(AssertionError, match=r"^not solvent:\nI2 conservation: "):
        assert_solvent(broken)
    assert_invariants(broken, "I5")


def test_isolated__only_what_was_named_changes__holds(market, position):
    other = market.person("other").open(size=-5, margin=100)
    with assert_isolated(market, position):
        position.add_margin(10)
        market.oracle.push(101)
    with assert_isolated(market, position.id, other):
        other.close()


def test_isolated__another_changes__fails_and_names_what(market, position):
    with (
        pytest.raises(AssertionError, match=rf"position {position.id}: the vault's balance is \d+, was \d+"),
        assert_isolated(market),
    ):
        position.add_margin(10)


def test_isolated__block_fails_itself__its_own_error_is_shown(market, position):
    def act():
        with assert_isolated(market):
            position.add_margin(10)
            raise ValueError("own")

    with pytest.raises(ValueError, match="own"):
        act()


def test_events__in_order_with_some_arguments__are_returned(market, position, keeper):
    market.oracle.push(80)
    done = keeper.liquidate(position)
    expected = ("PositionLiquidated", {"id": position.id, "keeper": keeper})
    found = assert_events(done, "BadDebt", expected)
    assert [event.name for event in found] == ["BadDebt", "PositionLiquidated"]
    assert assert_events(done.receipt, expected, source=market) == found[1:]
    assert (
        assert_events(market.chain.block(market.chain.block_number), expected, source=[market]) == found[1:]
    )
    assert assert_events(market.events(), "AnswerUpdated", "BadDebt")[1] == found[0]


@pytest.mark.parametrize(
    "expected",
    [
        ["Nothing"],
        ["PositionLiquidated", "BadDebt"],
        ["BadDebt", "BadDebt"],
        [("BadDebt", {"id": 77})],
        [("BadDebt", {"no_such_argument": 1})],
        [],
    ],
)
def test_events__missing_in_another_order_or_with_other_arguments__fails(market, position, keeper, expected):
    market.oracle.push(80)
    done = keeper.liquidate(position)
    with pytest.raises(AssertionError, match=r"expected .*found:\n[^$]*BadDebt\(id="):
        assert_events(done, *expected)


def test_result__event_that_is_not_there__fails_with_those_that_are(position):
    with pytest.raises(
        AssertionError, match=r"expected one event Nothing, found 0; events: .*PositionOpened"
    ):
        _ = position.opened["Nothing"]
    assert position.opened["PositionOpened"]["size"] == Decimal(10) * 10**18
