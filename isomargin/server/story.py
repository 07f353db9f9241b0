"""What was told of each block, to be told again after a reorganisation; what is not new lies on disk."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isomargin.chain.archive import Archive
from isomargin.invariants import Finding
from isomargin.protocol import MarketState
from isomargin.record import TABLES, Recorder, Row, RunInfo, RunRecord
from isomargin.simulation.recording import Detail, Recording
from isomargin.simulation.standings import Standing
from isomargin.simulation.world import MinedBlock, World

__all__ = ["LastingRecording", "Page", "Story"]

_PAGES_AT_HAND = 65  # as many as a reorganisation may take back, and one
_ROWS_AT_HAND = 250  # of a table


@dataclass(frozen=True, slots=True)
class Page:
    """One block of the story, as told to the record."""

    mined: MinedBlock
    state: MarketState
    findings: Sequence[Finding]
    standings: Mapping[str, Standing]

    @property
    def number(self) -> int:
        """That of the block."""
        return self.mined.block.number


class Story:
    """The pages of all blocks since the preparation, in their order."""

    def __init__(self) -> None:
        self._old = Archive()
        self._new: deque[Page] = deque()

    def __len__(self) -> int:
        return len(self._old) + len(self._new)

    def __iter__(self) -> Iterator[Page]:
        yield from map(self._read, range(len(self._old)))
        yield from self._new

    @property
    def at_hand(self) -> int:
        """How many pages are in memory."""
        return len(self._new)

    @property
    def last(self) -> Page | None:
        """The newest page."""
        if self._new:
            return self._new[-1]
        return self._read(len(self._old) - 1) if len(self._old) else None

    def _read(self, place: int) -> Page:
        page: Page = pickle.loads(self._old[place])  # of a file that nobody else sees
        return page

    def append(self, page: Page) -> None:
        """Add the page of the next block."""
        self._new.append(page)
        if len(self._new) > _PAGES_AT_HAND:
            self._old.append(pickle.dumps(self._new.popleft(), protocol=5))

    def cut(self, height: int) -> None:
        """Forget the pages of blocks above a height."""
        while (page := self.last) is not None and page.number > height:
            if self._new:
                self._new.pop()
            else:
                self._old.cut(len(self._old) - 1)


class LastingRecording(Recording):
    """A recording for as long as it takes: its rows wait on disk until it is finished."""

    def __init__(self, world: World, command: str, detail: Detail = "full") -> None:
        super().__init__(world, command, detail)
        self._recorder: _LastingRecorder = _LastingRecorder()

    @property
    def rows_at_hand(self) -> int:
        """How many rows are in memory."""
        return self._recorder.rows_at_hand


class _LastingRecorder(Recorder):
    """A recorder that puts rows on disk, some hundreds of a table at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, Archive] = {table: Archive() for table in TABLES}
        self._tables = {row_type: table for table, row_type in TABLES.items()}

    @property
    def rows_at_hand(self) -> int:
        """How many rows are in memory."""
        return sum(map(len, self._rows.values()))

    def append(self, row: Row) -> None:
        """Add a row to its table."""
        super().append(row)
        table = self._tables[type(row)]
        rows = self._rows[table]
        if len(rows) >= _ROWS_AT_HAND:
            self._written[table].append(pickle.dumps(rows, protocol=5))
            rows.clear()

    def finish(self, run: RunInfo, *, pool_deposited: int) -> RunRecord:
        """Read all rows back, and make the record of them."""
        for table, written in self._written.items():
            before: list[Any] = []
            for place in range(len(written)):
                before += pickle.loads(written[place])
            self._rows[table] = before + self._rows[table]
            written.cut(0)
        return super().finish(run, pool_deposited=pool_deposited)
