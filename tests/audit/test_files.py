"""JUnit XML and JSON of results, the same bytes for the same results."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from isomargin.audit import BadFile, Failure, Result, as_json, as_junit

PASSED = Result(
    "pump",
    "a/pump.toml",
    "defence=on",
    "revm",
    3,
    "pass",
    "-1.5",
    "USD",
    "no profit",
    command="isomargin run x",
)
FAILED = replace(
    PASSED,
    variant="defence=off",
    verdict="FAIL",
    loss="1988.002762",
    failures=(
        Failure("at the end", "profit(eve) <= 0", "3 against 0", 'a "good" <reason> & more'),
        Failure("step 1", "success", "a revert: \x07no", trace="eve: market.open()\n  at x.vy:1\n"),
    ),
    seconds=1.23456,
)
ERROR = Result("b", "b.toml", "", "revm", None, "ERROR", error="b.toml:1: wrong", is_bad_input=True)
BAD = BadFile(Path("c.toml"), "c.toml:1: not TOML")


def test_junit__results__are_counted_and_told():
    root = ElementTree.fromstring(as_junit([FAILED, PASSED, ERROR], [BAD]))

    assert (root.tag, root.attrib) == (
        "testsuites",
        {"name": "isomargin audit", "tests": "4", "failures": "1", "errors": "2"},
    )
    first, second, third = root
    assert first.attrib == {"name": "a/pump.toml", "tests": "2", "failures": "1", "errors": "0"}
    failed, passed = first
    assert (failed.get("classname"), failed.get("name")) == ("pump", "defence=off")
    assert [one.get("message") for one in failed.findall("failure")] == [
        'at the end: expected profit(eve) <= 0, found 3 against 0 (a "good" <reason> & more)',
        "step 1: expected success, found a revert: ?no",
    ]
    assert failed.findall("failure")[1].text == ("eve: market.open()\n  at x.vy:1\n\nreplay: isomargin run x")
    assert [one.tag for one in passed] == ["system-out"]
    assert passed.findtext("system-out") == "loss -1.5 USD\nexpected no profit"
    [bad], [unread] = second.findall("testcase/error"), third.findall("testcase/error")
    assert bad.attrib == {"type": "bad input", "message": "b.toml:1: wrong"}
    assert unread.get("message") == "c.toml:1: not TOML"


def test_json__results__have_every_digit():
    document = json.loads(as_json([FAILED, PASSED, ERROR], [BAD], complete=False))

    assert document["counts"] == {"passed": 1, "failed": 1, "errors": 1}
    assert document["complete"] is False
    assert document["bad_files"] == [{"file": "c.toml", "message": "c.toml:1: not TOML"}]
    assert document["cases"][0]["loss"] == "1988.002762"
    assert document["cases"][0]["failures"][0]["expected"] == "profit(eve) <= 0"


@pytest.mark.parametrize("write", [as_json, as_junit])
def test_files__time_taken__is_told_only_when_asked(write):
    slower = replace(FAILED, seconds=99.0)

    assert write([FAILED]) == write([slower])
    assert write([FAILED], durations=True) != write([slower], durations=True)
    assert "1.23" in write([FAILED], durations=True)
    assert "1.23" not in write([FAILED])
