"""What is kept for long and seldom read: on disk, in a file without a name that goes with the process."""

from __future__ import annotations

import tempfile
import zlib
from array import array
from typing import IO
from weakref import finalize

from isomargin.errors import ChainError

__all__ = ["Archive"]

_LEVEL = 1  # of zlib: what is mostly zeros needs no effort


class Archive:
    """Entries of bytes by their number; in memory each takes eight bytes, whatever its length.

    The file lies in the system's directory for temporary files (``TMPDIR``).
    """

    def __init__(self) -> None:
        self._ends = array("Q")
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._ends[-1] if self._ends else 0

    def append(self, entry: bytes) -> None:
        """Add an entry.

        Raises
        ------
        ChainError
            If the disk takes no more; what was there before stays.
        """
        packed, begin = zlib.compress(entry, _LEVEL), self.size
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="isomargin-")  # noqa: SIM115  # for as long as this is
                finalize(self, self._file.close)
            self._file.seek(begin)
            self._file.write(packed)
            self._file.flush()
        except OSError as error:
            raise ChainError(f"cannot keep what is old in {tempfile.gettempdir()}: {error}") from None
        self._ends.append(begin + len(packed))

    def __getitem__(self, number: int) -> bytes:
        if not 0 <= number < len(self) or self._file is None:
            raise IndexError(number)
        begin = self._ends[number - 1] if number else 0
        self._file.seek(begin)
        return zlib.decompress(self._file.read(self._ends[number] - begin))

    def cut(self, length: int) -> None:
        """Forget all entries but the first `length`."""
        del self._ends[length:]
