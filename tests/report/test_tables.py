from dataclasses import replace

import pytest

from isomargin.record import CheckRow, RunRecord, WaitResult
from isomargin.report.headlines import tiles
from isomargin.report.tables import invariants, keepers, missed, parameters, positions, shown_positions
from tests.record.crash import crash_record


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


def test_positions__more_than_shown__are_those_with_bad_debt_and_then_the_largest(crash: RunRecord) -> None:
    bankrupt = {row.id for row in crash.positions if row.bad_debt}
    others = sorted((row for row in crash.positions if not row.bad_debt), key=lambda row: -row.notional)
    limit = len(bankrupt) + 5

    shown = shown_positions(crash, limit)

    assert {row.id for row in shown} == bankrupt | {row.id for row in others[:5]}
    assert [row.notional for row in shown] == sorted((row.notional for row in shown), reverse=True)
    assert [line.id for line in positions(crash, limit)] == [row.id for row in shown]


def test_positions__open_one__has_no_exit(crash: RunRecord) -> None:
    line = next(line for line in positions(crash) if line.outcome == "open")

    assert (line.exit_price, line.ended) == (None, "")


def test_positions__loss_above_margin__reads_bankrupt(crash: RunRecord) -> None:
    bankrupt = {row.id for row in crash.positions if row.bankrupt}

    assert {line.id for line in positions(crash) if line.bankrupt} == bankrupt


def test_positions__long_that_cannot_be_liquidated__has_no_liquidation_price(crash: RunRecord) -> None:
    safe = replace(crash, positions=(replace(crash.positions[0], liquidation_price_at_open=0),))

    assert positions(safe)[0].liquidation_price is None


@pytest.mark.parametrize(
    ("leverage", "text"),
    [("5", "5\u00d7"), ("12.345", "12.3\u00d7"), ("7.04", "7\u00d7"), ("10.0", "10\u00d7")],
)
def test_positions__leverage__is_cut_to_one_digit_and_kept_exact(
    crash: RunRecord, leverage: str, text: str
) -> None:
    shown = positions(replace(crash, positions=(replace(crash.positions[0], leverage=leverage),)))[0].leverage

    assert (shown.text, shown.exact) == (text, leverage)


def test_keepers__of_a_crash__are_ranked_by_profit_and_add_up(crash: RunRecord) -> None:
    lines = keepers(crash)
    profits = [float(line.profit.exact) for line in lines]

    assert profits == sorted(profits, reverse=True)
    assert sum(profits) == pytest.approx(float(crash.summary.as_object()["keeper"]["profit"]))


def test_invariants__checked_in_several_blocks__are_added_up_in_order_of_their_number(
    crash: RunRecord,
) -> None:
    checks = (
        CheckRow(1, "I16", 1, 0, ""),
        CheckRow(1, "I2", 5, 0, ""),
        CheckRow(2, "I2", 6, 1, "first"),
        CheckRow(3, "I2", 7, 1, "second"),
    )

    lines = invariants(replace(crash, checks=checks), {"I2": "conservation: nothing is lost"})

    assert [(line.invariant, line.checked.exact, line.violations, line.message) for line in lines] == [
        ("I2", "18", 2, "block 2: first"),
        ("I16", "1", 0, ""),
    ]
    assert [line.sentence for line in lines] == ["conservation: nothing is lost", ""]


def test_parameters__nested__become_paths() -> None:
    nested = {
        "market": {"fee": "0.1", "tiers": [{"imr": 1}, {"imr": 2}]},
        "sides": ["long", 2],
        "on": True,
        "x": None,
    }

    assert parameters(nested) == [
        ("market.fee", "0.1"),
        ("market.tiers[0].imr", "1"),
        ("market.tiers[1].imr", "2"),
        ("sides", "long, 2"),
        ("on", "yes"),
        ("x", ""),
    ]


def test_parameters__too_many_or_too_long__are_cut_and_say_so() -> None:
    shown = parameters({"list": ["1.5"] * 10_000} | {f"key{number}": number for number in range(400)})

    assert len(shown) == 301
    assert shown[0][1].endswith("(cut, the whole is in run.json)")
    assert shown[-1] == ("...", "101 more in run.json")


def test_tiles__loss_and_gain__carry_their_tone(crash: RunRecord) -> None:
    def tone(label: str, record: RunRecord) -> str:
        return next(tile.tone for tile in tiles(record) if tile.label == label)

    calm = replace(crash, summary=replace(crash.summary, bad_debt=0))
    pool = replace(crash.summary.pool, pnl=-1)

    assert (tone("Bad debt", crash), tone("Bad debt", calm)) == ("bad", "good")
    assert tone("Pool result", replace(crash, summary=replace(crash.summary, pool=pool))) == "bad"


def test_keepers__of_a_crash__have_the_figures_of_the_ranking(crash: RunRecord) -> None:
    lines = {line.keeper: line for line in keepers(crash)}

    assert [line.keeper for line in keepers(crash)] == [rank.name for rank in crash.summary.keepers]
    for rank in crash.summary.keepers:
        line = lines[rank.name]
        assert (line.won.exact, line.lost.exact) == (str(rank.won), str(rank.lost))
        assert float(line.wasted_gas_cost.exact) == rank.wasted_gas_cost / 10**6
    assert float(lines["keeper late"].wasted_gas_cost.exact) > 0


def test_keepers__gas_not_counted__says_so(crash: RunRecord) -> None:
    ranks = tuple(replace(rank, gas_used=None) for rank in crash.summary.keepers)
    uncounted = replace(crash, summary=replace(crash.summary, keepers=ranks))

    assert {line.gas_used.text for line in keepers(uncounted)} == {"not counted"}


@pytest.mark.parametrize(
    ("left", "waits", "said"),
    [
        (0, WaitResult(None, None), "No position stood below maintenance at the end."),
        (1, WaitResult(None, None), "1 position stood below maintenance at the end, taken by nobody."),
        (
            1_200,
            WaitResult(2, 1_500),
            "1,200 positions stood below maintenance at the end, taken by nobody. "
            "Those liquidated had waited 2 blocks in the median, 1,500 at most.",
        ),
    ],
)
def test_missed__words__tell_what_is_left_and_how_long_others_waited(
    crash: RunRecord, left: int, waits: WaitResult, said: str
) -> None:
    assert missed(replace(crash, summary=replace(crash.summary, missed=left, waited=waits))) == said
