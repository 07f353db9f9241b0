"""Housekeeping of the repository: the lock, the scripts, the sizes of files, what must not be written."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.tree import ROOT, lines_of, project_files, python_files

LOCK = ROOT / "requirements.lock"
SCRIPTS = [path for path in project_files() if path.parent in {ROOT / "scripts", ROOT / ".ci"}]
MAX_SOURCE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_SCRIPT_LINES = 80
# Spelled in parts, so that this file does not find itself.
LEFT_OVERS = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "Not" + "ImplementedError"]
HOMES = ["ho" + "me", "Us" + "ers", "ro" + "ot", "wo" + "rk"]
UNFINISHED = re.compile(rf"\b({'|'.join(LEFT_OVERS)})\b")
MACHINE_PATH = re.compile(rf"(?<![\w.~-])/({'|'.join(HOMES)})/\w")


def locked_requirements(text: str) -> dict[str, int]:
    """Each pinned requirement of a lock file, as written, and how many hashes it has."""
    found: dict[str, int] = {}
    requirement = ""
    for line in text.splitlines():
        if line and not line.startswith(("#", " ")):
            requirement = line.rstrip(" \\")
            found[requirement] = 0
        found[requirement] = found.get(requirement, 0) + line.count("--hash=sha256:") if requirement else 0
    return {name: hashes for name, hashes in found.items() if name}


def long_functions(source: str) -> Iterator[tuple[int, str]]:
    """Functions whose code, their docstring not counted, goes beyond the limit."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node) is not None and first.end_lineno is not None
            skipped = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
            length = (node.end_lineno or 0) - node.lineno + 1 - skipped
            if length > MAX_FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines, at most {MAX_FUNCTION_LINES}"


def written(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """Where `pattern` is found, as ``file:line: text``."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(lines_of(path), 1)
        if pattern.search(line)
    ]


def test_lock__every_requirement__is_pinned_and_hashed():
    requirements = locked_requirements(LOCK.read_text(encoding="utf-8"))
    assert len(requirements) > 50
    assert [name for name in requirements if "==" not in name] == []
    assert [name for name, hashes in requirements.items() if not hashes] == []


def test_lock__whole_file__names_no_server():
    assert "://" not in LOCK.read_text(encoding="utf-8")


def test_lock__what_the_metadata_asks_for__is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split("[=<>~!;[ ]", requirement)[0] for requirement in wanted}
    pinned = {name.partition("==")[0] for name in locked_requirements(LOCK.read_text(encoding="utf-8"))}
    assert names - pinned == set()


def test_locked_requirements__one_without_hash__counts_none():
    text = (
        "# made by hand\na==1 ; python_version > '3' \\\n    --hash=sha256:0 \\\n    --hash=sha256:1\nb==2\n"
    )
    assert locked_requirements(text) == {"a==1 ; python_version > '3'": 2, "b==2": 0}


@pytest.mark.parametrize("pattern", [UNFINISHED, MACHINE_PATH], ids=["unfinished", "path"])
def test_files__whole_project__hold_nothing_unfinished_and_no_path_of_a_machine(pattern):
    found = written(pattern, [path for path in project_files() if path != LOCK])
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("word", LEFT_OVERS)
def test_unfinished__line_with_a_left_over__is_found(word):
    assert UNFINISHED.search(f"# {word}: later")
    assert not UNFINISHED.search(f"a{word}b")


@pytest.mark.parametrize("home", HOMES)
def test_machine_path__absolute_path__is_found(home):
    assert MACHINE_PATH.search(f"open('/{home}/someone/prices.csv')")


@pytest.mark.parametrize("line", ["docs/root/flow.md", "a proof of work", "<root/>", "~/root/notes"])
def test_machine_path__relative_path_or_word__is_not_found(line):
    assert not MACHINE_PATH.search(line)


def test_python_sources__every_file_and_function__is_short():
    found = []
    for path in [*python_files("isomargin"), *python_files("benchmarks")]:
        name, source = path.relative_to(ROOT), path.read_text(encoding="utf-8")
        if len(source.splitlines()) > MAX_SOURCE_LINES:
            found.append(f"{name} has {len(source.splitlines())} lines, at most {MAX_SOURCE_LINES}")
        found += [f"{name}:{line}: {fault}" for line, fault in long_functions(source)]
    assert not found, "\n" + "\n".join(found)


def test_long_functions__docstring_or_code_of_sixty_lines__only_code_counts():
    documented = 'def f():\n    """Says.\n' + "\n" * 60 + '    """\n    return 1\n'
    assert list(long_functions(documented)) == []
    code = "class A:\n    def f(self):\n" + "        pass\n" * 60
    assert list(long_functions(code)) == [(2, "f has 61 lines, at most 60")]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script__every_one__is_a_page_of_sound_bash(script):
    lines = lines_of(script)
    assert len(lines) <= MAX_SCRIPT_LINES
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert any(line.startswith("set -euo pipefail") for line in lines)
    if script.name != "environment":  # sourced by the others
        assert lines[0] == "#!/usr/bin/env bash"
        assert os.access(script, os.X_OK)


def test_scripts__those_documented__are_there():
    assert {path.name for path in SCRIPTS} >= {"demo", "test", "lint", "lock", "bench", "environment", "run"}


def test_ci__run__calls_test_then_lint():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 0 < text.find("\nscripts/test") < text.find("\nscripts/lint")
