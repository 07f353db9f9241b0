"""Reads the cells of price tables: text becomes an exact WAD price or unix seconds, or a clear refusal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext

from isomargin.errors import InputError, PriceDataError
from isomargin.units import from_wad, to_wad

__all__ = ["PRICE_LIMIT", "nearest_price", "parse_gwei", "parse_price", "parse_time", "shown", "utc_text"]

PRICE_LIMIT = 2**96  # the contracts' bound on a price, WAD
_GWEI = 10**9  # wei
_DEAREST_GWEI = 10**9  # an ether for a unit of gas
_EARLIEST = 10**8  # 1973: smaller numbers are dates without dashes or row numbers, not unix seconds
_TICKS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))  # s, ms, us, ns up to the year 5138
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
_NOT_A_NUMBER = re.compile(r"[+-]?(s?nan|inf|infinity)", re.IGNORECASE)
_UNIX = re.compile(r"\d{1,40}(\.0*)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST = 48  # characters of a found value that an error shows


def shown(value: object) -> str:
    """The value as an error shows it: quoted, on one line, not endless."""
    text = repr(str(value)) if isinstance(value, str | Decimal | date) else repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + " ..."


def utc_text(timestamp: int) -> str:
    """Unix seconds as ISO 8601 in UTC.

    >>> utc_text(1583992800)
    '2020-03-12T06:00:00Z'
    """
    try:
        return datetime.fromtimestamp(timestamp, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{timestamp} s"


def nearest_price(price: float | str) -> int:
    """The WAD price nearest to a binary float or its shortest text; floats end here.

    Raises
    ------
    PriceDataError
        If it is not a finite number.
    """
    with localcontext() as context:
        context.prec = 400  # a double spans 10**-324 to 10**308
        try:
            digits = Decimal(str(price)).quantize(Decimal(1).scaleb(-18), rounding=ROUND_HALF_EVEN)
        except InvalidOperation:
            digits = Decimal("nan")
    if not digits.is_finite():
        raise PriceDataError(f"expected a price, found {price}")
    return to_wad(digits)


def parse_price(cell: object, where: str) -> int:
    """Convert a cell to a WAD price, exactly.

    Parameters
    ----------
    cell : str, int, Decimal or float
        A float, which only Parquet holds, counts as the shortest decimal that prints it, to 18 digits.
    where : str
        Place for the error: file, row and column.

    Raises
    ------
    PriceDataError
        If it is no number, not in ``(0, 2**96)``, or has more than 18 digits behind the point.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        raise PriceDataError(f"{where}: expected a price, found nothing")
    text = str(cell).strip()
    if _NOT_A_NUMBER.fullmatch(text):
        raise PriceDataError(f"{where}: expected a finite price, found {text}")
    if isinstance(cell, bool) or not _NUMBER.fullmatch(text) or len(text) > 400:
        raise PriceDataError(f"{where}: expected a price, found {shown(cell)}")
    if text.startswith("-") or Decimal(text) == 0:
        raise PriceDataError(f"{where}: expected a price above zero, found {shown(text)}")
    if Decimal(text).adjusted() > 30:
        raise PriceDataError(f"{where}: expected a price below {from_wad(PRICE_LIMIT)}, found {shown(text)}")
    try:
        price = nearest_price(cell) if isinstance(cell, float) else to_wad(text)
    except InputError as error:
        raise PriceDataError(f"{where}: {error}") from None
    if not 0 < price < PRICE_LIMIT:
        raise PriceDataError(
            f"{where}: expected a price above zero and below {from_wad(PRICE_LIMIT)}, found {shown(text)}"
        )
    return price


def parse_gwei(cell: str, where: str) -> int:
    """Convert a cell that holds a gas price in gwei to wei, the nearest: averages have more digits than wei.

    Parameters
    ----------
    cell : str
        From 0 to 10^9 gwei.
    where : str
        Place for the error: file, row and column.

    Raises
    ------
    PriceDataError
        If it is no such number.
    """
    text = cell.strip()
    if not text:
        raise PriceDataError(f"{where}: expected a gas price, found nothing")
    if not _NUMBER.fullmatch(text) or len(text) > 400:
        raise PriceDataError(f"{where}: expected a gas price in gwei, found {shown(cell)}")
    gwei = Decimal(text)
    if not 0 <= gwei <= _DEAREST_GWEI:
        raise PriceDataError(f"{where}: expected a gas price from 0 to 10^9 gwei, found {shown(text)}")
    return int((gwei * _GWEI).to_integral_value(ROUND_HALF_EVEN))


def parse_time(cell: object, where: str) -> int:
    """Convert a cell to unix seconds.

    Parameters
    ----------
    cell : str, int or datetime
        ISO 8601 (UTC where no offset is given), or unix time in seconds, milliseconds, microseconds or
        nanoseconds, told apart by its size.
    where : str
        Place for the error: file, row and column.

    Raises
    ------
    PriceDataError
        If it is none of these, or not a whole second.
    """
    text = str(cell).strip() if cell is not None else ""
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, bool) or not text:
        raise PriceDataError(f"{where}: expected a time, found {text or 'nothing'}")
    elif _UNIX.fullmatch(text):
        return _from_ticks(int(text.partition(".")[0]), where)
    else:
        try:
            if not _ISO.match(text):
                raise ValueError
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise PriceDataError(
                f"{where}: expected ISO 8601 in UTC or unix time in seconds or milliseconds, "
                f"found {shown(cell)}"
            ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment.microsecond:
        raise PriceDataError(f"{where}: expected a whole second, found {shown(text)}")
    try:
        return _from_ticks(int(moment.timestamp()), where)
    except (OverflowError, ValueError):
        raise PriceDataError(f"{where}: expected a time after 1973, found {shown(text)}") from None


def _from_ticks(ticks: int, where: str) -> int:
    if ticks < _EARLIEST:
        raise PriceDataError(f"{where}: expected a time after 1973 (ISO 8601 or unix time), found {ticks}")
    for limit, per_second in _TICKS:
        if ticks < limit:
            seconds, fraction = divmod(ticks, per_second)
            if fraction:
                raise PriceDataError(f"{where}: expected a whole second, found {ticks}")
            return seconds
    raise PriceDataError(f"{where}: expected a time before the year 5138, found {ticks}")
