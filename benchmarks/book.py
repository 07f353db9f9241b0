"""`book`: what a keeper's book takes to find whom a new price liquidates, among up to a million positions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from benchmarks.rows import Bench, Bound, Row, missing
from benchmarks.views import in_turn
from benchmarks.workload import stocked_market
from isomargin.book import Book
from isomargin.errors import InputError
from isomargin.model import Bracket, RiskTable
from isomargin.units import WAD, to_wad
from tests.synthetic_book import PRICE, end, full_scan, synthetic_book

__all__ = ["book"]

_HITS = (0, 10, 1_000)
_PAGE = 256
_SCALE = 10**12  # WAD per token unit
_BRACKETS = ((0, "0.05", "0.025"), (1_000, "0.08", "0.04"), (5_000, "0.1", "0.05"), (20_000, "0.2", "0.1"),
             (50_000, "0.3", "0.15"))  # fmt: skip
_RISK = RiskTable(
    brackets=tuple(Bracket(floor * WAD, to_wad(imr), to_wad(mmr)) for floor, imr, mmr in _BRACKETS),
    max_notional=10**9 * WAD,
    liquidation_fee_ratio=WAD // 100,
)
_LARGEST = 1_000_000


@dataclass(frozen=True)
class _Scan:
    """What an engine takes to look at one position by view; seconds, and how many were looked at for it."""

    engine: str
    seconds: float
    page: int


def book(bench: Bench) -> Iterator[Row]:
    """Milliseconds of a price tick in the book's index, against a view scan and a full scan of the book."""
    scans = []
    for engine in ("revm", "py-evm"):
        bench.tell(f"book: a page of the lens on {engine}")
        try:
            scans.append(_scan(bench, engine))
        except InputError as reason:
            yield missing("book", "scanning by view", engine, str(reason))
    for count in bench.sizes or (1_000, 10_000, 100_000, *(() if bench.is_quick else (_LARGEST,))):
        bench.tell(f"book: making one of {count:,} positions")
        made = _sound_book(count)
        for hits in _HITS:
            if hits < len(made.positions) // 2:
                yield from _ticks(bench, made, hits, scans)


def _scan(bench: Bench, engine: str) -> _Scan:
    """Measure a page of `Lens.liquidatable` on open positions, none of which is below maintenance."""
    page = min(bench.chosen(_PAGE, 64), *bench.sizes, _PAGE)
    system = stocked_market(engine, page)
    [seconds] = in_turn(bench, bench.rounds_of(5, 3), lambda: system.lens.call("liquidatable", 1, page))
    return _Scan(engine, median(seconds) / page, page)


def _sound_book(count: int) -> Book:
    """A book like a live one, of `count` open positions: none is below maintenance where the price begins."""
    made = synthetic_book(count * 4 // 3)  # of which almost a fifth are
    for position_id in _due(made, PRICE):
        end(made, position_id)
    for position_id in sorted(made.positions)[count:]:
        end(made, position_id)
    assert not _due(made, PRICE)
    return made


def _due(made: Book, price: int) -> list[int]:
    return made.liquidatable(price, 0, _RISK, _SCALE)


def _price_that_hits(made: Book, hits: int) -> int:
    """The highest price below the first at which so many are below maintenance."""
    sound, hit = PRICE, PRICE * 6 // 10
    while hits and sound - hit > 10**9:
        middle = (sound + hit) // 2
        sound, hit = (middle, hit) if len(_due(made, middle)) < hits else (sound, middle)
    return hit if hits else PRICE


def _ticks(bench: Bench, made: Book, hits: int, scans: list[_Scan]) -> Iterator[Row]:
    positions = len(made.positions)
    bench.tell(f"book: {positions:,} positions, {hits} hits")
    price = _price_that_hits(made, hits)
    start = time.process_time()
    found = full_scan(made, price, 0, _RISK, _SCALE)
    whole_scan = time.process_time() - start
    if found != _due(made, price):
        raise AssertionError(f"the index found other positions than a look at all {positions}")
    [indexed] = in_turn(bench, bench.rounds_of(20, 5), partial(_due, made, price))
    tick = median(indexed)
    about: dict[str, Any] = {
        "benchmark": "book",
        "subject": f"{positions:,} open positions, {len(found):,} hits",
        "ours": "index",
        "rounds": len(indexed),
    }
    target = Bound(100) if positions >= _LARGEST else None
    for scan in scans:
        note = f"extrapolated from a page of {scan.page} through Lens.liquidatable, positions that are sound"
        theirs = f"scan by view on {scan.engine}"
        yield _times(tick, scan.seconds * positions, target=target, theirs=theirs, note=note, **about)
    yield _times(tick, whole_scan, theirs="look at all in the book", note="which was done once", **about)


def _times(tick: float, other: float, **about: Any) -> Row:
    """How many times sooner the index answers; figures in milliseconds."""
    return Row(ratio=other / tick, ours_value=1e3 * tick, theirs_value=1e3 * other, unit="ms", **about)
