import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.errors import PriceDataError
from isomargin.prices import Candle, Candles, candle_path, candles_from_rows
from isomargin.units import WAD

HOUR = 3_600
START = 1_583_992_800
GOOD = {"time": START, "open": "10", "high": "12", "low": "9", "close": "11"}


def place(index, column):
    return f"list[{index}]: {column}"


def row(hour=0, **changes):
    return {**GOOD, "time": START + hour * HOUR, **changes}


def read(*rows, **options):
    return candles_from_rows(rows, place=place, **options)


def prices(path):
    return [(point.timestamp - START, point.price // WAD) for point in path]


def test_candles__complete_rows__are_read_with_their_step():
    assert read(row(0), row(1)) == Candles(
        HOUR,
        (
            Candle(START, 10 * WAD, 12 * WAD, 9 * WAD, 11 * WAD),
            Candle(START + HOUR, 10 * WAD, 12 * WAD, 9 * WAD, 11 * WAD),
        ),
    )


def test_path__olhc__visits_the_low_first_at_even_quarters():
    path = candle_path(read(row(0), row(1)), "olhc")

    quarters = [(0, 10), (900, 9), (1800, 12), (2700, 11)]
    assert prices(path) == quarters + [(HOUR + at, price) for at, price in quarters]


def test_path__ohlc__visits_the_high_first():
    path = candle_path(read(row(0), row(1)), "ohlc")

    assert prices(path)[:4] == [(0, 10), (900, 12), (1800, 9), (2700, 11)]


def test_path__step_that_four_does_not_divide__still_rises():
    path = candle_path(Candles(5, (Candle(START, WAD, WAD, WAD, WAD),)))

    assert [point.timestamp - START for point in path] == [0, 1, 2, 3]


def test_path__unknown_order__is_refused():
    with pytest.raises(PriceDataError, match=r'"olhc" or "ohlc", found "?\'?clho'):
        candle_path(read(row(0), row(1)), "clho")  # type: ignore[arg-type]


def without_open(hour, high, low, close):
    return {"time": START + hour * HOUR, "high": high, "low": low, "close": close}


def test_open__missing__is_the_previous_close_and_first_the_own():
    candles = read(without_open(0, 12, 9, 11), without_open(1, 13, 10, 12)).candles

    assert [candle.open // WAD for candle in candles] == [11, 11]


@pytest.mark.parametrize(("high", "low", "opening"), [(20, 15, 15), (8, 5, 8)])
def test_open__previous_close_outside_the_candle__moves_to_its_nearer_end(high, low, opening):
    candles = read(without_open(0, 12, 9, 11), without_open(1, high, low, low)).candles

    assert candles[1].open == opening * WAD


def test_rows__without_times__start_and_step_make_them():
    rows = [{"high": 12, "low": 9, "close": 11}] * 3

    assert [candle.timestamp for candle in read(*rows, start=START, step=60).candles] == [
        START,
        START + 60,
        START + 120,
    ]


def test_step__one_hole_among_two_distances__is_the_shorter():
    with pytest.raises(
        PriceDataError, match=r"list\[2\]: time: expected a candle every 3600 s, found a gap of 7200"
    ):
        read(row(0), row(1), row(3))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "list[0]: rows: expected at least one candle"),
        ([row(0)], "list[0]: time: expected at least two candles to infer their step, found one"),
        ([row(0), row(0)], "list[1]: time: 2020-03-12T06:00:00Z comes twice"),
        ([row(1), row(0)], "list[1]: time: expected oldest first, found 2020-03-12T06:00:00Z after 2020"),
        (
            [row(0), row(1), row(2), row(2.5)],
            "list[3]: time: expected a candle every 3600 s, found only 1800 s between 2020-03-12T08",
        ),
        ([row(0), row(1, high="8")], "list[1]: high: expected at least the low of 9, found 8"),
        (
            [row(0), row(1, open="12.5")],
            "list[1]: open: expected between the low of 9 and the high of 12, found 12.5",
        ),
        (
            [row(0), row(1, close="8.9")],
            "list[1]: close: expected between the low of 9 and the high of 12, found 8.9",
        ),
        ([row(0), row(1, low="zero")], "list[1]: low: expected a price, found 'zero'"),
        ([row(0), row(1, low="0")], "list[1]: low: expected a price above zero"),
        ([row(0), row(1, time="never")], "list[1]: time: expected ISO 8601"),
        ([{"high": 1, "low": 1, "close": 1}], "list[0]: time: expected a time, or a start and a step"),
        ([row(0), row(1 / 1200)], "list[0]: time: expected candles of at least 4 seconds"),
    ],
)
def test_rows__wrong__names_the_cell_on_one_line(rows, message):
    rows = [
        {**each, "time": int(each["time"])} if isinstance(each.get("time"), float) else each for each in rows
    ]
    with pytest.raises(PriceDataError) as refusal:
        candles_from_rows(rows, place=place)

    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)


candle = st.tuples(
    st.integers(1, 10**28), st.integers(1, 10**28), st.integers(1, 10**28), st.integers(1, 10**28)
).map(lambda four: Candle(START, sorted(four)[1], max(four), min(four), sorted(four)[2]))


@given(candle, st.sampled_from(["olhc", "ohlc"]), st.integers(4, 10**7))
def test_path__any_candle__holds_its_four_prices_inside_its_time(candle, order, step):
    path = candle_path(Candles(step, (candle,)), order)

    names = {"o": candle.open, "h": candle.high, "l": candle.low, "c": candle.close}
    assert [point.price for point in path] == [names[letter] for letter in order]
    assert path.start == START
    assert path.end < START + step
    assert max(path.intervals) - min(path.intervals) <= 1
