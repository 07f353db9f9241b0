"""A Chromium for tests: found on this machine, or installed from npm into the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Chromium", "NoChromium", "find_chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_VERSION = "147.0.0"
_PACKAGE = f"@sparticuz/chromium@{_VERSION}"
_PATIENCE = 240  # seconds for npm, most of which is the download
# The package holds its files as Brotli, which node's own zlib reads.
_UNPACK = """
const { readFileSync, writeFileSync } = require("fs");
const [from, to] = process.argv.slice(1);
writeFileSync(to, require("zlib").brotliDecompressSync(readFileSync(from)));
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="relative">font-cache</cachedir>
</fontconfig>
"""


class NoChromium(Exception):
    """There is none, and none could be installed; says why."""


@dataclass(frozen=True)
class Chromium:
    """A program, and what its environment needs besides the usual."""

    program: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def version(self) -> str:
        """What it says of itself; fails with its complaint where it cannot run."""
        try:
            done = subprocess.run(
                [self.program, "--version"],
                env={**os.environ, **self.environment},
                capture_output=True,
                text=True,
                timeout=30,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoChromium(f"{self.program} does not run: {error}") from None
        if done.returncode:
            raise NoChromium(f"{self.program} does not run: {done.stderr.strip()[-200:]}")
        return done.stdout.strip()


def find_chromium() -> Chromium:
    """The program of CHROMIUM, one on the PATH, or the one from npm, which is installed once.

    Raises
    ------
    NoChromium
        If there is none and npm cannot install it, or it does not run here.
    """
    given = os.environ.get("CHROMIUM")
    for name in (given,) if given else _NAMES:
        if found := shutil.which(name):
            chromium = Chromium(found)
            chromium.version()
            return chromium
    if given:
        raise NoChromium(f"CHROMIUM names {given}, which is no program")
    cache = Path(os.environ.get("ISOMARGIN_CACHE", Path.home() / ".cache" / "isomargin"))
    return _installed(cache / f"chromium-{_VERSION}")


def _installed(folder: Path) -> Chromium:
    if not folder.exists():
        _install(folder)
    program, fonts = str(folder / "chromium"), {"FONTCONFIG_FILE": str(folder / "fonts.conf")}
    try:
        chromium = Chromium(program, fonts)
        chromium.version()
    except NoChromium:  # a bare machine: the package brings the libraries that it lacks
        chromium = Chromium(program, {**fonts, "LD_LIBRARY_PATH": str(folder / "lib")})
        chromium.version()
    return chromium


def _install(folder: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise NoChromium(
            f"no Chromium: put one on the PATH, name one in CHROMIUM, or have npm to install {_PACKAGE}"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        draft = Path(place)
        _run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", place, _PACKAGE])
        ready = draft / "ready"
        ready.mkdir()
        packed = draft / "node_modules" / "@sparticuz" / "chromium" / "bin"
        _run([node, "-e", _UNPACK, str(packed / "chromium.br"), str(ready / "chromium")])
        (ready / "chromium").chmod(0o755)
        for archive in ("al2023.tar", "fonts.tar"):
            _run([node, "-e", _UNPACK, str(packed / f"{archive}.br"), str(draft / archive)])
            with tarfile.open(draft / archive) as files:
                files.extractall(ready, filter="data")
        (ready / "fonts.conf").write_text(_FONTS)
        if not folder.exists():  # another process may have been faster
            ready.rename(folder)


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        raise NoChromium(f"no Chromium: {command[0]} did not end within {_PATIENCE} s") from None
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        raise NoChromium(f"no Chromium: {Path(command[0]).name} could not install {_PACKAGE}: {said}")
