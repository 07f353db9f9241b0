"""What a coalition can take at a standing price: the pool counts the premium of the skew as its own.

Widening the skew costs a premium that the pool counts as earned at once, though whoever narrows the skew gets
it back. Wherever the skew moves without paying, or a share is redeemed in between, somebody takes it for
nothing. Every test sums what the coalition holds before and after (I12, I13).
"""

from __future__ import annotations

import pytest

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


def check_no_gain(arena: Arena, before: int, *coalition: str) -> None:
    gained = fortune(arena, *coalition) - before
    print(f"gained {gained / WAD:.2f} on a notional of 110,000")
    if gained > 0:
        raise Gained(f"{gained} WAD quote")


@pytest.mark.xfail(
    strict=True,
    raises=Gained,
    reason="a liquidation widens the skew at the oracle price; closing collects the premium",
)
def test_coalition__liquidates_its_short_and_closes_its_long__gains_nothing(arena):
    one, other = arena.traders[:2]
    long = enter(arena, one, SIZE, 15_000)
    short = enter(arena, other, -SIZE, 4_700)
    arena.push(FIRST_PRICE * 1050 // 1000)
    coalition = (one, other, arena.keeper)
    before = fortune(arena, *coalition)
    assert arena.act(Operation("liquidate", arena.keeper, (short,))) is not None
    leave(arena, one, long, SIZE)
    check_no_gain(arena, before, *coalition)


@pytest.mark.xfail(
    strict=True,
    raises=Gained,
    reason="a close that cannot pay its price impact widens the skew for what it has",
)
def test_coalition__closes_a_poor_short_and_then_its_long__gains_nothing(arena):
    one, other = arena.traders[:2]
    long = enter(arena, one, SIZE, 15_000)
    short = enter(arena, other, -SIZE, 4_700)
    arena.push(FIRST_PRICE * 1046 // 1000)
    assert stand(arena.system, arena.accounts).is_sound(short)
    before = fortune(arena, one, other)
    leave(arena, other, short, -SIZE)
    leave(arena, one, long, SIZE)
    check_no_gain(arena, before, one, other)


@pytest.mark.xfail(
    strict=True, raises=Gained, reason="a share is worth more while the premium of the skew is in the pool"
)
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
    assert (
        arena.provide(
            "redeem",
            arena.system.redeem(provider, shares),
            lambda at: arena.shares.redeem(provider, shares, at),
        )
        is not None
    )
    leave(arena, trader, long, SIZE)
    check_no_gain(arena, before, trader, provider)


def test_coalition__opens_both_sides_and_closes_them__gains_nothing(arena):
    one, other = arena.traders[:2]
    before = fortune(arena, one, other)
    long = enter(arena, one, SIZE, 15_000)
    short = enter(arena, other, -SIZE, 15_000)
    leave(arena, one, long, SIZE)
    leave(arena, other, short, -SIZE)
    check_no_gain(arena, before, one, other)
