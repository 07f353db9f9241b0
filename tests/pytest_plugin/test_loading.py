"""The plugin is in every session of whoever has installed isomargin; it costs and changes nothing there."""

from __future__ import annotations

import subprocess
import sys

from tests.pytest_plugin.inner import MODULE, run, run_apart

pytest_plugins = ["pytester"]


def test_import__nothing_else_wanted__loads_no_engine_compiler_or_library():
    heavy = "eth", "eth_tester", "web3", "vyper", "numpy", "pyarrow", "pydantic", "plotly", "rich", "jinja2"
    program = f"""
import pytest, sys
before = set(sys.modules)
import {MODULE}
loaded = set(sys.modules) - before
print(sorted(name for name in loaded if name.split(".")[0] in {heavy!r}))
print(sorted(name for name in loaded if name.startswith("isomargin.")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", f"['isomargin.pytest_plugin', '{MODULE}']"]


def test_session__no_fixture_used__imports_and_says_nothing(pytester):
    pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure(config):
            print("LOADED", sorted(name for name in sys.modules if name.startswith("isomargin.")))
        """
    )
    pytester.makepyfile("def test_nothing():\n    assert True\n")
    (pytester.path / "test_other.toml").write_text("[server]\nport = 1\n")
    result = run_apart(pytester, "--strict-markers", "-W", "error", "-s")
    result.assert_outcomes(passed=1)
    [loaded] = [line for line in result.outlines if "LOADED" in line]
    light = ["isomargin.errors", "isomargin.pytest_plugin", MODULE, "isomargin.pytest_plugin.scenarios"]
    assert loaded.endswith(str(light))
    assert "isomargin)" not in result.stdout.str()


def test_markers__asked_for__names_the_marker(pytester):
    run(pytester, "--markers").stdout.fnmatch_lines(["@pytest.mark.isomargin(engine=*"])


def test_fixtures__asked_for__names_those_of_the_plugin(pytester):
    text = run(pytester, "--fixtures").stdout.str()
    names = ("chain", "market", "oracle", "trader", "keeper", "lp", "attacker", "deploy", "reverts")
    assert [name for name in names if f"\n{name} --" not in text and f"\n{name} [" not in text] == []
