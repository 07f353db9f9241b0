"""Both ways to a Chromium: one of this machine, and the one from npm where there is none."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.report.chromium import NoChromium, find_chromium

VERSION = re.compile(r"(Chromium|Google Chrome)\D* (\d+)\.")


def path_of(folder: Path, *programs: str) -> str:
    """A PATH of nothing but these programs of this machine."""
    folder.mkdir()
    for name in programs:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"no {name}")
        (folder / name).symlink_to(Path(found).resolve() if name == "node" else found)
    return str(folder)


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_chromium__named_in_the_environment__is_taken(tmp_path, monkeypatch):
    mine = script(tmp_path / "mine", "echo Chromium 99.0")
    monkeypatch.setenv("CHROMIUM", mine)
    monkeypatch.setenv("PATH", "")

    assert find_chromium().program == mine


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_chromium__on_the_path__is_taken(tmp_path, monkeypatch, name):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path / name, "echo Chromium 99.0")

    assert find_chromium().program == str(tmp_path / name)


def test_chromium__path_without_one__is_installed_from_npm_and_runs(tmp_path, monkeypatch):
    bare = path_of(tmp_path / "bin", "npm", "node")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", bare)
    try:
        chromium = find_chromium()
    except NoChromium as reason:
        pytest.skip(str(reason))  # no network, or a machine that it was not built for

    assert Path(chromium.program).name == "chromium"
    assert "isomargin" in chromium.program
    assert VERSION.match(chromium.version())


def test_chromium__nothing_there__says_what_would_help(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("ISOMARGIN_CACHE", str(tmp_path / "cache"))

    with pytest.raises(
        NoChromium, match=r"^no Chromium: put one on the PATH, name one in CHROMIUM, or have npm"
    ):
        find_chromium()


def test_chromium__npm_that_fails__says_what_npm_said(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("ISOMARGIN_CACHE", str(tmp_path / "cache"))
    script(tmp_path / "node", "exit 0")
    script(tmp_path / "npm", "echo network is down >&2\nexit 1")

    with pytest.raises(
        NoChromium, match=r"npm could not install @sparticuz/chromium@[\d.]+: network is down$"
    ):
        find_chromium()
    assert list((tmp_path / "cache").iterdir()) == []


def test_chromium__that_does_not_run__is_refused_with_its_complaint(tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", script(tmp_path / "mine", "echo libnss3.so is missing >&2\nexit 127"))

    with pytest.raises(NoChromium, match=r"mine does not run: libnss3\.so is missing$"):
        find_chromium()


def test_chromium__named_and_not_there__is_not_replaced_by_another(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nowhere"))

    with pytest.raises(NoChromium, match=r"nowhere, which is no program$"):
        find_chromium()
