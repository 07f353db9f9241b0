"""Keeps what runs came to, as they come: parts while a sweep goes on, one table when it is whole.

A folder is `sweep.json`, then `parts/`, then `results.parquet`. Each file appears under its name only when it
is complete (it is written beside and renamed), so a sweep that is killed at any moment leaves nothing half:
what its parts hold is finished, everything else will be played when it goes on. The last step reads the parts
in the order of the runs, so many at a time, and writes the table; only then are the parts taken away.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pa_compute
import pyarrow.dataset as pa_dataset
import pyarrow.parquet as pa_parquet

from isomargin.errors import InputError, SweepStopped
from isomargin.record import replace_file
from isomargin.sweep.plan import Plan
from isomargin.sweep.results import (
    PARTS,
    RESULTS,
    SWEEP,
    RunResult,
    read_info,
    result_schema,
    result_table,
)

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["Store", "open_store"]

_LOCK = ".lock"

_GROUP = 50_000  # rows that are in memory at once at the end


class Store:
    """The folder of one sweep.

    Attributes
    ----------
    folder : Path
    done : set of int
        Runs that are kept.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.done: set[int] = set()
        self._plan = plan
        self._schema = result_schema(plan.info.parameters)
        self._next_part = 0
        self._lock: IO[bytes] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every run is kept."""
        return len(self.done) == self._plan.info.runs

    @property
    def _parts(self) -> list[Path]:
        return sorted((self.folder / PARTS).glob("part-*.parquet"))

    def begin(self) -> None:
        """Make the folder, or go on with what is in it.

        Raises
        ------
        InputError
            If it cannot be written, holds another sweep, or another process is at it.
        """
        self._take_lock()
        try:
            self._begin()
        except BaseException:
            self.release()
            raise

    def _begin(self) -> None:
        if (self.folder / SWEEP).exists():
            self._go_on()
        elif (self.folder / RESULTS).exists() or self._parts:
            raise InputError(
                f"--out {self.folder}: expected a folder for a sweep, found results without {SWEEP}"
            )
        replace_file(self.folder / SWEEP, self._plan.info.as_json().encode())
        if not self.is_whole:
            try:
                (self.folder / PARTS).mkdir(exist_ok=True)
            except OSError as error:
                raise InputError(f"cannot write {self.folder / PARTS}: {error.strerror or error}") from None

    def _take_lock(self) -> None:
        """Two that write the same parts would overwrite each other's."""
        if fcntl is None:
            return
        path = self.folder / _LOCK
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = path.open("wb")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise InputError(f"--out {self.folder}: another process is playing this sweep") from None
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror or error}") from None

    def release(self) -> None:
        """Let others write to the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _go_on(self) -> None:
        found = read_info(self.folder)
        if found.fingerprint != self._plan.info.fingerprint:
            raise InputError(
                f"--out {self.folder}: holds another sweep ({found.runs:,} runs of {found.scenario!r}; file, "
                "scenario, engine or versions have changed since); expected another folder, or an empty one"
            )
        whole = self.folder / RESULTS
        for half in self.folder.rglob(".*.partial"):
            half.unlink(missing_ok=True)
        for file in [whole] if whole.exists() else self._parts:
            try:
                runs = pa_parquet.ParquetFile(file).read(["run"]).column("run").to_pylist()
            except (OSError, pa.ArrowException) as error:
                raise InputError(f"{file}: cannot be read: {str(error).splitlines()[0]}") from None
            self.done.update(runs)
        self._next_part = max((int(part.stem.partition("-")[2]) for part in self._parts), default=-1) + 1

    def add(self, results: Sequence[RunResult]) -> None:
        """Keep finished runs as a part.

        Raises
        ------
        SweepStopped
            If it cannot be written: a full disk, say.
        """
        rows = sorted((one for one in results if one.run not in self.done), key=lambda one: one.run)
        if not rows:
            return
        table = result_table(rows, self._plan.info.parameters, self._plan.settings)
        sink = io.BytesIO()
        pa_parquet.write_table(table, sink, compression="zstd")
        try:
            replace_file(self.folder / PARTS / f"part-{self._next_part:06}.parquet", sink.getvalue())
        except InputError as error:
            raise SweepStopped(str(error)) from None
        self._next_part += 1
        self.done.update(row.run for row in rows)

    def finish(self) -> None:
        """Make one table of all parts, sorted by run: the same bytes whatever the parts were.

        Raises
        ------
        SweepStopped
            If it cannot be written; the parts stay.
        """
        whole = self.folder / RESULTS
        if not whole.exists():
            with _written_beside(whole) as partial:
                self._merge(partial)
        for part in self._parts:
            part.unlink(missing_ok=True)
        if (self.folder / PARTS).is_dir() and not any((self.folder / PARTS).iterdir()):
            (self.folder / PARTS).rmdir()

    def _merge(self, path: Path) -> None:
        parts = pa_dataset.dataset([str(part) for part in self._parts], schema=self._schema, format="parquet")
        run = pa_compute.field("run")
        with pa_parquet.ParquetWriter(path, self._schema, compression="zstd") as writer:
            for first in range(0, self._plan.info.runs, _GROUP):
                rows = parts.to_table(filter=(run >= first) & (run < first + _GROUP)).sort_by("run")
                writer.write_table(rows.combine_chunks(), row_group_size=_GROUP)


@contextmanager
def _written_beside(path: Path) -> Iterator[Path]:
    """A name to write to, which becomes the file's own when all went well."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise SweepStopped(f"cannot write {path}: {reason}") from None


def open_store(folder: Path, plan: Plan) -> Store:
    """The folder of a sweep, ready for its results.

    Raises
    ------
    InputError
        As `Store.begin`.
    """
    store = Store(folder, plan)
    store.begin()
    return store
