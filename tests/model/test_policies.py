"""How much each policy closes: worked by hand, and the promise of the target health kept."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.model import LiquidationContext, full, target_health
from isomargin.units import WAD, to_wad


def _context(equity: str, notional: str = "1000", fee: str = "0.002") -> LiquidationContext:
    """A position of five at 200, with a maintenance of one percent."""
    return LiquidationContext(
        size=to_wad(5),
        price=to_wad(200),
        notional=to_wad(notional),
        equity=to_wad(equity),
        maintenance=to_wad(10),
        fee_ratio=to_wad(fee),
    )


def test_full__of_any_position__closes_everything() -> None:
    assert full(_context("8")) == to_wad(5)


def test_target_health__with_equity_of_eight__closes_two_of_five() -> None:
    # t = 1.2 x 10 / 1000 = 1.2%; x = (12 - 8) / (1.2% - 0.2%) = 400, at 200 each.
    assert target_health(_context("8")) == to_wad(2)


def test_target_health__with_a_higher_target__closes_more() -> None:
    # t = 2.2%; x = (22 - 8) / 2% = 700
    assert target_health(_context("8"), to_wad("2.2")) == to_wad("3.5")


def test_target_health__when_less_than_everything_is_not_enough__closes_everything() -> None:
    # x = (12 - 2) / 1% = 1000, the whole notional
    assert target_health(_context("2")) == to_wad(5)
    assert target_health(_context("1")) == to_wad(5)


def test_target_health__with_a_target_no_higher_than_the_fee__closes_everything() -> None:
    assert target_health(_context("8", fee="0.012")) == to_wad(5)


def test_target_health__without_notional__closes_everything() -> None:
    assert target_health(_context("-1", notional="0")) == to_wad(5)


@settings(max_examples=300, deadline=None, database=None)
@given(
    st.integers(1, 10**26),
    st.integers(10**14, 10**24),
    st.integers(10**15, WAD // 2),
    st.integers(0, 999),
    st.integers(1, 999),
    st.integers(WAD, 3 * WAD),
)
def test_target_health__of_any_position__closes_the_least_that_reaches_the_target(
    size: int, price: int, mmr: int, fee_permille: int, equity_permille: int, health_target: int
) -> None:
    notional = size * price // WAD
    if notional == 0:
        return
    maintenance = -(-notional * mmr // WAD)
    context = LiquidationContext(
        size, price, notional, maintenance * equity_permille // 1000, maintenance, mmr * fee_permille // 1000
    )
    quantity = target_health(context, health_target)
    target = Fraction(-(-health_target * maintenance // notional), WAD)
    fee = Fraction(context.fee_ratio, WAD)
    least = (target * notional - context.equity) / (target - fee)
    closed = Fraction(quantity * price, WAD)
    assert quantity == size or least <= closed < least + 1 + Fraction(price, WAD)
    assert least < notional or quantity == size
