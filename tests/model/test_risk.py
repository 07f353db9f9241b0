"""The bracket table: requirements by hand and by segments, refusals, and the prices at which they bind."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from isomargin import model
from isomargin.errors import InputError
from isomargin.model import Bracket, Rejected, RiskTable
from isomargin.units import WAD, to_wad
from tests.model.helpers import FLAT, STEPPED, published_tables, whole

SLIGHTLY_MORE = WAD + 1
MUCH_MORE = 5 * WAD // 2
UNIT_STEPS = RiskTable(
    (Bracket(0, 3, 2), Bracket(1, 10**17, 10**16), Bracket(2, WAD, WAD - 1)),
    max_notional=10**40,
    liquidation_fee_ratio=1,
)
SIXTEEN = RiskTable(
    tuple(
        Bracket(number**3 * to_wad(10), to_wad("0.06") * (number + 1), to_wad("0.05") * (number + 1))
        for number in range(16)
    ),
    max_notional=to_wad(10**9),
    liquidation_fee_ratio=to_wad("0.01"),
)


# Requirements


@pytest.mark.parametrize(
    ("notional", "maintenance", "initial"),
    [
        ("0", "0", "0"),
        ("500", "5", "10"),
        ("1000", "10", "20"),
        ("3000", "70", "120"),  # 10 + 3% of 2000; 20 + 5% of 2000
        ("5000", "130", "220"),
        ("7000", "330", "620"),  # 130 + 10% of 2000; 220 + 20% of 2000
    ],
)
def test_requirements__within_each_bracket__are_those_of_its_slices(
    notional: str, maintenance: str, initial: str
) -> None:
    assert STEPPED.maintenance(to_wad(notional)) == to_wad(maintenance)
    assert STEPPED.initial(to_wad(notional)) == to_wad(initial)


def test_requirements__with_a_multiplier__grow_by_it() -> None:
    assert STEPPED.maintenance(to_wad(3_000), MUCH_MORE) == to_wad(175)
    assert STEPPED.initial(to_wad(3_000), MUCH_MORE) == to_wad(300)
    assert STEPPED.maintenance(to_wad(3_000), WAD) == STEPPED.maintenance(to_wad(3_000))


def test_initial__above_max_notional__is_rejected_and_maintenance_goes_on() -> None:
    cap = to_wad(20_000)
    assert STEPPED.initial(cap) == to_wad(3_220)
    with pytest.raises(Rejected) as refusal:
        STEPPED.initial(cap + 1)
    assert refusal.value.reason == "risk: above max notional"
    assert STEPPED.maintenance(to_wad(30_000)) == to_wad(2_630)


def test_deductions__of_three_brackets__are_the_published_form() -> None:
    # 1000 x (3% - 1%) = 20; 20 + 5000 x (10% - 3%) = 370
    assert STEPPED.deductions() == (0, to_wad(20), to_wad(370))


def test_deductions__of_the_published_tables__are_the_published_ones() -> None:
    tables = published_tables()
    assert len(tables) == 9
    for symbol, (table, published) in tables.items():
        assert (symbol, table.deductions()) == (symbol, published)


@pytest.mark.parametrize("table", [FLAT, STEPPED, UNIT_STEPS, SIXTEEN])
@pytest.mark.parametrize("multiplier", [WAD, SLIGHTLY_MORE, MUCH_MORE])
def test_maintenance__against_the_sum_of_slices__rounds_up_by_less_than_a_unit(
    table: RiskTable, multiplier: int
) -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        notional = whole(rng, 1, 10**45)
        exact = _sum_of_slices(table, notional) * multiplier / WAD
        assert exact <= table.maintenance(notional, multiplier) < exact + 1


def _sum_of_slices(table: RiskTable, notional: int) -> Fraction:
    """Each slice of the notional at the ratio of its bracket, which is what a tier table means."""
    ends = [bracket.notional_floor for bracket in table.brackets[1:]] + [max(notional, 10**60)]
    total = Fraction(0)
    for bracket, end in zip(table.brackets, ends, strict=True):
        inside = max(0, min(notional, end) - bracket.notional_floor)
        total += Fraction(inside * bracket.mmr, WAD)
    return total


# Refusals when a table is made


def _table(*brackets: tuple[str, str, str], **changes: int) -> RiskTable:
    rows = tuple(Bracket(to_wad(floor), to_wad(imr), to_wad(mmr)) for floor, imr, mmr in brackets)
    limits = {"max_notional": to_wad(10_000), "liquidation_fee_ratio": to_wad("0.005"), **changes}
    return RiskTable(rows, **limits)


FIRST = ("0", "0.02", "0.01")


@pytest.mark.parametrize(
    ("brackets", "message"),
    [
        ((), "brackets: expected 1 to 16, found 0"),
        ((("1", "0.02", "0.01"),), "brackets[0].notional_floor: expected 0, found 1"),
        ((("0", "0.02", "0"),), "brackets[0]: expected 0 < mmr < imr <= 1, found mmr 0 and imr 0.02"),
        ((("0", "0.02", "0.02"),), "expected 0 < mmr < imr <= 1, found mmr 0.02 and imr 0.02"),
        ((("0", "1.01", "0.02"),), "expected 0 < mmr < imr <= 1, found mmr 0.02 and imr 1.01"),
        ((FIRST, ("0", "0.03", "0.02")), "brackets[1].notional_floor: expected above the 0 before it"),
        ((FIRST, ("5", "0.02", "0.015")), "brackets[1].imr: expected above the 0.02 before it, found 0.02"),
        ((FIRST, ("5", "0.03", "0.01")), "brackets[1].mmr: expected above the 0.01 before it, found 0.01"),
    ],
)
def test_risk_table__with_malformed_brackets__is_refused(
    brackets: tuple[tuple[str, str, str], ...], message: str
) -> None:
    with pytest.raises(InputError) as refusal:
        _table(*brackets)
    assert message in str(refusal.value)


def test_risk_table__of_seventeen_brackets__is_refused() -> None:
    brackets = [(str(n), f"0.{n + 30}", f"0.{n + 10}") for n in range(17)]
    _table(*brackets[:16])
    with pytest.raises(InputError, match="expected 1 to 16, found 17"):
        _table(*brackets)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_notional": 0}, "max_notional: expected above the last bracket's floor 0, found 0"),
        (
            {"liquidation_fee_ratio": to_wad("0.01")},
            "liquidation_fee_ratio: expected from 0 to below the first mmr 0.01, found 0.01",
        ),
        ({"liquidation_fee_ratio": -1}, "liquidation_fee_ratio: expected from 0"),
        (
            {"max_move": to_wad("0.005") + 1},
            "max_move 0.005000000000000001 plus liquidation_fee_ratio 0.005 is 0.010000000000000001:"
            " expected 0, or together at most the first mmr 0.01",
        ),
        ({"call_ratio": WAD - 1}, "call_ratio: expected at least 1, found 0.999999999999999999"),
    ],
)
def test_risk_table__with_limits_that_do_not_fit__is_refused_with_the_figures(
    changes: dict[str, int], message: str
) -> None:
    with pytest.raises(InputError) as refusal:
        _table(FIRST, **changes)
    assert message in str(refusal.value)


def test_risk_table__with_limits_at_their_borders__is_accepted() -> None:
    table = _table(FIRST, max_notional=1, max_move=to_wad("0.005"), call_ratio=WAD)
    assert table == replace(table)
    assert _table(FIRST).call_ratio == to_wad("1.2")


# The liquidation price


def test_liquidation_price__of_a_flat_table__is_where_equity_meets_one_percent() -> None:
    # Long 1, A = -198: 0.99 n < 198 at n < 200. Short 1, A = 202: 1.01 n > 202 at n > 200.
    assert FLAT.liquidation_price(WAD, -to_wad(198)) == to_wad(200) - 1
    assert FLAT.liquidation_price(-WAD, to_wad(202)) == to_wad(200) + 1


def test_liquidation_price__in_the_second_bracket__uses_its_deduction() -> None:
    # Long 1, A = -1960: n - 1960 < 0.03 n - 20 at n < 2000.
    # Short 1, A = 2040: 2040 - n < 0.03 n - 20 at n > 2000.
    assert STEPPED.liquidation_price(WAD, -to_wad(1_960)) == to_wad(2_000) - 1
    assert STEPPED.liquidation_price(-WAD, to_wad(2_040)) == to_wad(2_000) + 1


def test_liquidation_price__of_a_long_backed_in_full__is_zero() -> None:
    assert FLAT.liquidation_price(WAD, 0) == 0
    assert FLAT.liquidation_price(WAD, to_wad(5)) == 0


def test_liquidation_price__of_a_short_without_anything__is_one() -> None:
    assert FLAT.liquidation_price(-WAD, -to_wad(5)) == 1


def test_liquidation_price__of_one_unit__is_a_whole_quote_per_unit() -> None:
    # One unit of base is worth whole units of quote only at whole prices: n = floor(P / W).
    assert FLAT.liquidation_price(1, -1) == to_wad(2) - 1


TABLES = {"flat": FLAT, "stepped": STEPPED, "unit steps": UNIT_STEPS, "sixteen": SIXTEEN}


@pytest.mark.parametrize(
    ("multiplier", "positions"), [(WAD, 20_000), (SLIGHTLY_MORE, 5_000), (MUCH_MORE, 5_000)]
)
def test_liquidation_price__of_random_positions__is_the_last_price_below_maintenance(
    multiplier: int, positions: int
) -> None:
    rng = np.random.default_rng(20_000)
    tables = [*TABLES.values(), *(table for table, _ in published_tables().values())]
    seen: Counter[str] = Counter()
    for number in range(positions):
        table = tables[number % len(tables)]
        size, net_cash = _random_position(rng)
        price = table.liquidation_price(size, net_cash, multiplier)
        sound = price + 1 if size > 0 else price - 1
        if price:
            assert _is_liquidatable(table, size, net_cash, price, multiplier)
        if sound and not _grows_beyond_its_notional(table, size, net_cash, sound, multiplier):
            assert not _is_liquidatable(table, size, net_cash, sound, multiplier)
            seen[f"{'long' if size > 0 else 'short'}, sound next to it"] += 1
            seen["binding"] += 1 if price > 1 else 0
    assert seen["long, sound next to it"] > positions // 3
    assert seen["short, sound next to it"] > positions // 3
    assert seen["binding"] > positions // 2


def _random_position(rng: np.random.Generator) -> tuple[int, int]:
    """A size and a net cash: mostly leveraged, for the rest of any sign and magnitude."""
    size = whole(rng, 1, 10**26) * (1 if rng.random() < 0.5 else -1)
    value = model.value(size, whole(rng, 10**14, 10**24))
    draw = rng.random()
    if draw < 0.7:
        equity = abs(value) * whole(rng, 1, 2 * WAD) // WAD
        return size, equity - value
    if draw < 0.75:
        return size, int(rng.integers(-3, 4))
    return size, whole(rng, 1, 10**45) * (1 if rng.random() < 0.5 else -1)


def _is_liquidatable(table: RiskTable, size: int, net_cash: int, price: int, multiplier: int) -> bool:
    value = model.value(size, price)
    return net_cash + value < table.maintenance(abs(value), multiplier)


def _grows_beyond_its_notional(
    table: RiskTable, size: int, net_cash: int, price: int, multiplier: int
) -> bool:
    """Whether a bracket lifted to a ratio of 1 or more makes a long liquidatable at this price."""
    value = model.value(size, price)
    steep = [bracket.mmr * multiplier >= WAD * WAD for bracket in table.brackets]
    if size < 0 or not any(steep):
        return False
    slices = zip(table.brackets, table.deductions(), steep, strict=True)
    lines = [Fraction(multiplier * (value * b.mmr - c * WAD), WAD * WAD) for b, c, lifted in slices if lifted]
    return net_cash + value < max(lines) + 1


def test_liquidation_price__at_any_price_beyond__stays_sound() -> None:
    rng = np.random.default_rng(3)
    for _ in range(2_000):
        size, net_cash = _random_position(rng)
        price = STEPPED.liquidation_price(size, net_cash)
        further = price + whole(rng, 1, 10**24) if size > 0 else price - whole(rng, 1, max(1, price))
        if further > 0:
            assert not _is_liquidatable(STEPPED, size, net_cash, further, WAD)
        worse = price - whole(rng, 1, max(1, price)) if size > 0 else price + whole(rng, 1, 10**24)
        if worse > 0:
            assert _is_liquidatable(STEPPED, size, net_cash, worse, WAD)


def test_liquidation_price__where_a_bracket_exceeds_the_notional__is_that_of_the_fall() -> None:
    # At 2.5 times: n - 100 < 0.5 n at n < 200, and n - 100 < 1.25 n - 750 at n > 2600; sound between them.
    table = replace(
        FLAT, brackets=(Bracket(0, to_wad("0.3"), to_wad("0.2")), Bracket(to_wad(1_000), WAD, to_wad("0.5")))
    )
    price = table.liquidation_price(WAD, -to_wad(100), MUCH_MORE)
    assert price == to_wad(200) - 1
    assert not _is_liquidatable(table, WAD, -to_wad(100), to_wad(2_600), MUCH_MORE)
    assert _is_liquidatable(table, WAD, -to_wad(100), to_wad(2_600) + 4, MUCH_MORE)


# The bankruptcy price


def test_bankruptcy_price__of_one_base__is_where_its_cash_is_gone() -> None:
    # At the price of 180 a long with A = -180 has nothing; so has a short with A = 220 at 220.
    assert model.bankruptcy_price(WAD, -to_wad(180)) == to_wad(180)
    assert model.bankruptcy_price(-WAD, to_wad(220)) == to_wad(220)
    assert model.bankruptcy_price(WAD, 1) == 0
    assert model.bankruptcy_price(-WAD, -1) == 1


def test_bankruptcy_price__of_random_positions__is_the_last_price_without_equity() -> None:
    rng = np.random.default_rng(4)
    for _ in range(5_000):
        size, net_cash = _random_position(rng)
        price = model.bankruptcy_price(size, net_cash)
        sound = price + 1 if size > 0 else price - 1
        if price:
            assert net_cash + model.value(size, price) <= 0
        if sound:
            assert net_cash + model.value(size, sound) > 0
