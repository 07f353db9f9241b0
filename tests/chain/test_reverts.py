"""Revert data written by hand, and what it reads as."""

from __future__ import annotations

import pytest

from isomargin.chain.reverts import revert_reason


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _error(text: bytes) -> bytes:
    return bytes.fromhex("08c379a0") + _word(32) + _word(len(text)) + text.ljust(32, b"\0")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", ""),
        (_error(b"market: paused"), "market: paused"),
        (_error(b""), ""),
        (bytes.fromhex("4e487b71") + _word(0x11), "panic 0x11: arithmetic overflow"),
        (bytes.fromhex("4e487b71") + _word(0x99), "panic 0x99: unknown"),
        (bytes.fromhex("deadbeef") + _word(1), "custom error 0xdeadbeef"),
        (b"\x01\x02", "custom error 0x0102"),
        (bytes.fromhex("08c379a0") + _word(32), "custom error 0x08c379a0"),
        (bytes.fromhex("08c379a0") + _word(2**255) + _word(1), "custom error 0x08c379a0"),
        (_error(b"\xff\xfe"), "custom error 0x08c379a0"),
        (bytes.fromhex("4e487b71"), "custom error 0x4e487b71"),
    ],
)
def test_revert_reason__of_data__reads_as(data, reason):
    assert revert_reason(data) == reason
