"""The what-if lens by hand: an example of each action, each refusal of an opening, times to liquidation."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from isomargin.chain import Contract
from isomargin.contracts import compile_contract
from isomargin.errors import TransactionReverted
from isomargin.model import Status
from isomargin.protocol import Action, Answer
from isomargin.units import WAD, to_wad
from tests.market.world import ANY_BUY, ANY_SALE, FOREVER, World

DAY = 86_400

# The usual position: 10 at 100.05, cost 1000.5, margin 107.7.
MARGIN = "108.7005"


@pytest.fixture
def usual(any_world: World) -> int:
    return any_world.open(10 * WAD, any_world.tokens(MARGIN))


def figures(answer: Answer, *names: str) -> tuple[object, ...]:
    return tuple(getattr(answer, name) for name in names)


# Each action


def test_hold__at_another_price__shows_every_figure(any_world: World, usual: int):
    # Equity 107.7 + 960 - 1000.5 = 67.2 against 48; liquidatable below 892.8 / 9.5, bankrupt at 89.28.
    seen = any_world.system.what_if(usual, Action.HOLD, price=96 * WAD)
    assert seen == Answer(
        refusal="",
        price=96 * WAD,
        fill_price=0,
        fee=0,
        funding=0,
        realised_pnl=0,
        settlement=0,
        penalty=0,
        bad_debt=0,
        payout=0,
        size=10 * WAD,
        cost=to_wad("1000.5"),
        margin=any_world.tokens("107.7"),
        notional=960 * WAD,
        unrealised_pnl=-to_wad("40.5"),
        accrued_funding=0,
        equity=to_wad("67.2"),
        initial_margin=96 * WAD,
        maintenance_margin=48 * WAD,
        margin_ratio=to_wad("1.4"),
        liquidation_price=to_wad("892.8") * 10 // 95,
        bankruptcy_price=to_wad("89.28"),
        status=Status.HEALTHY,
        seconds_to_liquidation=None,
    )


def test_hold__below_maintenance__has_no_second_left(any_world: World, usual: int):
    seen = any_world.system.what_if(usual, Action.HOLD, price=93 * WAD)  # 37.2 against 46.5
    assert figures(seen, "status", "seconds_to_liquidation") == (Status.LIQUIDATABLE, 0)


def test_open__usual_position__costs_and_stands_as_it_would(any_world: World):
    tokens = any_world.tokens
    seen = any_world.system.what_if_opened(10 * WAD, tokens(MARGIN))
    assert figures(seen, "refusal", "fill_price", "fee") == ("", to_wad("100.05"), to_wad("1.0005"))
    assert figures(seen, "size", "cost", "margin") == (10 * WAD, to_wad("1000.5"), tokens("107.7"))
    assert figures(seen, "equity", "initial_margin", "status") == (
        to_wad("107.2"),
        100 * WAD,
        Status.HEALTHY,
    )
    assert seen.settlement == -tokens("1.0005")


def test_add_margin__to_one_below_maintenance__heals_it(any_world: World, usual: int):
    # 107.7 + 20 + 930 - 1000.5 = 57.2 against 46.5; 1.2 times that is 55.8.
    seen = any_world.system.what_if(usual, Action.ADD_MARGIN, any_world.tokens(20), price=93 * WAD)
    assert figures(seen, "margin", "equity", "status") == (
        any_world.tokens("127.7"),
        to_wad("57.2"),
        Status.HEALTHY,
    )


def test_withdraw_margin__down_to_the_initial_margin__is_not_refused(any_world: World, usual: int):
    ask, most = any_world.system.what_if, any_world.tokens("7.2")
    seen = ask(usual, Action.WITHDRAW_MARGIN, most)
    assert figures(seen, "refusal", "margin", "payout") == ("", any_world.tokens("100.5"), most)
    seen = ask(usual, Action.WITHDRAW_MARGIN, most + 1)
    assert figures(seen, "refusal", "margin") == (
        "market: below initial margin",
        any_world.tokens("100.5") - 1,
    )


def test_increase__by_half__trades_at_the_skew(any_world: World, usual: int):
    # 5 at 110 x (1 + 12.5 / 10,000) = 110.1375, for 550.6875 and a fee of 0.5506875.
    seen = any_world.system.what_if(usual, Action.INCREASE, 5 * WAD, price=110 * WAD)
    assert figures(seen, "refusal", "fill_price", "fee") == ("", to_wad("110.1375"), to_wad("0.5506875"))
    assert figures(seen, "size", "cost") == (15 * WAD, to_wad("1551.1875"))
    assert seen.margin == any_world.tokens("107.7") - any_world.tokens_up("0.5506875")
    assert seen.initial_margin == 165 * WAD


def test_decrease__by_four__realises_their_share(any_world: World, usual: int):
    # 4 at 110 x (1 + 8 / 10,000) = 110.088 bring 440.352, cost 400.2 and a fee of 0.440352.
    seen = any_world.system.what_if(usual, Action.DECREASE, 4 * WAD, price=110 * WAD)
    assert figures(seen, "refusal", "fill_price", "fee") == ("", to_wad("110.088"), to_wad("0.440352"))
    assert figures(seen, "realised_pnl", "settlement") == (to_wad("40.152"), any_world.tokens("39.711648"))
    assert figures(seen, "size", "cost", "margin") == (
        6 * WAD,
        to_wad("600.3"),
        any_world.tokens("147.411648"),
    )


def test_close__in_profit__pays_out_all_the_vault_holds(any_world: World, usual: int):
    # 10 at 110.055 bring 1100.55: a profit of 100.05 and a fee of 1.10055.
    seen = any_world.system.what_if(usual, Action.CLOSE, price=110 * WAD)
    assert figures(seen, "refusal", "fill_price", "realised_pnl") == (
        "",
        to_wad("110.055"),
        to_wad("100.05"),
    )
    assert seen.payout == any_world.tokens("211.64945")  # 107.7, 98.94945 and a keeper reserve of 5
    assert figures(seen, "size", "margin", "equity", "status", "seconds_to_liquidation") == (
        0, 0, 0, None, None,
    )  # fmt: skip


def test_liquidate__below_maintenance__closes_what_restores_health(any_world: World, usual: int):
    # As in test_liquidate: 4 of 10 at 93, for a penalty of a hundredth of 372.
    seen = any_world.system.what_if(usual, Action.LIQUIDATE, price=93 * WAD)
    assert figures(seen, "refusal", "size", "cost") == ("", 6 * WAD, to_wad("600.3"))
    tokens = any_world.tokens
    assert figures(seen, "settlement", "penalty", "margin") == (
        -tokens("28.2"),
        tokens("3.72"),
        tokens("75.78"),
    )


def test_liquidate__insolvent__says_the_bad_debt(any_world: World, usual: int):
    seen = any_world.system.what_if(usual, Action.LIQUIDATE, price=88 * WAD)
    assert figures(seen, "refusal", "size", "bad_debt", "payout") == ("", 0, to_wad("12.8"), 0)


def test_deleverage__claims_above_the_threshold__pays_in_full(any_world: World):
    # As in test_deleverage.
    any_world.set_parameters(adl_threshold=to_wad("0.012"))
    id = any_world.open(10 * WAD, any_world.tokens(200))
    ask = any_world.system.what_if
    seen = ask(id, Action.DELEVERAGE, price=220 * WAD)
    assert figures(seen, "refusal", "realised_pnl") == ("", to_wad("1199.5"))
    assert seen.payout == any_world.tokens("1403.4995")
    assert ask(id, Action.DELEVERAGE, price=200 * WAD).refusal == "market: deleverage not needed"
    loser = any_world.open(-WAD, any_world.tokens(300), sender=any_world.rival)
    assert ask(loser, Action.DELEVERAGE, price=300 * WAD).refusal == "market: position not in profit"
    any_world.set_parameters(adl_threshold=0)
    assert ask(id, Action.DELEVERAGE, price=300 * WAD).refusal == "market: deleverage not needed"


# Refusals


@pytest.mark.parametrize(
    ("size", "margin", "price", "reason"),
    [
        ("0", 100, 100, "market: size is zero"),
        ("-20000", 900_000, 100, "market: skew beyond scale"),
        ("10", 1, 100, "market: margin below costs"),
        ("1001", 900_000, 100, "market: open interest cap"),
        ("-501", 900_000, 100, "market: skew cap"),
        ("0.99", 900, 100, "market: below min notional"),
        ("499", 900_000, 101, "risk: above max notional"),
        ("10", 101, 100, "market: below initial margin"),
        ("150", 10_000, 100, "market: pool reserve"),
    ],
)
def test_open__what_the_market_refuses__is_refused_alike(
    world: World, refused, size: str, margin: int, price: int, reason: str
):
    world.set_parameters(reserve_ratio=8 * WAD)  # of 100,000 in the pool
    seen = world.system.what_if_opened(to_wad(size), world.tokens(margin), price=price * WAD, elapsed=12)
    assert seen.refusal == reason
    world.push(str(price))
    with refused(reason):
        world.open(to_wad(size), world.tokens(margin))


def test_open__refused_for_its_margin__shows_what_is_missing(world: World):
    seen = world.system.what_if_opened(10 * WAD, world.tokens(91))
    assert figures(seen, "refusal", "equity", "initial_margin") == (
        "market: below initial margin",
        to_wad("89.4995"),  # a fee of 1.0005 and half a unit of price impact less
        100 * WAD,
    )


def test_open__above_the_largest_notional__has_no_initial_margin(world: World):
    seen = world.system.what_if_opened(499 * WAD, world.tokens(900_000), price=101 * WAD)
    assert figures(seen, "refusal", "initial_margin") == ("risk: above max notional", None)


def test_open__without_a_result__shows_no_position(world: World):
    seen = world.system.what_if_opened(10 * WAD, world.tokens(1))
    assert figures(seen, "size", "margin", "status", "seconds_to_liquidation") == (0, 0, None, None)


def test_opening_paused__enlarging__is_refused_before_all_else(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    world.act("pause_opening", sender=world.system.guardian)
    ask = world.system.what_if
    assert world.system.what_if_opened(0, 0).refusal == "market: opening paused"
    assert ask(id, Action.INCREASE, WAD).refusal == "market: opening paused"
    assert ask(99, Action.INCREASE, WAD).refusal == "market: opening paused"
    assert ask(id, Action.DECREASE, WAD).refusal == ""


@pytest.mark.parametrize("action", Action)
def test_what_if__no_such_position__is_refused_and_all_zero(world: World, action: Action):
    seen = world.system.what_if(1, action, WAD)
    assert seen.refusal == "market: no such position"
    assert figures(seen, "size", "equity", "payout", "status", "seconds_to_liquidation") == (
        0, 0, 0, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "amount", "reason"),
    [
        (Action.ADD_MARGIN, 0, "market: amount is zero"),
        (Action.WITHDRAW_MARGIN, 0, "market: amount is zero"),
        (Action.WITHDRAW_MARGIN, 107_700_001, "market: amount above margin"),
        (Action.INCREASE, 0, "market: size is zero"),
        (Action.DECREASE, 0, "market: size is zero"),
        (Action.DECREASE, 10 * WAD, "market: decrease exceeds size"),
        (Action.LIQUIDATE, 0, "market: position is sound"),
    ],
)
def test_what_if__no_result__shows_the_position_as_it_stands(
    world: World, action: Action, amount: int, reason: str
):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    seen = world.system.what_if(id, action, amount)
    assert seen.refusal == reason
    assert figures(seen, "size", "margin", "equity") == (10 * WAD, world.tokens("107.7"), to_wad("107.2"))


def test_close__pool_too_poor__is_refused_and_shown(world: World, refused):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    world.drain_pool()
    seen = world.system.what_if(id, Action.CLOSE, price=110 * WAD)
    assert figures(seen, "refusal", "settlement") == ("market: pool short of cash", world.tokens("98.94945"))
    world.push("110")
    with refused("market: pool short of cash"):
        world.close(id)


def test_close__insolvent__is_refused(world: World):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    seen = world.system.what_if(id, Action.CLOSE, price=to_wad("89.28"))
    assert figures(seen, "refusal", "size", "equity") == ("market: insolvent", 10 * WAD, 0)


# The oracle


@pytest.mark.parametrize(
    "action", [Action.WITHDRAW_MARGIN, Action.INCREASE, Action.DECREASE, Action.CLOSE, Action.LIQUIDATE]
)
def test_price__bad_one__refuses_only_if_it_is_the_one_asked_about(world: World, action: Action):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    world.push("93" if action is Action.LIQUIDATE else "120")
    world.spoil_price()
    newest = world.system.market_state().price
    assert world.system.what_if(id, action, 1).refusal == "oracle: price stale"
    assert world.system.what_if(id, action, WAD // 10**12, price=newest).refusal != "oracle: price stale"


@pytest.fixture
def oracle(world: World) -> Contract:
    """An oracle at 100 that refuses nothing, in place of the market's own."""
    contract = world.chain.deploy(
        compile_contract(Path(__file__).with_name("ChosenOracle.vy")), sender=world.system.admin
    )
    world.act("set_oracle", contract.address, sender=world.system.admin)
    contract.transact("choose_price", 100 * WAD, "", sender=world.stranger)
    return contract


