"""What is said of a failed expectation."""

from dataclasses import replace

from isomargin.record import ExpectationRow, Recorder, RunInfo, failed_expectations, failure_text

ROW = ExpectationRow("at the end", 9, "profit(eve) <= 0", "3.5", "0", "0", False, "")


def test_failed_expectations__of_a_record__are_those_that_do_not_hold_in_their_order():
    recorder = Recorder()
    rows = [ROW, replace(ROW, holds=True), replace(ROW, that="price > 3")]
    recorder.extend(rows)
    record = recorder.finish(RunInfo("s", "revm", 0, 6), pool_deposited=0)
    assert record.expectations == tuple(rows)
    assert failed_expectations(record) == [rows[0], rows[2]]


def test_failure_text__a_comparison__has_both_sides():
    assert failure_text(ROW) == "expected at the end: profit(eve) <= 0, found 3.5 against 0"


def test_failure_text__a_tolerance_and_a_reason__are_told():
    row = replace(ROW, tolerance="2", because="it is fair")
    assert failure_text(row) == (
        "expected at the end: profit(eve) <= 0 within 2 token units, found 3.5 against 0 (it is fair)"
    )


def test_failure_text__a_step__has_what_was_found():
    row = replace(ROW, where='of step 1 "in", open by eve', that="reverts", left="success", right="")
    assert failure_text(row) == 'expected of step 1 "in", open by eve: reverts, found success'
