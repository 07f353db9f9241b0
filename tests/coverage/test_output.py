"""What is written: the page, the tracefile, and the command with its table and its refusals."""

from __future__ import annotations

import json
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from isomargin.chain import Chain
from isomargin.chain.recording import VARIABLE, recording
from isomargin.cli import main
from isomargin.contracts import compile_contract
from isomargin.coverage import Report, coverage_page, lcov
from tests.coverage.helpers import attempt, cover, write

SOURCE = """
# pragma version 0.4.3
x: uint256


@external
def act(a: uint256):
    if a > 3 and a < 9:  # <script>alert("x")</script>
        self.x = 1
    assert a != 5  # coverage: ignore nobody sends five
    self.x = 2


@external
def other():
    self.x = 3


@internal
def unused():
    self.x = 4
"""
# act(1): line 7 ran with `and` stopped and `if` false; 8 missed; 9 ignored; 10 ran; 15 missed; 20 no code


def _run(folder: Path) -> Report:
    write(folder, Act=SOURCE)
    return cover(folder, lambda chain: attempt(chain.deploy(compile_contract(folder / "Act.vy")), "act", 1))


def test_lcov__one_file__lines_and_outcomes_that_count(tmp_path):
    assert lcov(_run(tmp_path)).splitlines() == [
        "TN:",
        f"SF:{tmp_path / 'Act.vy'}",
        "BRDA:7,0,0,0",  # the if, true
        "BRDA:7,0,1,1",
        "BRDA:7,1,0,0",  # the and, going on
        "BRDA:7,1,1,1",
        "BRF:4",
        "BRH:2",
        "DA:7,1",
        "DA:8,0",
        "DA:10,1",
        "DA:15,0",
        "LF:4",
        "LH:2",
        "end_of_record",
    ]


