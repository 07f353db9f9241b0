"""What a coalition can take at a standing price.

Widening the skew costs a premium that is not the pool's: whoever narrows the skew gets it back. So trades,
and shares bought or redeemed in between, gain nobody anything (I12). But a liquidation fills at the oracle
price, and a close is let off what it cannot pay, so that it leaves no bad debt: there the skew may widen
without paying, and whoever then narrows it collects a premium that nobody has paid. That is inherent in both
rules. It is bounded, and known at once: the gain is at most what `premium` rises by in that moment, and the
pool's assets fall by no more in the same transaction, so that no share changes hands at a price that does not
know of it. Every test sums what the coalition holds before and after.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from isomargin.model import premium
from isomargin.units import WAD
from tests.fuzz.arena import Arena
from tests.fuzz.counts import Counts
from tests.fuzz.ground import FIRST_PRICE, Variant, still_terms
from tests.fuzz.wealth import stand
from tests.market.generator import ANY_BUY, ANY_SALE
from tests.market.parity import Operation

FAR = 2**63
SIZE = 110_000 * WAD * WAD // FIRST_PRICE  # 5.5% of the skew scale, below the cap


class Gained(Exception):
    """A coalition has more than before."""


class Widening(NamedTuple):
    """What the skew's widening for nothing, and then its narrowing, came to; WAD quote."""

    gained: int
    premium_risen: int
    pool_lost: int


@pytest.fixture(scope="module")
def arena_of_full_liquidations() -> Arena:
    return Arena(still_terms(Variant(6, "full", is_adjusted=False)), Counts())


@pytest.fixture
def arena(arena_of_full_liquidations: Arena) -> Arena:
    arena_of_full_liquidations.begin()
    return arena_of_full_liquidations


def enter(arena: Arena, trader: str, size: int, margin: int) -> int:
    limit = ANY_BUY if size > 0 else ANY_SALE
    done = arena.act(Operation("open", trader, (size, margin * arena.unit, limit, FAR)))
    assert done is not None
    return int(done.position_id)


def leave(arena: Arena, trader: str, id: int, size: int) -> None:
    limit = ANY_SALE if size > 0 else ANY_BUY
    assert arena.act(Operation("close", trader, (id, limit, FAR))) is not None


def fortune(arena: Arena, *coalition: str) -> int:
    """Balances, positive equities and keeper reserves, WAD quote."""
    standing = stand(arena.system, arena.accounts)
    return sum(standing.fortunes[account] for account in coalition)


def premium_now(arena: Arena) -> int:
    return premium(arena.model.books.skew, arena.round.price, arena.terms.parameters.skew_scale)


def check_no_gain(gained: int) -> None:
    print(f"gained {gained / WAD:.2f} on a notional of 110,000")
    if gained > 0:
        raise Gained(f"{gained} WAD quote")


def liquidate_the_short_and_close_the_long(arena: Arena) -> Widening:
    """A coalition of two traders and a keeper."""
    one, other = arena.traders[:2]
    long = enter(arena, one, SIZE, 15_000)
    short = enter(arena, other, -SIZE, 4_700)
    arena.push(FIRST_PRICE * 1050 // 1000)
    coalition = (one, other, arena.keeper)
    before, assets, due = fortune(arena, *coalition), pool_assets(arena), premium_now(arena)
    assert arena.act(Operation("liquidate", arena.keeper, (short,))) is not None
    risen, lost = premium_now(arena) - due, assets - pool_assets(arena)
    leave(arena, one, long, SIZE)
    return Widening(fortune(arena, *coalition) - before, risen, lost)


def close_the_poor_short_and_the_long(arena: Arena) -> Widening:
    """A coalition of two traders."""
    one, other = arena.traders[:2]
    long = enter(arena, one, SIZE, 15_000)
    short = enter(arena, other, -SIZE, 4_700)
    arena.push(FIRST_PRICE * 1046 // 1000)
    assert stand(arena.system, arena.accounts).is_sound(short)
    before, assets, due = fortune(arena, one, other), pool_assets(arena), premium_now(arena)
    leave(arena, other, short, -SIZE)
    risen, lost = premium_now(arena) - due, assets - pool_assets(arena)
    leave(arena, one, long, SIZE)
    return Widening(fortune(arena, one, other) - before, risen, lost)


def pool_assets(arena: Arena) -> int:
    """What belongs to liquidity providers, as the pool says, WAD quote."""
    return stand(arena.system, arena.accounts).assets


@pytest.mark.xfail(
    strict=True,
    raises=Gained,
    reason="a liquidation widens the skew at the oracle price; closing collects the premium",
)
def test_coalition__liquidates_its_short_and_closes_its_long__gains_nothing(arena):
    check_no_gain(liquidate_the_short_and_close_the_long(arena).gained)


@pytest.mark.xfail(
    strict=True,
    raises=Gained,
    reason="a close that cannot pay its price impact widens the skew for what it has",
)
def test_coalition__closes_a_poor_short_and_then_its_long__gains_nothing(arena):
    check_no_gain(close_the_poor_short_and_the_long(arena).gained)


def test_coalition__liquidates_its_short_and_closes_its_long__gains_at_most_what_the_pool_has_marked(arena):
    done = liquidate_the_short_and_close_the_long(arena)
    # the skew goes from nothing to 110,000 / 180 at a price of 189, which is 5.775% of the scale of notional:
    # 115,500 x 0.055 / 2
    assert abs(done.premium_risen - 3_176 * WAD - WAD // 4) < WAD // 10**6
    assert 0 < done.gained <= done.premium_risen
    # the short has paid its loss from its margin, so nothing but the premium is lost, to the token unit
    assert abs(done.pool_lost - done.premium_risen) <= 2 * arena.terms.token_scale


def test_coalition__closes_a_poor_short_and_then_its_long__gains_at_most_what_the_pool_has_marked(arena):
    done = close_the_poor_short_and_the_long(arena)
    # 110,000 x 1.046 x 0.055 / 2
    assert abs(done.premium_risen - 3_164 * WAD - 15 * WAD // 100) < WAD // 10**6
    assert 0 < done.gained <= done.premium_risen
    # what the short could pay of its price impact the pool has, the rest it has marked
    assert 0 < done.pool_lost <= done.premium_risen


def test_coalition__redeems_shares_while_its_own_trade_is_open__gains_nothing(arena):
    trader, provider = arena.traders[0], arena.providers[1]
    before = fortune(arena, trader, provider)
    amount = 500_000 * arena.unit
    shares = arena.provide(
        "deposit",
        arena.system.deposit(provider, amount),
        lambda at: arena.shares.deposit(provider, amount, at),
    )
    long = enter(arena, trader, SIZE, 15_000)
    redeemed = arena.provide(
        "redeem",
        arena.system.redeem(provider, shares),
        lambda at: arena.shares.redeem(provider, shares, at),
    )
    assert redeemed is not None
    leave(arena, trader, long, SIZE)
    check_no_gain(fortune(arena, trader, provider) - before)


def test_coalition__opens_both_sides_and_closes_them__gains_nothing(arena):
    one, other = arena.traders[:2]
    before = fortune(arena, one, other)
    long = enter(arena, one, SIZE, 15_000)
    short = enter(arena, other, -SIZE, 15_000)
    leave(arena, one, long, SIZE)
    leave(arena, other, short, -SIZE)
    check_no_gain(fortune(arena, one, other) - before)
