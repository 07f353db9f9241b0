"""Who may change what, by every role; what each change is checked for; what pausing stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isomargin.chain import Chain
from isomargin.protocol import market_parameters
from isomargin.units import WAD, to_wad
from tests.market.world import World, build_world, terms_of

ZERO_ADDRESS = "0x" + "00" * 20
NOT_OWNER = "ownable: caller is not the owner"

OWNERS_OWN: dict[str, Callable[[World], Any]] = {
    "set_parameters": lambda world: market_parameters(world.system.terms),
    "set_oracle": lambda world: world.system.oracle.address,
    "set_risk_engine": lambda world: world.system.risk_engine.address,
    "set_liquidation_policy": lambda world: world.system.policy.address,
    "set_guardian": lambda world: world.stranger,
    "transfer_ownership": lambda world: world.stranger,
}
BY_FUNCTION = pytest.mark.parametrize("function", OWNERS_OWN)


def as_owner(world: World, function: str, *args: Any):
    return world.act(function, *args, sender=world.system.admin)


def nominate(world: World) -> str:
    """Begin a transfer of ownership; returns the pending owner."""
    as_owner(world, "transfer_ownership", world.rival)
    return world.rival


# Roles


@BY_FUNCTION
def test_administration__owner__may(world: World, function: str):
    assert as_owner(world, function, OWNERS_OWN[function](world)).success


@BY_FUNCTION
@pytest.mark.parametrize("role", ["pending owner", "guardian", "trader", "stranger"])
def test_administration__anybody_else__may_not(world: World, function: str, role: str, refused):
    people = {
        "pending owner": nominate(world),
        "guardian": world.system.guardian,
        "trader": world.trader,
        "stranger": world.stranger,
    }
    with refused(NOT_OWNER):
        world.act(function, OWNERS_OWN[function](world), sender=people[role])


def test_pause_opening__guardian_and_owner__may_and_others_may_not(world: World, refused):
    for sender in (nominate(world), world.trader, world.stranger, world.system.price_pusher):
        with refused("market: not guardian"):
            world.act("pause_opening", sender=sender)
    for sender in (world.system.guardian, world.system.admin):
        receipt = world.act("pause_opening", sender=sender)
        assert world.event(receipt, "OpeningPaused") == {"by": sender}
        assert world.market.call("opening_paused") is True


def test_resume_opening__owner__may_and_others_may_not(world: World, refused):
    world.act("pause_opening", sender=world.system.guardian)
    for sender in (nominate(world), world.system.guardian, world.trader, world.stranger):
        with refused(NOT_OWNER):
            world.act("resume_opening", sender=sender)
    receipt = as_owner(world, "resume_opening")
    assert world.event(receipt, "OpeningResumed") == {"by": world.system.admin}
    assert world.market.call("opening_paused") is False


def test_set_guardian__another__takes_the_power_from_the_first(world: World, refused):
    first = world.system.guardian
    receipt = as_owner(world, "set_guardian", world.stranger)
    assert world.event(receipt, "GuardianSet") == {"guardian": world.stranger}
    with refused("market: not guardian"):
        world.act("pause_opening", sender=first)
    world.act("pause_opening", sender=world.stranger)


def test_set_guardian__nobody__leaves_pausing_to_the_owner(world: World, refused):
    as_owner(world, "set_guardian", ZERO_ADDRESS)
    with refused("market: not guardian"):
        world.act("pause_opening", sender=world.system.guardian)
    as_owner(world, "pause_opening")


def test_transfer_ownership__until_accepted__changes_nothing(world: World, refused):
    new = nominate(world)
    assert (world.market.call("owner"), world.market.call("pending_owner")) == (world.system.admin, new)
    with refused("ownable_2step: caller is not the new owner"):
        world.act("accept_ownership", sender=world.stranger)
    world.act("accept_ownership", sender=new)
    assert (world.market.call("owner"), world.market.call("pending_owner")) == (new, ZERO_ADDRESS)
    with refused(NOT_OWNER):
        as_owner(world, "set_guardian", world.stranger)
    world.act("set_guardian", world.stranger, sender=new)


def test_transfer_ownership__changed_mind__only_the_last_may_accept(world: World, refused):
    first = nominate(world)
    as_owner(world, "transfer_ownership", world.stranger)
    with refused("ownable_2step: caller is not the new owner"):
        world.act("accept_ownership", sender=first)


def test_pause__in_force__stops_opening_and_enlarging_alone(world: World, refused):
    id = world.open(10 * WAD, world.tokens(300))
    small = world.open(10 * WAD, world.tokens("108.7005"), sender=world.rival)
    world.act("pause_opening", sender=world.system.guardian)
    with refused("market: opening paused"):
        world.open(WAD, world.tokens(50))
    with refused("market: opening paused"):
        world.increase(id, WAD)
    world.act("add_margin", id, 1)
    world.act("withdraw_margin", id, 1)
    world.decrease(id, WAD)
    world.push("93")
    world.liquidate(small)
    world.close(id)


# Plugs


@pytest.mark.parametrize(
    ("function", "event", "key", "part"),
    [
        ("set_oracle", "OracleSet", "oracle", "oracle"),
        ("set_risk_engine", "RiskEngineSet", "risk_engine", "risk_engine"),
        ("set_liquidation_policy", "LiquidationPolicySet", "liquidation_policy", "policy"),
    ],
)
def test_plug__contract__is_used_from_now_on(world: World, function, event, key, part, refused):
    assert world.market.call(key) == getattr(world.system, part).address
    other = world.system.lens.address
    receipt = as_owner(world, function, other)
    assert world.event(receipt, event) == {key: other}
    assert world.market.call(key) == other
    for empty in (world.stranger, ZERO_ADDRESS):
        with refused("market: not a contract"):
            as_owner(world, function, empty)


# Parameters


def test_set_parameters__good_ones__are_in_force_and_logged(world: World):
    new = terms_of(
        6,
        trade_fee_ratio=to_wad("0.1"),
        keeper_share=WAD,
        max_funding_rate=WAD,
        reserve_ratio=10 * WAD,
        skew_scale=2**96 - 1,
        max_open_interest=2**96 - 2,
        max_skew=2**96 - 2,
        min_notional=2**128 - 1,
        keeper_reserve=2**96,
        max_funding_velocity=10 * WAD,
        adl_threshold=1_000 * WAD,
    )
    receipt = as_owner(world, "set_parameters", market_parameters(new))
    assert world.market.call("parameters") == market_parameters(new)
    assert world.event(receipt, "ParametersSet") == {"parameters": market_parameters(new)}


def test_set_parameters__all_zero_where_allowed__are_in_force(world: World):
    nothing = terms_of(
        6,
        trade_fee_ratio=0,
        keeper_share=0,
        max_funding_rate=0,
        reserve_ratio=0,
        skew_scale=1,
        max_open_interest=0,
        max_skew=0,
        min_notional=0,
        keeper_reserve=0,
    )
    as_owner(world, "set_parameters", market_parameters(nothing))
    assert world.market.call("parameters") == market_parameters(nothing)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"trade_fee_ratio": to_wad("0.1") + 1}, "market: trade fee too high"),
        ({"keeper_share": WAD + 1}, "market: keeper share above one"),
        ({"max_funding_rate": WAD + 1}, "market: funding rate too high"),
        ({"reserve_ratio": 10 * WAD + 1}, "market: reserve ratio too high"),
        ({"skew_scale": 2**96}, "market: skew scale too large"),
        ({"max_open_interest": 10_000 * WAD}, "market: skew scale below cap"),
        ({"max_skew": 1_000 * WAD + 1}, "market: max skew above cap"),
        ({"max_funding_velocity": 10 * WAD + 1}, "market: velocity too high"),
        ({"adl_threshold": 1_000 * WAD + 1}, "market: ADL threshold too high"),
        ({"keeper_reserve": 2**96 + 1}, "market: keeper reserve too large"),
        ({"min_notional": 2**128}, "market: number out of range"),
    ],
)
def test_set_parameters__wrong__are_refused(world: World, wrong, reason, refused):
    before = world.market.call("parameters")
    with refused(reason):
        world.set_parameters(**wrong)
    assert world.market.call("parameters") == before


def test_deployment__wrong_parameters__is_refused(refused):
    with refused("market: skew scale below cap"):
        build_world(Chain(), terms_of(6, max_open_interest=10_000 * WAD))


def test_set_parameters__scale_not_above_what_is_open__is_refused(world: World, refused):
    world.open(-200 * WAD, world.tokens(9_000))
    with refused("market: skew scale below open"):
        world.set_parameters(skew_scale=200 * WAD, max_open_interest=10 * WAD, max_skew=0)
    world.set_parameters(skew_scale=200 * WAD + 1, max_open_interest=10 * WAD, max_skew=0)
    world.close(1)  # every exit has a positive price


def test_set_parameters__bad_price__is_refused(world: World, refused):
    world.spoil_price()
    with refused("oracle: price stale"):
        world.set_parameters()
