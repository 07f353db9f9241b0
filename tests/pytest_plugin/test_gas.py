"""`--isomargin-gas`: the table, the file and what changed against it, over workers too."""

from __future__ import annotations

import json

import pytest

from isomargin.pytest_plugin.gas import GasRow, changes, rows_of
from tests.pytest_plugin.inner import run, run_apart, write_counter

pytest_plugins = ["pytester"]

TESTS = """
    import pytest

    @pytest.fixture
    def counter(deploy):
        return deploy("Counter")

    @pytest.fixture(scope="module")
    def shared(module_chain):
        alice = module_chain.account("alice")
        return module_chain.mine([])

    @pytest.mark.parametrize("step", [1, 2, 3])
    def test_count(chain, counter, step, reverts):
        alice = chain.account("alice")
        counter.transact("count", step, sender=alice)
        counter.transact("count", step, sender=alice)
        with reverts():
            counter.transact("count", 0, sender=alice)
"""


def costs(pytester: pytest.Pytester, name: str = "gas.json") -> dict:
    return json.loads((pytester.path / name).read_text())["functions"]


def test_rows__costs_of_a_function__least_lower_middle_and_most():
    assert rows_of({"A.f": [5, 1, 9, 7], "A.(creation)": [3]}) == {
        "A.(creation)": GasRow(calls=1, min=3, median=3, max=3),
        "A.f": GasRow(calls=4, min=1, median=5, max=9),
    }


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (GasRow(1, 2, 3, 4), None, "new"),
        (GasRow(1, 2, 3, 4), GasRow(1, 2, 3, 4), ""),
        (GasRow(1, 1_500, 3, 4), GasRow(1, 1_000, 3, 4), "min +500 (+50.0%)"),
        (
            GasRow(1, 2, 2_000, 4_000),
            GasRow(1, 2, 4_000, 8_000),
            "median -2,000 (-50.0%), max -4,000 (-50.0%)",
        ),
        (GasRow(3, 2, 3, 4), GasRow(1, 2, 3, 4), "calls +2"),
    ],
)
def test_changes__against_former_figures__those_that_differ(now, before, text):
    assert changes(now, before) == text


def test_report__written_then_compared_then_updated__shows_what_changed(pytester):
    source = write_counter(pytester)
    pytester.makepyfile(TESTS)
    result = run(pytester, "--isomargin-gas=gas.json")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["*function *calls *min *median *max*", "Counter.count * 6 *", "gas.json: written"]
    )
    first = costs(pytester)
    assert set(first) == {"Counter.(creation)", "Counter.count"}
    # the first count of a test writes a fresh slot, the second one that is written: 17,100 gas less
    assert first["Counter.count"]["calls"] == 6
    assert first["Counter.count"]["max"] - first["Counter.count"]["min"] == 17_100

    result = run(pytester, "--isomargin-gas=gas.json")
    result.stdout.fnmatch_lines(["against gas.json: 0 changed, 0 new, 0 not called"])

    source.write_text(
        source.read_text().replace("self.number += step", "self.number += step\n    self.number += 0 * step")
    )
    run(pytester, "--isomargin-gas=gas.json").stdout.fnmatch_lines(
        ["Counter.count * min +* median +* max +*", "against gas.json: 2 changed, 0 new, 0 not called"]
    )
    assert costs(pytester) == first
    run(pytester, "--isomargin-gas=gas.json", "--isomargin-gas-update").stdout.fnmatch_lines(
        ["gas.json: written"]
    )
    assert costs(pytester)["Counter.count"]["min"] > first["Counter.count"]["min"]


def test_report__tests_fail__file_is_not_written(pytester):
    write_counter(pytester)
    pytester.makepyfile(TESTS, test_wrong="def test_wrong():\n    assert False\n")
    result = run(pytester, "--isomargin-gas=gas.json")
    result.stdout.fnmatch_lines(["gas.json: not written, as tests failed"])
    assert not (pytester.path / "gas.json").exists()


def test_report__engine_that_counts_no_gas__says_so(pytester):
    write_counter(pytester)
    pytester.makepyfile(TESTS)
    result = run(pytester, "--isomargin-engine=revm", "--isomargin-gas")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["engine revm counts no gas; --isomargin-engine=py-evm does"])


def test_report__market__setting_it_up_is_nobodys_gas(pytester):
    pytester.makepyfile(
        "def test_open(trader):\n    trader.open(size=1, margin=500)\n",
        test_again="def test_push(oracle):\n    oracle.push(2_001)\n",
    )
    run(pytester, "--isomargin-gas=gas.json").assert_outcomes(passed=2)
    assert {name: row["calls"] for name, row in costs(pytester).items()} == {
        "Market.open": 1,
        "PriceFeed.push": 1,
    }


@pytest.mark.slow
def test_report__several_workers__figures_are_those_of_one(pytester):
    write_counter(pytester)
    pytester.makepyfile(TESTS)
    run(pytester, "--isomargin-gas=one.json").assert_outcomes(passed=3)
    result = run_apart(pytester, "--isomargin-gas=two.json", "--isomargin-coverage", "-n", "2")
    result.assert_outcomes(passed=3)
    assert costs(pytester, "two.json") == costs(pytester, "one.json")
    # count ran in one worker or the other, reset in none
    result.stdout.fnmatch_lines(["contracts/Counter.vy * 4 * 3 *75.0 *2 *2 *100.0 *19*"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--isomargin-gas=gas.txt"], "*--isomargin-gas: expected a file FILE.json, found 'gas.txt'"),
        (["--isomargin-gas-update"], "*--isomargin-gas-update: needs --isomargin-gas=FILE.json"),
        (["--isomargin-gas=bad.json"], "*--isomargin-gas: *bad.json: not a gas file *"),
    ],
)
def test_option__wrong__one_line(pytester, arguments, message):
    pytester.makefile(".json", bad='{"format": 1}')
    result = run(pytester, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
