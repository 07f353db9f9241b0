"""Each way in which a position lives and ends, told by hand-written events."""

import pytest

from isomargin.model import Bracket, RiskTable
from isomargin.simulation.lives import PositionLives
from isomargin.units import WAD, to_wad

USD = 10**6  # token units
SCALE = 10**12
RISK = RiskTable((Bracket(0, to_wad("0.1"), to_wad("0.05")),), 10**6 * WAD, to_wad("0.01"))


@pytest.fixture
def lives():
    return PositionLives(RISK, SCALE)


def opened(lives, position=1, size=10, cost=1_000, margin=100, fee=1, block=5):
    lives.tell(
        "PositionOpened",
        {
            "id": position,
            "owner": f"0x{position}",
            "vault": "0xV",
            "size": size * WAD,
            "cost": cost * WAD,
            "funding_index": 0,
            "margin": margin * USD,
            "keeper_reserve": 5 * USD,
            "fill_price": abs(cost) * WAD // abs(size),
            "fee": fee * WAD,
        },
        block,
        block * 10,
    )


def liquidated(lives, size, price=90, penalty=3, reward=2, payout=0, funding=0, block=8):
    lives.tell(
        "PositionLiquidated",
        {
            "id": 1,
            "size": size * WAD,
            "price": price * WAD,
            "penalty": penalty * USD,
            "reward": reward * USD,
            "payout": payout * USD,
            "funding": funding * WAD,
        },
        block,
        block * 10,
    )


def told(lives):
    [row] = lives.rows(lambda account: f"owner of {account}")
    return row


def test_rows__opened_long__has_its_opening_and_no_end(lives):
    """The bound: 100 + 10 P - 1000 < 0.05 x 10 P below 900 / 9.5 = 94.73..."""
    opened(lives)
    row = told(lives)

    assert (row.id, row.owner, row.actor, row.side) == (1, "0x1", "owner of 0x1", "long")
    assert (row.opened_block, row.opened_at, row.entry_price) == (5, 50, 100 * WAD)
    assert (row.size, row.notional, row.margin, row.leverage) == (10 * WAD, 1_000 * WAD, 100 * USD, "10.00")
    assert row.liquidation_price_at_open // 10**16 == 94_73
    assert (row.outcome, row.closed_block, row.closed_at, row.exit_price) == ("open", None, None, None)
    assert (row.bankrupt, row.partial_liquidations, row.bad_debt, row.payout) == (False, 0, 0, 0)
    assert (row.penalty, row.keeper_reward, row.fees, row.funding) == (0, 0, WAD, 0)


def test_rows__opened_short__counts_its_size_below_zero(lives):
    """The bound: 150 + 1000 - 10 P < 0.05 x 10 P above 1150 / 10.5 = 109.52..."""
    opened(lives, size=-10, cost=-1_000, margin=150)
    row = told(lives)

    assert (row.side, row.size, row.notional, row.leverage) == ("short", -10 * WAD, 1_000 * WAD, "6.67")
    assert row.liquidation_price_at_open // 10**16 == 109_52


def test_rows__closed__ends_with_what_it_paid_and_got(lives):
    opened(lives)
    lives.tell("PositionModified", {"id": 1, "fee": 2 * WAD, "funding": -3 * WAD}, 6, 60)
    lives.tell("MarginWithdrawn", {"id": 1, "amount": 11 * USD, "margin": 0}, 6, 60)
    lives.tell(
        "PositionClosed",
        {"id": 1, "fill_price": 107 * WAD, "fee": 4 * WAD, "funding": 5 * WAD, "payout": 160 * USD},
        7,
        70,
    )
    row = told(lives)

    assert (row.outcome, row.closed_block, row.closed_at, row.exit_price) == ("closed", 7, 70, 107 * WAD)
    assert (row.fees, row.funding) == (7 * WAD, 2 * WAD)
    assert row.payout == 171 * USD
    assert (row.bankrupt, row.partial_liquidations) == (False, 0)


