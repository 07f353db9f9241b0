"""From the wheel into a clean environment: `isomargin new`, and the project's tests pass at once."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from isomargin.contracts import cache_directory
from tests.project.tree import ROOT

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment with the built wheel; the packages of the lock are lent by this one."""
    folder = tmp_path_factory.mktemp("installed")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)

    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    [wheel] = folder.glob("*.whl")
    environment = folder / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    run(sys.executable, "-m", "pip", "--python", str(python), *install)
    where = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = Path(run(str(python), "-c", where).stdout.strip())
    # a path alone: the .pth files in there, an editable isomargin among them, are not followed
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return environment / "bin"


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Run a command of that environment, far from the sources."""
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))
    }
    variables["ISOMARGIN_CACHE"] = str(cache_directory())

    def start(program: str, *arguments: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        command = [str(installed / program), *arguments]
        return subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, timeout=600, check=False
        )

    return start


def test_new__from_the_wheel__tests_of_the_project_pass(run, installed, tmp_path):
    origin = run("python", "-c", "import isomargin; print(isomargin.__file__)").stdout
    assert origin.startswith(str(installed.parent))

    made = run("isomargin", "new", "project")
    assert (made.returncode, made.stderr) == (0, "")

    tested = run("python", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rA", folder=tmp_path / "project")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    passed = {line.split()[1] for line in tested.stdout.splitlines() if line.startswith("PASSED ")}
    assert {name.partition("::")[0] for name in passed} == {
        "tests/test_crash.toml",
        "tests/test_keeper.py",
        "tests/test_liquidator.py",
    }
    assert "6 passed" in tested.stdout

    reported = run(
        "python", "-m", "pytest", "-q", "--isomargin-coverage", "--isomargin-gas=gas.json",
        "tests/test_liquidator.py", folder=tmp_path / "project",
    )  # fmt: skip
    assert reported.returncode == 0, reported.stdout + reported.stderr
    assert "gas.json: written" in reported.stdout
    [row] = [
        line.split() for line in reported.stdout.splitlines() if line.startswith("contracts/Liquidator.vy")
    ]
    assert row[3] == "100.0"  # of the lines
