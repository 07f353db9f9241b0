"""Quantiles of margin ratios are those that sorting every ratio in integers gives, to the last digit."""

from itertools import pairwise

import numpy as np
import pytest

from isomargin.book import LARGEST_RATIO, Book, margin_ratio, margin_ratios_at
from isomargin.model import Bracket, RiskTable, ceil_div
from isomargin.units import WAD
from tests.synthetic_book import PRICE, open_position, synthetic_book

SCALE = 10**12
RISK = RiskTable(
    brackets=(
        Bracket(0, WAD // 50, WAD // 100),
        Bracket(5_000 * WAD, WAD // 20, WAD // 40),
        Bracket(50_000 * WAD, WAD // 5, WAD // 10),
    ),
    max_notional=10**9 * WAD,
    liquidation_fee_ratio=WAD // 1000,
)
RANKS = ((0, 1), (1, 20), (1, 4), (1, 2), (3, 4), (19, 20), (1, 1))


def _sorted_ratios(book: Book, price: int, index: int, multiplier: int) -> list[int]:
    """The plain way, by the model."""
    ratios = []
    for position_id in book.positions:
        held = book.held(position_id)
        maintenance = RISK.maintenance(held.notional(price), multiplier)
        if maintenance:
            ratios.append(margin_ratio(held.equity(price, index, SCALE), maintenance))
    return sorted(ratios)


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 400])
@pytest.mark.parametrize(
    ("price", "index", "multiplier"),
    [
        (PRICE, 0, WAD),
        (73 * WAD + 1, 3 * WAD // 7, WAD),
        (131 * WAD, -WAD // 3, 5 * WAD // 2),
        (WAD // 10**6, 0, WAD),
    ],
)
def test_margin_ratios__of_any_book__are_those_of_sorting_in_integers(
    count: int, price: int, index: int, multiplier: int
) -> None:
    book = synthetic_book(count, seed=count)

    measured, quantiles = margin_ratios_at(book, RANKS, price, index, RISK, SCALE, multiplier)

    ratios = _sorted_ratios(book, price, index, multiplier)
    assert measured == len(ratios) == count
    assert quantiles == [ratios[max(0, ceil_div(count * part, whole) - 1)] for part, whole in RANKS]
    assert all(low <= high for low, high in pairwise(quantiles))


def test_margin_ratios__that_floats_cannot_tell_apart__are_in_their_exact_order() -> None:
    book, margins = Book(), np.random.default_rng(3).permutation(40)
    for position_id, extra in enumerate(margins.tolist(), start=1):
        open_position(book, position_id, 10**4 * WAD + 20_000 * extra, 10**6 * WAD, 10**5 * 10**6, 0)

    _, quantiles = margin_ratios_at(book, [(place, 40) for place in range(1, 41)], PRICE, 0, RISK, SCALE, WAD)

    assert quantiles == _sorted_ratios(book, PRICE, 0, WAD)
    assert len(set(quantiles)) > len({float(ratio) for ratio in quantiles})


def test_margin_ratios__worked_out_by_hand__are_equity_over_maintenance() -> None:
    book = Book()
    open_position(book, 1, 10 * WAD, 1_000 * WAD, 100 * 10**6, 0)  # long 1,000 with 100
    open_position(book, 2, -20 * WAD, -2_000 * WAD, 50 * 10**6, 0)  # short 2,000 with 50

    # At 110: (100 + 100) / (1,100 x 1%) = 18.18..., (50 - 200) / (2,200 x 1%) = -6.81...
    measured, quantiles = margin_ratios_at(book, [(1, 2), (1, 1)], 110 * WAD, 0, RISK, SCALE, WAD)

    assert (measured, quantiles) == (2, [-6818181818181818182, 18181818181818181818])


def test_margin_ratios__of_specks__are_cut_and_those_without_maintenance_left_out() -> None:
    book = Book()
    open_position(book, 1, 1, 0, 10**12, 0)  # a wei of base at 0.5: no notional at all
    open_position(book, 2, 100, 0, 10**12, 0)
    open_position(book, 3, -100, 0, -(10**12), 0)

    measured, quantiles = margin_ratios_at(book, [(0, 1), (1, 1)], WAD // 2, 0, RISK, SCALE, WAD)

    assert (measured, quantiles) == (2, [-LARGEST_RATIO, LARGEST_RATIO])


def test_margin_ratios__of_no_position__are_none() -> None:
    assert margin_ratios_at(Book(), RANKS, PRICE, 0, RISK, SCALE) == (0, [])
