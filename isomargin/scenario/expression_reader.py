"""Reads expressions from the left, piece by piece: what every language of expressions here has in common."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

__all__ = ["NUMBER", "WORD", "ExpressionError", "Reader", "hint"]

NUMBER = re.compile(r"[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]{1,2})?")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPACE = re.compile(r"[ \t]*")


class ExpressionError(ValueError):
    """Text that is no expression; the message begins with the column, from 1."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(f"column {column}: {message}")
        self.column = column


class Reader:
    """Goes over a text once; `at` is where it stands.

    Parameters
    ----------
    text : str
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def column(self) -> int:
        """The column of what comes next."""
        self._skip()
        return self.at + 1

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """What comes next, if it is of a pattern."""
        self._skip()
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()

    def take_one_of(self, marks: str) -> str | None:
        """What comes next, if it is one of these characters."""
        self._skip()
        if self.at < len(self.text) and self.text[self.at] in marks:
            self.at += 1
            return self.text[self.at - 1]
        return None

    def expect(self, mark: str, message: str = "") -> None:
        """Take a character that has to come next."""
        if self.take_one_of(mark) is None:
            raise self.wrong(message or f"expected {mark}")

    def expect_end(self) -> None:
        """Refuse whatever is left."""
        self._skip()
        if self.at < len(self.text):
            raise self.wrong("expected the end")

    def wrong(self, message: str) -> ExpressionError:
        """What to raise: the next piece of text is not what was expected."""
        column = self.column()
        piece = self.text[self.at :].split(" ")[0][:20]
        return ExpressionError(
            column, f"{message}, found {piece!r}" if piece else f"{message}, found nothing"
        )

    def _skip(self) -> None:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at


def hint(name: str, known: Iterable[str]) -> str:
    """What an unknown name may have meant."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(names)}"
