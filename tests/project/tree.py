"""Which files the project consists of, for the tests that read the source rather than run it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

__all__ = ["ROOT", "contract_files", "lines_of", "project_files", "python_files"]

ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {".git", ".venv", "out", "build", "dist", "__pycache__"}


@cache
def project_files() -> tuple[Path, ...]:
    """All files of the project, sorted: what git tracks or would track, else (no git) what lies there."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split("\0")
        files = {ROOT / name for name in listed if name}
    except (OSError, subprocess.CalledProcessError):
        files = {path for path in ROOT.rglob("*") if not _NOT_OURS & set(path.relative_to(ROOT).parts)}
        files = {path for path in files if not any(part.endswith("_cache") for part in path.parts)}
    return tuple(sorted(path for path in files if path.is_file()))


def python_files(folder: str) -> list[Path]:
    """The Python files below a top-level folder."""
    return [path for path in project_files() if path.suffix == ".py" and path.is_relative_to(ROOT / folder)]


def contract_files() -> list[Path]:
    """The Vyper sources, deployable contracts, modules and interfaces."""
    return [
        path
        for path in project_files()
        if path.suffix in {".vy", ".vyi"} and path.is_relative_to(ROOT / "contracts")
    ]


def lines_of(path: Path) -> list[str]:
    """The lines of a text file; none for a binary one."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []
