"""Findings about collateral that calls its holders in the midst of a transfer, in the manner of ERC-777."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isomargin.chain import Chain
from isomargin.protocol import Sources
from isomargin.units import WAD
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
from tests.findings.trial import Trial, attempt
from tests.market.conftest import isolated
from tests.market.world import World, build_world, terms_of

CALLBACK = Trial(Sources(token="testing/CallbackToken"))


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
    """GMX lost 42 million in 2025 to a receiver that was paid in the midst of an action and opened a position
    past the sums. Each action of the market that pays or is paid by a contract of the attacker's hands it the
    floor, and from there nothing of the market or the pool can be entered or even read; then the lock is
    free, and the sums are sums. (Increasing and decreasing move tokens between vault and pool only, approving
    moves none: they call nobody.)
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
    """The pool calls back when it is paid and when it pays, and cannot be entered or read then, so that
    nobody buys or sells shares at a price of the midst. (The market has a lock of its own and may be entered;
    the next test but one says what that is worth.)
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
    reentry.prepare("liquidate")  # its loss is paid into the pool while the pool counts what arrives
    start = world.chain.snapshot()
    assert attempt(world, reentry.acting("deposit"))
    assert reentry.entered("liquidate") == ["liquidate"]
    at_once = reentry.wealth()
    world.chain.revert(start)
    reentry.prepare(behaviour=QUIET)
    assert attempt(world, reentry.acting("liquidate", reentry.inner))
    assert attempt(world, reentry.acting("deposit"))
    return at_once - reentry.wealth() - 2  # what shares are worth is rounded


def test_callback__a_liquidation_in_the_midst_of_a_deposit__is_not_deposited():
    """A pool that takes the whole difference of its balance for the deposit can be made to count what others
    pay in meanwhile. What arrived is never more than what was asked, and the pool is valued after it arrived.
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
    """An owner whose hook reverts, or burns all the gas it is given, would be immune if his payout were part
    of the liquidation. It is tried and may fail: 63 parts in 64 of the gas may go up in it, and the last one
    is enough to finish. The tokens wait in the vault.
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
