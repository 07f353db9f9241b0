"""Findings about collateral that is not quite ERC-20: what arrives, what is answered, what is called in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from isomargin.chain import Chain
from isomargin.contracts import cache_directory
from isomargin.protocol import Sources
from isomargin.units import WAD, to_wad
from tests.findings.flaws import flaw
from tests.findings.reentry import (
    BURNING,
    MARKET_ACTIONS,
    POOL_ACTIONS,
    QUIET,
    REVERTING,
    VIEWS,
    Reentry,
    prepare_reentry,
)
from tests.findings.trial import Trial, attempt, mine, wealth
from tests.market.conftest import isolated
from tests.market.world import FOREVER, World, build_world, terms_of

ANY_BUY = 2**255
TAXED = Path(__file__).parents[1] / "market" / "TaxedToken.vy"


def trial_of(token: str | Path) -> Trial:
    return Trial(cache_directory() / "flawed", Sources(token=token))


def shares(world: World, owner: str) -> int:
    return world.system.pool.call("balanceOf", owner)


# Fee on transfer


def opening_on_margin_that_did_not_arrive(world: World) -> int:
    # 100 needed; of 107 asked, reserve included, 1.07 are lost on the way and 1.5005 go for fee and impact
    opened = attempt(
        world, world.system.open(world.trader, 10 * WAD, world.tokens(102), ANY_BUY, FOREVER)
    )
    return int(opened) * (world.tokens(100) - world.position(1).equity // world.scale)


def test_tax__on_margin__is_borne_by_who_pays_in():
    """Credit what was asked, and a token that keeps a part of each transfer makes the market promise more than it has.
    Margin is nothing but the vault's balance, from the first check on.
    """
    trial_of(TAXED).decides(
        opening_on_margin_that_did_not_arrive,
        flaw(
            "the margin is what was asked",
            (
                "held: uint256 = vaults.take(vault, msg.sender, margin + reserve)",
                "held: uint256 = max(vaults.take(vault, msg.sender, margin + reserve), margin + reserve)",
            ),
        ),
    )


def taking_the_tax_out_of_the_pool(world: World) -> int:
    system = world.system
    before = system.pool.call("convertToAssets", shares(world, world.lp))
    for _ in range(3):
        mine(world, system.deposit(world.rival, world.tokens(100_000)))
        mine(world, system.redeem(world.rival, shares(world, world.rival)))
    return before - system.pool.call("convertToAssets", shares(world, world.lp)) - 3


def test_tax__on_a_deposit__is_borne_by_the_depositor():
    """Shares for what was asked instead of what arrived: deposit and redeem, and the others' tokens pay the tax. The
    pool counts its balance before and after, and sells shares for the difference.
    """
    trial_of(TAXED).decides(
        taking_the_tax_out_of_the_pool,
        flaw(
            "the pool credits what was asked",
            ("pool_shares.to_shares(arrived, self.assets_before", "pool_shares.to_shares(assets, self.assets_before"),
        ),
    )


# Answers


def entering_without_a_token(world: World) -> int:
    system, attacker = world.system, world.stranger  # has no token
    approvals = [system.approve(attacker, system.market), system.approve(attacker, system.pool)]
    assert mine(world, *approvals) == [True, True]
    mine(
        world,
        system.open(attacker, 10 * WAD, world.tokens(300), ANY_BUY, FOREVER),
        system.deposit(attacker, world.tokens(50_000)),
        system.pool.transaction("mint", world.tokens(50_000) * 10**6, attacker, sender=attacker),
        system.add_margin(attacker, world.open(10 * WAD, world.tokens(300)), world.tokens(50)),
    )
    mine(world, system.redeem(attacker, shares(world, attacker)))
    assert system.market_state().long_open_interest == 10 * WAD  # the trader's alone
    assert world.position(1).margin == world.tokens("298.9995")
    return world.balance(attacker)


def test_false__answered_to_a_payment_in__credits_nothing():
    """Some tokens answer False instead of reverting, and who does not look credits a payment that never came. Every
    answer is asserted, and what is credited is a difference of balances besides.
    """
    trial_of("testing/FalseToken").decides(
        entering_without_a_token,
        flaw(
            "a payment is believed without looking",
            (
                "    assert extcall IERC20(pool_books.asset).transferFrom(\n"
                "        msg.sender, self, assets, default_return_value=True\n    ), TOKEN_REFUSED",
                "    believed: bool = extcall IERC20(pool_books.asset).transferFrom(\n"
                "        msg.sender, self, assets, default_return_value=True\n    )",
            ),
            ("return min(pool_books.cash() - before, assets)", "return assets"),
        ),
    )


def redeeming_into_a_refusal(world: World) -> int:
    token, admin = world.system.token, world.system.admin
    token.transact("set_answers_false", True, sender=admin)
    token.transact("set_blacklisted", world.lp, True, sender=admin)
    held = shares(world, world.lp)
    mine(world, world.system.redeem(world.lp, held // 2))
    return held - shares(world, world.lp)


def test_false__answered_to_a_payment_out__burns_nothing(blacklist_trial):
    """The same on the way out: shares are burned, the transfer answers False, and the tokens stay with the others. A
    redemption that the token refuses is refused as a whole.
    """
    blacklist_trial.decides(
        redeeming_into_a_refusal,
        flaw(
            "the pool does not look whether it paid",
            (
                "    assert extcall IERC20(pool_books.asset).transfer("
                "receiver, amount, default_return_value=True), TOKEN_REFUSED",
                "    paid: bool = extcall IERC20(pool_books.asset).transfer("
                "receiver, amount, default_return_value=True)",
            ),
        ),
    )


def refusals_in_a_whole_life(world: World) -> int:
    system, unit = world.system, world.tokens(1)
    outcomes = mine(
        world,
        system.open(world.trader, 10 * WAD, 200 * unit, ANY_BUY, FOREVER),
        system.open(world.rival, 10 * WAD, 110 * unit, ANY_BUY, FOREVER),
        system.deposit(world.rival, 1_000 * unit),
    )
    outcomes += mine(
        world,
        system.increase(world.trader, 1, WAD, ANY_BUY, FOREVER),
        system.decrease(world.trader, 1, WAD, 0, FOREVER),
        system.add_margin(world.trader, 1, 20 * unit),
        system.withdraw_margin(world.trader, 1, unit),
        system.push_price(to_wad("88")),
        system.liquidate(world.keeper, 2),
    )
    outcomes += mine(
        world,
        system.close(world.trader, 1, 0, FOREVER),
        system.redeem(world.rival, 500 * unit * 10**6),
    )
    return outcomes.count(False)


def test_no_return__of_any_transfer__stops_nothing():
    """Tokens from before the standard settled return nothing, and a caller that wants a bool reverts: what was paid in
    cannot be paid out. A missing answer counts as yes, here and in the payouts that must not revert.
    """
    trial_of("testing/ReturnlessToken").decides(
        refusals_in_a_whole_life,
        flaw(
            "a vault wants an answer",
            (
                'assert extcall ASSET.transfer(receiver, amount, default_return_value=True), "vault',
                'assert extcall ASSET.transfer(receiver, amount), "vault',
            ),
        ),
    )


# Balances that move by themselves

REBASING = trial_of("testing/RebasingToken")
FREE = terms_of(6, skew_scale=2**95, trade_fee_ratio=0)


def rebase(world: World, factor: str) -> None:
    world.system.token.transact("rebase", to_wad(factor), sender=world.system.admin)


def advantage_of_leaving_first(factor: str) -> int:
    """What the first of two equal positions is paid more than the second, token units."""
    world = build_world(Chain(), FREE, REBASING.sources)
    ids = {owner: world.open(10 * WAD, world.tokens(400), sender=owner) for owner in (world.trader, world.rival)}
    rebase(world, factor)
    paid = []
    for owner, id in ids.items():
        before = world.balance(owner)
        world.close(id, sender=owner)
        paid.append(world.balance(owner) - before)
    whole = 405 * 10**6 * to_wad(factor) // WAD
    assert all(whole - 3 <= payout <= whole for payout in paid)
    return paid[0] - paid[1]


@pytest.mark.parametrize("factor", ["1.25", "0.8"])
def test_rebase__up_or_down_while_positions_are_open__is_each_owners_own(factor):
    """Where collateral is recorded, a rebase down lets the first leave in full and the last with nothing, and a rebase
    up locks the surplus in. Each vault's balance is its position's margin, reserve put aside: every owner has his own
    rebase, and those of the pool are its shareholders'.
    """
    assert abs(advantage_of_leaving_first(factor)) <= 3  # such a token loses a unit in a transfer


@pytest.mark.parametrize("factor", ["1.25", "0.8"])
def test_rebase__with_positions_open__lets_everybody_leave_with_all_there_is(factor):
    """The sum over all who leave is what there was: nothing is stuck, and nobody is short. A long and a short close, the
    provider redeems, and the contracts keep a few units of rounding at most.
    """
    world = build_world(Chain(), FREE, REBASING.sources)
    long = world.open(10 * WAD, world.tokens(400))
    short = world.open(-20 * WAD, world.tokens(600), sender=world.rival)
    rebase(world, factor)
    world.push("105")
    world.close(long)
    world.close(short, sender=world.rival)
    assert attempt(world, world.system.redeem(world.lp, shares(world, world.lp)))
    kept = wealth(world, world.vault(long), world.vault(short), world.system.pool.address)
    assert kept <= 10
    everybody = wealth(world, world.trader, world.rival, world.lp, world.system.insurance_fund.address)
    assert 0 <= world.system.token.call("totalSupply") - everybody <= 10 + 10  # and what the floors of balances hide


def test_rebase__down_below_maintenance__is_liquidated_from_its_own_vault():
    """A rebase down is a loss like any other: the position it makes unsound is liquidated, and another's vault is not
    touched by it."""
    world = build_world(Chain(), FREE, REBASING.sources)
    thin = world.open(10 * WAD, world.tokens(110))
    fat = world.open(10 * WAD, world.tokens(400), sender=world.rival)
    rebase(world, "0.4")  # 115 become 46, less the reserve 41 of 50 needed
    fat_margin = world.position(fat).margin
    assert world.system.liquidatable() == [thin]
    before = world.balance(world.keeper)
    world.liquidate(thin)
    assert world.balance(world.keeper) > before
    assert world.position(fat).margin == fat_margin == world.tokens(157)


def test_rebase__down_below_the_keeper_reserve__stops_the_position():
    """The limit of it: reserves are recorded in units, so where a rebase leaves a vault less than its reserve, the
    position can be topped up and nothing else. Such tokens are not for this market; docs/contracts.md says so.
    """
    world = build_world(Chain(), FREE, REBASING.sources)
    id = world.open(10 * WAD, world.tokens(110))
    rebase(world, "0.04")  # 115 become 4.6
    assert not attempt(world, world.system.liquidate(world.keeper, id))
    assert not attempt(world, world.system.close(world.trader, id, 0, FOREVER))
    world.act("add_margin", id, world.tokens(1))
    assert attempt(world, world.system.liquidate(world.keeper, id))


# Calls in between


CALLBACK = trial_of("testing/CallbackToken")


@pytest.fixture(scope="module")
def prepared_reentry() -> Reentry:
    return prepare_reentry(build_world(Chain(), terms_of(6), CALLBACK.sources))


@pytest.fixture
def reentry(prepared_reentry: Reentry) -> Iterator[Reentry]:
    """An attacker that the token calls, on a market at 93."""
    for _ in isolated(prepared_reentry.world):
        yield prepared_reentry


ALL = (*MARKET_ACTIONS, *POOL_ACTIONS, *VIEWS)
CALLING_BACK = [action for action in MARKET_ACTIONS if action not in ("increase", "decrease", "approve")]


def check_sums(world: World) -> None:
    """The running sums are the sums, and all tokens are where the books say."""
    state, positions = world.system.market_state(), world.system.open_positions()
    assert state.long_open_interest == sum(max(seen.size, 0) for seen in positions)
    assert state.short_open_interest == -sum(min(seen.size, 0) for seen in positions)
    assert state.cost_sum == sum(seen.cost for seen in positions)
    assert state.funding_basis == sum(seen.size * seen.funding_index for seen in positions)
    for seen in positions:
        assert seen.margin + seen.keeper_reserve == world.balance(seen.vault)


@pytest.mark.parametrize("action", ALL)
def test_callback__each_call_that_is_tried__succeeds_by_itself(reentry: Reentry, action: str):
    """What follows would prove nothing if the calls failed for another reason than the lock."""
    reentry.prepare(behaviour=QUIET)
    assert attempt(reentry.world, reentry.acting(action, reentry.inner))


@pytest.mark.parametrize("action", CALLING_BACK)
def test_callback__in_the_midst_of_a_market_action__enters_nothing(reentry: Reentry, action: str):
    """GMX lost 42 million in 2025 to a receiver that was paid in the midst of an action and opened a position past the
    sums. Each action of the market that pays or is paid by a contract of the attacker's hands it the floor, and from
    there nothing of the market or the pool can be entered or even read; then the lock is free, and the sums are sums.
    (Increasing and decreasing move tokens between vault and pool only, approving moves none: they call nobody.)
    """
    world = reentry.world
    reentry.prepare(*ALL)
    assert attempt(world, reentry.acting(action))
    assert reentry.entered(*ALL) == []
    check_sums(world)
    reentry.prepare(behaviour=QUIET)
    for again in ("open", "claim", "liquidate", "deposit"):
        assert attempt(world, reentry.acting(again, reentry.inner)), again
    check_sums(world)


@pytest.mark.parametrize("action", POOL_ACTIONS)
def test_callback__in_the_midst_of_a_pool_action__enters_no_pool_action(reentry: Reentry, action: str):
    """The pool calls back when it is paid and when it pays, and cannot be entered or read then, so that nobody buys or sells
    shares at a price of the midst. (The market has a lock of its own and may be entered; the next test but one says
    what that is worth.)
    """
    world = reentry.world
    reentry.prepare(*POOL_ACTIONS, "totalAssets", "previewRedeem")
    assert attempt(world, reentry.acting(action))
    assert reentry.entered(*POOL_ACTIONS, "totalAssets", "previewRedeem") == []
    check_sums(world)
    reentry.prepare(behaviour=QUIET)
    for again in POOL_ACTIONS:
        assert attempt(world, reentry.acting(again, reentry.inner)), again


def entering_the_market_in_the_midst_of_a_withdrawal(world: World) -> int:
    reentry = prepare_reentry(world)
    reentry.prepare(*MARKET_ACTIONS)
    assert attempt(world, reentry.acting("withdraw_margin"))
    return len(reentry.entered(*MARKET_ACTIONS))


def test_callback__market_whose_trades_have_no_lock__would_be_entered():
    """The count of what was entered is one that can rise: without the lock on trades, trades go through."""
    CALLBACK.decides(
        entering_the_market_in_the_midst_of_a_withdrawal,
        flaw(
            "trades have no lock", ('# pragma nonreentrancy on\n"""\n@title Trading', '"""\n@title Trading')
        ),
    )


def claiming_anothers_loss_as_ones_deposit(world: World) -> int:
    reentry = prepare_reentry(world)
    world.push("88")
    before = reentry.wealth()
    reentry.prepare("liquidate")  # its loss is paid into the pool while the pool counts what arrives
    assert attempt(world, reentry.acting("deposit"))
    assert reentry.entered("liquidate") == ["liquidate"]
    reward = world.tokens(5)  # what liquidating an insolvent position is worth to anyone
    return reentry.wealth() - before - reward


def test_callback__a_liquidation_in_the_midst_of_a_deposit__is_not_deposited():
    """A pool that takes the whole difference of its balance for the deposit can be made to count what others pay in
    meanwhile. What arrived is never more than what was asked, and the pool is valued after it arrived.
    """
    CALLBACK.decides(
        claiming_anothers_loss_as_ones_deposit,
        flaw(
            "whatever comes in is deposited",
            ("return min(pool_books.cash() - before, assets)", "return pool_books.cash() - before"),
        ),
    )


def owned_by_a_contract(world: World) -> tuple[Reentry, int]:
    """A position of the attacker's that is liquidated in full at 92."""
    reentry = prepare_reentry(world)
    reentry.prepare(behaviour=QUIET)
    id = reentry.outer["sound"]
    surplus = world.position(id).equity // world.scale - world.tokens(100)
    target, arguments = world.market, (id, surplus)
    data = target.abi.function("withdraw_margin", 2).encode(arguments)
    reentry.attacker.transact("act", target.address, data, sender=world.stranger)
    world.set_parameters(min_notional=10_000 * WAD)
    world.push("87")
    return reentry, id


