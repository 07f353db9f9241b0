"""`isomargin schema` prints the schema or writes it."""

import json

from isomargin.scenario import scenario_schema


def test_schema__printed_and_written__are_the_same(command, tmp_path):
    printed = command("schema")
    written = command("schema", "--out", tmp_path / "s.json")

    assert (printed.code, printed.err, written.code, written.out) == (0, "", 0, "")
    assert printed.out == (tmp_path / "s.json").read_text()
    assert json.loads(printed.out) == json.loads(json.dumps(scenario_schema()))


def test_schema__nowhere_to_write__is_one_line_and_2(command, tmp_path):
    ended = command("schema", "--out", tmp_path)

    assert ended.code == 2
    assert ended.err.startswith(f"isomargin: --out {tmp_path}: cannot be written: ")
