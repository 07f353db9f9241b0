"""Findings about the pool: liquidity providers who gain at the expense of each other or of traders, or lose
to both.
"""

from __future__ import annotations

from dataclasses import replace

from isomargin.protocol import PoolTerms
from isomargin.units import WAD, to_wad
from tests.findings.flaws import flaw
from tests.findings.trial import attempt, mine, wealth
from tests.market.world import FOREVER, World, terms_of

ANY_BUY = 2**255
HOUR = 3_600

# A depth that nobody feels: every fill is at the price of the oracle, but for its last digits.
DEEP = terms_of(6, skew_scale=10**9 * WAD, trade_fee_ratio=0)

FILL_OF_THE_BEGINNING = flaw(
    "a fill pays for the skew before it only",
    ("weight: int256 = scale + 2 * skew + size_delta", "weight: int256 = scale + 2 * skew"),
)


def shares(world: World, owner: str) -> int:
    return world.system.pool.call("balanceOf", owner)


def redeem_all(world: World, owner: str) -> bool:
    return attempt(world, world.system.redeem(owner, shares(world, owner)))


# Traders against the pool


def sandwiching_ones_own_close(world: World) -> int:
    first = world.open(100 * WAD, world.tokens(3_000))
    unaided = world.chain.snapshot()

    before = wealth(world, world.trader, world.rival)
    world.close(first)
    plain = wealth(world, world.trader, world.rival) - before
    world.chain.revert(unaided)

    assert attempt(world, world.system.open(world.rival, 100 * WAD, world.tokens(3_000), ANY_BUY, FOREVER))
    second = world.system.last_id()
    assert mine(
        world,
        world.system.close(world.trader, first, 0, FOREVER),
        world.system.close(world.rival, second, 0, FOREVER),
    ) == [True, True]
    return wealth(world, world.trader, world.rival) - before - plain


def test_sandwich__around_ones_own_close__gains_nothing(trial):
    """Whoever opens on the same side just before his own close pushes the skew up, sells into it, and closes
    the second position after. The price of a fill is that of the middle of the trade, so that the way there
    and the way back cost the same on any path, and the fees are lost.
    """
    trial.decides(sandwiching_ones_own_close, FILL_OF_THE_BEGINNING)


def opening_both_sides_as_a_whale(world: World) -> int:
    system, whale = world.system, (world.trader, world.rival)
    assert attempt(world, system.deposit(world.rival, world.tokens(900_000)))  # nine tenths of the pool
    before = wealth(world, *whale) + world.tokens(900_000)
    long = world.open(400 * WAD, world.tokens(30_000), sender=world.trader)
    short = world.open(-400 * WAD, world.tokens(30_000), sender=world.rival)
    assert redeem_all(world, world.rival)  # while both are open
    world.close(long, sender=world.trader)
    world.close(short, sender=world.rival)
    return wealth(world, *whale) - before


def test_whale__opens_both_sides_and_leaves_with_them_open__gains_nothing(trial):
    """A provider with most of the pool pays fees and price impact to himself, so he may trade against his own
    pool for nothing and take what is left from the small ones. The price impact of the two sides cancels to
    the unit whoever owns the pool, and the small providers' part of the fees is his loss.
    """
    trial.decides(
        opening_both_sides_as_a_whale,
        FILL_OF_THE_BEGINNING,
        terms_of(6, trade_fee_ratio=to_wad("0.001"), reserve_ratio=to_wad("0.1")),
    )


# Providers against each other


def fleeing_a_loss_that_is_on_its_way(world: World) -> int:
    system = world.system
    assert attempt(world, system.deposit(world.rival, world.tokens(100_000)))  # half of the pool
    world.open(400 * WAD, world.tokens(20_000))
    # the trader is about to win 20 on each: 4,000 for each half of the pool
    mine(world, system.redeem(world.rival, shares(world, world.rival)), system.push_price(to_wad("120")))
    left_in = system.pool.call("convertToAssets", shares(world, world.rival))
    got_out = world.balance(world.rival) - world.tokens(1_000_000 - 100_000)
    return got_out + left_in - world.tokens(96_100)


def test_provider__flees_just_before_the_price_comes__bears_the_loss(trial):
    """Who sees a price on its way redeems before it arrives, and those who stay pay his part of the loss.
    Leaving takes a request, a wait and a window, so that nobody leaves at a price that he has seen coming.
    """
    trial.decides(
        fleeing_a_loss_that_is_on_its_way,
        flaw(
            "a request is not looked at",
            (
                "    if self.cooldown == 0:\n        return\n",
                "    if self.cooldown <= MAX_COOLDOWN:\n        return\n",
            ),
        ),
        replace(DEEP, pool=PoolTerms(cooldown=HOUR, withdrawal_window=HOUR)),
    )