@pytest.mark.parametrize("behaviour", [REVERTING, BURNING], ids=["reverts", "burns all gas"])
def test_callback__owner_that_refuses_its_payout__is_liquidated_and_may_claim(behaviour: int):
    """An owner whose hook reverts, or burns all the gas it is given, would be immune if his payout were part of the
    liquidation. It is tried and may fail: 63 parts in 64 of the gas may go up in it, and the last one is enough to
    finish. The tokens wait in the vault.
    """
    world = build_world(Chain(), terms_of(6), CALLBACK.sources)
    reentry, id = owned_by_a_contract(world)
    reentry.prepare(behaviour=behaviour)
    liquidation = world.market.transaction("liquidate", id, sender=world.keeper, gas=5_000_000)
    before = world.balance(world.keeper)
    assert attempt(world, liquidation)
    assert not world.position(id).is_open
    assert world.balance(world.keeper) >= before + world.tokens(5)
    waiting = world.balance(world.vault(id))
    assert waiting > 0
    check_sums(world)
    reentry.prepare(behaviour=QUIET)
    before = world.balance(reentry.attacker.address)
    data = world.market.abi.function("claim", 2).encode((id, reentry.attacker.address))
    reentry.attacker.transact("act", world.market.address, data, sender=world.stranger)
    assert world.balance(reentry.attacker.address) - before == waiting
