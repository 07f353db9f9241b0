"""Which scenarios an audit plays: the files of folders, each with its variants, and what a filter leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isomargin.errors import InputError, IsomarginError
from isomargin.scenario import Outline, outline

__all__ = ["BadFile", "Case", "filter_of", "find_cases"]


@dataclass(frozen=True)
class Case:
    """One variant of one file.

    Attributes
    ----------
    file : Path
    choices : mapping of str to str
        By axis, which variant it is.
    variant : str
        The same as people write it; empty for a file without variants.
    """

    file: Path
    choices: Mapping[str, str]
    variant: str = ""

    @property
    def scenario(self) -> str:
        """What the table calls it."""
        return self.file.stem

    @property
    def name(self) -> str:
        """File and variant, as a filter sees them."""
        return f"{self.file.as_posix()} {self.variant}".rstrip()


@dataclass(frozen=True)
class BadFile:
    """A file that is no scenario, and why: one line."""

    file: Path
    message: str


def find_cases(paths: Sequence[Path]) -> tuple[list[Case], list[BadFile]]:
    """Every variant of every file, in the order of the paths; files of a folder by name.

    A file of a folder that another file of it includes is part of that one, and no case itself.

    Raises
    ------
    InputError
        If a path is not there, or a folder has no scenarios.
    """
    cases: list[Case] = []
    bad: list[BadFile] = []
    seen: set[Path] = set()
    for path in paths:
        outlines = _outlines(path)
        parts = {one.resolve() for found in outlines.values() for one in _included(found)}
        for file, found in outlines.items():
            if file.resolve() in seen or (path.is_dir() and file.resolve() in parts):
                continue
            seen.add(file.resolve())
            if isinstance(found, Outline):
                cases += [Case(file, choices, name) for name, choices in found.variants.items()]
            else:
                bad.append(BadFile(file, found))
    return cases, bad


def _outlines(path: Path) -> dict[Path, Outline | str]:
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    files = sorted(path.rglob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: expected scenario files in it, found none")
    found: dict[Path, Outline | str] = {}
    for file in files:
        try:
            found[file] = outline(file)
        except IsomarginError as error:
            found[file] = str(error)
    return found


def _included(found: Outline | str) -> Iterable[Path]:
    return found.included if isinstance(found, Outline) else ()


# The filter

_WORD = re.compile(r"\s*(\(|\)|[^\s()]+)")


def filter_of(expression: str) -> Callable[[Case], bool]:
    """What `-k` means: parts of names, joined by ``and``, ``or``, ``not`` and parentheses.

    >>> wanted = filter_of("pump and not on")
    >>> wanted(Case(Path("pump.toml"), {}, "defence=off"))
    True

    Raises
    ------
    InputError
        If it is no such expression.
    """
    words = _WORD.findall(expression)
    reader = _Filter(words, expression)
    wanted = reader.either()
    if reader.at < len(words):
        raise reader.wrong()
    return lambda case: wanted(case.name.lower())


class _Filter:
    """Reads the words of an expression from the left."""

    def __init__(self, words: Sequence[str], text: str) -> None:
        self.words, self.text, self.at = words, text, 0

    def either(self) -> Callable[[str], bool]:
        wanted = self.both()
        while self._take("or"):
            wanted = _either(wanted, self.both())
        return wanted

    def both(self) -> Callable[[str], bool]:
        wanted = self.one()
        while self._take("and"):
            wanted = _both(wanted, self.one())
        return wanted

    def one(self) -> Callable[[str], bool]:
        if self._take("not"):
            refused = self.one()
            return lambda name: not refused(name)
        if self._take("("):
            wanted = self.either()
            if not self._take(")"):
                raise self.wrong()
            return wanted
        if self.at >= len(self.words) or self.words[self.at].lower() in ("and", "or", ")"):
            raise self.wrong()
        part = self.words[self.at].lower()
        self.at += 1
        return lambda name: part in name

    def _take(self, word: str) -> bool:
        if self.at < len(self.words) and self.words[self.at].lower() == word:
            self.at += 1
            return True
        return False

    def wrong(self) -> InputError:
        found = repr(self.words[self.at]) if self.at < len(self.words) else "nothing more"
        return InputError(
            f"-k {self.text!r}: expected parts of names joined by and, or, not and parentheses, found {found}"
        )


def _either(one: Callable[[str], bool], other: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda name: one(name) or other(name)


def _both(one: Callable[[str], bool], other: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda name: one(name) and other(name)