def test_pause__of_the_oracle__refuses_what_adds_risk_and_what_is_forced(world: World, oracle: Contract):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    oracle.transact("choose_refusals", "oracle: paused", "oracle: paused", sender=world.stranger)
    ask = world.system.what_if
    for price in (0, 93 * WAD):
        assert ask(id, Action.INCREASE, WAD, price=price).refusal == "oracle: paused"
        assert ask(id, Action.WITHDRAW_MARGIN, 1, price=price).refusal == "oracle: paused"
        assert ask(id, Action.LIQUIDATE, price=price).refusal == "oracle: paused"
        assert ask(id, Action.CLOSE, price=price).refusal == ""
    oracle.transact("choose_price", 100 * WAD, "oracle: price stale", sender=world.stranger)
    assert ask(id, Action.INCREASE, WAD).refusal == "oracle: price stale"
    assert ask(id, Action.LIQUIDATE).refusal == "oracle: price stale"


def test_grace__after_an_outage__refuses_entries_and_liquidating_the_sound(world: World, oracle: Contract):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    ask = world.system.what_if
    for before, reason in (
        (100 * WAD, "market: top-up grace"),
        (0, "market: top-up grace"),
        (to_wad("93.5"), ""),  # equity 42.2 against 46.75
    ):
        oracle.transact("choose_grace", True, before, sender=world.stranger)
        assert ask(id, Action.LIQUIDATE, price=93 * WAD).refusal == reason
    assert ask(id, Action.WITHDRAW_MARGIN, 1).refusal == "oracle: grace after outage"
    assert ask(id, Action.DECREASE, WAD).refusal == ""


