"""Candle files as people have them: all that hold candles are read, all others refused on one line."""

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import Candle, candle_path, read_candles
from isomargin.units import WAD, to_wad

HOUR = 3_600
START = 1_583_992_800  # 2020-03-12T06:00:00Z
HEADER = "time_utc,open,high,low,close\n"
GOOD = HEADER + "2020-03-12T06:00:00Z,10,12,9,11\n2020-03-12T07:00:00Z,11,13,10,12\n"
CANDLES = (
    Candle(START, 10 * WAD, 12 * WAD, 9 * WAD, 11 * WAD),
    Candle(START + HOUR, 11 * WAD, 13 * WAD, 10 * WAD, 12 * WAD),
)

DATA = Path(__file__).parents[3] / "shared" / "data"
REAL_FILES = sorted(path for path in DATA.glob("*usd*_*m_*.csv") if "funding" not in path.name)
REAL_FILES += sorted(DATA.glob("*usd*_1h_*.csv"))


def write(folder, content, name="candles.csv"):
    file = folder / name
    if isinstance(content, str):
        content = content.encode()
    file.write_bytes(content)
    return file


def timed(title, first, second):
    """The good file with its times written another way."""
    content = GOOD.replace("time_utc", title)
    return content.replace("2020-03-12T06:00:00Z", str(first)).replace("2020-03-12T07:00:00Z", str(second))


WRITTEN = {
    "comma": GOOD,
    "semicolon": GOOD.replace(",", ";"),
    "tab": GOOD.replace(",", "\t"),
    "crlf": GOOD.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + GOOD,
    "blank lines at the end": GOOD + "\n\n",
    "no line end": GOOD.rstrip(),
    "any case": GOOD.replace(HEADER, "Date, Open ,HIGH,Low,Close\n"),
    "letters": GOOD.replace(HEADER, "timestamp,o,h,l,c\n"),
    "seconds": timed("unix", START, START + HOUR),
    "milliseconds": timed("unix_ms", START * 10**3, (START + HOUR) * 10**3),
    "microseconds": timed("open_time", START * 10**6, (START + HOUR) * 10**6),
    "no zone": timed("datetime", "2020-03-12 06:00:00", "2020-03-12 07:00:00"),
    "quoted": GOOD.replace("10", '"10"').replace("open", '"open"'),
    "other order": (
        "volume,close,low,high,open,time\n"
        "1,11,9,12,10,2020-03-12T06:00:00Z\n"
        "2,12,10,13,11,2020-03-12T07:00:00Z\n"
    ),
}


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_csv__as_people_write_it__reads_the_same_candles(tmp_path, content):
    candles = read_candles(write(tmp_path, content))

    assert (candles.step, candles.candles) == (HOUR, CANDLES)


def test_csv__many_digits__become_the_exact_integer(tmp_path):
    price = "0.200000000000000003"
    file = write(
        tmp_path, HEADER + "".join(f"2020-03-12T0{hour}:00:00Z,{','.join([price] * 4)}\n" for hour in (6, 7))
    )

    assert read_candles(file).candles[0].close == 200_000_000_000_000_003


def test_csv__no_open_column__opens_at_the_close_before(tmp_path):
    file = write(tmp_path, "time,high,low,close\n2020-03-12,12,9,11\n2020-03-13,13,10,12\n")

    assert [candle.open for candle in read_candles(file).candles] == [11 * WAD, 11 * WAD]


def test_csv__several_time_columns__takes_the_plainest(tmp_path):
    file = write(
        tmp_path,
        f"unix_ms,date,time_utc,high,low,close\nx,y,{START},12,9,11\nx,y,{START + 60},12,9,11\n",
    )

    assert read_candles(file).step == 60


def test_csv__text_path__is_accepted(tmp_path):
    assert read_candles(str(write(tmp_path, GOOD))).candles == CANDLES


def line(hour=6, opening="10", high="12", low="9", close="11"):
    return f"2020-03-12T{hour:02d}:00:00Z,{opening},{high},{low},{close}\n"


def after_a_good_line(**cells):
    return HEADER + line(6) + line(7, **cells)


