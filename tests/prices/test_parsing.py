from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.errors import PriceDataError
from isomargin.prices.parsing import nearest_price, parse_price, parse_time, shown, utc_text
from isomargin.units import WAD, from_wad

SIX_IN_THE_MORNING = 1_583_992_800  # 2020-03-12T06:00:00Z, by date(1)


@given(st.integers(min_value=1, max_value=2**96 - 1))
def test_parse_price__exact_decimal_text__is_the_same_integer(price):
    assert parse_price(from_wad(price), "here") == price


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        ("181.82", 18182 * 10**16),
        (" 172 ", 172 * WAD),
        ("1.5e3", 1500 * WAD),
        (".5", WAD // 2),
        ("7.", 7 * WAD),
        ("0.000000000000000001", 1),
        (172, 172 * WAD),
        (Decimal("0.1"), WAD // 10),
        (0.1, WAD // 10),  # the shortest decimal of the float, not its binary value
        (1e-7, 10**11),
    ],
)
def test_parse_price__each_kind_of_cell__is_exact(cell, price):
    assert parse_price(cell, "here") == price


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("", "expected a price, found nothing"),
        (None, "expected a price, found nothing"),
        ("n/a", "expected a price, found 'n/a'"),
        ("1,234.5", "expected a price, found '1,234.5'"),
        ("1_000", "expected a price, found '1_000'"),
        ("١٢", "expected a price, found '١٢'"),
        ("1\n2", "expected a price, found '1\\n2'"),
        (True, "expected a price, found True"),
        ([1], "expected a price, found [1]"),
        ("9" * 500, "expected a price, found '999"),
        ("nan", "expected a finite price, found nan"),
        (float("nan"), "expected a finite price, found nan"),
        ("-Infinity", "expected a finite price, found -Infinity"),
        ("0", "expected a price above zero, found '0'"),
        ("0.00", "expected a price above zero, found '0.00'"),
        (-1, "expected a price above zero, found '-1'"),
        ("0.0000000000000000001", "more than 18 digits behind the point"),
        ("79228162514.264337593543950336", "expected a price above zero and below 79228162514.26"),
        ("1e40", "expected a price below 79228162514.264337593543950336, found '1e40'"),
        (1e-300, "expected a price above zero"),
    ],
)
def test_parse_price__no_price__says_what_it_found_on_one_line(cell, message):
    with pytest.raises(PriceDataError) as refusal:
        parse_price(cell, "book.csv:7: close")

    assert str(refusal.value).startswith("book.csv:7: close: ")
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "cell",
    [
        "2020-03-12T06:00:00Z",
        "2020-03-12 06:00:00",
        "2020-03-12T06:00:00+00:00",
        "2020-03-12T08:00:00+02:00",
        str(SIX_IN_THE_MORNING),
        f"{SIX_IN_THE_MORNING}.0",
        SIX_IN_THE_MORNING,
        SIX_IN_THE_MORNING * 1_000,
        SIX_IN_THE_MORNING * 1_000_000,
        SIX_IN_THE_MORNING * 1_000_000_000,
        datetime(2020, 3, 12, 6, tzinfo=UTC),
        datetime(2020, 3, 12, 8, tzinfo=timezone(timedelta(hours=2))),
        datetime(2020, 3, 12, 6),  # noqa: DTZ001 - a TOML local time, which counts as UTC
    ],
)
def test_parse_time__each_kind_of_cell__is_the_same_second(cell):
    assert parse_time(cell, "here") == SIX_IN_THE_MORNING


def test_parse_time__a_date_alone__is_its_midnight():
    assert parse_time("2020-03-12", "here") == SIX_IN_THE_MORNING - 6 * 3_600


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("", "expected a time, found nothing"),
        (None, "expected a time, found nothing"),
        (False, "expected a time, found False"),
        ("noon", "expected ISO 8601 in UTC or unix time in seconds or milliseconds, found 'noon'"),
        ("12/03/2020", "expected ISO 8601"),
        ("2020-13-12", "expected ISO 8601"),
        ("-5", "expected ISO 8601"),
        ("20200312", "expected a time after 1973 (ISO 8601 or unix time), found 20200312"),
        ("1960-01-01", "expected a time after 1973"),
        (f"{SIX_IN_THE_MORNING}500", "expected a whole second, found 1583992800500"),
        ("2020-03-12T06:00:00.5Z", "expected a whole second"),
        (10**20, "expected a time before the year 5138"),
    ],
)
def test_parse_time__no_time__says_what_it_found(cell, message):
    with pytest.raises(PriceDataError) as refusal:
        parse_time(cell, "book.csv:7: date")

    assert str(refusal.value).startswith(f"book.csv:7: date: {message}")
    assert "\n" not in str(refusal.value)


def test_nearest_price__finer_than_a_wad__rounds_half_to_even():
    assert nearest_price("0.0000000000000000015") == 2
    assert nearest_price("0.0000000000000000025") == 2


@pytest.mark.parametrize("price", [float("nan"), float("inf"), "price"])
def test_nearest_price__not_finite__is_refused(price):
    with pytest.raises(PriceDataError, match="expected a price"):
        nearest_price(price)


def test_shown__long_text_with_a_line_break__is_short_and_on_one_line():
    text = shown("first\nsecond " * 50)

    assert text.startswith("'first\\nsecond")
    assert len(text) <= 48


def test_utc_text__beyond_the_calendar__falls_back_to_seconds():
    assert utc_text(SIX_IN_THE_MORNING) == "2020-03-12T06:00:00Z"
    assert utc_text(10**18) == f"{10**18} s"
