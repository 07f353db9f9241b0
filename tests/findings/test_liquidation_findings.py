"""Findings about liquidation: it comes too late or not at all, or pays the wrong people.

Where nothing else is said a position is long 10 at 100.05: cost 1000.5, fee 1.0005, and with 108.7005 paid in
a margin of 107.7. Its equity is 47.2 with 46.5 of maintenance at 93.05, and at 88 it is insolvent by 12.8.
"""

from __future__ import annotations

from isomargin.model import Status
from isomargin.units import WAD, to_wad
from tests.findings.flaws import flaw
from tests.findings.trial import attempt, mine, usual_position, wealth
from tests.market.world import FOREVER, World, terms_of

SIZE = 10 * WAD
HOUR = 3_600


def liquidated(world: World, id: int) -> bool:
    return attempt(world, world.system.liquidate(world.keeper, id))


def debt(world: World, id: int) -> int:
    """Bad debt booked and not yet booked, WAD quote."""
    return world.system.market_state().bad_debt + max(0, -world.position(id).equity)


# Too late or not at all


def topping_up_and_closing_dust_before_each_liquidation(world: World) -> int:
    id, system = usual_position(world), world.system
    world.push("93")
    for _ in range(3):
        mine(
            world,
            system.add_margin(world.trader, id, 1),
            system.decrease(world.trader, id, 1, 0, FOREVER),
            system.liquidate(world.keeper, id),
        )
    return int(world.position(id).size == SIZE)


DELAY = flaw(
    "a top-up protects for a block",
    (
        "managers: HashMap[uint256, address]",
        "managers: HashMap[uint256, address]\ntouched: HashMap[uint256, uint256]",
    ),
    (
        "    held: uint256 = vaults.take(vault, msg.sender, amount)\n",
        "    held: uint256 = vaults.take(vault, msg.sender, amount)\n"
        "    positions.touched[id] = block.timestamp\n",
    ),
    (
        "if worth.equity >= maintenance:",
        "if worth.equity >= maintenance or positions.touched[id] == block.timestamp:",
    ),
)


def test_dust__added_or_closed_before_a_liquidation__delays_nothing(trial):
    """An owner who runs ahead of each liquidation with a unit of margin, or a unit of size closed, can delay
    it for ever where liquidation names an amount, a nonce or a time. Here it asks for nothing but equity
    below maintenance, a unit does not change that, and a partial close must itself leave a sound position.
    """
    trial.decides(topping_up_and_closing_dust_before_each_liquidation, DELAY)


GAS_PRICE_GWEI, ETHER_PRICE = 20, 1_000


def cost_of_gas(world: World, gas: int) -> int:
    """Token units, at 20 gwei and 1,000 for an ether."""
    return gas * GAS_PRICE_GWEI * 10**9 * ETHER_PRICE // world.scale


