"""The clock of blocks: steady, moved on by hand, or set for one block."""

import pytest

from isomargin.errors import ChainError
from isomargin.server.clock import BlockClock

HEAD = 1_000


def test_next__nothing_asked__comes_an_interval_after_the_head():
    assert BlockClock(12).next(HEAD) == 1_012


def test_next__a_block_is_due__comes_then():
    assert BlockClock(12).next(HEAD, due=1_007) == 1_007


def test_next__due_in_the_past__comes_a_second_after_the_head():
    assert BlockClock(12).next(HEAD, due=990) == 1_001


def test_increase__twice__adds_up_for_one_block():
    clock = BlockClock(12)
    clock.increase(100)
    clock.increase(30)
    assert clock.next(HEAD) == 1_142
    clock.move_on()
    assert clock.next(1_142) == 1_154


def test_increase__blocks_are_due_by_a_schedule__stays_ahead_of_it():
    clock = BlockClock(12)
    clock.increase(100)
    assert clock.next(HEAD, due=1_005) == 1_105
    clock.move_on()
    assert clock.next(1_105, due=1_010) == 1_110


def test_choose__a_time__holds_for_one_block():
    clock = BlockClock(12)
    clock.choose(5_000, HEAD)
    assert clock.next(HEAD) == 5_000
    assert clock.next(HEAD, due=1_005) == 5_000
    clock.move_on()
    assert clock.next(5_000) == 5_012


@pytest.mark.parametrize("timestamp", [HEAD, HEAD - 1])
def test_choose__not_after_the_head__is_refused(timestamp):
    with pytest.raises(ChainError, match="not above that of the newest block, 1000"):
        BlockClock(12).choose(timestamp, HEAD)
