"""Gas prices over time, from a table: each row holds from its time until the next row's."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from isomargin.errors import PriceDataError
from isomargin.prices.parsing import parse_gwei, parse_time, utc_text
from isomargin.prices.tables import TIME_TITLES, find_columns, read_content, read_text_table

__all__ = ["GasPrices", "read_gas_prices"]

_PRICE_TITLES = ("gwei", "gas_price", "gas_price_gwei", "avg_gwei", "average_gwei")


@dataclass(frozen=True)
class GasPrices:
    """Gas prices, oldest first; at least one.

    Attributes
    ----------
    timestamps : tuple of int
        Unix seconds, rising.
    prices : tuple of int
        Wei for a unit of gas from that time on.
    """

    timestamps: tuple[int, ...]
    prices: tuple[int, ...]

    def at(self, timestamp: int) -> int:
        """The price at a time: the first one also before its time, the last one for ever; wei.

        >>> GasPrices((100, 200), (7, 9)).at(199)
        7
        """
        return self.prices[max(0, bisect_right(self.timestamps, timestamp) - 1)]

    @property
    def start(self) -> int:
        """Unix seconds of the first price."""
        return self.timestamps[0]

    @property
    def end(self) -> int:
        """Unix seconds of the last price."""
        return self.timestamps[-1]


def read_gas_prices(path: str | Path, column: str | None = None) -> GasPrices:
    """Read a table of gas prices in gwei.

    Parameters
    ----------
    path : str or Path
        UTF-8 text with commas, semicolons or tabs and one header line. The time column is found as that of
        candles is; others are ignored.
    column : str, optional
        Which column has the prices, in any case; if not given ``gwei``, ``gas_price``, ``gas_price_gwei``,
        ``avg_gwei`` or ``average_gwei``.

    Raises
    ------
    PriceDataError
        One line that names the file, and the line and column where there is one.
    """
    table = read_text_table(read_content(path, "CSV", "gas prices"), path)
    titles = _PRICE_TITLES if column is None else (column.strip().lower(),)
    columns = find_columns(table.header, path, {"time": TIME_TITLES, "gas price": titles})
    if not table.records:
        raise PriceDataError(f"{path}: expected gas prices below the header, found none")
    timestamps: list[int] = []
    prices: list[int] = []
    for line, row in zip(table.lines, table.rows(columns), strict=True):
        where = f"{path}:{line}: {columns['time'].strip()}"
        timestamp = parse_time(row["time"], where)
        if timestamps and timestamp <= timestamps[-1]:
            raise PriceDataError(
                f"{where}: expected rising times, found {utc_text(timestamp)} after "
                f"{utc_text(timestamps[-1])}"
            )
        timestamps.append(timestamp)
        prices.append(parse_gwei(row["gas price"], f"{path}:{line}: {columns['gas price'].strip()}"))
    return GasPrices(tuple(timestamps), tuple(prices))
