"""Entries that lie on disk: read back by their number, cut off, and what becomes of a full disk."""

from __future__ import annotations

import errno
import tempfile

import pytest

from isomargin.chain.archive import Archive
from isomargin.errors import ChainError


def test_archive__entries__come_back_by_their_number():
    archive = Archive()
    entries = [bytes([number]) * 1_000 for number in range(50)]
    for entry in entries:
        archive.append(entry)
    assert len(archive) == 50
    assert [archive[number] for number in (49, 0, 7)] == [entries[49], entries[0], entries[7]]
    assert 0 < archive.size < 50 * 100
    with pytest.raises(IndexError):
        archive[50]


def test_cut__then_other_entries__are_those_that_are_read():
    archive = Archive()
    for entry in (b"one", b"two", b"three"):
        archive.append(entry)
    archive.cut(1)
    archive.append(b"another")
    assert [archive[0], archive[1], len(archive)] == [b"one", b"another", 2]


def test_append__the_disk_is_full__is_told_and_loses_nothing(monkeypatch):
    archive = Archive()
    archive.append(b"before")

    def no_room(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = archive._file
    monkeypatch.setattr(archive, "_file", type("Full", (), {"seek": no_room})())
    with pytest.raises(ChainError, match=f"cannot keep what is old in {tempfile.gettempdir()}: .*No space"):
        archive.append(b"more")
    monkeypatch.setattr(archive, "_file", file)
    assert (len(archive), archive[0]) == (1, b"before")
