"""Books of any number of positions without a chain, by the events that one would have logged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from isomargin.book import Book
from isomargin.model import Holding, RiskTable, Status, status
from isomargin.units import WAD

NOBODY = "0x" + "00" * 20
PRICE = 100 * WAD


def synthetic_book(count: int, *, seed: int = 1, token_decimals: int = 6) -> Book:
    """Return a book of `count` positions opened around 100.

    Sizes are log-uniform from 0.01 to 1,000 base, both sides alike, leverage uniform from 1 to 12, entry
    prices within 20% of 100, funding indices within 1.

    Parameters
    ----------
    count : int
        Positions; ids from 1.
    seed : int
        Same seed, same book.
    token_decimals : int
        Of the collateral.
    """
    book = Book()
    fill(book, count, np.random.default_rng(seed), token_scale=10 ** (18 - token_decimals))
    return book


def fill(book: Book, count: int, luck: np.random.Generator, *, token_scale: int) -> None:
    """Open `count` more positions, as `synthetic_book` says."""
    sizes = (10 ** luck.uniform(-2, 3, count) * 1e9).astype(np.int64) * luck.choice((-1, 1), count)
    entries = (luck.uniform(80, 120, count) * 1e9).astype(np.int64)
    leverages = (luck.uniform(1, 12, count) * 1e9).astype(np.int64)
    indices = (luck.uniform(-1, 1, count) * 1e9).astype(np.int64)
    columns = (column.tolist() for column in (sizes, entries, leverages, indices))
    for position_id, (size, entry, leverage, index) in enumerate(
        zip(*columns, strict=True), book.last_id + 1
    ):
        cost = size * entry  # both with nine digits behind the point
        margin = abs(cost) * 10**9 // leverage // token_scale
        open_position(book, position_id, size * 10**9, cost, margin, index * 10**9)


def open_position(
    book: Book, position_id: int, size: int, cost: int, margin: int, index: int, reserve: int = 0
) -> None:
    """Open one; its margin, in token units, comes from nobody."""
    vault = f"vault {position_id}"
    send(book, NOBODY, vault, margin + reserve)
    opened = {
        "id": position_id,
        "owner": f"owner {position_id}",
        "vault": vault,
        "size": size,
        "cost": cost,
        "funding_index": index,
        "keeper_reserve": reserve,
        "fee": 0,
    }
    book.apply("market", "PositionOpened", opened)


def send(book: Book, sender: str, receiver: str, value: int) -> None:
    """Move collateral, token units."""
    book.apply("token", "Transfer", {"sender": sender, "receiver": receiver, "value": value})


def end(book: Book, position_id: int) -> None:
    """Liquidate one in full; what its vault holds stays there."""
    gone = {"id": position_id, "size": 0, "cost": 0, "funding_index": 0, "funding": 0}
    book.apply("market", "PositionLiquidated", gone)


def full_scan(
    book: Book, price: int, index: int, risk: RiskTable, token_scale: int, multiplier: int = WAD
) -> list[int]:
    """What `Book.liquidatable` has to answer, by a look at everybody."""
    return [
        position_id
        for position_id in sorted(book.positions)
        if (held := book.held(position_id)).equity(price, index, token_scale)
        < risk.maintenance(held.notional(price), multiplier)
    ]


def below_call_level(
    book: Book, price: int, index: int, risk: RiskTable, scale: int, multiplier: int
) -> list[int]:
    """What `Book.unhealthy` has to answer, by a look at everybody."""
    found = []
    for position_id in sorted(book.positions):
        held = book.held(position_id)
        maintenance = risk.maintenance(held.notional(price), multiplier)
        if status(held.equity(price, index, scale), maintenance, risk.call_ratio) is not Status.HEALTHY:
            found.append(position_id)
    return found


@contextmanager
def looks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The positions looked at one by one meanwhile."""
    seen: list[int] = []
    held = Book.held

    def counted(book: Book, position_id: int) -> Holding:
        seen.append(position_id)
        return held(book, position_id)

    with monkeypatch.context() as patch:
        patch.setattr(Book, "held", counted)
        yield seen