def test_rows__liquidated_in_part__stays_open(lives):
    opened(lives)
    liquidated(lives, size=6, funding=1)
    liquidated(lives, size=4, funding=2, penalty=1, reward=1)
    row = told(lives)

    assert (row.outcome, row.partial_liquidations, row.closed_block, row.exit_price) == (
        "open",
        2,
        None,
        None,
    )
    assert (row.penalty, row.keeper_reward, row.funding) == (4 * USD, 3 * USD, 3 * WAD)
    assert row.size == 10 * WAD  # at the opening


def test_rows__liquidated_in_part_then_in_full__is_liquidated(lives):
    opened(lives)
    liquidated(lives, size=6)
    liquidated(lives, size=0, price=80, reward=7, payout=9, block=9)
    row = told(lives)

    assert (row.outcome, row.closed_block, row.closed_at, row.exit_price) == ("liquidated", 9, 90, 80 * WAD)
    assert (row.partial_liquidations, row.penalty, row.keeper_reward) == (1, 6 * USD, 9 * USD)
    assert (row.payout, row.bankrupt) == (9 * USD, False)


def test_rows__liquidated_in_part_then_closed__is_closed(lives):
    opened(lives)
    liquidated(lives, size=6)
    lives.tell(
        "PositionClosed", {"id": 1, "fill_price": 101 * WAD, "fee": 0, "funding": 0, "payout": 9 * USD}, 9, 90
    )
    row = told(lives)

    assert (row.outcome, row.partial_liquidations, row.exit_price) == ("closed", 1, 101 * WAD)


def test_rows__bad_debt__is_bankrupt(lives):
    opened(lives)
    lives.tell("BadDebt", {"id": 1, "amount": 40 * WAD, "insurance_paid": 0, "pool_loss": 0}, 8, 80)
    liquidated(lives, size=0, penalty=0, reward=5)
    row = told(lives)

    assert (row.outcome, row.bankrupt, row.bad_debt) == ("liquidated", True, 40 * WAD)


def test_rows__payout_refused_then_claimed__counts_once(lives):
    """The events say what reached the owner: nothing at the end, all of it with the claim."""
    opened(lives)
    liquidated(lives, size=0, payout=0)
    lives.tell("Claimed", {"id": 1, "receiver": "0xR", "amount": 30 * USD}, 12, 120)
    row = told(lives)

    assert (row.payout, row.closed_block) == (30 * USD, 8)


def test_rows__events_without_a_position__change_nothing(lives):
    opened(lives)
    before = told(lives)
    lives.tell("FundingAccrued", {"rate": 1, "price": 2, "funding_index": 3}, 9, 90)
    lives.tell("ParametersSet", {"parameters": ()}, 9, 90)

    assert told(lives) == before


def test_rows__several__are_in_the_order_of_their_ids(lives):
    for position in (3, 1, 2):
        opened(lives, position)

    assert [row.id for row in lives.rows(str)] == [1, 2, 3]


# How long it waited


@pytest.mark.parametrize(
    ("due_after", "taken_in", "waited"),
    [([], 8, 0), ([7], 8, 1), ([5, 6, 7], 8, 3), ([7, 8, 9], 10, 3)],
)
def test_rows__liquidated__waited_since_a_block_left_it_below(lives, due_after, taken_in, waited):
    opened(lives)
    for block in range(5, taken_in):
        lives.tell_due([1] if block in due_after else [], block)
    liquidated(lives, size=0, block=taken_in)

    assert told(lives).waited == waited


def test_rows__recovered_in_between__waited_since_it_fell_again(lives):
    opened(lives)
    for block, due in ((5, [1]), (6, []), (7, [1]), (8, [1])):
        lives.tell_due(due, block)
    liquidated(lives, size=0, block=9)

    assert told(lives).waited == 2


def test_rows__liquidated_in_parts__waited_as_long_as_the_longest(lives):
    opened(lives)
    for block in (5, 6, 7):
        lives.tell_due([1], block)
    liquidated(lives, size=5, block=8)  # after three blocks
    lives.tell_due([], 8)
    lives.tell_due([1], 9)
    liquidated(lives, size=0, block=10)  # after one

    assert told(lives).waited == 3


def test_rows__never_liquidated__has_not_waited(lives):
    opened(lives)
    lives.tell_due([1], 6)

    assert told(lives).waited is None