MALFORMED = {
    "empty": ("", ": expected candles, found an empty file"),
    "white space": ("\n \n", ": expected candles, found an empty file"),
    "header alone": (HEADER, ": expected candles below the header, found none"),
    "no header": (
        line(6),
        ": no column for time (time_utc, timestamp, datetime, unix, unix_ms, open_time, opentime, time, "
        "date); high (high, h, high_price); low (low, l, low_price); close (close, c, close_price); "
        "found '2020-03-12T06:00:00Z', '10', '12', '9', '11'",
    ),
    "no close": (
        "time,open,high,low\n1,2,3,4\n",
        ": no column for close (close, c, close_price); found 'time', 'open', 'high', 'low'",
    ),
    "no time": ("day,open,high,low,close\n1,2,3,4,5\n", ": no column for time (time_utc,"),
    "two closes": ("time,high,low,close,close\n1,2,3,4,5\n", ": expected one column 'close', found 2"),
    "text in a price": (after_a_good_line(high="up"), ":3: high: expected a price, found 'up'"),
    "price of zero": (after_a_good_line(low="0"), ":3: low: expected a price above zero, found '0'"),
    "negative price": (after_a_good_line(low="-9"), ":3: low: expected a price above zero, found '-9'"),
    "nan": (after_a_good_line(close="NaN"), ":3: close: expected a finite price, found NaN"),
    "infinite": (after_a_good_line(high="inf"), ":3: high: expected a finite price, found inf"),
    "no price": (after_a_good_line(opening=""), ":3: open: expected a price, found nothing"),
    "too fine": (
        after_a_good_line(opening="10." + "1" * 19),
        ":3: open: 10.1111111111111111111 has more than",
    ),
    "too large": (after_a_good_line(high="1e12"), ":3: high: expected a price above zero and below 79228"),
    "high below low": (after_a_good_line(high="8"), ":3: high: expected at least the low of 9, found 8"),
    "close outside": (
        after_a_good_line(close="12.01"),
        ":3: close: expected between the low of 9 and the high",
    ),
    "open outside": (
        after_a_good_line(opening="8.9"),
        ":3: open: expected between the low of 9 and the high",
    ),
    "text in a time": (HEADER + line().replace("2020", "year"), ":2: time_utc: expected ISO 8601"),
    "empty time": (
        HEADER + line().replace("2020-03-12T06:00:00Z", ""),
        ":2: time_utc: expected a time, found nothing",
    ),
    "same time twice": (HEADER + line() + line(), ":3: time_utc: 2020-03-12T06:00:00Z comes twice"),
    "newest first": (HEADER + line(7) + line(6), ":3: time_utc: expected oldest first, found 2020-03-12T06"),
    "gap": (
        HEADER + line(6) + line(7) + line(8) + line(11),
        ":5: time_utc: expected a candle every 3600 s, found a gap of 10800 s between 2020-03-12T08:00:00Z "
        "and 2020-03-12T11:00:00Z",
    ),
    "gap below a blank line": (
        HEADER + line(6) + line(7) + "\n" + line(8) + line(10),
        ":6: time_utc: expected a candle every 3600 s, found a gap of 7200 s",
    ),
    "one candle": (HEADER + line(), ":2: time_utc: expected at least two candles"),
    "short row": (HEADER + line() + "2020-03-12T07:00:00Z,11,13,10\n", ":3: expected 5 columns, found 4"),
    "long row": (HEADER + line(close="11,7"), ":2: expected 5 columns, found 6"),
    "open quote": (HEADER + '"2020', ":2: unexpected end of data"),
    "text after a quote": (HEADER + line(opening='"1"0'), ":2: ',' expected after '\"'"),
    "line break in a cell": (
        after_a_good_line(opening='"1\n0"'),
        ":4: open: expected a price, found '1\\n0'",
    ),
    "not utf-8": (GOOD.encode() + b"2020,\xff,1,1,1\n", ":4: expected UTF-8 text, found the byte 0xff"),
    "utf-16": (GOOD.encode("utf-16"), ":1: expected UTF-8 text, found the byte 0xff"),
    "zip": (b"PK\x03\x04\x14\x00\x00\x00", ": no column for time"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_csv__malformed__names_file_line_and_column_on_one_line(tmp_path, case):
    content, message = MALFORMED[case]
    file = write(tmp_path, content)

    with pytest.raises(PriceDataError) as refusal:
        read_candles(file)

    assert str(refusal.value).startswith(f"{file}{message}")
    assert len(str(refusal.value).splitlines()) == 1


def test_file__missing__says_so(tmp_path):
    with pytest.raises(PriceDataError, match=r"nowhere\.csv: no such file$"):
        read_candles(tmp_path / "nowhere.csv")


def test_file__directory__says_so(tmp_path):
    with pytest.raises(PriceDataError, match=r"expected a CSV or Parquet file, found a directory$"):
        read_candles(tmp_path)


def test_file__name_that_no_system_takes__says_so():
    with pytest.raises(PriceDataError, match=r"cannot be read: embedded null byte$"):
        read_candles("a\0b.csv")


def parquet(folder, **columns):
    file = folder / "candles.parquet"
    pq.write_table(pa.table(columns), file)
    return file


MOMENTS = [datetime.datetime.fromtimestamp(START + hour * HOUR, tz=datetime.UTC) for hour in (0, 1)]
PRICES = {"open": [10.0, 11.0], "high": [12.0, 13.0], "low": [9.0, 10.0], "close": [11.0, 12.0]}


@pytest.mark.parametrize(
    "times",
    [
        pytest.param(pa.array(MOMENTS, pa.timestamp("ns", "UTC")), id="nanoseconds-utc"),
        pytest.param(pa.array([START * 10**3, (START + HOUR) * 10**3], pa.timestamp("ms")), id="no zone"),
        pytest.param(pa.array(MOMENTS, pa.timestamp("s", "Europe/Rome")), id="zone"),
        pytest.param(pa.array([START * 1_000, (START + HOUR) * 1_000], pa.int64()), id="unix-milliseconds"),
        pytest.param(pa.array(["2020-03-12T06:00:00Z", "2020-03-12T07:00:00Z"]), id="text"),
    ],
)
def test_parquet__times_of_any_type__read_the_same_candles(tmp_path, times):
    candles = read_candles(parquet(tmp_path, **{"Time": times, "volume": [1, 2], **PRICES}))

    assert (candles.step, candles.candles) == (HOUR, CANDLES)


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.string(), pa.decimal128(38, 18)], ids=str)
def test_parquet__prices_of_any_type__are_the_decimals_that_print_them(tmp_path, kind):
    text = ["181.82", "172.1"]
    cells = (
        text if kind == pa.string() else pa.array([pa.scalar(each).cast(kind).as_py() for each in text], kind)
    )
    file = parquet(tmp_path, date=MOMENTS, high=cells, low=cells, close=cells)

    assert [candle.close for candle in read_candles(file).candles] == [to_wad("181.82"), to_wad("172.1")]


