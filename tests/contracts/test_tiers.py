"""The tiers module: margins and liquidation prices against rationals and a published table."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract
from isomargin.errors import TransactionReverted
from isomargin.units import WAD, to_wad

Bracket = tuple[int, int, int]  # floor, imr, mmr

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "binance_usdm_leverage_tiers.csv"
PERCENT = WAD // 100
TABLE: tuple[Bracket, ...] = (
    (0, 2 * PERCENT, 1 * PERCENT),
    (1_000 * WAD, 4 * PERCENT, 2 * PERCENT),
    (5_000 * WAD, 10 * PERCENT, 5 * PERCENT),
)
MAX_NOTIONAL = 20_000 * WAD
FEE = PERCENT // 2


@pytest.fixture(scope="module")
def tiers(chain: Chain, stranger: str) -> Contract:
    tiers = chain.deploy(compile_contract("testing/TiersHarness"))
    tiers.transact("set_table", TABLE, MAX_NOTIONAL, FEE, 0, sender=stranger)
    return tiers


@pytest.fixture
def set_table(tiers: Contract, stranger: str) -> Callable[..., None]:
    def transact(table: Sequence[Bracket], max_notional: int, fee: int = 0, max_move: int = 0) -> None:
        tiers.transact("set_table", table, max_notional, fee, max_move, sender=stranger)

    return transact


def margin(table: Sequence[Bracket], notional: int, which: int) -> int:
    """Each slice of the notional at its bracket's ratio, up: the definition without maxima and deductions."""
    tops = [floor_ for floor_, *_ in table[1:]] + [max(notional, table[-1][0])]
    slices = (max(0, min(notional, top) - row[0]) * row[which] for row, top in zip(table, tops, strict=True))
    return ceil(Fraction(sum(slices), WAD))


def equity_and_notional(size: int, net_cash: int, price: int) -> tuple[int, int]:
    value = floor(Fraction(size * price, WAD))
    return value + net_cash, abs(value)


# Margins


@pytest.mark.parametrize(
    ("notional", "maintenance", "initial"),
    [  # deductions: maintenance 0, 10, 160; initial 0, 20, 320
        (0, 0, 0),
        (500, 5, 10),
        (1_000, 10, 20),
        (3_000, 50, 100),
        (5_000, 90, 180),
        (8_000, 240, 480),
        (20_000, 840, 1_680),
    ],
)
def test_margins__when_worked_by_hand__then_agree(tiers, notional, maintenance, initial):
    assert tiers.call("maintenance", notional * WAD) == maintenance * WAD
    assert tiers.call("initial", notional * WAD) == initial * WAD


@pytest.mark.parametrize(
    ("notional", "maintenance", "initial"), [(1, 1, 1), (50, 1, 1), (51, 1, 2), (101, 2, 3)]
)
def test_margins__when_a_fraction_remains__then_rounded_up(tiers, notional, maintenance, initial):
    assert tiers.call("maintenance", notional) == maintenance
    assert tiers.call("initial", notional) == initial


def test_initial__when_above_max_notional__then_refused(tiers, refused):
    assert tiers.call("initial", MAX_NOTIONAL) == 1_680 * WAD
    with refused("risk: above max notional"):
        tiers.call("initial", MAX_NOTIONAL + 1)


def test_maintenance__when_above_max_notional__then_goes_on_with_the_last_bracket(tiers):
    assert tiers.call("maintenance", 30_000 * WAD) == 1_340 * WAD  # 5% of 30,000, less 160
    assert tiers.call("maintenance", 2**192 - 1) == margin(TABLE, 2**192 - 1, 2)


def test_margins__when_one_bracket__then_one_ratio(tiers, set_table):
    set_table([(0, WAD, 1)], 1)
    assert tiers.call("maintenance", 7 * WAD) == 7
    assert tiers.call("initial", 1) == 1


