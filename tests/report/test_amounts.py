import pytest

from isomargin.report.amounts import amount, count, headline, percent, price_digits, utc
from isomargin.units import WAD


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00"),
        (1_234_567_890_000, "1,234,567.89"),
        (-1_234_567_890_000, "\u22121,234,567.89"),
        (1_005_000, "1.00"),  # half to even, not always up
        (1_015_000, "1.02"),
        (5_001, "0.01"),
        (5_000, "<0.01"),
        (1, "<0.01"),
        (-1, ">\u22120.01"),
        (10_000, "0.01"),
        (999_999_999_999_999, "1,000,000,000.00"),
    ],
)
def test_amount__six_decimals__reads_with_two_and_never_as_zero_when_it_is_not(value: int, text: str) -> None:
    assert amount(value, 6).text == text


def test_amount__any__keeps_the_exact_value_and_its_unit() -> None:
    shown = amount(10**30 + 1, 18, "USDC")

    assert (shown.text, shown.exact, shown.unit) == (
        "1,000,000,000,000.00",
        "1000000000000.000000000000000001",
        "USDC",
    )


def test_amount__signed__shows_the_plus_of_a_gain_only() -> None:
    assert [amount(value, 0, digits=0, signed=True).text for value in (5, 0, -5)] == ["+5", "0", "\u22125"]


def test_headline__from_a_thousand_on__is_whole() -> None:
    assert headline(999_990_000, 6).text == "999.99"
    assert headline(1_000_400_000, 6).text == "1,000"
    assert headline(-1_000_600_000, 6).text == "\u22121,001"


def test_count__large__is_grouped() -> None:
    assert count(1_234_567).text == "1,234,567"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 3, "33.3%"),
        (2, 3, "66.7%"),
        (-1, 200, "\u22120.5%"),
        (0, 5, "0.0%"),
        (3, 0, ""),
        (12_345, 100, "12,345.0%"),
        (-1, 10_000, "0.0%"),
    ],
)
def test_percent__of_a_whole__has_one_digit(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    ("price", "digits"),
    [(100_000 * WAD, 2), (181 * WAD, 2), (99 * WAD, 3), (WAD // 5, 5), (WAD // 50_000, 9), (1, 18), (0, 2)],
)
def test_price_digits__lowest_price__shows_five_significant_digits(price: int, digits: int) -> None:
    assert price_digits(price) == digits


def test_utc__a_moment__is_read_to_the_minute() -> None:
    assert utc(1_583_992_800) == "2020-03-12 06:00"
    assert utc(1_583_992_800, year=False) == "12 Mar 06:00"
