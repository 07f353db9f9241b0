"""Findings about funding and fees: lost in rounding, paid and not received, received twice, or above what is
there.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from isomargin.model import Status
from isomargin.protocol import SystemTerms
from isomargin.units import WAD, to_wad
from tests.findings.flaws import flaw
from tests.findings.trial import Attack, attempt, mine
from tests.market.world import FOREVER, World, terms_of

ANY_BUY = 2**255
DAY = 86_400
YEAR = 365 * DAY

# A skew of 100 is a hundredth of the scale, and so is its rate a day of the largest one.
LONG = 100 * WAD


def terms_of_rate(yearly: str, decimals: int = 6) -> SystemTerms:
    """Funding of this ratio a year while the skew is 100; no fee, so that a long alone pays funding only."""
    return terms_of(decimals, max_funding_rate=to_wad(yearly) * 100 // 365, trade_fee_ratio=0)


def touch_and_hold(world: World, touches: int, seconds: int) -> tuple[int, Fraction]:
    """A long of 100 at a price of 100, touched again and again, then closed: what it cost, and for how long,
    years.
    """
    before = world.balance(world.trader)
    id = world.open(LONG, world.tokens(8_000))
    start = world.chain.timestamp
    for _ in range(touches):
        touch = world.system.withdraw_margin(world.trader, id, 1)
        assert mine(world, world.system.push_price(100 * WAD), touch, after=seconds) == [True, True]
    world.close(id)
    return before - world.balance(world.trader), Fraction(world.chain.timestamp - start, YEAR)


def beyond_a_basis_point(paid: int, exact: Fraction) -> int:
    """By how much a payment misses the exact one beyond one basis point, token units, up."""
    return int(-(-(abs(paid - exact) - exact / 10_000) // 1))


def missing_funding(yearly: str, touches: int, seconds: int) -> Attack:
    def attack(world: World) -> int:
        paid, years = touch_and_hold(world, touches, seconds)
        return beyond_a_basis_point(paid, Fraction(yearly) * 10_000 * 10**18 / world.scale * years)

    return attack


@pytest.mark.parametrize("yearly", ["0.0001", "0.01", "0.1095", "0.5", "2"])
def test_precision__funding_from_a_basis_point_to_double_a_year__is_that_of_the_closed_form(trial, yearly):
    """Rates kept in too few digits lose small ones altogether and bend large ones. Over a month of daily
    touches the funding paid is size x price x rate x time to a basis point, from 0.01% to 200% a year.
    """
    trial.holds(missing_funding(yearly, 30, DAY - 7), terms_of_rate(yearly))


COARSE_INDEX = flaw(
    "the index is read in whole units of quote",
    (
        "fixed_point.signed_div_up(size * (index - index_at_touch), fixed_point.SIGNED_WAD)",
        "size * ((index - index_at_touch) // fixed_point.SIGNED_WAD)",
    ),
)


@pytest.mark.parametrize("yearly", ["0.0001", "2"])
def test_precision__index_of_few_digits__would_be_noticed(trial, yearly):
    """The same months with an index in whole units: the small rate vanishes, the large one is off by
    hundredths.
    """
    trial.convicts(missing_funding(yearly, 30, DAY - 7), COARSE_INDEX, terms_of_rate(yearly))


@pytest.mark.parametrize("ratio", ["0.0001", "0.001", "0.02", "0.1"])
def test_precision__fees_from_a_basis_point_to_a_tenth__are_that_of_the_closed_form(trial, ratio):
    """Fees on truncated notionals lose the digits behind the point. What opening and closing cost beyond the
    price is twice ratio x notional at the fill, to a basis point; the notional here is 1.0995 x 100.00550...
    """

    def attack(world: World) -> int:
        before, size = world.balance(world.trader), Fraction("1.0995")
        id = world.open(to_wad("1.0995"), world.tokens(100))
        world.close(id)
        fill = 100 * (1 + size / 2 / 10_000)
        return beyond_a_basis_point(
            before - world.balance(world.trader), 2 * Fraction(ratio) * size * fill * 10**18 / world.scale
        )

    terms = terms_of(6, trade_fee_ratio=to_wad(ratio))
    trial.decides(
        attack,
        flaw(
            "fees are taken of whole units of quote",
            (
                "fixed_point.mul_div_up(fixed_point.magnitude(cost), fee_ratio, fixed_point.WAD)",
                "fixed_point.magnitude(cost) // fixed_point.WAD * fee_ratio",
            ),
        ),
        terms,
    )


def test_rounding__funding_accrued_in_every_block__does_not_vanish(trial):
    """A payer who touches the market in every block keeps each step so small that it rounds to zero. At 0.01%
    a year a block of twelve seconds moves the index by 4e-9: a sixtieth part of a token unit for the whole
    position, and still the sum of a hundred blocks is exact.
    """
    trial.decides(
        missing_funding("0.0001", 100, 12),
        flaw(
            "the index moves in millionths",
            (
                "accrual.index += self.increment(doubled_area, price)",
                "accrual.index += self.increment(doubled_area, price) // 10**12 * 10**12",
            ),
        ),
        terms_of_rate("0.0001", 18),
    )


def received_by_taking_it_in_parts(world: World) -> int:
    start = world.chain.timestamp + 100
    before = world.balance(world.rival)
    world.at(start, world.system.open(world.trader, LONG, world.tokens(8_000), ANY_BUY, FOREVER))
    world.at(start + 1, world.system.open(world.rival, -40 * WAD, world.tokens(4_000), 0, FOREVER))
    short = world.system.last_id()
    for day in range(1, 6):
        world.at(start + day * DAY - 1, world.system.push_price(100 * WAD))
    for step in range(10):  # a unit of size at a time, for which nothing is due
        world.at(start + 5 * DAY + step, world.system.decrease(world.rival, short, 1, ANY_BUY, FOREVER))
    world.at(start + 5 * DAY + 10, world.system.close(world.rival, short, ANY_BUY, FOREVER))
    # five days at a skew of 60, so 0.6% of 40 x 100 a day, and eleven seconds more: not 120.01, opened and
    # closed at the same price
    return world.balance(world.rival) - before - world.tokens("120.01")


def test_funding__received_by_a_short_that_closes_unit_by_unit__is_received_once(trial):
    """Where a partial close pays all the funding and does not move the position's own index, each further one
    pays it again. Whatever settles funding also writes the index at which it did.
    """
    trial.decides(
        received_by_taking_it_in_parts,
        flaw(
            "a decrease settles and forgets",
            ("after.cost -= removed\n    after.funding_index = index", "after.cost -= removed"),
        ),
        terms_of(6, trade_fee_ratio=0, max_funding_rate=WAD),
    )


def received_beyond_what_is_paid(world: World) -> int:
    """What all who receive funding get beyond what all who pay it give, token units."""
    start, system = world.chain.timestamp + 100, world.system
    ids = []
    for turn, (owner, size) in enumerate([(world.trader, 70), (world.rival, -40), (world.trader, 33)]):
        limit = ANY_BUY if size > 0 else 0
        opening = system.open(owner, size * WAD + turn, world.tokens(4_000), limit, FOREVER)
        world.at(start + 1_000 * turn, opening)
        ids.append((owner, system.last_id(), ANY_BUY - limit))
    for day in range(1, 4):
        world.at(start + day * DAY, system.push_price(to_wad(f"10{day}.0{day}")))
    paid = []
    for owner, id, limit in ids:
        receipt = world.at(world.chain.timestamp + 777, system.close(owner, id, limit, FOREVER))
        paid.append(world.event(receipt, "PositionClosed")["funding"])
    pool = pool_share_of_funding(world, start)
    assert paid[0] > 0 > paid[1]
    return -(-(pool - sum(paid)) // world.scale)


def pool_share_of_funding(world: World, start: int) -> int:
    """What the skew owed at each step, from the logs of the index alone, WAD, down."""
    skew, index, due = 0, 0, 0
    for number in range(world.chain.block_number + 1):
        for receipt in world.chain.block(number).receipts:
            for event in world.events(receipt):
                if event.name == "FundingAccrued":
                    due += skew * (event.args["funding_index"] - index)
                    index = event.args["funding_index"]
                if event.name == "PositionOpened":
                    skew += event.args["size"]
                if event.name == "PositionClosed":
                    skew += event.args["size_delta"]
    return due // WAD


def test_funding__of_all_who_pay_and_all_who_receive__is_one_sum(trial):
    """Payers and receivers whose shares are computed apart do not add up, and the pool makes good the
    difference. What longs pay is what shorts and the pool receive: the pool gets what the skew owed, reckoned
    from the index alone, and no receiver gets a unit more.
    """
    trial.decides(
        received_beyond_what_is_paid,
        flaw(
            "shorts are paid half as much again",
            (
                "return fixed_point.signed_div_up(size * (index - index_at_touch)",
                "return fixed_point.signed_div_up((size + min(size, 0) // 2) * (index - index_at_touch)",
            ),
        ),
        terms_of(6, trade_fee_ratio=0, max_funding_rate=WAD),
    )


# Funding beyond the margin

EXPENSIVE = terms_of(6, max_funding_rate=WAD)


def hold_until(world: World, id: int, days: int, price: int) -> None:
    for _ in range(days):
        mine(world, world.system.push_price(price), after=DAY)
    assert world.position(id).accrued_funding > world.position(id).margin * world.scale


def being_unable_to_close_in_profit(world: World) -> int:
    # bought at 100.5 with 1,540 of margin; two weeks of 1% a day at 120 are 1,680, and the price gives 1,950
    id = world.open(LONG, world.tokens(1_555))
    hold_until(world, id, 14, 120 * WAD)
    due = world.position(id).equity // world.scale
    before = world.balance(world.trader)
    attempt(world, world.system.close(world.trader, id, 0, FOREVER))
    least = due - world.tokens("65")  # impact of 0.5% on 12,000 and a fee of 0.1%, less a little funding
    return least - (world.balance(world.trader) - before)


def test_funding__above_the_margin__lets_a_position_in_profit_close(trial):
    """Funding that is taken from the margin before profit is counted makes a winning position impossible to
    close once it has run long enough. All parts of a close are settled as one sum, and what is left is paid
    out.
    """
    trial.decides(
        being_unable_to_close_in_profit,
        flaw(
            "funding is asked of the margin",
            (
                "deal.realised_pnl = -deal.cost - before.cost",
                "deal.realised_pnl = -deal.cost - before.cost\n"
                "    assert deal.funding <= convert(margin * settlement.TOKEN_SCALE, int256),"
                ' "market: margin below costs"',
            ),
        ),
        EXPENSIVE,
    )


def leaving_a_position_that_its_funding_ate(world: World) -> int:
    id = world.open(LONG, world.tokens(1_555))
    hold_until(world, id, 60, 100 * WAD)
    seen = world.position(id)
    assert seen.status is Status.INSOLVENT
    assert seen.equity < -2 * seen.maintenance_margin
    mine(
        world,
        world.system.close(world.trader, id, 0, FOREVER),
        world.system.liquidate(world.keeper, id),
    )
    state = world.system.market_state()
    return int(world.position(id).is_open or state.skew != 0 or state.trader_claims != 0)


def test_funding__that_ate_the_whole_position__does_not_keep_it_from_being_ended(trial):
    """Abandoned until it owes several times its margin, a position can be neither closed nor liquidated where
    somebody must first pay what is missing; it then draws on the pool for ever. It is liquidated however much
    it owes, the loss is booked once, and nothing of it stays in the sums.
    """
    trial.decides(
        leaving_a_position_that_its_funding_ate,
        flaw("a loss must be paid in full", ("), -margin)", "), -(2**200))")),
        EXPENSIVE,
    )


def being_unable_to_close_what_is_barely_solvent(world: World) -> int:
    id = world.open(10 * WAD, world.tokens("108.7005"))
    world.push("89.3")  # 0.2 are left; leaving costs 0.45 by impact and 0.89 by fee
    seen = world.position(id)
    assert 0 < seen.equity < to_wad("0.25")
    before = world.balance(world.trader)
    attempt(world, world.system.close(world.trader, id, 0, FOREVER))
    return seen.keeper_reserve - (world.balance(world.trader) - before)


def test_close__equity_below_what_leaving_costs__still_succeeds(trial):
    """A solvent position whose exit costs exceed what it has left is locked in until it is liquidated. Impact
    and fee take what is there and no more, and the owner has his keeper reserve back.
    """
    trial.decides(
        being_unable_to_close_what_is_barely_solvent,
        flaw(
            "leaving must be paid in full",
            (
                "max(valuation.to_tokens_down(net, settlement.TOKEN_SCALE), -convert(margin, int256))",
                "valuation.to_tokens_down(net, settlement.TOKEN_SCALE)",
            ),
        ),
    )