def test_grace__over_by_the_time_asked_about__refuses_no_entry_any_more(world: World, oracle: Contract):
    id = world.open(10 * WAD, world.tokens(MARGIN))
    ask = world.system.what_if
    oracle.transact("choose_refusals", "oracle: grace after outage", "", sender=world.stranger)
    assert ask(id, Action.WITHDRAW_MARGIN, 1, elapsed=1).refusal == ""
    oracle.transact("choose_grace", True, 100 * WAD, sender=world.stranger)  # one that does not end
    assert ask(id, Action.WITHDRAW_MARGIN, 1, elapsed=1).refusal == "oracle: grace after outage"


# Time


@pytest.fixture
def long(any_world: World) -> int:
    """100 at 100.5 with a margin of 1150: equity 1100 against 500. A hundredth of the price a day is 100."""
    any_world.set_parameters(max_funding_rate=WAD)
    return any_world.open(100 * WAD, any_world.tokens("1160.05"))


def test_seconds__proportional_funding__end_when_the_cushion_is_spent(any_world: World, long: int):
    ask = any_world.system.what_if
    seen = ask(long, Action.HOLD)
    assert seen.seconds_to_liquidation == 6 * DAY + 1  # at 600 owed, equity equals maintenance
    seen = ask(long, Action.HOLD, elapsed=DAY)
    assert figures(seen, "accrued_funding", "equity", "seconds_to_liquidation") == (
        100 * WAD,
        1_000 * WAD,
        5 * DAY + 1,
    )


