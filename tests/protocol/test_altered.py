"""Sources with changed lines: which parts are replaced, what their copies say, and what is refused."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from isomargin.contracts import contracts_root
from isomargin.errors import CompileError
from isomargin.protocol import Sources, altered_sources

SOUND, UNSOUND = "if worth.equity >= maintenance:", "if worth.equity > maintenance:"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ISOMARGIN_CACHE", str(tmp_path))
    return tmp_path


def replaced(sources: Sources, before: Sources | None = None) -> dict[str, Path]:
    old = asdict(before or Sources())
    return {part: source for part, source in asdict(sources).items() if source != old[part]}


def test_altered_sources__line_of_a_module__replaces_the_part_that_imports_it():
    altered = replaced(altered_sources(Sources(), [(SOUND, UNSOUND)]))
    assert list(altered) == ["market"]
    text = (altered["market"].parent / "liquidation.vy").read_text()
    assert UNSOUND in text
    assert text.replace(UNSOUND, SOUND) == (contracts_root() / "market/liquidation.vy").read_text()


def test_altered_sources__line_that_many_parts_import__replaces_them_all():
    altered = replaced(altered_sources(Sources(), [("def mul_div_up(", "def mul_div_up( ")]))
    assert {"market", "planner", "risk_engine", "target_health"} <= altered.keys()
    assert "token" not in altered


def test_altered_sources__part_that_is_a_users_file__is_left_alone(tmp_path: Path):
    own = Sources(market=tmp_path / "Market.vy")
    with pytest.raises(CompileError, match=r"no part of the system is compiled from market/liquidation\.vy"):
        altered_sources(own, [(SOUND, UNSOUND)])


def test_altered_sources__packaged_name_with_suffix__is_replaced_too():
    named = Sources(token="testing/TaxedToken.vy")
    altered = altered_sources(
        named, [("TAX_DIVISOR: constant(uint256) = 100", "TAX_DIVISOR: constant(uint256) = 50")]
    )
    assert list(replaced(altered, named)) == ["token"]


def test_altered_sources__twice__leaves_the_files_as_they_are():
    first = replaced(altered_sources(Sources(), [(SOUND, UNSOUND)]))["market"]
    stamp = first.stat().st_mtime_ns
    assert replaced(altered_sources(Sources(), [(SOUND, UNSOUND)]))["market"] == first
    assert first.stat().st_mtime_ns == stamp


def test_altered_sources__file_that_was_spoilt__is_written_again():
    first = replaced(altered_sources(Sources(), [(SOUND, UNSOUND)]))["market"]
    good = first.read_text()
    first.write_text("spoilt")
    altered_sources(Sources(), [(SOUND, UNSOUND)])
    assert first.read_text() == good


@pytest.mark.parametrize(
    ("text", "found"),
    [("", "found none"), ("no such line", "found none"), ("# pragma version 0.4.3", "found custody/")],
)
def test_altered_sources__text_not_in_one_place__is_refused(text: str, found: str):
    with pytest.raises(
        CompileError, match=f"expected a text that stands in one place of the contracts, {found}"
    ):
        altered_sources(Sources(), [(text, "pass")])
