"""The tests that `docs/testing.md` shows pass, and its tables name what there is."""

from __future__ import annotations

import re

import pytest

from isomargin.pytest_plugin import plugin
from tests.docs.pages import blocks, page, sections
from tests.pytest_plugin.inner import run, write_counter

pytest_plugins = ["pytester"]

PAGE = "docs/testing.md"
TESTS = blocks(page(PAGE), "python")


@pytest.mark.parametrize("number", range(len(TESTS)))
def test_page__each_python_block__passes_as_a_test_file(number, pytester):
    write_counter(pytester)
    pytester.makepyfile(TESTS[number].text)
    result = run(pytester, "--isomargin-engine=revm", "--strict-markers")
    outcomes = result.parseoutcomes()
    assert outcomes.get("passed", 0) > 0
    assert not set(outcomes) & {"failed", "errors", "error"}


def test_page__fixtures_and_assertions__are_those_of_the_plugin():
    there = {name for name in plugin.__all__ if name.islower() and not name.startswith("pytest_")}
    tables = sections(page(PAGE))
    rows = re.findall(r"^\| (`.+?) \|", tables["A market"] + tables["Assertions"], re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(?:with )?(\w+)", row)}
    assert named == there


def test_page__arguments_of_the_marker__are_those_it_takes():
    from isomargin.pytest_plugin.stages import _KEYS

    rows = re.findall(r"^\| (`.+?) \|", sections(page(PAGE))["Which market"], re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(_KEYS)


def test_page__options__are_those_of_the_plugin(pytester):
    text = page(PAGE)
    offered = set(re.findall(r"--isomargin-[a-z-]+", run(pytester, "--help").stdout.str()))
    assert set(re.findall(r"--isomargin-[a-z-]+", text)) == offered