def test_seconds__after_a_decrease__count_at_the_smaller_skew(any_world: World, long: int):
    # A day later 50 are sold at 100.75, 12.5 above cost, for a fee of 5.0375, and 100 of funding are settled:
    # margin 1057.4625, equity 1032.4625 against 250. At half the skew the rest pays 25 a day: 31.2985 days.
    seen = any_world.system.what_if(long, Action.DECREASE, 50 * WAD, elapsed=DAY)
    assert figures(seen, "funding", "accrued_funding", "realised_pnl") == (100 * WAD, 0, to_wad("12.5"))
    assert figures(seen, "margin", "equity") == (any_world.tokens("1057.4625"), to_wad("1032.4625"))
    assert seen.seconds_to_liquidation == 2_704_191  # 782.4625 x 86,400 / 25 = 2,704,190.4


def test_seconds__side_that_is_paid__never_end(any_world: World, long: int):
    seen = any_world.system.what_if_opened(-40 * WAD, any_world.tokens(2_000))
    assert figures(seen, "refusal", "seconds_to_liquidation") == ("", None)


def test_seconds__rate_that_grows__end_with_its_square(any_world: World):
    # The rate grows by 0.1 a day: 500 owed after a day, 500 t^2 after t days.
    any_world.set_parameters(max_funding_rate=WAD, max_funding_velocity=10 * WAD)
    id = any_world.open(100 * WAD, any_world.tokens("1160.05"))
    seen = any_world.system.what_if(id, Action.HOLD)
    assert seen.seconds_to_liquidation == math.isqrt(6 * DAY * DAY // 5) + 1 == 94_647


def turning_rate(world: World) -> int:
    """A long of 100 whose cushion is 80, a rate of 0.05 a day against it that falls by 0.1 a day.

    Its margin is 1505: less 50 of price impact, 500 of maintenance, and funding of 375 and 500 in two days.
    What it will owe after t days is 500 (t - t^2): at most 125, after half a day.
    """
    world.set_parameters(max_funding_rate=to_wad("0.05"), max_funding_velocity=10 * WAD)
    start = world.chain.timestamp + 100
    world.at(start, world.system.open(world.trader, 100 * WAD, world.tokens("1515.05"), ANY_BUY, FOREVER))
    world.at(start + 2 * DAY - 1, world.system.push_price(100 * WAD))
    short = world.system.open(world.rival, -200 * WAD, world.tokens(9_000), ANY_SALE, FOREVER)
    world.at(start + 2 * DAY, short)
    return 1


def test_seconds__rate_that_turns_too_late__end_before_it_turns(world: World):
    id = turning_rate(world)
    assert world.position(id).equity == 580 * WAD
    seen = world.system.what_if(id, Action.HOLD)
    assert seen.seconds_to_liquidation == DAY // 5 + 1  # 0.2 - 0.04 = 80 / 500


def test_seconds__rate_that_turns_in_time__never_end(world: World):
    id, ask = turning_rate(world), world.system.what_if
    assert ask(id, Action.ADD_MARGIN, world.tokens(45)).seconds_to_liquidation is None
    # A millionth less than 125: within the square root of 2 / 10^9 of half a day, 3.86 seconds.
    assert ask(id, Action.ADD_MARGIN, world.tokens(45) - 1).seconds_to_liquidation == DAY // 2 - 3
    assert ask(id, Action.HOLD, elapsed=DAY // 5 + 1).seconds_to_liquidation == 0
    assert ask(id, Action.HOLD, elapsed=DAY - DAY // 5).seconds_to_liquidation is None


# What it does not answer


def test_what_if__nonsense__is_refused_by_the_lens(world: World):
    lens = world.system.what_if_lens
    for args, reason in {
        (1, 8, 0, 0, 0): "lens: no such action",
        (1, 0, 0, 2**96, 0): "lens: price too high",
        (1, 0, 0, 0, 2**32 + 1): "lens: too far ahead",
    }.items():
        with pytest.raises(TransactionReverted, match=f"^{reason}$"):
            lens.call("what_if", *args)
    assert lens.call("what_if", 1, 7, 0, 2**96 - 1, 2**32)[0] == "market: no such position"


def test_what_if__parts__are_named(world: World):
    system = world.system
    for name, part in {"market": system.market, "asset": system.token, "pool": system.pool}.items():
        assert system.what_if_lens.call(name) == part.address