class _Page(HTMLParser):
    """The rows of the sources: number -> (class, text, remark); and the tags that there are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: dict[str, tuple[str, str, str]] = {}
        self._row: list[str] | None = None
        self._mark = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self._row, self._mark = [], dict(attrs).get("class") or ""
        if tag == "td" and self._row is not None:
            self._row.append("")

    def handle_data(self, data: str) -> None:
        if self._row:
            self._row[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self._row and len(self._row) == 3:
            self.rows[self._row[0]] = (self._mark, self._row[1], self._row[2])
        if tag == "tr":
            self._row = None


def test_page__one_file__marks_each_line_and_escapes_the_source(tmp_path):
    page = _Page(coverage_page(_run(tmp_path)))
    assert "script" not in page.tags
    text = '    if a > 3 and a < 9:  # <script>alert("x")</script>'
    assert page.rows["7"] == ("partly", text, "if never true; and never goes on to the next operand")
    assert page.rows["8"][0::2] == ("missed", "never ran")
    assert page.rows["9"][0::2] == ("ignored", "not counted: nobody sends five")
    assert page.rows["10"] == ("covered", "    self.x = 2", "")
    assert page.rows["20"][0::2] == ("unreachable", "no code: can never run")
    assert page.rows["2"] == ("", "x: uint256", "")


# The command


def _record(folder: Path) -> Path:
    write(folder, Act=SOURCE)
    with recording() as made:
        chain = Chain()
        attempt(chain.deploy(compile_contract(folder / "Act.vy")), "act", 1)
    records = folder / "records"
    made.save(records)
    return records


class _Done(NamedTuple):
    returncode: object
    stdout: str
    stderr: str


class _Command:
    """The command line in a folder of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *words: str) -> _Done:
        self._monkeypatch.setattr(sys, "argv", ["isomargin", "coverage", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return _Done(ended.value.code, *self._capsys.readouterr())


@pytest.fixture
def command(tmp_path, monkeypatch, capsys) -> _Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    return _Command(monkeypatch, capsys)


def test_command__recordings__prints_the_table_and_what_does_not_count(tmp_path, command, monkeypatch):
    records = _record(tmp_path)
    done = command("records", "--html", "made/page.html", "--lcov", "made/act.info")
    assert done.returncode == 0, done.stderr
    row = next(line.split() for line in done.stdout.splitlines() if line.startswith("Act.vy "))
    assert row[:7] == ["Act.vy", "4", "2", "50.0", "4", "2", "50.0"]
    words = " ".join(row[7:])
    assert words == "8, 15; 7 if: true; 7 and: goes on to the next operand"
    assert "Act.vy: no code, not counted: 20" in done.stdout
    assert "Act.vy:9: ignored: nobody sends five" in done.stdout
    assert "never ran" in (tmp_path / "made/page.html").read_text()
    assert (tmp_path / "made/act.info").read_text().endswith("end_of_record\n")
    monkeypatch.setenv(VARIABLE, str(records))
    again = command()
    assert again.stdout == done.stdout


@pytest.mark.parametrize(("least", "code"), [("50", 0), ("50.1", 1)])
def test_command__fail_under__compares_lines_and_branches_together(tmp_path, command, least, code):
    _record(tmp_path)
    assert command("records", "--fail-under", least).returncode == code


def test_command__fail_under_with_a_contract_left_out__is_refused(tmp_path, command):
    write(tmp_path, Other=SOURCE)
    with recording() as made:
        for name in ("Act", "Other"):
            write(tmp_path, **{name: SOURCE + f"\n\n# {name}\n{name}: uint256\n"})
            Chain().deploy(compile_contract(tmp_path / f"{name}.vy"))
    made.save(tmp_path / "records")
    write(tmp_path, Other=SOURCE.replace("self.x = 2", "self.x = 22"))
    done = command("records")
    assert done.returncode == 0
    assert "Other: left out, its source has changed since it was recorded" in done.stdout
    done = command("records", "--fail-under", "0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_command__source_given__reports_on_it_alone_and_names_what_nobody_deployed(tmp_path, command):
    _record(tmp_path)
    write(tmp_path, Lonely="# pragma version 0.4.3\nx: uint256\n")
    done = command("records", "--source", ".")
    assert done.returncode == 0
    assert "in no recorded contract: Lonely.vy" in done.stdout


def _spoil(folder: Path, how: str) -> list[str]:
    records = _record(folder)
    file = next(records.iterdir())
    content = json.loads(file.read_text())
    (folder / "empty").mkdir()
    if how == "changed":
        write(folder, Act=SOURCE.replace("self.x = 2", "self.x = 22"))
    elif how == "text":
        file.write_text("{")
    elif how == "format":
        file.write_text(json.dumps({**content, "format": 99}))
    elif how == "shape":
        file.write_text(json.dumps({**content, "contracts": [{"name": "Act"}]}))
    elif how == "reason":
        write(folder, Act=SOURCE.replace("ignore nobody sends five", "ignore"))
    elif how == "elsewhere":
        (folder / "Act.vy").unlink()
    return {
        "missing": ["nowhere"],
        "empty": ["empty"],
        "limit": ["records", "--fail-under", "101"],
        "source": ["records", "--source", "nowhere"],
    }.get(how, ["records"])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", "nowhere: expected a directory of recordings, found none"),
        ("empty", "empty: no recordings"),
        ("text", "not a recording"),
        ("format", "expected a recording of format 1"),
        ("shape", "not a recording"),
        ("changed", "source has changed since it was recorded; record again"),
        ("reason", "Act.vy:9: coverage: ignore needs a reason"),
        ("elsewhere", "recorded: Act"),
        ("limit", "--fail-under 101: expected 0 to 100"),
        ("source", "--source nowhere: expected a file or folder, found none"),
    ],
)
def test_command__bad_input__is_one_line_and_exit_code_two(tmp_path, command, how, message):
    done = command(*_spoil(tmp_path, how))
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_comment_moved__code_the_same__lines_move_with_it(tmp_path, command):
    _record(tmp_path)
    write(tmp_path, Act=SOURCE.replace("x: uint256\n", "x: uint256\n\n\n# explained\n", 1))
    done = command("records")
    assert done.returncode == 0
    assert "11, 18; 10 if: true" in done.stdout  # three lines further down
