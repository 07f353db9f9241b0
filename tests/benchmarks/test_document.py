"""The table of figures in docs/engines.md: what goes in, and where."""

from __future__ import annotations

import json

import pytest

from benchmarks.document import BEGIN, DOCUMENT, END, joined, main, section, with_section
from benchmarks.rows import Bound, Row

MACHINE = {"processors": 2, "load": [0.5, 0.4, 0.3]}


def run_of(*rows: Row) -> dict[str, object]:
    return {"machine": MACHINE, "rows": [row.as_json() for row in rows]}


def test_section__rows_of_a_run__shows_ratios_targets_and_notes_and_leaves_out_the_missing():
    fast = Row("views", "a page", "us", "them", 12.3456, 2_000.4, 162.0, target=Bound(10), note="by page")
    slow = Row("views", "a call", "us", "them", 0.5, 1.0, 2.0, unit="ms", target=Bound(1))
    alone = Row("demo", "a night", "us", ours_value=3.21, unit="s")
    absent = Row("views", "a call", "", "another", note="not installed")
    assert section(run_of(fast, slow, alone, absent)).splitlines() == [
        "| what | ours | against | ratio | target | ours here | theirs here |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: |",
        "| views: a page (1) | us | them | 12.3x | >= 10 | 2,000 1/s | 162 1/s |",
        "| views: a call | us | them | 0.5x | >= 1, missed | 1 ms | 2 ms |",
        "| demo: a night | us |  |  |  | 3.21 s |  |",
        "",
        "1. by page",
        "",
        "Measured on 2 shared processors at a load of 0.5, 0.4, 0.3. Ratios are medians of rounds in which "
        "both sides took turns; the figures beside them are of that machine alone.",
    ]


def test_section__demo__says_where_its_time_went():
    details = {"memory MB": 1_040, "EVM": "84%", "ABI": "1%", "rest": "15%", "transactions": 31_000}
    night = Row("demo", "a night", "us", ours_value=3.21, unit="s", details=details)
    assert section(run_of(night)).splitlines()[-3:] == [
        "| demo | engine | time | transactions | liquidations | memory MB | EVM | ABI | checks | records | "
        "book | people | rest |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| a night | us | 3.21 s | 31,000 |  | 1,040 | 84% | 1% |  |  |  |  | 15% |",
    ]


def test_joined__two_runs__takes_each_benchmark_from_the_last_that_measured_it():
    old, new, other = (Row("views", "a page", "us", "them", ratio, ratio, 1.0) for ratio in (2.0, 3.0, 4.0))
    first = run_of(old, Row("book", "a tick", "us", "them", 7.0, 1.0, 7.0))
    both = joined([first, run_of(new, other)])
    assert [(row["benchmark"], row["ratio"]) for row in both["rows"]] == [
        ("views", 3.0),
        ("views", 4.0),
        ("book", 7.0),
    ]
    assert both["machine"]["load"] == [0.5, 0.5]
    assert joined([first]) == first


def test_with_section__marks__are_kept_and_without_them_refused():
    assert with_section(f"a\n{BEGIN}old{END}\nb", "new\n") == f"a\n{BEGIN}new\n{END}\nb"
    with pytest.raises(ValueError, match="expected the marks"):
        with_section("a", "new")


def test_main__no_such_file__one_line_and_exit_2(tmp_path, capsys):
    assert main([str(tmp_path / "none.json")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_main__json_of_a_run__rewrites_the_document(tmp_path, monkeypatch):
    page, figures = tmp_path / "engines.md", tmp_path / "bench.json"
    page.write_text(DOCUMENT.read_text(encoding="utf-8"), encoding="utf-8")
    figures.write_text(json.dumps(run_of(Row("book", "a tick", "us", "them", 7.0, 1.0, 7.0))))
    monkeypatch.setattr("benchmarks.document.DOCUMENT", page)
    assert main([str(figures)]) == 0
    assert "| book: a tick | us | them | 7x |" in page.read_text(encoding="utf-8")


def test_document__table_of_a_run__is_there():
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    table = rest.partition(END)[0]
    for benchmark in ("transactions", "overhead", "views", "book", "demo", "startup"):
        assert f"| {benchmark}: " in table
