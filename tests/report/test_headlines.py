import json
from dataclasses import replace

import pytest

from isomargin.record import CheckRow, EventRow, Recorder, RunRecord
from isomargin.report.headlines import in_short, sides, tiles
from isomargin.units import WAD
from tests.record.crash import crash_record


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


def test_in_short__of_a_crash__tells_price_liquidated_loss_and_books(crash: RunRecord) -> None:
    counts, said = crash.summary.positions, in_short(crash)
    worst = max(crash.positions, key=lambda row: row.bad_debt)

    assert said[0] == (
        "The price fell by 28.0%, from 179.500 to 129.260, and was as low as 86.000 and as high as 181.820."
    )
    assert said[1] == (f"Of 220 positions {counts.liquidated} were liquidated ({counts.liquidated} longs).")
    assert {row.side for row in crash.positions if row.outcome == "liquidated"} == {"long"}
    assert said[2].startswith(f"{counts.bankrupt} positions left ")
    assert said[2].endswith(f" is {worst.actor}'s.")
    assert said[3] == f"The books balanced in all {crash.summary.invariants.checked:,} checks."


def test_in_short__events_of_bad_debt__say_who_bore_it(crash: RunRecord) -> None:
    debt = EventRow(1, 0, 0, "market", "BadDebt", json.dumps({"id": "1", "insurance_paid": "2000000"}))
    summary = replace(crash.summary, bad_debt=5 * WAD)

    whole = replace(crash, events=(debt,), summary=replace(summary, bad_debt=2 * WAD + 1))

    assert "5.00 USDC of bad debt behind: the insurance fund paid 2.00 USDC, the pool bore 3.00 USDC." in (
        " ".join(in_short(replace(crash, events=(debt,), summary=summary)))
    )
    assert "the insurance fund paid all of it." in " ".join(in_short(whole))


def test_in_short__broken_invariants__are_named_by_number(crash: RunRecord) -> None:
    recorder = Recorder()
    recorder.extend(crash.blocks[:1])
    recorder.extend(CheckRow(3, name, 5, 1, "off") for name in ("I16", "I3", "I3"))
    said = in_short(recorder.finish(crash.run, pool_deposited=0))

    assert said[1:] == ["No position was opened.", "2 invariants broke (I3, I16), 3 times in 15 checks."]


def test_in_short__nobody_liquidated__says_so(crash: RunRecord) -> None:
    calm = replace(crash, blocks=crash.blocks[:1], positions=crash.positions[:3])
    recorder = Recorder()
    recorder.extend(calm.blocks)
    recorder.extend(replace(row, outcome="open", bad_debt=0, bankrupt=False) for row in calm.positions)

    assert in_short(recorder.finish(crash.run, pool_deposited=0))[:2] == [
        "The price ended where it began, at 179.50.",
        "None of 3 positions was liquidated.",
    ]


def test_sides__bars__are_shares_of_the_largest(crash: RunRecord) -> None:
    lines = sides(crash)
    largest = max(lines, key=lambda line: abs(float(line.result.exact)))

    assert largest.share == 100
    assert all(line.is_loss == (float(line.result.exact) < 0) for line in lines)


def test_tiles__insurance_fund__tell_what_it_lost(crash: RunRecord) -> None:
    fund = next(tile for tile in tiles(crash) if tile.label == "Insurance fund")
    lost = crash.summary.insurance_fund - crash.blocks[0].insurance_fund

    assert ("\u2212" in fund.note) == (lost < 0)
    assert fund.note.startswith("at the end of the run; ")
