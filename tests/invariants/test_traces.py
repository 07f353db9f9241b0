"""Traces by hand: what counts as a foreign slot, and as entering twice."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from isomargin.chain import Frame, TransactionTrace
from isomargin.invariants.findings import Tally
from isomargin.invariants.traces import check_frames, check_storage

MARKET, POOL = "0xmarket", "0xpool"


def slot_of(mapping: int, position: int) -> int:
    """Where Vyper keeps a mapping's value of a key."""
    return int.from_bytes(keccak(mapping.to_bytes(32, "big") + position.to_bytes(32, "big")), "big")


def written(*slots: int, contract: str = MARKET) -> TransactionTrace:
    return TransactionTrace({(contract, slot): (0, 1) for slot in slots}, ())


def counts(tally: Tally) -> tuple[int, int]:
    findings = tally.findings(0)
    return sum(found.checked for found in findings), sum(found.violations for found in findings)


@pytest.mark.parametrize("mapping", [0, 7, 40])
def test_check_storage__words_of_the_position_named__are_its_own(mapping):
    tally = Tally()
    check_storage(written(slot_of(mapping, 3), slot_of(mapping, 3) + 2), MARKET, {3}, "here", tally)
    assert counts(tally) == (2, 0)


def test_check_storage__word_of_another_position__is_foreign():
    tally = Tally()
    check_storage(written(slot_of(7, 3), slot_of(7, 2)), MARKET, {3}, "here", tally)
    (finding,) = tally.findings(0)
    assert (finding.invariant, finding.checked, finding.violations) == ("I14", 2, 1)
    assert finding.message == f"here: wrote to slot {slot_of(7, 2):#x}, which no position named has"


def test_check_storage__plain_variables_and_other_contracts__are_free():
    tally = Tally()
    check_storage(written(0, 41), MARKET, set(), "here", tally)
    check_storage(written(slot_of(7, 3), contract=POOL), MARKET, set(), "here", tally)
    assert counts(tally) == (0, 0)


def frame(address: str, depth: int, *, static: bool = False, success: bool = True) -> Frame:
    return Frame(address, depth, static, success)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([frame(MARKET, 0), frame(POOL, 1)], (1, 0)),
        ([frame(MARKET, 0), frame(POOL, 1), frame(MARKET, 2)], (2, 1)),
        ([frame(MARKET, 0), frame(POOL, 1), frame(MARKET, 2, static=True)], (1, 0)),
        ([frame(MARKET, 0), frame(POOL, 1), frame(MARKET, 2, success=False)], (1, 0)),
        # what went in came through, but the frame around it failed
        ([frame(MARKET, 0), frame(POOL, 1, success=False), frame(MARKET, 2)], (1, 0)),
        # one after the other
        ([frame(POOL, 0), frame(MARKET, 1), frame(POOL, 2), frame(MARKET, 1)], (2, 0)),
        ([frame(POOL, 0), frame(MARKET, 1, success=False), frame(POOL, 2), frame(MARKET, 1)], (1, 0)),
        # a failed frame beside hides nothing
        ([frame(MARKET, 0), frame(POOL, 1, success=False), frame(POOL, 1), frame(MARKET, 2)], (2, 1)),
    ],
)
def test_check_frames__paths_through_contracts__only_writing_twice_counts(frames, expected):
    tally = Tally()
    check_frames(TransactionTrace({}, tuple(frames)), MARKET, "here", tally)
    assert counts(tally) == expected
