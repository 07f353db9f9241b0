"""When blocks are due: in steps as a run has them, and by a steady beat."""

from fractions import Fraction

import pytest

from isomargin.errors import InputError
from isomargin.prices import scripted_path
from isomargin.server.schedule import SteadySchedule, StepSchedule
from isomargin.simulation.beats import beats
from isomargin.units import to_wad
from tests.simulation.small import scenario

START = 1_000_000
PATH = scripted_path([to_wad(100), to_wad(90), to_wad(80)], start=START, step=60)


def test_step_schedule__from_the_beginning__is_the_run_and_then_quiet():
    small = scenario()
    path = small.price_path()
    schedule = StepSchedule(small, path)
    planned = list(beats(small, path))
    assert [schedule.next(0) for _ in planned] == planned
    assert schedule.prices_left == 0
    quiet = schedule.next(head=path.end + 500)
    assert (quiet.price, quiet.people_act) == (None, False)
    assert quiet.timestamp == path.end + 500 + small.chain.block_time


def test_steady_schedule__blocks_shorter_than_prices__each_comes_once_and_people_act_in_the_next_block():
    schedule = SteadySchedule(PATH, Fraction(25))
    told = [schedule.next(0) for _ in range(8)]
    assert [beat.timestamp - START for beat in told] == [0, 25, 50, 75, 100, 125, 150, 175]
    assert [beat.price for beat in told] == [
        to_wad(100),
        None,
        None,
        to_wad(90),
        None,
        to_wad(80),
        None,
        None,
    ]
    assert [beat.people_act for beat in told] == [False, True, False, False, True, False, True, False]
    assert schedule.prices_left == 0


def test_steady_schedule__a_beat_of_fractions__rounds_times_down_and_does_not_drift():
    schedule = SteadySchedule(PATH, Fraction(1, 3))
    assert [schedule.next(0).timestamp - START for _ in range(7)] == [0, 0, 0, 1, 1, 1, 2]


def test_steady_schedule__blocks_as_long_as_prices_are_apart__are_allowed():
    schedule = SteadySchedule(PATH, Fraction(60))
    assert [schedule.next(0).price for _ in range(3)] == [to_wad(100), to_wad(90), to_wad(80)]


def test_steady_schedule__blocks_longer_than_prices_are_apart__is_refused():
    with pytest.raises(InputError, match="61 s of the chain apart would miss prices, which come every 60 s"):
        SteadySchedule(PATH, Fraction(61))
