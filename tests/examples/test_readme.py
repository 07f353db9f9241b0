"""The README shows what the demo prints, to the letter."""

from __future__ import annotations

import re
from pathlib import Path

from tests.examples.conftest import Played

README = Path(__file__).parents[2] / "README.md"
DEMO = re.compile(r"<!-- demo: .*?-->\n```text\n(.*?)\n```\n<!-- demo: end -->", re.DOTALL)


def test_readme__demo__is_what_the_example_prints(black_thursday: Played):
    shown = DEMO.search(README.read_text(encoding="utf-8"))
    assert shown is not None
    printed = black_thursday.out.replace(str(black_thursday.directory), "out/black_thursday")
    assert shown.group(1).splitlines() == printed.splitlines()
