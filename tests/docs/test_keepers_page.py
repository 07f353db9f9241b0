"""What `docs/keepers.md` works out by hand is what a run of its scenario comes to."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import get_args

import pytest

from isomargin.cli.summary import print_summary
from isomargin.keepers import BATCH_GAS, LIQUIDATION_GAS, EscalatingBid, FixedBid, Offer, ProfitShareBid
from isomargin.record import KeeperRank, RunRecord
from isomargin.scenario import KeeperSection, load_scenario
from isomargin.simulation import simulate
from isomargin.units import WAD, to_wad
from tests.docs.pages import blocks, page, sections

PAGE = sections(page("docs/keepers.md"))
GWEI = 10**9


@pytest.fixture(scope="module")
def race(tmp_path_factory) -> RunRecord:
    [written] = blocks(PAGE["One race by hand"], "toml")
    file = tmp_path_factory.mktemp("race") / "race.toml"
    file.write_text(written.text, encoding="utf-8")
    return simulate(load_scenario(file))


def rows(section: str) -> list[list[str]]:
    """The cells of the first table below a heading, its titles first."""
    lines = [line for line in PAGE[section].splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [table[0], *table[2:]]


def test_page__race_by_hand__is_the_ranking_of_its_scenario(race):
    titles, *lines = rows("One race by hand")
    ranking = race.summary.as_object()["keepers"]
    ranked = [{name: str(value) for name, value in rank.items()} for rank in ranking]

    assert [dict(zip(titles, line, strict=True)) for line in lines] == ranked


def test_page__race_by_hand__follows_from_gas_prices_and_reserves(race):
    """Gas as counted; the rest is arithmetic: gas x price, 200 for an ether, four reserves of 5."""
    quick, usual = race.summary.keepers

    assert Decimal(quick.gas_used) * 15 * 200 / GWEI == Decimal("0.966189")
    assert Decimal(usual.gas_used) * 10 * 200 / GWEI == Decimal("0.170014")
    assert quick.profit == 20_000_000 - 966_189 == 19_033_811
    assert usual.profit == -170_014
    assert (race.summary.missed, race.summary.waited.median, race.summary.waited.most) == (0, 1, 1)


def test_page__ranking__explains_every_figure():
    explained = {name for row in rows("The ranking")[1:] for name in re.findall(r"`(\w+)`", row[0])}

    assert explained | {"name"} == set(KeeperRank.__dataclass_fields__)


def test_page__bids_by_hand__are_those_of_the_strategies():
    text = PAGE["Bids"]
    gas = BATCH_GAS + LIQUIDATION_GAS
    offer = Offer(10 * GWEI, gas, 2 * 10**16)  # 0.02 ether
    share = ProfitShareBid(WAD // 2).price(offer)
    escalating = EscalatingBid(to_wad("1.5"))
    raised = [escalating.price(Offer(offer.price, gas, offer.profit, setbacks)) for setbacks in (0, 1, 2, 50)]

    assert (gas, FixedBid().price(offer)) == (220_000, 10 * GWEI)
    assert f"10 + 45.45 = {share / GWEI:.2f} gwei" in text
    assert [round(price / GWEI, 1) for price in raised] == [10, 15, 22.5, 100.9]
    assert "bids 10, after one setback 15, after two 22.5, and never\nmore than 100.9" in text


@pytest.mark.parametrize(("section", "key"), [("What a keeper does", "kind"), ("Bids", "bidding")])
def test_page__choices__are_those_of_the_scenario(section, key):
    listed = {row[0].strip('`"') for row in rows(section)[1:]}

    assert listed == set(get_args(KeeperSection.model_fields[key].annotation))


def test_page__end_of_a_run__tells_the_same_figures(race, capsys):
    print_summary(race, None)
    printed = capsys.readouterr().out

    for told in (
        "quick         4 won, 0 lost, 0 failed, gas 0.97 USD, 0.00 USD of it for nothing, profit 19.03 USD",
        "usual         0 won, 4 lost, 0 failed, gas 0.17 USD, 0.17 USD of it for nothing, profit -0.17 USD",
    ):
        assert told in printed
