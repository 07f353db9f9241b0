"""The worked example of docs/risk.md: every figure of its tables, done on the contracts and by the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal

import pytest

from isomargin.chain import Chain
from isomargin.model import Holding, Status, bankruptcy_price, premium
from isomargin.units import WAD, from_wad, to_wad
from tests.docs.pages import blocks, page, sections
from tests.docs.test_snippets import printed_by
from tests.market.world import ANY_SALE, FOREVER, RISK, World, build_world, terms_of

DAY = 86_400
_ROW = re.compile(r"\| (?P<label>[^|]+) \| [^|]+ \| (?P<value>-?[\d.]+) \|")


def figures(heading: str) -> dict[str, Decimal]:
    """The values of the table below a bold heading, by their labels."""
    example = sections(page("docs/risk.md"))["One position by hand"]
    (part,) = [part for part in example.split("\n**") if part.startswith(heading)]
    found = {row["label"]: Decimal(row["value"]) for row in _ROW.finditer(part)}
    assert found, heading
    return found


def check(heading: str, measured: dict[str, int]) -> None:
    """Compare amounts in WAD with the page, cut to the digits that it shows."""
    shown = figures(heading)
    cut = {
        label: Decimal(from_wad(amount)).quantize(shown[label], rounding=ROUND_DOWN)
        for label, amount in measured.items()
    }
    assert cut == shown


@pytest.fixture(scope="module")
def market() -> World:
    return build_world(Chain(), terms_of(6))


@pytest.fixture
def opened(market: World) -> Iterator[World]:
    """The position of the page, number 1, on a market of its own."""
    snapshot = market.chain.snapshot()
    market.open(150 * WAD, market.tokens(2_500))
    yield market
    market.chain.revert(snapshot)


def wad(world: World, tokens: int) -> int:
    return tokens * world.scale


def held(world: World) -> Holding:
    seen = world.position(1)
    return Holding(seen.size, seen.cost, seen.funding_index, seen.margin, seen.keeper_reserve)


def test_opening(opened: World):
    world, seen = opened, opened.position(1)
    (told,) = [
        event.args for event in world.market.events(world.chain.logs()) if event.name == "PositionOpened"
    ]
    check(
        "Opening",
        {
            "fill price": told["fill_price"],
            "cost": seen.cost,
            "fee": told["fee"],
            "margin": wad(world, seen.margin),
            "notional": seen.notional,
            "equity": seen.equity,
            "initial margin": world.system.risk_engine.call("initial_margin", seen.notional),
            "maintenance": seen.maintenance_margin,
            "premium of the skew": world.system.market_state().trader_claims - seen.unrealised_pnl,
        },
    )
    assert RISK.initial(seen.notional) == to_wad(2_000)
    assert RISK.maintenance(seen.notional) == to_wad(1_000)
    assert premium(150 * WAD, 100 * WAD, 10_000 * WAD) == to_wad("112.5")


def test_lines(opened: World):
    world, seen = opened, opened.position(1)
    shown = figures("Lines")
    cash = held(world).net_cash(100 * WAD, 0, world.scale)
    assert cash == -to_wad("12627.6125")
    assert (
        to_wad(shown["liquidation price"])
        == seen.liquidation_price
        == RISK.liquidation_price(seen.size, cash)
    )
    assert to_wad(shown["bankruptcy price"]) == seen.bankruptcy_price == bankruptcy_price(seen.size, cash)
    tighter = RISK.liquidation_price(seen.size, cash, to_wad("1.5"))
    assert to_wad(shown["liquidation price at a multiplier of 1.5"]) == tighter
    call = to_wad(shown["margin call below"])
    for price, status in (
        (call + 1, Status.HEALTHY),
        (call, Status.MARGIN_CALL),
        (seen.liquidation_price, Status.LIQUIDATABLE),
    ):
        world.push(price)
        assert world.position(1).status is status


def test_funding(opened: World):
    world = opened
    world.set_parameters(max_funding_rate=to_wad("0.1"))
    again = world.market.transaction(
        "set_parameters", world.market.call("parameters"), sender=world.system.admin
    )
    start = world.chain.timestamp + 100
    world.at(start, again)
    before = world.position(1).accrued_funding
    world.at(start + DAY - 1, world.system.push_price(100 * WAD))
    receipt = world.at(start + DAY, world.system.decrease(world.trader, 1, WAD, ANY_SALE, FOREVER))
    owed = world.event(receipt, "PositionModified")["funding"] - before
    check("Funding", {"rate a day": world.event(receipt, "FundingAccrued")["rate"], "owed after a day": owed})


def test_liquidation_in_part(opened: World):
    world = opened
    world.push("88")
    before = world.position(1)
    told = world.event(world.liquidate(1), "PositionLiquidated")
    after = world.position(1)
    check(
        "Liquidation at 88",
        {
            "equity before": before.equity,
            "maintenance before": before.maintenance_margin,
            "notional closed": -told["size_delta"] * 88,
            "penalty": wad(world, told["penalty"]),
            "keeper": wad(world, told["reward"]),
            "equity after": after.equity,
            "maintenance after": after.maintenance_margin,
        },
    )


def test_liquidation_of_a_bankrupt(opened: World):
    world = opened
    world.push("80")
    equity, before = world.position(1).equity, world.balances()
    lost = world.event(world.liquidate(1), "BadDebt")
    moved = world.moved(before)
    check(
        "Liquidation at 80",
        {
            "equity": equity,
            "bad debt": lost["amount"],
            "the insurance fund pays": wad(world, -moved["insurance"]),
            "the keeper gets": wad(world, moved["keeper"]),
            "the pool gets": wad(world, moved["pool"]),
        },
    )


def test_deleveraging(opened: World):
    world = opened
    world.set_parameters(adl_threshold=to_wad("0.03"))
    world.push("120")
    profit, state, before = world.position(1).unrealised_pnl, world.system.market_state(), world.balances()
    world.act("deleverage", 1, 120 * WAD, sender=world.stranger)
    check(
        "Deleveraging at 120",
        {
            "profit": profit,
            "traders would take": state.trader_claims,
            "pool assets": wad(world, state.pool_assets),
            "the owner gets": wad(world, world.moved(before)["trader"]),
        },
    )


def test_policies__compared__print_what_is_shown():
    code, shown = blocks(sections(page("docs/risk.md"))["Liquidation"])
    assert (code.language, shown.language) == ("python", "text")
    assert printed_by(code) == shown.text
