"""Wrong price sections, and files that are no TOML: one line with the file, the line and the key."""

import pytest

from isomargin.scenario import load_scenario
from tests.scenario.files import refusal_of, write

WRONG_PRICES: dict[str, tuple[str | bytes, str]] = {
    "no prices": (
        "",
        ": prices: missing; expected this key, a table with some of bootstrap, candle_order,",
    ),
    "no source": (
        "[prices]\n",
        ":1: prices: expected one of values, rows, file, gbm, merton, heston, bootstrap, found none",
    ),
    "two sources": (
        '[prices]\nvalues = [1]\nfile = "x.csv"\n',
        ":3: prices.file: expected one of values, rows, file, gbm, merton, heston, bootstrap, found values "
        "and file",
    ),
    "no values": ("[prices]\nvalues = []\n", ":2: prices.values: expected at least one price, found none"),
    "text value": (
        '[prices]\nvalues = [\n  100,\n  "high",\n]\n',
        ":4: prices.values[1]: expected a price, found 'high'",
    ),
    "zero value": (
        "[prices]\nvalues = [1, 0]\n",
        ":2: prices.values[1]: expected a price above zero, found '0'",
    ),
    "nan value": ("[prices]\nvalues = [nan]\n", ":2: prices.values[0]: expected a finite price, found NaN"),
    "value that is none": ("[prices]\nvalues = 7\n", ":2: prices.values: expected an array, found 7"),
    "step of zero": (
        "[prices]\nvalues = [1]\nstep = 0\n",
        ":3: prices.step: expected a whole number from 1 to 4294967295, found 0",
    ),
    "start": ('[prices]\nvalues = [1]\nstart = "noon"\n', ":3: prices.start: expected ISO 8601"),
    "start of a file": (
        '[prices]\nfile = "x.csv"\nstart = 2020-01-01\n',
        ":3: prices.start: not used where the prices come with their times",
    ),
    "step of a file": (
        '[prices]\nfile = "x.csv"\nstep = 60\n',
        ":3: prices.step: not used with a file, whose candles say it",
    ),
    "columns of values": (
        '[prices]\nvalues = [1]\ncolumns = ["high", "low", "close"]\n',
        ":3: prices.columns: belongs to rows, found values",
    ),
    "unknown column": (
        '[prices]\nrows = []\ncolumns = ["hihg"]\n',
        ":3: prices.columns[0]: expected 'time', 'open', 'high', 'low' or 'close', found 'hihg'",
    ),
    "column missing": (
        '[prices]\nrows = []\ncolumns = ["time", "high", "low"]\n',
        ":3: prices.columns: expected high, low and close among them, found no close",
    ),
    "column twice": (
        '[prices]\nrows = []\ncolumns = ["low", "high", "low", "close"]\n',
        ":3: prices.columns: expected each name once, found low, high, low, close",
    ),
    "no rows": ("[prices]\nrows = []\n", ":2: prices.rows: expected at least one candle, found none"),
    "row that is none": ("[prices]\nrows = [5]\n", ":2: prices.rows[0]: expected an array, found 5"),
    "short row": (
        "[prices]\nrows = [\n  [2020-03-12, 12, 9, 11],\n  [2020-03-13, 12, 9],\n]\n",
        ":4: prices.rows[1]: expected 4 cells (time, high, low, close), found 3",
    ),
    "high below low": (
        "[prices]\nrows = [\n  [2020-03-12, 12, 9, 11],\n  [2020-03-13, 8, 9, 9],\n]\n",
        ":4: prices.rows[1]: high: expected at least the low of 9, found 8",
    ),
    "gap in the rows": (
        "[prices]\nrows = [\n  [2020-03-12, 12, 9, 11],\n  [2020-03-13, 12, 9, 11],\n"
        "  [2020-03-15, 12, 9, 11],\n]\n",
        ":5: prices.rows[2]: time: expected a candle every 86400 s, found a gap of 172800 s",
    ),
    "rows against their step": (
        "[prices]\nstep = 60\nrows = [\n  [2020-03-12, 12, 9, 11],\n  [2020-03-13, 12, 9, 11],\n]\n",
        ":5: prices.rows[1]: time: expected a candle every 60 s, found a gap of 86400 s",
    ),
    "candle order": (
        '[prices]\nvalues = [1]\ncandle_order = "clho"\n',
        ":3: prices.candle_order: expected 'olhc' or 'ohlc', found 'clho'",
    ),
    "walk without a start": (
        "[prices.gbm]\nsteps = 5\n",
        ":1: prices.gbm.start_price: missing; expected this key",
    ),
    "walk with text": (
        '[prices.gbm]\nstart_price = 1\nvolatility = "high"\n',
        ":3: prices.gbm.volatility: expected a number, found 'high'",
    ),
    "walk of negative volatility": (
        "[prices.gbm]\nstart_price = 1\nvolatility = -1\n",
        ":3: prices.gbm.volatility: expected a number from 0 to 100, found -1",
    ),
    "walk out of bounds": (
        "[prices]\nstep = 86_400\n[prices.gbm]\nstart_price = 1\ndrift = -90\nsteps = 1_000\n",
        ":3: prices.gbm: ",
    ),
    "jumps without a start": (
        "[prices.merton]\njump_rate = 5\n",
        ":1: prices.merton.start_price: missing; expected this key",
    ),
    "negative rate of jumps": (
        "[prices.merton]\nstart_price = 1\njump_rate = -5\n",
        ":3: prices.merton.jump_rate: expected a number from 0 to 1e+06, found -5",
    ),
    "jumps misspelt": (
        "[prices.merton]\nstart_price = 1\njump_devation = 5\n",
        ':3: prices.merton.jump_devation: unknown key; did you mean "jump_deviation"?',
    ),
    "jumps out of bounds": (
        "[prices.merton]\nstart_price = 1\njump_rate = 100_000\njump_deviation = 8\n",
        ":1: prices.merton: the random walk left all bounds at step ",
    ),
    "correlation above one": (
        "[prices.heston]\nstart_price = 1\ncorrelation = 1.5\n",
        ":3: prices.heston.correlation: expected a number from -1 to 1, found '1.5'",
    ),
    "negative mean reversion": (
        "[prices.heston]\nstart_price = 1\nmean_reversion = -1\n",
        ":3: prices.heston.mean_reversion: expected a number from 0 to 100000, found -1",
    ),
    "variance out of bounds": (
        "[prices]\nstep = 86_400\n[prices.heston]\nstart_price = 1\nlong_run_volatility = 100\n",
        ":3: prices.heston: the random walk left all bounds at step ",
    ),
    "bootstrap of nothing": (
        "[prices.bootstrap]\nsteps = 5\n",
        ":1: prices.bootstrap: expected either file or rows, found none",
    ),
    "bootstrap of two": (
        '[prices.bootstrap]\nfile = "x.csv"\nrows = []\n',
        ":3: prices.bootstrap.rows: expected either file or rows, found both",
    ),
    "columns of a bootstrapped file": (
        '[prices.bootstrap]\nfile = "x.csv"\ncolumns = ["high", "low", "close"]\n',
        ":3: prices.bootstrap.columns: belongs to rows, found file",
    ),
    "bootstrap of no rows": (
        "[prices.bootstrap]\nrows = []\n",
        ":2: prices.bootstrap.rows: expected at least one candle, found none",
    ),
    "bootstrap of a short row": (
        "[prices.bootstrap]\nrows = [\n  [2020-03-12, 12, 9, 11],\n  [2020-03-13, 12, 9],\n]\n",
        ":4: prices.bootstrap.rows[1]: expected 4 cells (time, high, low, close), found 3",
    ),
    "bootstrap against its step": (
        "[prices]\nstep = 60\n[prices.bootstrap]\nrows = [\n  [2020-03-12, 12, 9, 11],\n"
        "  [2020-03-13, 12, 9, 11],\n]\n",
        ":6: prices.bootstrap.rows[1]: time: expected a candle every 60 s, found a gap of 86400 s",
    ),
    "block below a candle": (
        '[prices.bootstrap]\nfile = "x.csv"\nblock = 0.5\n',
        ":3: prices.bootstrap.block: expected a number from 1 to 1e+06, found '0.5'",
    ),
    "bootstrap that only rises": (
        "[prices.bootstrap]\nsteps = 1_000\nrows = [\n  [2020-03-12, 12, 9, 11],\n"
        "  [2020-03-13, 99999999, 9, 99999999],\n  [2020-03-14, 99999999, 1, 99999999],\n]\n",
        ":1: prices.bootstrap: the random walk left all bounds at candle ",
    ),
    "coin too cheap for the market": (
        "[prices]\nvalues = [0.000001]\n[market]\nskew_scale = 1_000_000_000\n",
        ":4: market.skew_scale: expected below 7.92282e+10 units of base, found 1,000,000,000 at a first ",
    ),
    "not toml": ("[prices]\nvalues = [1\n[chain]\n", ":3: not TOML: Unclosed array"),
    "key twice": ("[prices]\nvalues = [1]\nvalues = [2]\n", ":3: not TOML: Cannot overwrite a value"),
    "ends too soon": ("[prices]\nvalues = [1", ":2: not TOML: Unclosed array"),
    "csv instead": ("time,open\n1,2\n", ":1: not TOML: Expected '=' after a key"),
    "no day of the calendar": ("seed = 2020-13-45\n", ":1: not TOML: "),
    "endless integer": ("seed = " + "9" * 5_000 + "\n", ": not TOML: Exceeds the limit"),
    "nested too deeply": ("a = " + "[" * 200_000 + "]" * 200_000 + "\n", ": nested too deeply"),
    "not utf-8": (b"[prices]\nvalues = [1]\n# \xe9\n", ":3: expected UTF-8 text, found the byte 0xe9"),
}


@pytest.mark.parametrize("case", WRONG_PRICES)
def test_load__wrong_file__names_file_line_and_key_on_one_line(tmp_path, case):
    content, message = WRONG_PRICES[case]
    file = write(tmp_path, content)

    assert str(refusal_of(load_scenario, file)).startswith(f"{file}{message}")
