"""What a long pays and a short receives while price and skew stand still: contracts, model, closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from benchmarks.theory.formulas import DAY, funding_at_once, funding_in_motion
from benchmarks.theory.market import FIRST_PRICE, FOREVER, LONG, SHORT, SIZES, Contracts, Integers, terms
from isomargin.model import Moment
from isomargin.protocol import SystemTerms
from isomargin.units import WAD, to_wad

__all__ = ["CADENCES", "DAYS", "MODES", "Payment", "closed_form", "payments", "payments_of_model"]

DAYS = 10
"""How long it runs."""

CADENCES = {"once": DAYS * DAY, "every day": DAY, "every hour": 3_600, "every 1,999 seconds": 1_999}
"""Seconds from one accrual to the next, by name; at the end there is one in any case."""

MODES: Mapping[str, Mapping[str, int]] = {
    "proportional": {"max_funding_rate": to_wad("0.1")},
    "velocity": {"max_funding_rate": to_wad("0.1"), "max_funding_velocity": to_wad("0.03")},
    "velocity, to its bound": {"max_funding_rate": to_wad("0.001"), "max_funding_velocity": to_wad("0.05")},
}
"""Parameters of the market, by name. The skew is 6 of 1000: 0.6% of these."""

_TAKE_IT = {LONG: 0, SHORT: 2**255}  # limits of closing trades


@dataclass(frozen=True)
class Payment:
    """What a position paid by one way of counting.

    Attributes
    ----------
    owed : int
        Accrued funding at the end, WAD quote.
    paid : int
        What its owner got less at the close than in a market without funding, token units.
    accruals : int
        In how many steps; the last is the close.
    """

    owed: int
    paid: int
    accruals: int


def closed_form(mode: str, position: int) -> Fraction:
    """What a position owes after all days, quote."""
    set_to = terms(**MODES[mode]).parameters
    size, skew = Fraction(SIZES[position], WAD), Fraction(sum(SIZES.values()), set_to.skew_scale)
    price, bound = Fraction(FIRST_PRICE, WAD), Fraction(set_to.max_funding_rate, WAD)
    if not set_to.max_funding_velocity:
        return funding_at_once(size, skew, price, bound, Fraction(DAYS))
    velocity = Fraction(set_to.max_funding_velocity, WAD)
    return funding_in_motion(size, skew, price, velocity, bound, Fraction(DAYS))


def payments(mode: str, cadence: str) -> dict[int, Payment]:
    """By position, what the contracts charge."""
    return _payments(_closed(terms(**MODES[mode]), cadence), _without_funding(), cadence)


def payments_of_model(mode: str, cadence: str) -> dict[int, Payment]:
    """By position, what the model charges."""
    free = _closed_by_model(terms(), "once")
    return _payments(_closed_by_model(terms(**MODES[mode]), cadence), free, cadence)


_Ended = dict[int, tuple[int, int]]  # by position, what it owed and what its owner got


def _payments(charged: _Ended, free: _Ended, cadence: str) -> dict[int, Payment]:
    accruals = len(_moments(0, cadence)) + 1
    return {one: Payment(charged[one][0], free[one][1] - charged[one][1], accruals) for one in charged}


@cache
def _without_funding() -> _Ended:
    return _closed(terms(), "once")


def _moments(start: int, cadence: str) -> list[int]:
    """When funding is accrued before the end, at which closing does it."""
    return [*range(start + CADENCES[cadence], start + DAYS * DAY, CADENCES[cadence])]


def _closed(terms: SystemTerms, cadence: str) -> _Ended:
    """On the chain; an empty batch of liquidations accrues and does nothing else."""
    contracts = Contracts.begin(terms)
    chain, system = contracts.chain, contracts.system
    end = chain.timestamp + DAYS * DAY
    for moment in _moments(chain.timestamp, cadence):
        chain.mine([system.liquidate_batch(contracts.keeper, [])], timestamp=moment)
    found = {}
    for one in (LONG, SHORT):
        snapshot = chain.snapshot()
        before = system.token_balance(contracts.trader)
        close = system.close(contracts.trader, one, _TAKE_IT[one], FOREVER)
        (receipt,) = chain.mine([close], timestamp=end).receipts
        assert receipt.success, receipt.revert_reason
        got = system.token_balance(contracts.trader) - before
        chain.revert(snapshot)
        snapshot = chain.snapshot()
        chain.mine([system.liquidate_batch(contracts.keeper, [])], timestamp=end)
        found[one] = system.position(one).accrued_funding, got
        chain.revert(snapshot)
    return found


def _closed_by_model(terms: SystemTerms, cadence: str) -> _Ended:
    start, found = 1_577_836_800, {}
    for one in (LONG, SHORT):
        market = Integers(terms, start).market
        for moment in _moments(start, cadence):
            market.liquidate_batch("keeper", [], Moment(moment, FIRST_PRICE))
        end = Moment(start + DAYS * DAY, FIRST_PRICE)
        owed = market.holding(one).accrued_funding(market.funding_index_at(FIRST_PRICE, end.now))
        found[one] = owed, market.close("trader", one, _TAKE_IT[one], FOREVER, end).payout
    return found
