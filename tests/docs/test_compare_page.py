"""The keys of the JSON object that docs/compare.md lists are those that the command prints."""

from __future__ import annotations

import re

from isomargin.report import compare_runs
from tests.docs.pages import page, sections
from tests.record.crash import crash_record


def listed() -> set[str]:
    """What stands in the first column of the table, and the key that its line names besides."""
    table = sections(page("docs/compare.md"))["For programs"]
    first = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    return {key for cell in first for key in re.findall(r"`(\w+)`", cell)} | {"equal_settings"}


def test_compare__keys_of_the_object__are_those_listed():
    crash = crash_record(positions=20)
    found = compare_runs([("a", crash), ("b", crash_record(positions=20, seed=8))]).as_object()

    assert set(found) == listed()
    text = page("docs/compare.md")
    inner = {*found["runs"][0], *found["differing"][0], *found["keepers"][0], *found["fates"]}
    assert [key for key in sorted(inner) if f"`{key}`" not in text] == []
