from dataclasses import replace

import numpy as np
import pytest

from isomargin.record import RunRecord, TransactionRow
from isomargin.report.gas import gas, gas_figure, gas_note
from tests.record.crash import crash_record


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


def _sent(action: str, gas_used: int | None, *, success: bool = True) -> TransactionRow:
    return TransactionRow(1, 0, "0x01", "0x02", "a", "trader", action, None, gas_used, 1, success, "")


def test_gas__by_operation__has_least_lower_median_most_and_total(crash: RunRecord) -> None:
    sent = (
        _sent("open", 30), _sent("open", 10), _sent("open", 20), _sent("open", 40),
        _sent("push", 500), _sent("open", 7, success=False),
    )  # fmt: skip
    lines = gas(replace(crash, transactions=sent))

    assert [
        (
            line.action,
            line.reverted,
            line.transactions.exact,
            *(cell.exact for cell in (line.lowest, line.median, line.highest, line.total) if cell),
        )
        for line in lines
    ] == [
        ("push", False, "1", "500", "500", "500", "500"),
        ("open", False, "4", "10", "20", "40", "100"),
        ("open", True, "1", "7", "7", "7", "7"),
    ]


def test_gas__engine_that_counts_none__tells_transactions_and_why(crash: RunRecord) -> None:
    uncounted = replace(
        crash,
        transactions=(_sent("push", None), _sent("open", None), _sent("push", None)),
        run=replace(crash.run, engine="revm"),
    )
    lines = gas(uncounted)

    assert [(line.action, line.total) for line in lines] == [("push", None), ("open", None)]
    assert "The engine revm counts no gas" in gas_note(uncounted)
    assert gas_figure(lines) is None


def test_gas_note__some_without_a_count_or_none_at_all__says_so(crash: RunRecord) -> None:
    some = replace(crash, transactions=(_sent("push", None), _sent("open", 3)))

    assert gas_note(some).endswith("1 transactions have no count.")
    assert gas_note(replace(crash, transactions=())) == "The record has no transactions."
    assert "no count" not in gas_note(crash)


def test_gas_figure__reverted_left_out__spans_least_to_most(crash: RunRecord) -> None:
    sent = (_sent("open", 30), _sent("open", 10), _sent("open", 7, success=False), _sent("<i>", 4))
    figure = gas_figure(gas(replace(crash, transactions=sent)))
    assert figure is not None
    span, median = figure.data

    assert list(median.y) == ["&lt;i&gt;", "open"]
    np.testing.assert_array_equal(span.base, [4, 10])
    np.testing.assert_array_equal(span.x, [0, 20])
    np.testing.assert_array_equal(median.x, [4, 10])
