"""Ramps: what may bind at once, and what must have been announced."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isomargin.invariants.circumstances import Circumstances
from isomargin.invariants.findings import Tally
from isomargin.invariants.ramps import Ramps
from isomargin.model import Climb
from isomargin.units import WAD, to_wad
from tests.system_helpers import terms_of

NOW = 1_000_000
CALM = replace(Circumstances.at_first(terms_of()), timestamp=NOW, accrued_at=NOW - 10)
RAMPS = Ramps(seconds=1_000)
BRACKETS = ((0, to_wad("0.04"), to_wad("0.02")), (20_000 * WAD, to_wad("0.1"), to_wad("0.05")))


def table(*brackets: tuple[int, int, int]) -> dict[str, object]:
    return {
        "brackets": brackets,
        "max_notional": 1_000_000 * WAD,
        "liquidation_fee_ratio": to_wad("0.005"),
        "max_move": 0,
    }


def violations(event: str, args: dict[str, object], ramps: Ramps = RAMPS, at: Circumstances = CALM) -> int:
    tally = Tally()
    ramps.check("here", event, args, at, tally)
    return sum(finding.violations for finding in tally.findings(0))


def climb(start: int, target: int, rise: int) -> dict[str, object]:
    return {"start": start, "target": target, "started_at": NOW, "rise": rise}


def test_check__multiplier_begins_where_it_was__may_rise_over_the_ramp():
    # from 1 to 1.5 in a thousand seconds
    assert violations("MultiplierChanged", climb(WAD, 3 * WAD // 2, WAD // 2000)) == 0


@pytest.mark.parametrize(
    ("start", "target", "rise"),
    [(3 * WAD // 2, 3 * WAD // 2, 0), (WAD + 1, 3 * WAD // 2, WAD // 2000), (WAD, 2 * WAD, WAD // 999)],
)
def test_check__multiplier_jumps_or_hurries__is_a_violation(start, target, rise):
    assert violations("MultiplierChanged", climb(start, target, rise)) == 1


def test_check__multiplier_falls__may_fall_at_once():
    high = replace(CALM, climb=Climb(2 * WAD, 2 * WAD, 0, 0))
    assert violations("MultiplierChanged", climb(WAD, WAD, 0), at=high) == 0


def test_check__climb_under_way__keeps_its_pace():
    steep = replace(CALM, climb=Climb(WAD, 2 * WAD, NOW - 100, WAD // 1000))
    reached = WAD + 100 * (WAD // 1000)
    assert violations("MultiplierChanged", climb(reached, 2 * WAD + 1, WAD // 1000), at=steep) == 0


def test_check__table_that_asks_no_more__binds_at_once():
    assert violations("RiskTableSet", table((0, to_wad("0.04"), to_wad("0.015")), BRACKETS[1])) == 0
    assert violations("RiskTableSet", table(*BRACKETS)) == 0
    assert violations("RiskTableSet", table(BRACKETS[0])) == 0


STRICTER = table((0, to_wad("0.04"), to_wad("0.021")), BRACKETS[1])


def test_check__stricter_table_announced_long_enough_before__binds():
    announced = RAMPS.after("RiskTableAnnounced", STRICTER, replace(CALM, timestamp=NOW - 1_000))
    assert violations("RiskTableSet", STRICTER, announced) == 0


def test_check__stricter_table_unannounced_or_too_soon_or_another__is_a_violation():
    assert violations("RiskTableSet", STRICTER) == 1
    late = RAMPS.after("RiskTableAnnounced", STRICTER, replace(CALM, timestamp=NOW - 999))
    assert violations("RiskTableSet", STRICTER, late) == 1
    other = RAMPS.after("RiskTableAnnounced", table(*BRACKETS), replace(CALM, timestamp=NOW - 5_000))
    assert violations("RiskTableSet", STRICTER, other) == 1


def test_after__table_was_set__uses_the_announcement_up():
    announced = RAMPS.after("RiskTableAnnounced", STRICTER, replace(CALM, timestamp=NOW - 1_000))
    used = announced.after("RiskTableSet", STRICTER, CALM)
    assert violations("RiskTableSet", STRICTER, used) == 1


def test_after__adjustment_set__counts_its_seconds():
    slower = RAMPS.after("AdjustmentSet", {"adjustment": (0, 86_400, 3 * WAD, WAD, WAD, 5_000)}, CALM)
    assert slower.seconds == 5_000


def test_check__before_there_is_a_market__nobody_is_harmed():
    nobody = replace(CALM, accrued_at=None)
    assert violations("RiskTableSet", STRICTER, at=nobody) == 0
    assert violations("MultiplierChanged", climb(2 * WAD, 2 * WAD, 0), at=nobody) == 0
