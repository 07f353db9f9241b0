from dataclasses import replace

import pytest

from isomargin.record import ExpectationRow, RunRecord, StepRow
from isomargin.report import render_report
from isomargin.report.verdicts import expectations, steps
from tests.record.crash import crash_record
from tests.report.page_reader import read_page


@pytest.fixture(scope="module")
def scripted() -> RunRecord:
    return replace(
        crash_record(positions=20),
        expectations=(
            ExpectationRow("at the end", 9, "bad_debt == 0", "0", "0", "0", True, "every margin paid"),
            ExpectationRow('of step 2 "late, but sure", close by ann', 4, "succeeds", "a revert: no", "", "0",
                           False, ""),
            ExpectationRow("at hour 3", 5, "pool > 7", "6.5", "7", "2", False, ""),
        ),
        steps=(
            StepRow(1, "", 3, 0, "ann", "open", True, "", "succeeds"),
            StepRow(2, "late, but sure", 4, 1, "ann", "close", False, "no", "succeeds"),
            StepRow(3, "", 4, 2, "bob", "close", False, "market: not owner", "reverts"),
            StepRow(4, "", None, None, "bob", "open", None, "waited: when price < 1", "succeeds"),
        ),
    )  # fmt: skip


def test_expectations__failed_ones__stand_first_with_what_was_found(scripted: RunRecord) -> None:
    assert [(line.holds, line.where, line.that, line.found) for line in expectations(scripted)] == [
        (False, 'of step 2 "late, but sure", close by ann', "succeeds", "a revert: no"),
        (False, "at hour 3", "pool > 7 (within 2 token units)", "6.5 against 7"),
        (True, "at the end", "bad_debt == 0", "0 against 0"),
    ]


def test_steps__against_expectation__stand_first_and_others_keep_their_order(scripted: RunRecord) -> None:
    assert [(line.step, line.tone, line.result) for line in steps(scripted)] == [
        (2, "bad", "refused: no"),
        (1, "good", "took effect"),
        (3, "good", "refused: market: not owner"),
        (4, "plain", "never came; waited: when price < 1"),
    ]


def test_page__of_a_script__has_its_section_and_link(scripted: RunRecord) -> None:
    page = read_page(render_report(scripted))
    section = page.by_id("script")
    rows = [row for body in section.all("tbody") for row in body.all("tr")]

    assert len(rows) == 7
    assert "failed" in rows[0].full_text
    assert "#script" in {link.attributes["href"] for link in page.all("a")}
    assert (
        "Of 3 expectations 2 failed."
        in next(each for each in page.all("p") if each.attributes.get("class") == "in-short").text
    )


def test_page__without_a_script__has_no_such_section() -> None:
    page = read_page(render_report(crash_record(positions=20)))

    assert "script" not in {section.attributes["id"] for section in page.all("section")}
