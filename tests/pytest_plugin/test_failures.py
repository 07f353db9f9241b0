"""How a failing test looks: the user's own lines and one of isomargin's, nothing of what is underneath."""

from __future__ import annotations

import re

import pytest

from tests.pytest_plugin.inner import run, write_counter

pytest_plugins = ["pytester"]

TESTS = """
    import pytest

    def refused(counter, sender):
        counter.transact("count", 0, sender=sender)

    @pytest.fixture
    def counter(deploy):
        return deploy("Counter")

    @pytest.fixture
    def broken(counter, attacker):
        refused(counter, attacker)

    def test_in_test(counter, attacker):
        refused(counter, attacker)

    def test_in_fixture(broken):
        pass

    def test_assertion(counter, attacker, reverts, assert_events):
        with reverts("counter: another"):
            refused(counter, attacker)

    def test_own(counter):
        raise ValueError("mine")
"""


@pytest.fixture
def shown(pytester: pytest.Pytester) -> str:
    write_counter(pytester)
    pytester.makepyfile(test_it=TESTS)
    result = run(pytester, "--isomargin-engine=revm")
    result.assert_outcomes(failed=3, errors=1)
    return result.stdout.str()


def test_failure__refused_in_test_or_fixture__shows_their_lines_alone(shown):
    call = '>       counter.transact("count", 0, sender=sender)\n'
    refusal = "E       isomargin.errors.TransactionReverted: counter: no step\n"
    assert shown.count(call + refusal) == 3  # in the test, in the fixture, and as the cause of another reason
    assert re.findall(r"^\S*/isomargin/\S+\.py:\d+", shown, re.MULTILINE) == []


def test_failure__another_reason__shows_both(shown):
    assert "AssertionError: expected a revert with 'counter: another', found 'counter: no step'" in shown


def test_failure__everything_asked_for__shows_it(pytester):
    write_counter(pytester)
    pytester.makepyfile(test_it=TESTS)
    text = run(pytester, "--isomargin-engine=revm", "--full-trace", "-k", "in_test").stdout.str()
    assert re.findall(r"^\S*/isomargin/chain/chain\.py:\d+", text, re.MULTILINE)
