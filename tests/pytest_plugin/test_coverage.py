"""`--isomargin-coverage`: the table of the project's own sources, and nothing left behind."""

from __future__ import annotations

import os

from isomargin.chain.recording import VARIABLE
from tests.pytest_plugin.inner import run, write_counter

pytest_plugins = ["pytester"]


def test_report__own_contract__lines_and_branches_of_it(pytester, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    write_counter(pytester)
    pytester.makepyfile(
        """
        def test_count(chain, deploy):
            deploy("Counter").transact("count", sender=chain.account("alice"))
        """
    )
    result = run(pytester, "--isomargin-coverage")
    result.assert_outcomes(passed=1)
    # assert, addition and log ran, of the assert's outcomes one; line 19 is in reset
    result.stdout.fnmatch_lines(["contracts/Counter.vy * 4 * 3 *75.0 *2 *1 *50.0 *19; 12 assert: fails*"])
    assert VARIABLE not in os.environ


def test_report__nothing_ran_on_py_evm__says_so(pytester, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    pytester.makepyfile("def test_nothing():\n    pass\n")
    run(pytester, "--isomargin-coverage").stdout.fnmatch_lines(
        ["nothing was recorded: no contract ran on engine py-evm"]
    )


def test_report__directory_named_in_the_environment__keeps_the_recordings(pytester, monkeypatch):
    kept = pytester.path / "kept"
    monkeypatch.setenv(VARIABLE, str(kept))
    write_counter(pytester)
    pytester.makepyfile('def test_deploy(deploy):\n    deploy("Counter")\n')
    run(pytester, "--isomargin-coverage").assert_outcomes(passed=1)
    assert [file.suffix for file in kept.iterdir()] == [".json"]
    assert os.environ[VARIABLE] == str(kept)
