"""Statements by line, from sources as they are now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isomargin.contracts import compile_contract
from isomargin.traces.source_outline import Statement, outline_of

SOURCE = """# pragma version 0.4.3
@external
def judge(
    number: uint256,
) -> uint256:
    total: uint256 = 0
    for i: uint256 in range(3):
        if (
            number > i
        ):
            total += 1
        elif number == 7:
            total = (
                number
            )
    return total
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ISOMARGIN_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "Judge.vy"
    file.write_text(SOURCE)
    return file


def test_at__each_line__is_the_innermost_statement(source):
    outline = outline_of(compile_contract(source))
    assert outline is not None
    found = {line: outline.at(0, line) for line in range(1, 18)}
    assert found[1] is None
    assert found[3] == found[4] == found[5] == Statement(3, 16, 5, "judge")
    assert found[6] == Statement(6, 6, 6, "judge")
    assert found[7] == Statement(7, 15, 7, "judge")
    assert found[8] == found[9] == found[10] == Statement(8, 15, 10, "judge")
    assert found[11] == Statement(11, 11, 11, "judge")
    assert found[12] == Statement(12, 15, 12, "judge")
    assert found[13] == found[14] == found[15] == Statement(13, 15, 15, "judge")
    assert found[17] is None
    assert outline.files == {0: source}


def test_outline_of__asked_again__comes_from_the_disk(source, tmp_path):
    compiled = compile_contract(source)
    first = outline_of(compiled)
    [entry] = (tmp_path / "cache" / "traces").iterdir()
    kept = json.loads(entry.read_text())
    kept["statements"]["0"] = []
    entry.write_text(json.dumps(kept))
    outline_of.cache_clear()
    again = outline_of(compiled)
    assert first is not None
    assert again is not None
    assert (len(first.statements[0]), len(again.statements[0])) == (8, 0)


@pytest.mark.parametrize("damage", ["", "[]", "{}"])
def test_outline_of__entry_is_damaged__is_read_anew(source, tmp_path, damage):
    compiled = compile_contract(source)
    first = outline_of(compiled)
    [entry] = (tmp_path / "cache" / "traces").iterdir()
    entry.write_text(damage)
    outline_of.cache_clear()
    again = outline_of(compiled)
    assert first is not None
    assert again is not None
    assert again.statements == first.statements


def test_outline_of__source_changed__is_read_anew(source):
    assert outline_of(compile_contract(source)) is not None
    source.write_text(SOURCE.replace("@external", "# moved down\n@external"))
    outline = outline_of(compile_contract(source))
    assert outline is not None
    assert outline.at(0, 7) == Statement(7, 7, 7, "judge")
