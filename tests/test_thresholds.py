"""The thresholds of a book: its answers are those of a look at everybody, without the look."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isomargin.book import Book
from isomargin.model import Bracket, Climb, Holding, RiskTable
from isomargin.units import WAD, to_wad
from tests.synthetic_book import (
    NOBODY,
    below_call_level,
    end,
    fill,
    full_scan,
    looks,
    open_position,
    send,
    synthetic_book,
)

PRICE = 100 * WAD


def table(*steps: tuple[int | str, str, str], call_ratio: str = "1.2") -> RiskTable:
    """Of floors, initial and maintenance ratios."""
    brackets = tuple(Bracket(to_wad(floor), to_wad(imr), to_wad(mmr)) for floor, imr, mmr in steps)
    return RiskTable(brackets, to_wad(10**12), 0, call_ratio=to_wad(call_ratio))


FLAT = table((0, "0.05", "0.025"))
STEPPED = table(
    (0, "0.05", "0.025"),
    (1_000, "0.08", "0.04"),
    (5_000, "0.1", "0.05"),
    (20_000, "0.2", "0.1"),
    call_ratio="2",
)
STEEP = table(
    *((3**step - 1, f"{0.06 * (step + 1):.2f}", f"{0.05 * (step + 1):.2f}") for step in range(16)),
    call_ratio="1",
)


# Positions of every kind


def wild_book(luck: np.random.Generator, count: int, scale: int) -> Book:
    """Sizes from a wei to 10^12 base, prices from 10^-4 to 10^6, margins from nothing to a thousandfold."""
    book = Book()
    for position_id in range(1, count + 1):
        size = log_uniform(luck, 0, 30) * int(luck.choice((-1, 1)))
        cost = size * log_uniform(luck, 14, 24) // WAD
        margin = int(abs(cost) * luck.choice((0, 0.01, 0.1, 1, 1_000)) * luck.random()) // scale
        index = int(luck.normal() * 10.0 ** luck.uniform(0, 20))
        open_position(book, position_id, size, cost, margin, index, reserve=int(luck.integers(0, 9)))
    return book


def log_uniform(luck: np.random.Generator, least: float, most: float) -> int:
    return int(10.0 ** luck.uniform(least, most))


@pytest.mark.parametrize("scale", [1, 10**12])
@pytest.mark.parametrize("risk", [FLAT, STEPPED, STEEP], ids=["flat", "stepped", "steep"])
def test_liquidatable__positions_of_every_kind__are_those_of_a_full_scan(risk: RiskTable, scale: int):
    luck = np.random.default_rng(7)
    book = wild_book(luck, 3_000, scale)
    shares = []
    for _ in range(5):
        price, index = log_uniform(luck, 14, 24), int(luck.normal() * 10.0 ** luck.uniform(0, 20))
        moment = (price, index, risk, scale, WAD + int(luck.random() * 9 * WAD))
        expected = full_scan(book, *moment)
        assert book.liquidatable(*moment) == expected
        assert book.unhealthy(*moment) == below_call_level(book, *moment)
        shares.append(len(expected) / 3_000)
    assert 0.05 < min(shares) < max(shares) < 0.95


@pytest.mark.parametrize("scale", [1, 10**12])
@pytest.mark.parametrize("risk", [FLAT, STEPPED, STEEP], ids=["flat", "stepped", "steep"])
def test_liquidatable__at_liquidation_prices__begins_there_and_not_a_wei_before(risk: RiskTable, scale: int):
    luck = np.random.default_rng(8)
    book, met = Book(), {1: 0, -1: 0}
    fill(book, 120, luck, token_scale=scale)
    for position_id in book.positions:
        held = book.held(position_id)
        side = 1 if held.size > 0 else -1
        index, multiplier = int(luck.normal() * WAD), WAD + int(luck.random() * WAD // 10)
        at = risk.liquidation_price(held.size, held.net_cash(PRICE, index, scale), multiplier)
        for price in (at - 1, at, at + 1):
            moment = (max(price, 0), index, risk, scale, multiplier)
            assert book.liquidatable(*moment) == full_scan(book, *moment)
        if at > 1:
            assert position_id in book.liquidatable(at, index, risk, scale, multiplier)
            assert position_id not in book.liquidatable(at + side, index, risk, scale, multiplier)
            met[side] += 1
    assert min(met.values()) > 30


@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize("risk", [FLAT, STEPPED, STEEP], ids=["flat", "stepped", "steep"])
def test_liquidatable__every_rounding_at_its_worst__begins_a_wei_below_maintenance(
    risk: RiskTable, side: int
):
    luck = np.random.default_rng(10)
    for _ in range(200):
        size = side * (int(luck.integers(2**47, 2**54)) // 10 * 10 + 3)  # coprime to the digits of WAD
        per_wei = pow(size, -1, WAD)
        price = (
            -per_wei % WAD + int(10.0 ** luck.uniform(0, 10)) * WAD
        )  # the value is a wei below a whole one
        index = per_wei + int(luck.integers(-100, 100)) * WAD  # and funding a wei above
        assert (size * price % WAD, size * index % WAD) == (WAD - 1, 1)
        multiplier = WAD + int(luck.integers(0, 9 * WAD))
        costless = Holding(size, 0, 0, 0)
        equity = costless.equity(price, index, 1)
        maintenance = risk.maintenance(costless.notional(price), multiplier)
        call_level = max(1, -(-risk.call_ratio * maintenance // WAD))
        moment = (price, index, risk, 1, multiplier)
        for level, due in ((maintenance, Book.liquidatable), (call_level, Book.unhealthy)):
            book = Book()
            open_position(book, 1, size, equity - level, 0, 0)
            open_position(book, 2, size, equity - level + 1, 0, 0)
            assert due(book, *moment) == [2]


TINY = st.integers(-30, 30)
SIZES = st.one_of(
    st.integers(1, 40), st.integers(0, 255).map(lambda bits: 1 << bits), st.integers(1, 2**255 - 1)
)
AMOUNTS = st.one_of(TINY, st.integers(-(2**100), 2**100))


@st.composite
def kept(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Size, cost, margin and funding index, such that roundings of single wei decide."""
    size = draw(SIZES) * draw(st.sampled_from((-1, 1)))
    cost = size * draw(st.integers(0, 3)) + draw(AMOUNTS)
    margin = draw(st.one_of(st.integers(0, 30), st.integers(0, 2**100)))
    return size, cost, margin, draw(AMOUNTS)