@st.composite
def tables(draw: st.DrawFn) -> list[Bracket]:
    count = draw(st.integers(1, 16))

    def rising(lowest: int, highest: int) -> list[int]:
        return sorted(draw(st.sets(st.integers(lowest, highest), min_size=count, max_size=count)))

    floors = [0, *rising(1, 10**9 * WAD)[1:]]
    mmrs = rising(1, WAD // 2)
    imrs = [mmr + extra for mmr, extra in zip(mmrs, rising(1, WAD // 2), strict=True)]
    return list(zip(floors, imrs, mmrs, strict=True))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), beyond=st.integers(1, 10**9 * WAD), data=st.data())
def test_margins__when_any_table__then_agree_with_slices(tiers, set_table, table, beyond, data):
    max_notional = table[-1][0] + beyond
    set_table(table, max_notional)
    assert tiers.call("brackets") == tuple(table)
    assert tiers.call("max_notional") == max_notional
    floors = [row[0] for row in table]
    near = data.draw(st.sampled_from(floors)) + data.draw(st.integers(-1, 1))
    for notional in (max(0, near), data.draw(st.integers(0, max_notional)), max_notional):
        assert tiers.call("maintenance", notional) == margin(table, notional, 2)
        assert tiers.call("initial", notional) == margin(table, notional, 1)


def test_highest_mmr__of_a_table__is_the_last_brackets(tiers):
    assert tiers.call("highest_mmr") == 5 * PERCENT


def test_tiers__before_any_table__ask_for_nothing(chain):
    tiers = chain.deploy(compile_contract("testing/TiersHarness"))
    assert tiers.call("initial", 7 * WAD) == tiers.call("maintenance", 7 * WAD) == 0
    assert tiers.call("highest_mmr") == tiers.call("max_notional") == 0
    assert tiers.call("brackets") == ((0, 0, 0),) * 16  # none of the sixteen is marked as the last
    assert not tiers.call("raises", TABLE)  # there is no table yet that it could be stricter than
    # Without maintenance a position is liquidatable where its equity is negative: one unit beyond 90.
    assert tiers.call("liquidation_price", WAD, -90 * WAD) == 90 * WAD - 1
    assert tiers.call("liquidation_price", -WAD, 90 * WAD) == 90 * WAD + 1


# A published table


def published_rows() -> dict[str, list[dict[str, str]]]:
    if not PUBLISHED.exists():
        return {}
    rows: dict[str, list[dict[str, str]]] = {}
    with PUBLISHED.open(newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["symbol"], []).append(row)
    return rows


@pytest.mark.parametrize("symbol", ["BTC/USDT", "ETH/USDT", "SOL/USDT", "DOGE/USDT", "YFI/USDT"])
def test_deductions__when_table_is_published__then_are_the_published_ones(tiers, set_table, symbol):
    if not PUBLISHED.exists():
        pytest.skip(f"published tiers not checked: no file {PUBLISHED}")
    rows = published_rows()[symbol]
    table = [
        (
            to_wad(row["min_notional_usdt"]),
            floor(WAD / Fraction(row["max_leverage"])),
            to_wad(row["maintenance_margin_rate"]),
        )
        for row in rows
    ]
    set_table(table, to_wad(rows[-1]["max_notional_usdt"]))
    for (bottom, _, mmr), row in zip(table, rows, strict=True):
        top = to_wad(row["max_notional_usdt"])
        for notional in (bottom, (bottom + top) // 2, top):
            deduction = notional * mmr // WAD - tiers.call("maintenance", notional)
            assert deduction == to_wad(row["cum_maintenance_deduction"])


# Liquidation and bankruptcy prices


@pytest.mark.parametrize(
    ("size", "net_cash", "price"),
    [  # one bracket of 1%: equity = maintenance at 100 * P - 9,900 = P, and at 10,100 - 100 * P = P
        (100 * WAD, -9_900 * WAD, 100 * WAD - 1),
        (-100 * WAD, 10_100 * WAD, 100 * WAD + 1),
        (100 * WAD, 0, 0),
        (100 * WAD, 10**30, 0),
        (-100 * WAD, -(10**30), 1),
    ],
)
def test_liquidation_price__when_worked_by_hand__then_agrees(tiers, set_table, size, net_cash, price):
    set_table([(0, 2 * PERCENT, PERCENT)], 10**9 * WAD)
    assert tiers.call("liquidation_price", size, net_cash) == price


@pytest.mark.parametrize(
    ("size", "net_cash", "price"),
    [
        (3 * WAD, -300 * WAD, 100 * WAD),  # nothing is left exactly at 100
        (-3 * WAD, 300 * WAD, 100 * WAD),
        (3, -1, 666_666_666_666_666_666),  # three units are worth at most one as long as 3 * P < 2
        (-3, 2, 333_333_333_333_333_334),  # and owe at least two as soon as 3 * P > 1
        (WAD, 1, 0),
        (-WAD, -1, 1),
    ],
)
def test_bankruptcy_price__when_worked_by_hand__then_agrees(tiers, size, net_cash, price):
    assert tiers.call("bankruptcy_price", size, net_cash) == price


def random_position(generator: np.random.Generator) -> tuple[int, int]:
    """A size of one unit to millions and net cash around the value at some price, both sides."""
    size = int(10 ** generator.uniform(0, 25)) * int(generator.choice([-1, 1]))
    price = int(10 ** generator.uniform(0, 24))
    leverage = 10 ** generator.uniform(-1, 3)
    value = floor(Fraction(size * price, WAD))
    return size, -value + int(abs(value) / leverage) + int(generator.integers(-2, 3))


def test_liquidation_price__when_500_random_positions__then_first_price_that_liquidates(tiers):
    generator = np.random.default_rng(20200312)
    liquidatable_at_none = 0
    for _ in range(500):
        size, net_cash = random_position(generator)

        def is_liquidatable(price: int, size: int = size, net_cash: int = net_cash) -> bool:
            equity, notional = equity_and_notional(size, net_cash, price)
            return equity < margin(TABLE, notional, 2)

        price = tiers.call("liquidation_price", size, net_cash)
        if size > 0:
            assert price == 0 or is_liquidatable(price)
            assert not is_liquidatable(price + 1)
            liquidatable_at_none += price == 0
        else:
            assert is_liquidatable(price)
            assert price == 1 or not is_liquidatable(price - 1)
    assert 0 < liquidatable_at_none < 250


def test_bankruptcy_price__when_200_random_positions__then_first_price_without_equity(tiers):
    generator = np.random.default_rng(20200313)
    for _ in range(200):
        size, net_cash = random_position(generator)
        price = tiers.call("bankruptcy_price", size, net_cash)
        if size > 0:
            assert price == 0 or equity_and_notional(size, net_cash, price)[0] <= 0
            assert equity_and_notional(size, net_cash, price + 1)[0] > 0
        else:
            assert equity_and_notional(size, net_cash, price)[0] <= 0
            assert price == 1 or equity_and_notional(size, net_cash, price - 1)[0] > 0


@pytest.mark.parametrize("multiplier", [WAD, WAD + 1, 13 * WAD // 10, 10 * WAD])
def test_margins__when_multiplied__then_the_exact_multiple_rounded_once(tiers, multiplier):
    for notional in (0, 1, 7 * WAD + 3, 1_000 * WAD, 19_999 * WAD + 1):
        for name, which in (("initial", 1), ("maintenance", 2)):
            slices = exact_margin(TABLE, notional, which)
            assert tiers.call(name, notional, multiplier) == ceil(slices * multiplier / WAD)
    assert tiers.call("maintenance", 2**192 - 1, multiplier) == ceil(
        exact_margin(TABLE, 2**192 - 1, 2) * multiplier / WAD
    )


def test_liquidation_price__when_multiplied__then_first_price_that_liquidates(tiers):
    generator = np.random.default_rng(20200314)
    found = 0
    for _ in range(300):
        size, net_cash = random_position(generator)
        multiplier = int(generator.integers(WAD, 9 * WAD))

        def is_liquidatable(price: int, size: int = size, cash: int = net_cash, k: int = multiplier) -> bool:
            equity, notional = equity_and_notional(size, cash, price)
            return equity < ceil(exact_margin(TABLE, notional, 2) * k / WAD)

        price = tiers.call("liquidation_price", size, net_cash, multiplier)
        sound_side = 1 if size > 0 else -1
        assert price == 0 or is_liquidatable(price)
        assert price + sound_side <= 0 or not is_liquidatable(price + sound_side)
        found += price > 1
    assert found > 150


def exact_margin(table: Sequence[Bracket], notional: int, which: int) -> Fraction:
    """Each slice of the notional at its bracket's ratio, not rounded."""
    tops = [floor_ for floor_, *_ in table[1:]] + [max(notional, table[-1][0])]
    slices = (max(0, min(notional, top) - row[0]) * row[which] for row, top in zip(table, tops, strict=True))
    return Fraction(sum(slices), WAD)


def test_raises__when_any_two_tables__then_as_a_search_of_notionals_finds(tiers, set_table):
    generator = np.random.default_rng(3)

    def table() -> list[Bracket]:
        count = int(generator.integers(1, 5))
        floors = [0, *sorted(int(f) for f in generator.choice(np.arange(1, 9), count - 1, replace=False))]
        ratios = sorted(int(r) for r in generator.choice(np.arange(1, 12), count, replace=False))
        return [
            (floor_, r * PERCENT + PERCENT // 2, r * PERCENT)
            for floor_, r in zip(floors, ratios, strict=True)
        ]

    verdicts, old = [], table()
    for _ in range(60):
        old, new = table(), table()
        set_table(old, 2**100)
        searched = [*range(10), 10**6]
        expected = any(exact_margin(new, n, 2) > exact_margin(old, n, 2) for n in searched)
        assert tiers.call("raises", new) is expected, (old, new)
        verdicts.append(expected)
    assert 10 < sum(verdicts) < 55
    assert tiers.call("raises", old) is False


# Setting


def test_set_table__when_sound__then_announced_whole(tiers, stranger):
    table = ((0, 5 * PERCENT, 3 * PERCENT), (WAD, WAD, 4 * PERCENT))
    receipt = tiers.transact("set_table", table, 2 * WAD, PERCENT, 2 * PERCENT, sender=stranger)
    (event,) = tiers.events(receipt.logs)
    assert event.name == "RiskTableSet"
    assert event.args == {
        "brackets": table,
        "max_notional": 2 * WAD,
        "liquidation_fee_ratio": PERCENT,
        "max_move": 2 * PERCENT,
    }
    assert tiers.call("brackets") == table  # shorter than the one before it
    assert tiers.call("max_notional") == 2 * WAD
    assert tiers.call("fee_ratio") == PERCENT
    assert tiers.call("max_move") == 2 * PERCENT


def changed(row: int, column: int, value: int) -> list[Bracket]:
    table = [list(bracket) for bracket in TABLE]
    table[row][column] = value
    return [(bracket[0], bracket[1], bracket[2]) for bracket in table]


@pytest.mark.parametrize(
    ("table", "max_notional", "fee", "max_move", "reason"),
    [
        ([], MAX_NOTIONAL, FEE, 0, "risk: no brackets"),
        (changed(0, 0, 1), MAX_NOTIONAL, FEE, 0, "risk: first floor not zero"),
        (changed(0, 2, 0), MAX_NOTIONAL, FEE, 0, "risk: mmr is zero"),
        (changed(2, 1, WAD + 1), MAX_NOTIONAL, FEE, 0, "risk: imr above one"),
        (changed(1, 2, 4 * PERCENT), MAX_NOTIONAL, FEE, 0, "risk: mmr not below imr"),
        (changed(2, 0, 1_000 * WAD), MAX_NOTIONAL, FEE, 0, "risk: floors not rising"),
        (changed(1, 0, 0), MAX_NOTIONAL, FEE, 0, "risk: floors not rising"),
        (changed(2, 2, 2 * PERCENT), MAX_NOTIONAL, FEE, 0, "risk: ratios not rising"),
        (changed(0, 1, 4 * PERCENT), MAX_NOTIONAL, FEE, 0, "risk: ratios not rising"),
        (TABLE, 5_000 * WAD, FEE, 0, "risk: max notional too low"),
        (TABLE, 2**128, FEE, 0, "risk: max notional too high"),
        (TABLE, MAX_NOTIONAL, PERCENT, 0, "risk: fee not below mmr"),
        (TABLE, MAX_NOTIONAL, FEE, PERCENT - FEE + 1, "risk: envelope above mmr"),
        (TABLE, MAX_NOTIONAL, FEE, 2**256 - 1, "risk: envelope above mmr"),
    ],
)
def test_set_table__when_unsound__then_refused(
    tiers, set_table, refused, table, max_notional, fee, max_move, reason
):
    with refused(reason):
        set_table(table, max_notional, fee, max_move)
    assert tiers.call("brackets") == TABLE


def test_set_table__when_move_and_fee_fill_the_lowest_ratio__then_accepted(tiers, set_table):
    set_table(TABLE, 2**128 - 1, FEE, PERCENT - FEE)
    assert tiers.call("max_notional") == 2**128 - 1


def test_set_table__when_16_brackets__then_all_are_kept_and_17_are_refused(tiers, set_table):
    table = [(j * WAD, (j + 2) * PERCENT, (j + 1) * PERCENT) for j in range(17)]
    set_table(table[:16], 100 * WAD)
    assert tiers.call("brackets") == tuple(table[:16])
    assert tiers.call("maintenance", 50 * WAD) == margin(table[:16], 50 * WAD, 2)
    with pytest.raises(TransactionReverted):
        set_table(table, 100 * WAD)
