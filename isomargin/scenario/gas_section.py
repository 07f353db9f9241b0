"""The `[gas]` table: what a unit of gas costs over time, and what an ether is worth."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from isomargin.prices import GasPrices, read_gas_prices
from isomargin.scenario.values import (
    GWEI,
    Amount,
    Gwei,
    Human,
    KeyProblem,
    Section,
    describe_wad,
    find_number,
    pairs_of,
    text_of,
)
from isomargin.units import WAD, from_wad, to_wad

__all__ = ["GasRow", "GasSection"]

_SOURCES = ("price", "schedule", "file")


class GasRow(Section):
    """From `hour` after the first price on, gas costs `gwei`."""

    hour: Amount
    gwei: Gwei


def _as_ether_price(value: Any) -> int | Literal["index"]:
    if value == "index":
        return "index"
    try:
        number = find_number(value)
    except ValueError:
        raise ValueError(f'expected a price or "index", found {value!r}') from None
    if not 0 < number < 10**12:
        raise ValueError(f'expected a price above zero or "index", found {value!r}')
    return to_wad(number)


def _ether_price_text(value: int | Literal["index"]) -> str:
    return value if value == "index" else from_wad(value)


class GasSection(Section):
    """`[gas]`: what a transaction costs.

    Attributes
    ----------
    price : int
        Flat, in gwei (WAD of gwei inside).
    schedule : tuple of GasRow
        Instead of it, rows `[hour, gwei]` counted from the first price; each holds until the next.
    file : str or None
        Instead of both, a table of times and prices; relative to the scenario file.
    column : str or None
        Which column of the file has the prices, in gwei.
    ether_price : int or "index"
        WAD quote for one ether, to count gas in the collateral; `"index"` takes the market's own price.
    """

    price: Gwei = to_wad(30)
    schedule: Annotated[tuple[GasRow, ...], pairs_of("hour", "gwei")] = ()
    file: str | None = None
    column: Annotated[str, text_of(80)] | None = None
    ether_price: Annotated[int | Literal["index"], Human(_as_ether_price, _ether_price_text)] = to_wad(2_000)

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        given = [
            name
            for name in _SOURCES
            if name in self.model_fields_set and getattr(self, name) not in (None, ())
        ]
        if len(given) > 1:
            raise KeyProblem(f"expected either {given[0]} or {given[1]}, found both", given[1])
        if self.column is not None and self.file is None:
            raise KeyProblem("belongs to file, found none", "column")
        for index, (earlier, later) in enumerate(pairwise(self.schedule), start=1):
            if later.hour <= earlier.hour:
                raise KeyProblem(
                    f"expected rising hours, found {describe_wad(later.hour)} after "
                    f"{describe_wad(earlier.hour)}",
                    "schedule",
                    index,
                )
        return self

    def series(self, directory: Path) -> GasPrices | None:
        """The prices of the file, which may be relative to a directory; None without a file.

        Raises
        ------
        PriceDataError
            One line that names the file.
        """
        return None if self.file is None else read_gas_prices(directory / self.file, self.column)

    def gas_price(self, elapsed: int) -> int:
        """Wei for one gas, `elapsed` seconds after the first price, without the file.

        Before the first row of a schedule, the first row's.
        """
        gwei = self.schedule[0].gwei if self.schedule else self.price
        for row in self.schedule:
            if row.hour * 3_600 <= elapsed * WAD:
                gwei = row.gwei
        return gwei * GWEI // WAD

    def cost(self, wei: int, index_price: int) -> int:
        """What `wei` come to in WAD quote, rounded up, while the market's price is `index_price` (WAD)."""
        return -(-wei * self._ether_price(index_price) // WAD)

    def ether(self, quote: int, index_price: int) -> int:
        """What an amount of WAD quote comes to in wei, rounded down; nothing where an ether has no price."""
        price = self._ether_price(index_price)
        return quote * WAD // price if price else 0

    def _ether_price(self, index_price: int) -> int:
        return index_price if self.ether_price == "index" else self.ether_price