def loss_of_the_keeper_of_the_smallest_position(world: World) -> int:
    smallest = world.open(WAD, world.tokens(20), limit=None)
    assert not attempt(
        world, world.system.open(world.trader, WAD * 9 // 10, world.tokens(20), 2**255, FOREVER)
    )
    assert not attempt(world, world.system.decrease(world.trader, smallest, WAD // 10, 0, FOREVER))
    world.push("75")
    assert world.position(smallest).status is Status.INSOLVENT
    before = world.balance(world.keeper)
    receipt = world.liquidate(smallest)
    assert receipt.gas_used is not None
    return cost_of_gas(world, receipt.gas_used) - (world.balance(world.keeper) - before)


def test_tiny_position__insolvent_and_worth_no_penalty__pays_its_keeper(trial):
    """A position so small that its penalty does not pay the gas is left alone, and many of them make a hole.
    None may be opened or left below a least notional, and each has put a keeper reserve aside, outside its
    margin, that goes to whoever ends it, even when nothing else is left.
    """
    trial.decides(
        loss_of_the_keeper_of_the_smallest_position,
        flaw("nothing is set aside for keepers", ("        reward += before.keeper_reserve", "        pass")),
    )


def hiding_behind_a_receiver_that_the_token_blocks(world: World) -> int:
    id = usual_position(world)
    world.set_parameters(min_notional=10_000 * WAD)  # in full, so that the owner has something to get
    world.system.token.transact("set_blacklisted", world.trader, True, sender=world.system.admin)
    for price in ("93", "80"):
        world.push(price)
        liquidated(world, id)
    return debt(world, id)


def test_blocked_receiver__owner_on_the_tokens_blacklist__is_liquidated_in_time(blacklist_trial):
    """Liquidation that pays the owner by a transfer fails for whoever the token refuses to pay, who is then
    immune and keeps only the upside. What the token refuses stays in the vault for the owner to claim, and
    the rest goes on.
    """
    blacklist_trial.decides(
        hiding_behind_a_receiver_that_the_token_blocks,
        flaw(
            "the owner must be paid",
            (
                "payout = vaults.try_pay(vault, before.owner, vaults.holdings(vault))\n    else:",
                "payout = vaults.holdings(vault)\n        vaults.pay(vault, before.owner, payout)\n    else:",
            ),
        ),
    )


def prices_around_bankruptcy_that_refuse_liquidation(world: World) -> int:
    id = usual_position(world)
    bankruptcy = world.position(id).bankruptcy_price
    one_unit = world.scale * WAD // SIZE  # moves equity by a unit of the token
    steps = [*range(-3, 4), *(10**n for n in range(1, 6)), *(-(10**n) for n in range(1, 7))]
    refused = 0
    for step in steps:
        snapshot = world.chain.snapshot()
        world.push(bankruptcy + step * one_unit)
        refused += not liquidated(world, id)
        world.chain.revert(snapshot)
    return refused


def test_equity_near_zero__on_both_sides__never_stops_a_liquidation(trial):
    """With equity of a few units a penalty above what is left underflows, and the position can be liquidated
    neither just above nor just below zero. The penalty is at most 95% of equity and never above what the
    vault holds.
    """
    trial.decides(
        prices_around_bankruptcy_that_refuse_liquidation,
        flaw(
            "the penalty has no bound",
            ("MAX_PENALTY_PERCENT: constant(uint256) = 95", "MAX_PENALTY_PERCENT: constant(uint256) = 10**9"),
            ("penalty=min(penalty, convert(margin + settlement, uint256)),", "penalty=penalty,"),
        ),
        terms_of(6, keeper_reserve=10**6),  # one token, less than the insurance fund's half of the penalty
    )


# Margin that is gone when it is needed


def pulling_all_margin_before_the_price_falls(world: World) -> int:
    id = world.open(SIZE, world.tokens(200))
    margin = world.position(id).margin
    mine(
        world,
        world.system.withdraw_margin(world.trader, id, margin - world.tokens(1)),
        world.system.push_price(to_wad("93")),
        world.system.liquidate(world.keeper, id),
    )
    return debt(world, id)


def test_margin__pulled_just_before_the_fall__leaves_the_initial_margin(trial):
    """Whoever sees a price coming pulls his margin in the block before it and leaves the debt to others. A
    withdrawal must leave the initial margin, which is above maintenance by what a price may move until
    keepers act.
    """
    trial.decides(
        pulling_all_margin_before_the_price_falls,
        flaw(
            "withdrawing leaves any equity above zero",
            (
                "books.check_initial_margin(rest, worth.notional)",
                'assert rest > 0, "market: below initial margin"',
            ),
        ),
    )


def pulling_margin_against_a_pumped_price(world: World) -> int:
    id = usual_position(world)
    world.push("150")  # a profit of 499.5 on paper
    mine(world, world.system.withdraw_margin(world.trader, id, world.tokens(100)))
    world.push("92")  # 27.7 with all its margin
    liquidated(world, id)
    return debt(world, id)


def test_margin__pulled_against_profit_on_paper__stays(trial):
    """Mango lost 110 million to a price that was pumped and to withdrawals against the profit on paper.
    Unrealised profit opens no door here: what may leave is bounded by the margin itself less the initial
    margin.
    """
    trial.decides(
        pulling_margin_against_a_pumped_price,
        flaw(
            "profit on paper may be withdrawn",
            ("min(worth.equity, valuation.to_wad(margin, settlement.TOKEN_SCALE))", "worth.equity"),
        ),
    )


# The wrong people paid


def liquidating_oneself(world: World) -> int:
    coalition, most = (world.trader, world.keeper), -(10**18)
    id = usual_position(world)
    for price in ("93", "91", "89.5", "88", "60"):
        snapshot = world.chain.snapshot()
        world.push(price)
        worth = []
        for act in (lambda: None, lambda: world.liquidate(id)):
            act()
            seen = world.position(id)
            worth.append(wealth(world, *coalition) + max(0, seen.equity) // world.scale + seen.keeper_reserve)
        most = max(most, worth[1] - worth[0])
        world.chain.revert(snapshot)
    return most


def test_self_liquidation__trader_and_keeper_in_one_hand__gain_nothing(trial):
    """Where a keeper is promised a bonus even of a position that cannot pay it, the owner liquidates himself
    and takes the bonus out of other people's money. Reward and penalty come out of the position's own equity,
    and of an insolvent one the keeper gets no more than the reserve that its owner had put aside.
    """
    trial.decides(
        liquidating_oneself,
        flaw("a tenth of the margin is kept from the pool", ("), -margin)", "), -margin * 9 // 10)")),
    )


def reserves_paid_for_one_position(world: World) -> int:
    id = usual_position(world)
    reserve, paid = world.position(id).keeper_reserve, 0
    for price in ("93", "80"):
        world.push(price)
        receipt = world.act("liquidate_batch", [id, id, id], sender=world.keeper)
        for event in world.events(receipt):
            if event.name == "PositionLiquidated":
                paid += event.args["reward"] - event.args["penalty"] // 2  # the keeper's share is half
    assert not world.position(id).is_open
    return paid - reserve


def test_reward__in_part_and_then_in_full_and_named_thrice__is_paid_once(trial):
    """A flat reward that each liquidation pays is taken several times: by naming a position twice in a batch,
    or by liquidating it in small parts. The reserve is paid when the position ends, which it does once.
    """
    trial.decides(
        reserves_paid_for_one_position,
        flaw(
            "each part pays the reserve",
            (
                "    if outcome.full:\n        reward += before.keeper_reserve",
                "    reward += before.keeper_reserve",
            ),
        ),
    )


def redeeming_at_what_a_liquidation_left_behind(world: World) -> int:
    system, share = world.system, world.tokens(100_000)
    mine(world, system.deposit(world.rival, share))  # half of the pool
    world.set_parameters(reserve_ratio=0)
    id = usual_position(world)
    world.push("80")
    world.liquidate(id)
    cash, before = world.balance(system.pool.address), world.balance(world.rival)
    assert attempt(world, system.redeem(world.rival, system.pool.call("balanceOf", world.rival)))
    return world.balance(world.rival) - before - cash // 2


def test_aggregates__after_a_liquidation__leave_nothing_to_the_first_who_redeems(trial):
    """A liquidation that forgets the running sums leaves profits or debts of positions that are gone; GMX
    lost 42 million when its sums could be moved apart from its positions. One function writes both, and after
    the last position the pool is worth its cash, to the unit.
    """
    trial.decides(
        redeeming_at_what_a_liquidation_left_behind,
        flaw(
            "liquidation forgets the sums",
            (
                "    positions.write(id, before, after)\n"
                "    settlement.settle(vault, outcome.settlement)\n    settlement.cover",
                "    positions.write(id, after, after)\n"
                "    settlement.settle(vault, outcome.settlement)\n    settlement.cover",
            ),
        ),
    )
