"""What a bot tells of its life: one line an event, for machines or for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from isomargin.bot.choices import Style

__all__ = ["Journal"]


class Journal:
    """Writes events as lines.

    Parameters
    ----------
    write : callable
        Takes a line without its end.
    style : {"json", "text"}
        One JSON object a line, or words.
    """

    def __init__(self, write: Callable[[str], None], style: Style = "json") -> None:
        self._write = write
        self._style = style

    def note(self, event: str, **fields: Any) -> None:
        """Write one event; hashes come as hexadecimal text, amounts are to be text already."""
        shown = {name: _plain(value) for name, value in fields.items() if value is not None}
        if self._style == "json":
            self._write(json.dumps({"event": event, **shown}, separators=(",", ":")))
        else:
            words = [f"{name}={_words(each)}" for name, each in shown.items()]
            self._write(" ".join([f"{event:<12}", *words]))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, tuple):
        return list(value)
    return value


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    text = str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)