def keeping_requests_ready_for_all_times(world: World) -> int:
    system, other = world.system, world.stranger
    assert attempt(world, system.deposit(world.rival, world.tokens(100_000)))
    assert attempt(world, system.request_withdrawal(world.rival, shares(world, world.rival)))
    mine(world, after=HOUR)
    # the same shares under a second request, by way of another account
    mine(
        world, system.pool.transaction("transfer", other, shares(world, world.rival) // 2, sender=world.rival)
    )
    mine(world, system.redeem(other, shares(world, other)))
    mine(world, system.redeem(world.rival, shares(world, world.rival) + 1))
    mine(world, after=2 * HOUR)  # the window has closed
    mine(world, system.push_price(100 * WAD), system.redeem(world.rival, shares(world, world.rival)))
    return world.balance(other) + world.balance(world.rival) - world.tokens(900_000)


def test_provider__keeps_a_request_ready_or_hands_its_shares_on__leaves_no_sooner(trial):
    """A request that never lapses, or whose shares can be handed to another account and back, is a door kept
    open for the day of the loss. A window closes, and shares that move leave the request of their old owner
    and join none.
    """
    trial.decides(
        keeping_requests_ready_for_all_times,
        flaw(
            "a window never closes",
            ('assert block.timestamp < pending.closes, "pool: window closed"', "pass"),
        ),
        replace(DEEP, pool=PoolTerms(cooldown=HOUR, withdrawal_window=HOUR)),
    )


def leaving_with_more_than_ones_part_of_a_loss(world: World) -> int:
    system = world.system
    world.set_parameters(reserve_ratio=0)
    assert attempt(world, system.deposit(world.rival, world.tokens(100_000)))  # half of the pool
    winner = world.open(400 * WAD, world.tokens(20_000))
    world.push("120")  # 8,000 are owed and not yet paid
    before = world.balance(world.rival)
    assert redeem_all(world, world.rival)
    got = world.balance(world.rival) - before
    world.close(winner)
    return got - world.tokens(96_000) - world.tokens(1)


def test_provider__leaves_while_traders_are_ahead__takes_its_part_of_the_loss(trial):
    """A pool that counts its cash and not what it owes pays the first who leaves in full, and the last pays
    for all. The pool's assets are its cash less what all traders would take if they left now, priced by
    running sums.
    """
    trial.decides(
        leaving_with_more_than_ones_part_of_a_loss,
        flaw(
            "the pool forgets what it owes",
            (
                "worth: int256 = convert(cash * SCALE, int256) - claims",
                "worth: int256 = convert(cash * SCALE, int256)",
            ),
        ),
        DEEP,
    )


def inflating_the_first_share(world: World) -> int:
    system, attacker, victim = world.system, world.trader, world.rival
    assert redeem_all(world, world.lp)
    before = world.balance(attacker)
    gift = world.tokens(10_000)
    mine(
        world,
        system.deposit(attacker, 1),
        system.token.transaction("transfer", system.pool.address, gift, sender=attacker),
        system.deposit(victim, 2 * gift - 1),
    )
    mine(world, system.redeem(attacker, shares(world, attacker)))
    return world.balance(attacker) - before


def test_first_depositor__inflates_the_share__loses_what_it_gave(trial):
    """The first depositor buys one share, makes a gift to the pool, and the next one's deposit is rounded
    down to a share that is worth less than he paid. Against virtual shares and assets the gift is lost to its
    giver, and costs the next depositor a millionth of it at most.
    """
    trial.decides(
        inflating_the_first_share,
        flaw(
            "no virtual shares",
            (
                "    return math._mul_div(assets, erc20.totalSupply + VIRTUAL_SHARES,"
                " total_assets + VIRTUAL_ASSETS, round_up)",
                "    if erc20.totalSupply == 0:\n        return assets\n"
                "    return math._mul_div(assets, erc20.totalSupply, total_assets, round_up)",
            ),
            (
                "    return math._mul_div(shares, total_assets + VIRTUAL_ASSETS,"
                " erc20.totalSupply + VIRTUAL_SHARES, round_up)",
                "    if erc20.totalSupply == 0:\n        return shares\n"
                "    return math._mul_div(shares, total_assets, erc20.totalSupply, round_up)",
            ),
        ),
    )
