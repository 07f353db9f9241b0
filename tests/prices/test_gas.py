"""Gas prices from a table: each holds until the next, and every wrong row is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import GasPrices, read_gas_prices

GWEI = 10**9
START = 1_583_992_800  # 2020-03-12T06:00:00Z
TITLES = "time_utc,tx_count,avg_gwei,p90_gwei\n"
GOOD = TITLES + "2020-03-12T06:00:00Z,4141,9.9,30.0\n2020-03-12T06:10:00Z,4284,9.965,31.5\n"
DATA = Path(__file__).parents[3] / "shared" / "data"
REAL_FILES = sorted(DATA.glob("gas_10m_*.csv"))


def write(folder: Path, content: str) -> Path:
    file = folder / "gas.csv"
    file.write_text(content, encoding="utf-8")
    return file


def test_read__average__is_the_column_of_choice(tmp_path):
    assert read_gas_prices(write(tmp_path, GOOD)) == GasPrices(
        (START, START + 600), (9_900_000_000, 9_965_000_000)
    )


@pytest.mark.parametrize("column", ["p90_gwei", " P90_GWEI "])
def test_read__named_column__is_taken(tmp_path, column):
    assert read_gas_prices(write(tmp_path, GOOD), column).prices == (30 * GWEI, 31_500_000_000)


def test_read__more_digits_than_wei__is_the_nearest(tmp_path):
    content = "unix;gwei\n1583992800;1.2345678905\n1583992801;1e-10\n1583999999;0\n"

    assert read_gas_prices(write(tmp_path, content)).prices == (1_234_567_890, 0, 0)  # half to even


@pytest.mark.parametrize(
    ("timestamp", "price"), [(0, 5), (100, 5), (199, 5), (200, 9), (299, 9), (300, 7), (10**9, 7)]
)
def test_at__any_time__is_the_newest_row_not_after_it(timestamp, price):
    assert GasPrices((100, 200, 300), (5, 9, 7)).at(timestamp) == price


def test_prices__span__is_that_of_the_rows():
    assert (GasPrices((100, 200), (5, 9)).start, GasPrices((100, 200), (5, 9)).end) == (100, 200)


WRONG = {
    "no column": (GOOD.replace("avg_gwei", "mean"), "no column for gas price (gwei, gas_price, "),
    "no time": (GOOD.replace("time_utc", "when"), "no column for time (time_utc, "),
    "text": (GOOD.replace("9.965", "high"), ":3: avg_gwei: expected a gas price in gwei, found 'high'"),
    "nothing": (GOOD.replace("9.965", ""), ":3: avg_gwei: expected a gas price, found nothing"),
    "below zero": (
        GOOD.replace("9.965", "-1"),
        ":3: avg_gwei: expected a gas price from 0 to 10^9 gwei, found '-1'",
    ),
    "absurd": (GOOD.replace("9.965", "1e10"), ":3: avg_gwei: expected a gas price from 0 to 10^9 gwei"),
    "not a number": (GOOD.replace("9.965", "nan"), ":3: avg_gwei: expected a gas price in gwei"),
    "time": (GOOD.replace("2020-03-12T06:10:00Z", "soon"), ":3: time_utc: expected ISO 8601"),
    "same time": (GOOD.replace("06:10", "06:00"), ":3: time_utc: expected rising times, found 2020-03-12T06"),
    "wide row": (GOOD + "1,2,3,4,5\n", ":4: expected 4 columns, found 5"),
    "only a header": (TITLES, ": expected gas prices below the header, found none"),
    "empty": ("", ": expected gas prices, found an empty file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_read__wrong_file__is_one_line_with_file_and_row(tmp_path, name):
    content, message = WRONG[name]
    file = write(tmp_path, content)

    with pytest.raises(PriceDataError) as refusal:
        read_gas_prices(file)

    assert str(refusal.value).startswith(str(file))
    assert message in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_read__no_file__says_so(tmp_path):
    with pytest.raises(PriceDataError, match=r"gas\.csv: no such file"):
        read_gas_prices(tmp_path / "gas.csv")
    with pytest.raises(PriceDataError, match="expected a CSV file, found a directory"):
        read_gas_prices(tmp_path)


@pytest.mark.skipif(not REAL_FILES, reason=f"no gas prices in {DATA}")
@pytest.mark.parametrize("file", REAL_FILES, ids=lambda path: path.name)
def test_read__real_day__has_a_price_every_ten_minutes(file):
    day = read_gas_prices(file)

    assert len(day.timestamps) == 144
    assert day.end - day.start == 143 * 600
    assert read_gas_prices(file, "p90_gwei").at(day.start) > read_gas_prices(file, "p30_gwei").at(day.start)


@pytest.mark.skipif(not REAL_FILES, reason=f"no gas prices in {DATA}")
def test_read__12_march_2020__is_what_the_file_says():
    day = read_gas_prices(DATA / "gas_10m_2020-03-12.csv")

    assert day.start == 1_583_971_200  # midnight
    assert day.prices[:2] == (9_900_000_000, 9_965_000_000)
