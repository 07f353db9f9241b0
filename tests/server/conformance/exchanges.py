"""Cases of the corpus as they are written: one file a case, requests after ``>>``, answers after ``<<``.

The format is that of the execution API's own tests with a few directives more: README.md beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FOLDER", "Case", "Exchange", "read_case", "read_corpus"]

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Exchange:
    """A request and what comes back for it.

    Attributes
    ----------
    line : int
        Where the request stands in its file.
    request : str
        As it is sent, names of captured values apart.
    answers : tuple of str
        Patterns; several only over a socket, where they may come in any order. An empty one is an empty body.
    status : int
        Of HTTP; 0 for any that says that it was answered.
    is_binary : bool
        Sent as a binary frame of a socket.
    """

    line: int
    request: str
    answers: tuple[str, ...]
    status: int = 0
    is_binary: bool = False


@dataclass(frozen=True)
class Case:
    """A file of the corpus.

    Attributes
    ----------
    name : str
        Folder and file, without the ending.
    exchanges : tuple of Exchange
    compares_shapes : bool
        Whether ``// speconly:`` stands in it.
    uses_socket : bool
        Whether ``// websocket`` stands in it.
    """

    name: str
    exchanges: tuple[Exchange, ...]
    compares_shapes: bool = False
    uses_socket: bool = False


def read_corpus() -> list[Case]:
    """Every case, by name; `stage.io`, which prepares the chain for all of them, is none."""
    paths = sorted(path for path in FOLDER.glob("*/*.io"))
    return [read_case(f"{path.parent.name}/{path.stem}", path.read_text(encoding="utf-8")) for path in paths]


def read_case(name: str, text: str) -> Case:
    """Read a case.

    Raises
    ------
    ValueError
        If a line is none of those that a case is made of; names the line.
    """
    lines = list(enumerate(text.splitlines(), 1))
    words = [line.removeprefix("//").strip() for _, line in lines if line.startswith("//")]
    return Case(
        name=name,
        exchanges=tuple(_exchanges(name, lines)),
        compares_shapes=any(word.startswith("speconly:") for word in words),
        uses_socket="websocket" in words,
    )


def _exchanges(name: str, lines: list[tuple[int, str]]) -> Iterator[Exchange]:
    current: Exchange | None = None
    directives: dict[str, str] = {}
    repeats: list[str] = []
    for number, line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "//":
            word, _, argument = rest.strip().partition(" ")
            if word == "repeat:":
                repeats.append(argument)
            elif word in ("status:", "binary"):
                directives[word] = argument
        elif kind == ">>":
            if current:
                yield current
            request = _repeated(rest, repeats)
            current = Exchange(number, request, (), is_binary="binary" in directives)
            directives.pop("binary", None)
        elif kind == "<<" and current:
            answer = _repeated(rest, repeats)
            status = int(directives.pop("status:", current.status))
            current = Exchange(
                current.line, current.request, (*current.answers, answer), status, current.is_binary
            )
        elif line.strip():
            raise ValueError(f"{name}:{number}: expected //, >> or << and a space, found {line[:40]!r}")
    if current:
        yield current


def _repeated(line: str, directives: list[str]) -> str:
    """Write out each ``// repeat: MARK COUNT TEXT``; they are spent."""
    while directives:
        mark, count, text = directives.pop().split(" ", 2)
        line = line.replace(mark, text * int(count))
    return line
