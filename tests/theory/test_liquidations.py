"""Shares of liquidated positions on real contracts and in the model, against first-passage theory.

A position is liquidated when its price is first at or beyond its liquidation price, so for a random walk the
share is a probability that is known. Paths are those of `[prices.gbm]`; seeds are fixed, and bounds are three
sampling errors of a share.
"""

from itertools import pairwise

import pytest

from benchmarks.theory.liquidations import Share
from benchmarks.theory.market import FIRST_PRICE, LONG, SHORT
from benchmarks.theory.page import SMALL, Played, played, share_table
from tests.theory.tables import table_of

BOUND = 3


@pytest.fixture(scope="module")
def small() -> Played:
    return played(SMALL)


@pytest.fixture(scope="module")
def shares(small) -> list[Share]:
    return small.shares()


def test_liquidations__contracts_and_model__end_every_path_at_the_same_price(small):
    assert small.is_one_market
    assert len(small.contracts) >= 400
    # a path on which nothing happens agrees easily: most must be others
    assert sum(set(ends.values()) != {None} for ends in small.contracts) > len(small.contracts) / 2


def test_liquidations__prices_of_the_lens__lie_where_leverage_puts_them(small):
    # 6% margin less fee, 2% maintenance: some 4% away
    assert 0.95 < small.prices[LONG] / FIRST_PRICE < 0.97
    assert 1.03 < small.prices[SHORT] / FIRST_PRICE < 1.05


def test_liquidations__share__is_the_probability_of_a_price_beyond_the_barrier(shares):
    for one in shares:
        assert abs(one.off_by) < BOUND, one


def test_liquidations__share__is_the_formula_of_a_barrier_shifted_for_looking_at_times(shares):
    for one in shares:
        if one.steps >= 16:  # what is left of the correction is below an error there
            assert abs(one.share - one.corrected) < BOUND * one.error, one


def test_liquidations__formula_of_a_price_watched_always__is_too_high_and_is_told_apart(shares):
    for one in shares:
        if one.machine == "model":
            assert one.always - one.share > BOUND * one.error, one


@pytest.mark.parametrize("side", ["long", "short"])
def test_liquidations__more_prices__come_closer_to_a_price_watched_always(shares, side):
    found = [one for one in shares if (one.machine, one.side) == ("model", side)]
    gaps = [one.always - one.share for one in found]

    assert [one.steps for one in found] == [4, 16, 64]
    for earlier, later in pairwise(gaps):
        # a quarter of the interval leaves about half of the gap
        assert 0.3 < later / earlier < 0.75


# The page


def test_page__table_of_the_small_sample__is_what_the_script_prints(shares):
    assert table_of("small") == share_table(shares)


def test_page__table_of_the_large_sample__has_ten_thousand_paths_within_their_errors():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table_of("large").splitlines()[2:]
    ]

    assert {(row[0], row[1]) for row in rows if row[3] == "10,000"} >= {
        ("contracts", "long"),
        ("contracts", "short"),
    }
    for row in rows:
        assert int(row[4].replace(",", "")) / int(row[3].replace(",", "")) == pytest.approx(
            float(row[5]), abs=1e-4
        )
        assert abs(float(row[9])) <= BOUND
