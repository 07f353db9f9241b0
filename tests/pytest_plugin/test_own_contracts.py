"""Tests of contracts that know nothing of margins: a chain, `deploy`, isolation, and no market anywhere."""

from __future__ import annotations

import pytest

from isomargin.pytest_plugin import stages
from tests.pytest_plugin.inner import run, write_counter

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _no_market(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a market is being deployed")

    monkeypatch.setattr(stages, "deploy", refuse)


@pytest.mark.parametrize("engine", ["py-evm", "revm"])
def test_chain__own_contract__is_deployed_called_and_forgotten(pytester, engine):
    write_counter(pytester)
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def counter(deploy):
            return deploy("contracts/Counter.vy")

        @pytest.mark.parametrize("step", [1, 2, 3])
        def test_count(chain, counter, step):
            assert counter.call("number") == 0
            counter.transact("count", step, sender=chain.account("alice"))
            assert counter.call("number") == step
            assert chain.block_number == 2

        def test_reasons(chain, counter, attacker, reverts, assert_events):
            with reverts("counter: no step"):
                counter.transact("count", 0, sender=attacker)
            with reverts("counter: ..."):
                counter.call("count", 0)
            receipt = counter.transact("count", 5, sender=attacker)
            assert_events(receipt, ("Counted", {"by": attacker, "number": 5}))
            assert attacker.ether > 0
        """
    )
    run(pytester, f"--isomargin-engine={engine}").assert_outcomes(passed=4)


def test_chain__test_that_fails__leaves_nothing_to_the_next(pytester):
    write_counter(pytester)
    pytester.makepyfile(
        """
        def test_first(chain, deploy):
            deploy("Counter").transact("count", sender=chain.account("alice"))
            chain.set_balance(chain.account("poor"), 0)
            chain.mine(timestamp=chain.timestamp + 86_400)
            chain.snapshot()
            chain.revert(0)
            deploy("Counter")
            assert False, "on purpose"

        def test_second(chain):
            assert chain.block_number == 0
            assert chain.logs() == []
            assert chain.balance(chain.account("poor")) > 0
        """
    )
    run(pytester, "--isomargin-engine=revm").assert_outcomes(passed=1, failed=1)


def test_market__fixture_of_that_name_in_the_project__is_the_projects(pytester):
    write_counter(pytester)
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def market(deploy):
            return deploy("Counter")

        def test_count(chain, market, attacker):
            market.transact("count", sender=attacker)
            assert market.call("number") == 1
        """
    )
    run(pytester, "--isomargin-engine=revm").assert_outcomes(passed=1)


def test_module_chain__fixture_of_a_module__is_deployed_once_and_isolated(pytester):
    write_counter(pytester)
    pytester.makepyfile(
        """
        import pytest
        from isomargin.contracts import compile_contract

        made = []

        @pytest.fixture(scope="module")
        def counter(module_chain):
            made.append(1)
            return module_chain.deploy(compile_contract("contracts/Counter.vy"))

        @pytest.mark.parametrize("step", [1, 2])
        def test_alone(counter, step):
            counter.transact("count", step, sender=counter.chain.account("alice"))
            assert counter.call("number") == step

        def test_with_chain(chain, counter):
            assert counter.chain is chain
            assert counter.call("number") == 0
            assert made == [1]
        """
    )
    run(pytester, "--isomargin-engine=revm").assert_outcomes(passed=3)


def test_rehearsal__examples_of_hypothesis__begin_alike(pytester):
    write_counter(pytester)
    pytester.makepyfile(
        """
        from hypothesis import HealthCheck, given, settings, strategies as st

        @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=5, deadline=None)
        @given(step=st.integers(1, 100))
        def test_count(chain, deploy, step):
            with chain.rehearsal():
                counter = deploy("Counter")
                counter.transact("count", step, sender=chain.account("alice"))
                assert counter.call("number") == step
                assert chain.block_number == 2
        """
    )
    run(pytester, "--isomargin-engine=revm").assert_outcomes(passed=1)


def test_deploy__source_that_does_not_compile__error_names_file_and_line(pytester):
    pytester.mkdir("contracts").joinpath("Wrong.vy").write_text("# pragma version 0.4.3\nx: uint257\n")
    pytester.makepyfile('def test_wrong(deploy):\n    deploy("Wrong")\n')
    result = run(pytester, "--isomargin-engine=revm")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*CompileError: contracts/Wrong.vy:2: *uint257*"])


def test_attacker__no_market__trading_says_what_to_ask_for(pytester):
    pytester.makepyfile("def test_open(attacker):\n    attacker.open(size=1, margin=1)\n")
    result = run(pytester, "--isomargin-engine=revm")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*attacker: no market in this test; ask for the fixture market*"])
