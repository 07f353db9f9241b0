"""py-evm's journal over a database, made sooner: a checkpoint is a mark in a list of what can be undone."""

from __future__ import annotations

from typing import Any

from eth.db.backends.base import BaseDB
from eth.db.diff import DBDiff, DBDiffTracker
from eth.db.journal import get_next_checkpoint
from eth_utils.exceptions import ValidationError

__all__ = ["UndoJournal"]

_DELETED = object()  # here, and from the database below once this is persisted
_GONE = object()  # here, where the database below had nothing
_ABSENT = object()
_EVERYTHING = object()


class UndoJournal(BaseDB):
    """Does what `eth.db.journal.JournalDB` does, which keeps a dictionary for each checkpoint there ever was.

    Parameters
    ----------
    wrapped
        The database below, or a dictionary; written only by `persist`.
    """

    __slots__ = ("_is_cleared", "_marks", "_undo", "_values", "_wrapped")

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped
        self.reset()

    def reset(self) -> None:
        """Forget all changes and checkpoints."""
        self._values: dict[Any, Any] = {}
        self._undo: list[tuple[Any, Any]] = []  # keys and what they had before, since the first mark
        self._marks: dict[Any, int] = {}  # by checkpoint, how much there was to undo
        self._is_cleared = False

    # Values

    def __getitem__(self, key: Any) -> bytes:
        value = self._values.get(key)
        if value is None and not self._is_cleared:
            below: bytes = self._wrapped[key]
            return below
        if value.__class__ is bytes:
            found: bytes = value
            return found
        raise KeyError(key, "it was deleted")

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a key, or `default`."""
        value = self._values.get(key)
        if value.__class__ is bytes:
            return value
        return default if value is not None or self._is_cleared else self._wrapped.get(key, default)

    def __contains__(self, key: Any) -> bool:
        value = self._values.get(key)
        if value is None:
            return not self._is_cleared and key in self._wrapped
        return value.__class__ is bytes

    def __setitem__(self, key: Any, value: Any) -> None:
        if self._marks:
            self._undo.append((key, self._values.get(key, _ABSENT)))
        self._values[key] = value

    def __delitem__(self, key: Any) -> None:
        if key in self._wrapped:
            self[key] = _DELETED
        elif key in self:
            self[key] = _GONE
        else:
            raise KeyError(key, "it is not there")

    def clear(self) -> None:
        """Let nothing be there any more, here or below; whoever clears sees to the database below."""
        if self._marks:
            self._undo.append((_EVERYTHING, (self._values, self._is_cleared)))
        self._values, self._is_cleared = {}, True

    def has_clear(self) -> bool:
        """Whether it was cleared since it was persisted."""
        return self._is_cleared

    # Checkpoints

    def record(self, checkpoint: Any = None) -> Any:
        """Open a checkpoint, by this name if one is given."""
        if checkpoint is None:
            checkpoint = get_next_checkpoint()
        self._marks[checkpoint] = len(self._undo)
        return checkpoint

    def has_checkpoint(self, checkpoint: Any) -> bool:
        """Whether one can go back there."""
        return checkpoint in self._marks

    def commit(self, checkpoint: Any) -> None:
        """Let stand what came since a checkpoint, and forget it and those after it."""
        self._end(checkpoint)
        if not self._marks:
            self._undo.clear()

    def discard(self, checkpoint: Any) -> None:
        """Undo what came since a checkpoint, and forget it and those after it."""
        length, undo = self._end(checkpoint), self._undo
        while len(undo) > length:
            key, before = undo.pop()
            if key is _EVERYTHING:
                self._values, self._is_cleared = before
            elif before is _ABSENT:
                del self._values[key]
            else:
                self._values[key] = before

    def flatten(self) -> None:
        """Let all stand, and forget all checkpoints."""
        self._marks.clear()
        self._undo.clear()

    def _end(self, checkpoint: Any) -> int:
        if checkpoint not in self._marks:
            raise ValidationError(f"No checkpoint {checkpoint} was found")
        while True:
            ended, length = self._marks.popitem()
            if ended == checkpoint:
                return length

    # The database below

    def persist(self) -> None:
        """Write all changes into the database below, and begin anew."""
        values = self._values
        self.reset()
        try:
            for key, value in values.items():
                if value is _DELETED:
                    del self._wrapped[key]
                elif value is not _GONE:
                    self._wrapped[key] = value
        except Exception:
            self._values = values
            raise

    def diff(self) -> DBDiff:
        """What `persist` would write."""
        tracker = DBDiffTracker()
        for key, value in self._values.items():
            if value is _DELETED:
                del tracker[key]
            elif value is not _GONE:
                tracker[key] = value
        return tracker.diff()
