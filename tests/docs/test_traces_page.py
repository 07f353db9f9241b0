"""The example of `docs/traces.md` prints what is shown, gas and line numbers included."""

from __future__ import annotations

from tests.docs.pages import blocks, page, sections
from tests.docs.test_snippets import printed_by


def test_traces__python__prints_what_is_shown():
    code, shown = blocks(sections(page("docs/traces.md"))["An example"])
    assert (code.language, shown.language) == ("python", "text")
    assert printed_by(code) == shown.text
