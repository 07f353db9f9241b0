"""Finds the tables of docs/theory.md by their marks."""

import re

from benchmarks.theory.page import PAGE

__all__ = ["table_of"]


def table_of(name: str) -> str:
    """What stands between the marks of that name."""
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(f"<!-- {name} -->\n(.*?)\n<!-- end of {name} -->", page, re.DOTALL)
    assert found is not None, name
    return found[1]
