"""Finds the line of each key of a TOML text, which the parser of the standard library does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["KeyPath", "key_lines", "key_text"]

KeyPath = tuple[str | int, ...]

_TOKEN = re.compile(
    r'(?P<text>"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')'
    r"|(?P<mark>[\[\]{},=])"
    r"|(?P<line>\n)"
    r"|(?P<skip>[ \t\r]+|\#[^\n]*)"
    r"|(?P<bare>[^\s\[\]{},=\#\"']+)",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line numbers, from 1, of all tables, keys and array elements.

    Parameters
    ----------
    text : str
        TOML that `tomllib` accepts; this is no validator.
    """
    return _Scanner(text).scan()


def key_text(key: KeyPath) -> str:
    """A key path as TOML writes it, elements of arrays counted from 0.

    >>> key_text(("keepers", 0, "min_profit"))
    'keepers[0].min_profit'
    """
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else repr(part)
            text += f".{name}" if text else name
    return text


class _Scanner:
    """Walks over the tokens once and notes where each key begins."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.table_counts: dict[KeyPath, int] = {}  # of arrays of tables

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "line":
                self.at += 1
            elif token.text == "[" and token.kind == "mark":
                table = self._header()
            else:
                self._pair(table)
        return self.lines

    def _header(self) -> KeyPath:
        line = self.tokens[self.at].line
        self.at += 1
        is_array = self._next_is("[")
        if is_array:
            self.at += 1
        parts = self._key("]")
        self.at += 2 if is_array else 1
        path: KeyPath = ()
        for part in parts[:-1]:
            path = (*path, part)
            self.lines.setdefault(path, line)
            path = self._newest(path)
        path = (*path, parts[-1])
        self.lines.setdefault(path, line)
        if is_array:
            self.table_counts[path] = self.table_counts.get(path, -1) + 1
            path = self._newest(path)
            self.lines[path] = line
        return path

    def _newest(self, path: KeyPath) -> KeyPath:
        return (*path, self.table_counts[path]) if path in self.table_counts else path

    def _pair(self, table: KeyPath) -> None:
        line = self.tokens[self.at].line
        path = table
        for part in self._key("="):
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.at += 1
        self._value(path)

    def _key(self, end: str) -> list[str]:
        parts: list[str] = []
        while not self._next_is(end):
            token = self.tokens[self.at]
            if token.kind == "text":
                parts.append(tomllib.loads(f"key = {token.text}")["key"])
            elif token.kind == "bare":
                parts += [part for part in token.text.split(".") if part]
            self.at += 1
        return parts

    def _value(self, path: KeyPath) -> None:
        if self._next_is("["):
            self._array(path)
        elif self._next_is("{"):
            self._inline_table(path)
        else:  # a scalar; a date and a time may be two tokens
            self.at += 1
            while self.at < len(self.tokens) and self.tokens[self.at].kind == "bare":
                self.at += 1

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while not self._next_is("]"):
            token = self.tokens[self.at]
            if token.kind == "line":
                self.at += 1
            elif self._next_is(","):
                index += 1
                self.at += 1
            else:
                self.lines[(*path, index)] = token.line
                self._value((*path, index))
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while not self._next_is("}"):
            if self._next_is(",") or self.tokens[self.at].kind == "line":
                self.at += 1
            else:
                self._pair(path)
        self.at += 1

    def _next_is(self, mark: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == "mark" and token.text == mark


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "skip":
            yield _Token(kind, match.group(), line)
        line += match.group().count("\n")
