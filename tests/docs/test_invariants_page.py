"""`docs/invariants.md` says what the catalogue says, and its example runs."""

from __future__ import annotations

import re

from isomargin.invariants import INVARIANTS
from tests.docs.pages import blocks, page, sections
from tests.docs.test_snippets import printed_by

PAGE = page("docs/invariants.md")


def test_page__table__is_the_catalogue():
    rows = re.findall(r"^\| (I\d+) \| (.+?) \| (.+) \| [\w, ]+ \|$", PAGE, re.MULTILINE)
    assert rows == [(one.id, one.name, one.sentence) for one in INVARIANTS.values()]


def test_page__each_invariant__is_watched_traced_or_tried():
    rows = re.findall(r"^\| I\d+ \| .+ \| ([\w, ]+) \|$", PAGE, re.MULTILINE)
    assert {part for how in rows for part in how.split(", ")} == {"watched", "traced", "tried"}


def test_page__python__prints_what_is_shown():
    code, shown = blocks(sections(PAGE)["In a test of your own"])
    assert (code.language, shown.language) == ("python", "text")
    assert printed_by(code) == shown.text
