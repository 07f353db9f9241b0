"""The wheel carries contracts and templates; the source distribution all that building and testing needs."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.project.tree import ROOT, contract_files, project_files

TOP_LEVEL = ["CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "requirements.lock", "scripts/test"]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


def test_wheel__installed_elsewhere__has_contracts_templates_types_and_licence(distributions):
    [wheel] = distributions.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = [path for path in project_files() if path.is_relative_to(ROOT / "isomargin")]
    expected = {str(path.relative_to(ROOT)) for path in package}
    expected |= {
        f"isomargin/_contracts/{path.relative_to(ROOT / 'contracts').as_posix()}" for path in contract_files()
    }
    assert "isomargin/py.typed" in expected
    assert len(contract_files()) > 0
    assert expected - names == set()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"isomargin"}


def test_source_distribution__unpacked__can_be_built_and_tested(distributions):
    [archive] = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    folders = ("benchmarks", "contracts", "isomargin", "tests", "docs", "examples", "scripts", ".ci")
    expected = {
        str(path.relative_to(ROOT)) for path in project_files() if path.relative_to(ROOT).parts[0] in folders
    }
    assert (expected | set(TOP_LEVEL)) - names == set()
