"""A liquidation bonus b raises a loan-to-value above 1 / (1 + b) (Warmuz, Chaudhary, Pinna, 2022).

Whoever repays x of a debt D takes collateral worth (1 + b) x out of C x price, so the loan-to-value of the
rest is above that before if and only if (1 + b) D > C x price. What is seized is rounded down to s units: the
loan-to-value rises only above the bound, and always from the bound times 1 + 1 / s on.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.errors import TransactionReverted
from isomargin.units import WAD, to_wad
from tests.theory.lending import Lender, Loan, falling_paths, liquidated

BONUSES = ["0.01", "0.025", "0.05", "0.08", "0.1", "0.25"]
OFFSETS = [
    -to_wad("0.02"), -to_wad("0.001"), -(10**6), -1, 0, 1, 10**6, to_wad("0.001"), to_wad("0.02")
]  # fmt: skip
SHARES = [to_wad("0.000001"), to_wad("0.3"), to_wad("0.5")]  # of the debt
PRICE = to_wad("1234.567890123456789")

BONUS = to_wad("0.1")  # of the falling paths: the bound is 90.9%, liquidations begin at 85%
START = Loan(collateral=WAD, debt=80 * WAD)
SEED, PATHS = 2022, 400


def check(before: Loan, after: Loan, price: int, bonus: int) -> None:
    """What the theory says of one liquidation, exactly and to the unit by which what is seized is rounded."""
    rises = after.debt * before.collateral > before.debt * after.collateral  # the price cancels
    owed, worth = before.debt * (WAD + bonus), before.collateral * price
    seized = before.collateral - after.collateral
    assert not (rises and owed <= worth)
    if owed * seized >= worth * (seized + 1):
        assert rises


def near_bound(offset: int, bonus: int, price: int, collateral: int) -> Loan:
    """A loan with a loan-to-value of `offset` (WAD, relative) beside 1 / (1 + bonus), its debt rounded up."""
    return Loan(collateral, -(-collateral * price * (WAD + offset) // (WAD * (WAD + bonus))))


@pytest.fixture(scope="module", params=BONUSES)
def lender(request: pytest.FixtureRequest) -> Lender:
    lender = Lender(to_wad(request.param))
    lender.push(PRICE)
    return lender


@pytest.mark.parametrize("offset", OFFSETS)
def test_liquidate__around_the_bound__raises_the_loan_to_value_exactly_above_it(lender: Lender, offset: int):
    before = near_bound(offset, lender.bonus, PRICE, 7 * WAD)
    assert before.is_due(PRICE) or lender.bonus > to_wad("0.17")
    for share in SHARES if before.is_due(PRICE) else []:
        repaid = before.debt * share // WAD
        after = lender.liquidate(lender.lend(before), repaid)
        assert after == liquidated(before, repaid, PRICE, lender.bonus)
        check(before, after, PRICE, lender.bonus)
        if abs(offset) >= 10**6:  # beyond what rounding can hide
            rises = after.loan_to_value(PRICE) > before.loan_to_value(PRICE)
            assert rises == (offset > 0)


def test_liquidate__at_the_bound__leaves_the_loan_to_value_as_it_is():
    lender = Lender(to_wad("0.125"))  # the bound is 8 / 9
    lender.push(1_000 * WAD)
    before = Loan(collateral=9 * WAD, debt=8_000 * WAD)
    assert before.loan_to_value(1_000 * WAD) == Fraction(8, 9)
    id = lender.lend(before)
    assert not lender.contract.call("is_beyond", id)
    for repaid in (WAD, 1_000 * WAD, 6_000 * WAD):
        after = lender.liquidate(lender.lend(before), repaid)
        assert after.loan_to_value(1_000 * WAD) == Fraction(8, 9)


def test_liquidate__one_unit_beyond_the_bound__is_refused_by_who_stops():
    going_on, stopping = Lender(to_wad("0.125")), Lender(to_wad("0.125"), stops=True)
    for debt, stopped in ((8_000 * WAD, False), (8_000 * WAD + 1, True)):
        for lender in (going_on, stopping):
            lender.push(1_000 * WAD)
            id = lender.lend(Loan(9 * WAD, debt))
            if stopped and lender is stopping:
                with pytest.raises(TransactionReverted, match="lender: beyond the bound"):
                    lender.liquidate(id, WAD)
            else:
                assert lender.liquidate(id, WAD).debt == debt - WAD


@settings(max_examples=500, deadline=None, database=None)
@given(data=st.data())
def test_liquidated__any_loan__raises_the_loan_to_value_exactly_above_the_bound(data: st.DataObject):
    bonus = data.draw(st.integers(1, WAD))
    price = data.draw(st.integers(10**6, 10**24))
    collateral = data.draw(st.integers(10**6, 10**27))
    offset = data.draw(st.one_of(st.integers(-1_000, 1_000), st.integers(-WAD // 2, WAD // 2)))
    before = near_bound(offset, bonus, price, collateral)
    most = min(before.debt, collateral * price // (WAD + bonus))
    repaid = data.draw(st.integers(min(1, most), most))
    check(before, liquidated(before, repaid, price, bonus), price, bonus)


def played(prices: list[int], *, stops: bool) -> tuple[Loan, int | None]:
    """A loan along a path, liquidated at each price that allows it, and the price at which that stopped."""
    loan, stopped_at = START, None
    for price in prices[1:]:
        if loan.is_due(price) and not (stops and loan.is_beyond(price, BONUS)):
            loan = liquidated(loan, loan.repayable(price, BONUS), price, BONUS)
        elif loan.is_due(price) and stopped_at is None:
            stopped_at = price
    return loan, stopped_at


def played_on_chain(lender: Lender, prices: list[int]) -> Loan:
    """The same, by the contract."""
    id = lender.lend(START)
    for price in prices[1:]:
        lender.push(price)
        loan = lender.loan(id)
        if not loan.is_due(price):
            continue
        if lender.stops and lender.contract.call("is_beyond", id):
            with pytest.raises(TransactionReverted, match="lender: beyond the bound"):
                lender.liquidate(id, 0)
            continue
        lender.liquidate(id, loan.repayable(price, BONUS))
    return lender.loan(id)


def test_paths__on_chain__end_as_in_integers():
    for stops in (False, True):
        lender = Lender(BONUS, stops=stops)
        for prices in falling_paths(SEED, 25, later=0.0):
            expected = played(prices, stops=stops)[0]
            assert played_on_chain(lender, prices) == expected
            assert lender.bad_debt(lender.contract.call("last_id")) == expected.bad_debt(prices[-1])


def outcomes(later: float) -> dict[str, int]:
    """Bad debt over all paths, WAD quote, how many stopped, and on how many each rule leaves less of it."""
    found = {"going on": 0, "stopping": 0, "stopped": 0, "better": 0, "worse": 0}
    for prices in falling_paths(SEED, PATHS, later=later):
        end = prices[-1]
        went_on, (stopped, at) = played(prices, stops=False)[0], played(prices, stops=True)
        bad, left = went_on.bad_debt(end), stopped.bad_debt(end)
        found["going on"] += bad
        found["stopping"] += left
        found["stopped"] += at is not None
        found["better"] += left < bad
        found["worse"] += left > bad
        if left > bad:  # only a fall by more than b / (1 + b) after the stop can make it so
            assert at is not None
            assert end * (WAD + BONUS) < at * WAD
    return found


def test_paths__fall_that_ends__stopping_cuts_bad_debt():
    found = outcomes(later=0.0)
    assert found["stopped"] >= PATHS // 4
    assert 2 * found["stopping"] < found["going on"]
    assert found["better"] > 5 * found["worse"]


def test_paths__fall_that_goes_on__stopping_costs():
    found = outcomes(later=0.012)
    assert found["stopping"] > found["going on"]


def spiralled(loan: Loan, price: int) -> Loan:
    """The loan, liquidated at one price while that takes collateral: a last unit may be worth too little."""
    while (
        after := liquidated(loan, loan.repayable(price, BONUS), price, BONUS)
    ).collateral < loan.collateral:
        loan = after
    return loan


def test_paths__at_the_price_of_the_stop__stopping_is_never_worse():
    compared = 0
    for prices in falling_paths(SEED, PATHS, later=0.0):
        at = played(prices, stops=True)[1]
        if at is None:
            continue
        stopped = played(prices[: prices.index(at) + 1], stops=True)[0]
        spiral = spiralled(stopped, at)
        assert spiral.bad_debt(at) > stopped.bad_debt(at)
        unpaid = stopped.debt - stopped.collateral * at // (WAD + BONUS)  # D - V / (1 + b)
        assert abs(spiral.debt - unpaid) <= 1_000  # WAD units: one a liquidation
        compared += 1
    assert compared >= PATHS // 4