@settings(max_examples=250, deadline=None)
@given(
    positions=st.lists(kept(), min_size=1, max_size=6),
    price=st.one_of(
        st.integers(0, 30), st.integers(0, 3).map(lambda price: price * WAD), st.integers(0, 2**96)
    ),
    index=AMOUNTS,
    risk=st.sampled_from((FLAT, STEPPED, STEEP)),
    scale=st.sampled_from((1, 10**12)),
    multiplier=st.one_of(st.sampled_from((WAD, 10 * WAD)), st.integers(WAD, 10 * WAD)),
)
@example([(-1, 0, 1, 0)], 1, 0, FLAT, 1, WAD)  # one wei short at a price of one wei: worth -1, rounded
@example([(1, 0, 0, 0), (-1, 0, 0, 0)], 0, 0, FLAT, 1, WAD)
@example([(3, 3, 2, 0)], WAD, 0, STEEP, 1, WAD)  # equity of 2 against 3 x 0.05, and its call level
def test_liquidatable__where_single_wei_decide__are_those_of_a_full_scan(
    positions: list[tuple[int, int, int, int]],
    price: int,
    index: int,
    risk: RiskTable,
    scale: int,
    multiplier: int,
):
    book = Book()
    for position_id, fields in enumerate(positions, 1):
        open_position(book, position_id, *fields)
    moment = (price, index, risk, scale, multiplier)
    assert book.liquidatable(*moment) == full_scan(book, *moment)
    assert book.unhealthy(*moment) == below_call_level(book, *moment)


# Positions that are touched


