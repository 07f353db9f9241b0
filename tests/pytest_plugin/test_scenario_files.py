"""Scenario files as tests: collected by name and content, run on the chosen engine, failing in one line."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from isomargin import scenario
from isomargin.pytest_plugin.scenarios import failures, is_scenario
from isomargin.record import CheckRow, ExpectationRow
from isomargin.scenario import load_scenario
from tests.pytest_plugin.inner import run

pytest_plugins = ["pytester"]

SCENARIO = """
[prices]
values = [100, 99, 80, 95]

[traders]
count = 3
"""


EXPECTED = ExpectationRow("at the end", 3, "price > 1", "1", "1", "0", holds=True, because="")


def record(**more):
    checks = (CheckRow(block=3, invariant="I5", checked=1, violations=0, message=""),)
    return SimpleNamespace(**{"checks": checks, "run": SimpleNamespace(complete=True), **more})


def test_file__scenario_that_balances__passes(pytester):
    (pytester.path / "test_crash.toml").write_text(SCENARIO)
    (pytester.path / "crash.toml").write_text(SCENARIO)
    (pytester.path / "test_config.toml").write_text("[server]\nport = 8_000\n")
    result = run(pytester, "-v", "--isomargin-engine=revm")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_crash.toml::scenario PASSED*"])
    run(pytester, "crash.toml", "--isomargin-engine=revm").assert_outcomes(passed=1)


def test_file__misspelt_key__fails_with_file_line_and_key(pytester):
    (pytester.path / "test_crash.toml").write_text(SCENARIO.replace("count", "cuont"))
    result = run(pytester, "--isomargin-engine=revm")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['*test_crash.toml:6: traders.cuont: unknown key; did you mean "count"?'])
    assert "Traceback" not in result.stdout.str()
    assert "loading.py" not in result.stdout.str()


def test_file__engine_that_is_not_there__fails_with_one_line(pytester):
    (pytester.path / "test_crash.toml").write_text(SCENARIO)
    result = run(pytester, "--isomargin-engine=revmm")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_crash.toml: unknown engine 'revmm', did you mean revm?"])


def test_file__variants__a_test_each(pytester, monkeypatch):
    played = []

    def load(path, variant):
        played.append(dict(variant))
        return load_scenario(path)

    choices = [{"defence": "off", "policy": "full"}, {"defence": "on", "policy": "full"}]
    monkeypatch.setattr(scenario, "variant_choices", lambda path: choices, raising=False)
    monkeypatch.setattr(scenario, "load_scenario", load)
    (pytester.path / "test_crash.toml").write_text(SCENARIO)
    result = run(pytester, "-v", "--isomargin-engine=revm")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["test_crash.toml::defence=on policy=full PASSED*"])
    assert played == choices


def test_failures__all_holds__none():
    assert list(failures(record(expectations=[SimpleNamespace(holds=True)]))) == []


def test_failures__invariant_expectation_and_end__a_line_each():
    broken = replace(record().checks[0], violations=1, message="owes 5, has 3")
    found = failures(
        record(
            checks=(broken,),
            expectations=[EXPECTED, replace(EXPECTED, holds=False)],
            run=SimpleNamespace(complete=False),
        )
    )
    assert list(found) == [
        "I5 broke in block 3: owes 5, has 3",
        "expected at the end: price > 1, found 1 against 1",
        "interrupted before its last price",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[prices]\n", True),
        ("  [prices.gbm]\n", True),
        ("[[steps]]\n", True),
        ('include = "base.toml"\n', True),
        ("prices.values = [1, 2]\n", True),
        ("# [prices]\n", False),
        ("[tool.prices]\n", False),
        ("includes\n", False),
        ("", False),
    ],
)
def test_is_scenario__by_its_text__tables_that_only_scenarios_have(tmp_path, text, expected):
    file = tmp_path / "test_some.toml"
    file.write_text(text)
    assert is_scenario(file) is expected
