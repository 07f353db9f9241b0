"""Lines for machines and lines for people."""

from __future__ import annotations

import json

from isomargin.bot.journal import Journal


def told(style, event, **fields):
    lines: list[str] = []
    Journal(lines.append, style).note(event, **fields)
    [line] = lines
    return line


def test_note__json__is_one_object_with_hashes_as_text_and_nothing_that_is_missing():
    line = told("json", "mined", hash=b"\x01\xff", done=(2, 1), reward="0.5", why=None, success=True)
    assert json.loads(line) == {
        "event": "mined",
        "hash": "0x01ff",
        "done": [2, 1],
        "reward": "0.5",
        "success": True,
    }
    assert "\n" not in told("json", "held", why="two\nlines")


def test_note__text__is_words():
    line = told("text", "held", nonce=3, done=[1, 2], undone=[], why="does not pay")
    assert told("text", "held", why="two\nlines").endswith('why="two\\nlines"')
    assert line.split(maxsplit=1) == ["held", 'nonce=3 done=1,2 undone=none why="does not pay"']