def touch(book: Book, luck: np.random.Generator, scale: int) -> str:
    """Let one thing happen to one position; returns what."""
    position_id = int(luck.choice(list(book.positions)))
    position = book.positions[position_id]
    kind = str(luck.choice(("donate", "take", "modify", "shrink", "end", "open")))
    if kind == "donate":
        send(book, "stranger", position.vault, log_uniform(luck, 0, 22) // scale)
    elif kind == "take":
        send(book, position.vault, "owner", book.balance(position.vault) // 2)
    elif kind == "open":
        fill(book, 1, luck, token_scale=scale)
    else:
        share = 0 if kind == "end" else luck.random() * (1 if kind == "shrink" else 3)
        size, cost = (int(whole * share) for whole in (position.size, position.cost))
        event = "PositionModified" if kind == "modify" else "PositionLiquidated"
        changed = {"size": size, "cost": cost, "funding_index": int(luck.normal() * WAD)}
        book.apply("market", event, {"id": position_id, **changed, "funding": 0, "fee": 0})
    return kind


@pytest.mark.parametrize("scale", [1, 10**12])
def test_liquidatable__after_touches__are_those_of_a_full_scan(scale: int):
    luck = np.random.default_rng(9)
    book, climb, happened = Book(), Climb(WAD, 3 * WAD, 0, 10**15), set()
    fill(book, 300, luck, token_scale=scale)
    for now in range(150):
        happened |= {touch(book, luck, scale) for _ in range(luck.integers(0, 8))}
        price, index = int(luck.normal(100, 15) * 1e9) * 10**9, int(luck.normal() * WAD)
        moment = (price, index, STEPPED, scale, climb.height(now))
        assert book.liquidatable(*moment) == full_scan(book, *moment)
        assert book.unhealthy(*moment) == below_call_level(book, *moment)
        assert book.margin_sum == sum(book.margin(position_id) for position_id in book.positions)
    assert happened == {"donate", "take", "modify", "shrink", "end", "open"}


def test_liquidatable__donation__lifts_a_position_above_maintenance_and_its_return_lets_it_fall():
    book = Book()
    open_position(book, 1, 10 * WAD, 1_000 * WAD, 100 * WAD, 0)
    at_93 = (93 * WAD, 0, FLAT, 1)  # equity 30 against 23.25; at 92 it is 20 against 23
    at_92 = (92 * WAD, 0, FLAT, 1)
    assert (book.liquidatable(*at_93), book.liquidatable(*at_92)) == ([], [1])
    send(book, NOBODY, "vault 1", 3 * WAD)
    assert (book.margin_sum, book.liquidatable(*at_92)) == (103 * WAD, [])
    send(book, "vault 1", NOBODY, 10 * WAD)
    assert (book.margin_sum, book.liquidatable(*at_93)) == (93 * WAD, [1])


def test_liquidatable__all_positions_gone__are_none():
    book = synthetic_book(50)
    due = book.liquidatable(60 * WAD, 0, FLAT, 10**12)
    assert due
    for position_id in list(book.positions):
        end(book, position_id)
    assert book.liquidatable(60 * WAD, 0, FLAT, 10**12) == []
    assert book.margin_sum == 0


def test_liquidatable__another_token_scale__is_answered_for_that():
    book = synthetic_book(200)
    for scale in (10**12, 1, 10**12):
        expected = full_scan(book, PRICE, 0, STEPPED, scale)
        assert book.liquidatable(PRICE, 0, STEPPED, scale) == expected
    assert full_scan(book, PRICE, 0, STEPPED, 1) != full_scan(book, PRICE, 0, STEPPED, 10**12)


# How many are looked at


@pytest.fixture(scope="module")
def crowd() -> Book:
    """About 10,000 positions, none of them below maintenance at 100."""
    book = synthetic_book(12_000)
    for position_id in full_scan(book, PRICE, 0, STEPPED, 10**12):
        end(book, position_id)
    assert book.liquidatable(PRICE, 0, STEPPED, 10**12) == []
    assert 9_000 < len(book.positions) < 11_000
    return book


def test_liquidatable__nobody_among_ten_thousand__looks_at_a_handful(
    crowd: Book, monkeypatch: pytest.MonkeyPatch
):
    with looks(monkeypatch) as seen:
        assert crowd.liquidatable(PRICE, 0, STEPPED, 10**12) == []
    assert len(seen) <= 10


@pytest.mark.parametrize("wanted", [10, 1_000])
def test_liquidatable__some_among_ten_thousand__looks_at_few_besides(
    crowd: Book, wanted: int, monkeypatch: pytest.MonkeyPatch
):
    rising = price_with(crowd, wanted, step=1)
    falling = price_with(crowd, wanted, step=-1)
    for price in (rising, falling):
        with looks(monkeypatch) as seen:
            due = crowd.liquidatable(price, 0, STEPPED, 10**12)
        assert wanted <= len(due) <= len(seen) <= len(due) + 20


def test_liquidatable__multiplier_in_a_ramp__looks_at_few_besides_in_each_block(
    crowd: Book, monkeypatch: pytest.MonkeyPatch
):
    climb, due = Climb(WAD, 2 * WAD, 0, 10**14), []
    with looks(monkeypatch) as seen:
        for now in range(0, 10_000, 200):
            seen.clear()
            due = crowd.liquidatable(PRICE, 0, STEPPED, 10**12, climb.height(now))
            assert len(seen) <= len(due) + 20
    assert due == full_scan(crowd, PRICE, 0, STEPPED, 10**12, climb.height(9_800))
    assert len(due) > 500


def test_liquidatable__after_a_few_touches__looks_at_those_touched_only(
    crowd: Book, monkeypatch: pytest.MonkeyPatch
):
    touched = list(crowd.positions)[:5]
    for position_id in touched:
        send(crowd, NOBODY, f"vault {position_id}", 1)
    with looks(monkeypatch) as seen:
        crowd.liquidatable(PRICE, 0, STEPPED, 10**12)
    assert set(touched) <= set(seen)
    assert len(seen) <= 5 + 10


def test_unhealthy__few_below_their_call_level__looks_at_few_besides(
    crowd: Book, monkeypatch: pytest.MonkeyPatch
):
    with looks(monkeypatch) as seen:
        due = crowd.unhealthy(PRICE, 0, STEPPED, 10**12)
    assert due == below_call_level(crowd, PRICE, 0, STEPPED, 10**12, WAD)
    assert 0 < len(due) <= len(seen) <= len(due) + 20


def price_with(book: Book, wanted: int, step: int) -> int:
    """A price on the way up or down at which that many are liquidatable, or a few more."""
    least, most = 0, 50 * 10**6
    while least < most:
        middle = (least + most) // 2
        if len(book.liquidatable(PRICE + step * middle * 10**12, 0, STEPPED, 10**12)) < wanted:
            least = middle + 1
        else:
            most = middle
    return PRICE + step * least * 10**12
