"""Runs side by side: what differs, in which order, and what the page shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from isomargin.errors import InputError
from isomargin.record import PositionRow, Recorder, RunRecord
from isomargin.report import Comparison, compare_runs, render_comparison
from isomargin.report.amounts import Amount
from isomargin.report.compare_plots import overlaid_plots
from isomargin.units import WAD
from tests.record.crash import TOKEN, crash_record
from tests.report.page_reader import Element, read_figures, read_page

HOSTILE = "</script><img src=x onerror=alert(1)>\"'{{ 7 * 7 }}<!-- <script> &lt;"
PLOTS = ["price", "bad-debt", "pool", "insurance", "open-positions"]
HOUR = 3600


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


def changed(record: RunRecord, **info: Any) -> RunRecord:
    """The same rows under another name, seed, token ..."""
    return replace(record, run=replace(record.run, **info))


def with_parameters(record: RunRecord, parameters: Mapping[str, Any]) -> RunRecord:
    return changed(record, parameters=parameters)


def saved(record: RunRecord, actor: str) -> RunRecord:
    """A run in which a liquidated position was closed by its owner instead, with a payout of 7 tokens."""
    rows = [
        replace(row, outcome="closed", bankrupt=False, bad_debt=0, payout=7 * TOKEN)
        if row.actor == actor
        else row
        for row in record.positions
    ]
    return replace(record, positions=tuple(rows))


def of_another_chain(record: RunRecord) -> RunRecord:
    """The same rows, but that the last block has another hash."""
    return replace(record, blocks=(*record.blocks[:-1], replace(record.blocks[-1], hash="0xff")))


def bankrupt(record: RunRecord) -> PositionRow:
    return next(row for row in record.positions if row.bankrupt)


def settings(comparison: Comparison) -> dict[str, tuple[str | None, ...]]:
    return {line.name: line.values for line in comparison.settings}


def there(amount: Amount | None) -> Amount:
    assert amount is not None
    return amount


def cells(page: Element, section: str) -> list[list[str]]:
    """The texts of the rows of the first table of a section."""
    table = next(page.by_id(section).all("table"))
    body = next(table.all("tbody"))
    return [
        [" ".join(cell.full_text.split()) for cell in row.children if cell.tag in ("th", "td")]
        for row in body.all("tr")
    ]


# Settings


def test_settings__of_nested_parameters__are_paths_of_what_differs_alone(crash):
    other = {
        "market": {"trade_fee_ratio": "0.001", "skew_scale": "1000000", "decimals": 6},
        "traders": crash.run.parameters["traders"],
        "tiers": [{"floor": "0", "imr": "0.01", "mmr": "0.004"}],
        "policy": "full",
    }
    compared = compare_runs([("a", crash), ("b", with_parameters(crash, other))])

    assert settings(compared) == {
        "market.trade_fee_ratio": ("0.0005", "0.001"),
        "tiers[0].mmr": ("0.005", "0.004"),
        "tiers[1].floor": ("50000", None),
        "tiers[1].imr": ("0.02", None),
        "policy": (None, "full"),
    }
    assert dict(compared.equal_settings)["tiers[0].imr"] == "0.01"


def test_settings__seed_engine_and_versions__are_told_once(crash):
    versions = {**crash.run.versions, "vyper": "0.4.4"}
    parameters = {**crash.run.parameters, "seed": 8}
    other = changed(crash, seed=8, engine="revm", versions=versions, parameters=parameters)

    assert settings(compare_runs([("a", crash), ("b", other)])) == {
        "seed": ("7", "8"),
        "engine": ("py-evm", "revm"),
        "version of vyper": ("0.4.3", "0.4.4"),
    }


def test_settings__long_list_that_differs__is_one_line(crash):
    rows = [[str(price), "1"] for price in range(50)]
    first = with_parameters(crash, {"prices": {"rows": rows}, "b": 1})
    second = with_parameters(crash, {"prices": {"rows": rows[5:]}, "b": 2})
    compared = compare_runs([("a", first), ("b", second)])

    assert settings(compared) == {"prices.rows": ("50 lines", "45 lines"), "b": ("1", "2")}
    assert compared.settings[0].note == "differs in 50 lines, first in prices.rows[0]"


# Figures


def test_figures__that_differ__come_by_their_share_of_the_first(crash):
    summary = crash.summary
    other = replace(
        crash,
        summary=replace(
            summary,
            bad_debt=summary.bad_debt * 3 // 2,  # half more
            missed=4,  # from none
            insurance_fund=summary.insurance_fund * 101 // 100,
            positions=replace(summary.positions, opened=summary.positions.opened * 4),  # three times more
        ),
    )
    compared = compare_runs([("a", crash), ("b", other)])

    assert summary.missed == 0
    assert [line.key for line in compared.differing] == ["missed", "opened", "bad_debt", "insurance_end"]
    assert [line.distance for line in compared.differing[1:3]] == [3.0, 0.5]
    assert all(line.distance == 0 for line in compared.equal)
    assert len(compared.differing) + len(compared.equal) == len(compared.numbers)


def test_figures__cell__says_how_much_with_sign_share_and_tone(crash):
    more = replace(crash, summary=replace(crash.summary, bad_debt=150 * WAD, insurance_fund=80 * TOKEN))
    base = replace(crash, summary=replace(crash.summary, bad_debt=100 * WAD, insurance_fund=50 * TOKEN))
    lines = {line.key: line.cells for line in compare_runs([("a", base), ("b", more)]).differing}
    debt, fund = lines["bad_debt"], lines["insurance_end"]

    assert (there(debt[0].value).text, debt[0].difference, debt[0].tone) == ("100.00", None, "plain")
    assert (there(debt[1].value).text, there(debt[1].difference).text, debt[1].share) == (
        "150.00",
        "+50.00",
        "+50.0%",
    )
    assert (debt[1].tone, fund[1].tone) == ("bad", "good")
    assert there(fund[1].difference).exact == "30"


def test_figures__one_without_a_count__has_no_difference(crash):
    keeper = crash.summary.keeper
    uncounted = replace(crash, summary=replace(crash.summary, keeper=replace(keeper, gas_used=None)))
    line = next(
        line
        for line in compare_runs([("a", crash), ("b", uncounted)]).differing
        if line.key == "keeper_gas_used"
    )

    assert line.values == (keeper.gas_used, None)
    assert (line.cells[1].value, line.cells[1].difference) == (None, None)


def test_figures__tokens_of_different_decimals__are_brought_to_one_scale(crash):
    recorder = Recorder()
    recorder.extend(replace(row, pool_assets=row.pool_assets * 100) for row in crash.blocks)
    fine = recorder.finish(
        replace(crash.run, token_decimals=8), pool_deposited=crash.summary.pool.deposited * 100
    )
    coarse = Recorder()
    coarse.extend(crash.blocks)
    compared = compare_runs(
        [("a", coarse.finish(crash.run, pool_deposited=crash.summary.pool.deposited)), ("b", fine)]
    )
    equal = {line.key for line in compared.equal}

    assert {"pool_pnl", "pool_low"} <= equal
    assert "insurance_end" in {line.key for line in compared.differing}  # not multiplied: a hundredth of it


# Fates


def test_fates__a_bankrupt_that_survives__is_told_with_the_amounts(crash):
    lost = bankrupt(crash)
    fates = compare_runs([("a", crash), ("b", saved(crash, lost.actor))]).fates
    (line,) = fates.lines

    assert (fates.same_people, fates.compared) == (True, len(crash.positions))
    assert (line.actor, line.side) == (lost.actor, lost.side)
    assert [fate.outcome for fate in line.fates] == ["bankrupt", "closed"]
    assert Decimal(there(line.fates[0].bad_debt).exact) == Decimal(lost.bad_debt).scaleb(-18)
    assert [there(fate.payout).exact for fate in line.fates] == ["0", "7"]
    assert [(change.letter, change.before, change.after, change.count) for change in fates.changes] == [
        ("B", "bankrupt", "closed", 1)
    ]


def test_fates__a_trader_who_opened_nothing__is_told(crash):
    fewer = replace(crash, positions=crash.positions[1:])
    (line,) = compare_runs([("a", crash), ("b", fewer)]).fates.lines

    assert line.fates[1].outcome == "not opened"
    assert line.fates[1].payout is None


def test_fates__of_a_trader_with_two_positions__are_told_apart_by_their_order(crash):
    again = [replace(row, id=row.id + 1000, outcome="open", exit_price=None) for row in crash.positions[:1]]
    twice = replace(crash, positions=(*again, *crash.positions))
    once_more = replace(crash, positions=(*crash.positions, *[replace(row, id=5000) for row in again]))
    fates = compare_runs([("a", twice), ("b", once_more)]).fates

    assert fates.lines == ()
    assert fates.compared == len(crash.positions) + 1


@pytest.mark.parametrize("info", [{"seed": 8}, {"parameters": {"traders": {"count": 5}}}])
def test_fates__of_other_people__are_not_compared(crash, info):
    fates = compare_runs([("a", crash), ("b", changed(crash, **info))]).fates

    assert (fates.same_people, fates.lines) == (False, ())


# Keepers


def test_keepers__of_two_runs__come_by_the_spread_of_their_profits(crash):
    ranks = {rank.name: rank for rank in crash.summary.keepers}
    late = replace(ranks["keeper late"], profit=ranks["keeper late"].profit + 9_000_000 * TOKEN)
    north = replace(ranks["keeper north"], profit=ranks["keeper north"].profit - TOKEN)
    other = replace(crash, summary=replace(crash.summary, keepers=(late, north)))
    compared = compare_runs([("a", crash), ("b", other)]).keepers

    assert [keeper.name for keeper in compared] == ["keeper late", "keeper north", "keeper south"]
    cell = compared[0].cells[1]
    assert cell is not None
    assert there(cell.profit.difference).exact == "9000000"
    assert compared[2].cells[1] is None
    assert compared[0].ranks[1] == 1


# Runs


def test_runs__of_one_chain__are_said_to_be_the_same(crash):
    assert compare_runs([("a", crash), ("b", changed(crash, engine="revm"))]).same_blocks
    assert not compare_runs([("a", crash), ("b", of_another_chain(crash))]).same_blocks
    empty = Recorder().finish(crash.run, pool_deposited=0)
    assert not compare_runs([("a", empty), ("b", empty)]).same_blocks


def test_runs__of_different_tokens__are_refused_with_both_named(crash):
    with pytest.raises(
        InputError, match=r"^expected runs with one .*: a counts in USDC, b in a token without"
    ):
        compare_runs([("a", crash), ("b", changed(crash, token_symbol=""))])


# Plots


def moved(record: RunRecord, seconds: int) -> RunRecord:
    return replace(
        record, blocks=tuple(replace(row, timestamp=row.timestamp + seconds) for row in record.blocks)
    )


def test_plots__of_three_runs__have_a_line_of_its_own_colour_for_each(crash):
    compared = compare_runs([("a", crash), ("b", crash_record(seed=8)), ("c", crash_record(positions=90))])
    plots = overlaid_plots(compared.runs)

    assert [plot.key for plot in plots] == PLOTS
    for plot in plots:
        assert [trace.name for trace in plot.figure.data] == ["A a", "B b", "C c"]
        assert [trace.line.color for trace in plot.figure.data] == [run.colour for run in compared.runs]
    assert len({run.colour for run in compared.runs}) == 3
    assert "The same in all runs." in plots[0].caption  # one path of prices
    assert "The same in all runs." not in plots[2].caption


@pytest.mark.parametrize(
    ("seconds", "kind", "start"), [(HOUR, "date", 1_583_992_800_000.0), (400 * HOUR, "linear", 0.0)]
)
def test_plots__of_runs_of_another_time__are_drawn_by_hours(crash, seconds, kind, start):
    runs = compare_runs([("a", crash), ("b", moved(crash, seconds))]).runs
    plot = overlaid_plots(runs)[0]

    assert plot.figure.layout.xaxis.type == kind
    assert plot.figure.data[0].x[0] == start
    assert plot.figure.data[1].x[0] == (start + seconds * 1000 if kind == "date" else 0.0)


def test_plots__of_different_coins__show_shares_of_the_first_price(crash):
    coin = replace(
        changed(crash, base_symbol="BTC"),
        blocks=tuple(replace(row, price=row.price * 40) for row in crash.blocks),
    )
    plot = overlaid_plots(compare_runs([("a", crash), ("b", coin)]).runs)[0]

    assert plot.figure.data[0].y[0] == plot.figure.data[1].y[0] == 1.0
    assert max(abs(plot.figure.data[0].y - plot.figure.data[1].y)) < 1e-12


# The page


@pytest.fixture(scope="module")
def page(crash) -> Element:
    other = with_parameters(saved(crash, bankrupt(crash).actor), {**crash.run.parameters, "policy": "full"})
    return read_page(render_comparison(compare_runs([("usual", crash), ("full", of_another_chain(other))])))


def test_page__of_two_runs__has_differences_before_plots_and_positions(page):
    assert [heading.full_text for heading in page.all("h1")] == ["usual against full"]
    sections = [section.attributes["id"] for section in page.all("section")]
    assert sections == ["settings", "figures-compared", "plots", "positions", "keepers", "runs"]
    assert cells(page, "settings") == [["policy", "\u2013", "full"]]
    assert [row[0] for row in cells(page, "positions")] == [bankrupt(crash_record()).actor]
    assert list(read_figures(page)) == PLOTS


def test_page__links_and_labels__lead_to_elements_that_exist_once(page):
    ids = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
    links = [link.attributes["href"].removeprefix("#") for link in page.all("a")]
    labels = [
        each.attributes["aria-labelledby"] for each in page.all() if "aria-labelledby" in each.attributes
    ]

    assert len(ids) == len(set(ids))
    assert set(links) | set(labels) <= set(ids)


def test_page__of_equal_runs__says_so_where_there_is_nothing_to_show(crash):
    text = " ".join(
        read_page(render_comparison(compare_runs([("a", crash), ("b", crash)]))).full_text.split()
    )

    for sentence in (
        "One run, more than once",
        "Nothing: scenario, seed, engine, versions",
        "figures agree to the last digit",
        "None: each of 220 positions ended in the same way in all runs.",
    ):
        assert sentence in text


def test_page__of_nothing__says_so_and_carries_no_plotly(crash):
    empty = Recorder().finish(replace(crash.run, command="", parameters={}), pool_deposited=0)
    html = render_comparison(compare_runs([("a", empty), ("b", empty)]))
    text = read_page(html).full_text

    assert "No block was recorded." in text
    assert "No keeper was there." in text
    assert len(html) < 60_000


def test_page__of_eight_runs__stays_below_five_megabytes_and_is_the_same_again(crash):
    named = [(f"seed {seed}", crash_record(seed=seed)) for seed in range(8)]
    html = render_comparison(compare_runs(named))

    assert len(html.encode()) < 5_000_000
    assert render_comparison(compare_runs(named)) == html


def test_page__hostile_names__are_text_and_nothing_else(crash):
    hostile = changed(crash, scenario=HOSTILE, command=HOSTILE, parameters={HOSTILE: [{HOSTILE: HOSTILE}]})
    hostile = replace(
        hostile,
        positions=tuple(replace(row, actor=HOSTILE) for row in crash.positions),
        summary=replace(
            crash.summary, keepers=tuple(replace(rank, name=HOSTILE) for rank in crash.summary.keepers)
        ),
    )
    page = read_page(render_comparison(compare_runs([(HOSTILE, hostile), ("b", crash)])))

    assert next(page.all("h1")).text == f"{HOSTILE} against b"
    assert not list(page.all("img"))
    assert not [each for each in page.all() if any(name.startswith("on") for name in each.attributes)]
    assert len(list(page.all("script"))) == 3
