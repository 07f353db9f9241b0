"""What writes the tables of docs/theory.md; what is in them is tested in tests/theory."""

import pytest

from benchmarks.theory.liquidations import Share
from benchmarks.theory.page import share_table, with_table

PAGE = (
    "before\n<!-- one -->\nold\nolder\n<!-- end of one -->\n"
    "between\n<!-- two -->\nkept\n<!-- end of two -->\n"
)


def test_page__table__stands_between_its_marks_and_nothing_else_changes():
    page = with_table(PAGE, "one", "new")

    assert page == PAGE.replace("old\nolder", "new")
    assert with_table(page, "one", "new") == page


def test_page__no_such_marks__is_refused():
    with pytest.raises(AssertionError, match="three: no such marks"):
        with_table(PAGE, "three", "new")


def test_share__of_a_hundred_paths__has_the_error_of_a_coin():
    share = Share("model", "long", 4, 100, 40, exact=0.5, corrected=0.5, always=0.6)

    assert (share.share, share.error) == (0.4, 0.05)
    assert share.off_by == pytest.approx(-2)
    assert share_table([share]).splitlines()[-1] == (
        "| model | long | 4 | 100 | 40 | 0.4000 | 0.5000 | 0.5000 | 0.6000 | -2.0 |"
    )