def test_parquet__named_otherwise__is_known_by_its_content(tmp_path):
    file = parquet(tmp_path, time=MOMENTS, **PRICES)

    assert read_candles(file.rename(tmp_path / "candles.csv")).candles == CANDLES


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"high": [12.0, float("nan")]}, ": row 2: high: expected a finite price, found nan"),
        ({"low": [None, 10.0]}, ": row 1: low: expected a price, found nothing"),
        ({"low": [9.0, 0.0]}, ": row 2: low: expected a price above zero, found '0.0'"),
        ({"close": [[1.0], [2.0]]}, ": row 1: close: expected a price, found [1.0]"),
        ({"time": [MOMENTS[0], MOMENTS[0]]}, ": row 2: time: 2020-03-12T06:00:00Z comes twice"),
        ({"time": [MOMENTS[0], None]}, ": row 2: time: expected a time, found nothing"),
        ({"time": [MOMENTS[0].replace(microsecond=5), MOMENTS[1]]}, ": row 1: time: expected a whole second"),
    ],
)
def test_parquet__malformed__names_file_row_and_column_on_one_line(tmp_path, columns, message):
    file = parquet(tmp_path, **{"time": MOMENTS, **PRICES, **columns})

    with pytest.raises(PriceDataError) as refusal:
        read_candles(file)

    assert str(refusal.value).startswith(f"{file}{message}")
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1 and nothing of its kind", ": not a readable Parquet file: "),
        (GOOD.encode(), ": expected a Parquet file, found none by its first bytes"),
    ],
)
def test_parquet__broken__says_so_on_one_line(tmp_path, content, message):
    file = write(tmp_path, content, "candles.parquet")

    with pytest.raises(PriceDataError) as refusal:
        read_candles(file)

    assert str(refusal.value).startswith(f"{file}{message}")
    assert len(str(refusal.value).splitlines()) == 1


def test_parquet__no_rows__says_so(tmp_path):
    empty = pa.array([], pa.float64())
    file = parquet(tmp_path, time=pa.array([], pa.int64()), high=empty, low=empty, close=empty)

    with pytest.raises(PriceDataError, match=r"expected candles, found no rows$"):
        read_candles(file)


def test_parquet__no_candle_columns__lists_what_is_there(tmp_path):
    with pytest.raises(PriceDataError, match=r"no column for time .*; found 'rate'$"):
        read_candles(parquet(tmp_path, rate=[1.0]))


@pytest.mark.skipif(not REAL_FILES, reason=f"REAL MARKET DATA NOT TESTED: no candle files in {DATA}")
def test_real_files__all_of_them__are_found():
    assert len(REAL_FILES) == 9


@pytest.mark.skipif(not REAL_FILES, reason=f"REAL MARKET DATA NOT TESTED: no candle files in {DATA}")
@pytest.mark.parametrize("file", REAL_FILES, ids=lambda path: path.name)
def test_real_file__each_candle__lies_on_the_path_in_both_orders(file):
    candles = read_candles(file)
    lines = file.read_text().splitlines()
    first, last = lines[1].split(","), lines[-1].split(",")
    at = lines[0].split(",").index("open")

    assert len(candles.candles) == len(lines) - 1
    assert candles.step == {"10m": 600, "15m": 900, "30m": 1_800, "1h": 3_600}[file.name.split("_")[1]]
    for order in ("olhc", "ohlc"):
        path = candle_path(candles, order)
        assert len(path) == 4 * (len(lines) - 1)
        assert path.first_price == to_wad(first[at])
        assert path[-1].price == to_wad(last[at + 3])


@pytest.mark.skipif(not REAL_FILES, reason=f"REAL MARKET DATA NOT TESTED: no candle files in {DATA}")
@pytest.mark.parametrize(
    "name",
    ["binance_usdm_leverage_tiers.csv", "funding_8h_binance_ethusdt_2020_2023.csv", "gas_10m_2020-03-12.csv"],
)
def test_real_file__no_candles__says_which_columns_are_missing(name):
    with pytest.raises(PriceDataError, match=rf"{name}: no column for .*high"):
        read_candles(DATA / name)
