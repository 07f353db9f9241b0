from pathlib import Path

from isomargin.record import TABLES, columns_of, describe_tables

DOCUMENT = Path(__file__).parents[2] / "docs" / "records.md"


def test_description__every_column__has_a_line() -> None:
    description = describe_tables()

    for table, row_type in TABLES.items():
        part = description.split(f"## {table}\n")[1].split("\n## ")[0]
        for column in columns_of(row_type):
            assert f"| `{column.name}` |" in part


def test_document__records_page__holds_the_description_as_it_is() -> None:
    assert describe_tables() in DOCUMENT.read_text(encoding="utf-8"), (
        "docs/records.md is behind isomargin/record/rows.py"
    )
