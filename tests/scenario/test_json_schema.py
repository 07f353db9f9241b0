"""The JSON schema of scenario files knows every key, takes every example, and refuses what is wrong."""

import json
import tomllib
from decimal import Decimal

import pytest

from isomargin.scenario import scenario_schema
from tests.docs.pages import blocks, page, sections
from tests.docs.test_scenarios_page import TABLES, TOP_LEVEL, documented
from tests.project.tree import ROOT
from tests.scenario.files import SMALLEST
from tests.scenario.schema_check import violations
from tests.scenario.test_variants import MATRIX

SCHEMA = json.loads(json.dumps(scenario_schema()))
EXAMPLES = [  # a file of a sweep is no scenario: it names one
    file
    for file in sorted((ROOT / "examples").rglob("*.toml"))
    if "scenario" not in tomllib.loads(file.read_text(encoding="utf-8"))
]
SNIPPETS = [block.text for block in blocks(page("docs/scenarios.md"), "toml")]


def found_in(text):
    return violations(tomllib.loads(text, parse_float=Decimal), SCHEMA, SCHEMA)


def resolved(schema):
    """A schema behind its reference."""
    if "$ref" in schema:
        return SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def table_at(heading):
    """The schema of a table of the page, by its heading."""
    table = SCHEMA
    for part in [] if heading == TOP_LEVEL else heading.strip("`[]").split("."):
        table = resolved(table["properties"][part])
        if table.get("type") == "array":
            items = table["items"]
            table = resolved(items["anyOf"][0] if "anyOf" in items else items)
    return table


def test_schema__committed_file__is_what_the_command_prints():
    committed = (ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == SCHEMA


@pytest.mark.parametrize("heading", TABLES)
def test_schema__table__has_the_keys_of_the_page(heading):
    table = table_at(heading)

    assert list(table["properties"]) == [line.key for line in documented(heading)]
    assert table["additionalProperties"] is False


@pytest.mark.parametrize("heading", TABLES)
def test_schema__defaults__are_those_of_the_page(heading):
    table = table_at(heading)
    for line in documented(heading):
        entry = table["properties"][line.key]
        if line.default == "required":
            assert line.key in table.get("required", ()) or heading == TOP_LEVEL
        elif line.default == "none" or line.default.startswith("["):
            assert "default" not in entry, line.key
        else:
            written = tomllib.loads(f"it = {line.default.strip('`')}")["it"]
            assert entry["default"] == written, line.key


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_schema__example__is_taken(file):
    assert found_in(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("text", [*SNIPPETS, SMALLEST, MATRIX])
def test_schema__snippet_of_the_page__is_taken(text):
    assert found_in(text) == []


def test_schema__examples__are_some():
    assert len(EXAMPLES) >= 2
    assert len(SNIPPETS) >= 8
    assert len(sections(page("docs/scenarios.md"))) > 30


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("sed = 1", "sed: unknown"),
        ("seed = -1", "seed: minimum"),
        ("seed = 'one'", "seed: type"),
        ("name = ''", "name: minLength"),
        ("[traders]\ncuont = 1", "traders.cuont: unknown"),
        ("[traders]\ncount = 1.5", "traders.count: type"),
        ("[traders]\nlong_share = 2", "traders.long_share: maximum"),
        ("[traders]\nleverage = 5", "traders.leverage: type"),
        ("[risk]\npolicy = 'none'", "risk.policy: enum"),
        ("[risk]\nbrackets = []", "risk.brackets: minItems"),
        ("[market]\nskew_scale = 0", "market.skew_scale: exclusiveMinimum"),
        ("[prices.gbm]\nsteps = 1", "prices.gbm: required start_price"),
        ("[gas]\nschedule = [[0]]", "gas.schedule[0]: anyOf"),
        ("[[keepers]]\nbatch_size = 65", "keepers[0].batch_size: maximum"),
        ("[[keepers]]\nrefill = 1", "keepers[0].refill: type"),
        ("[[steps]]\nopenn = {}", "steps[0].openn: unknown"),
        ("[[steps]]\nopen = { size = 1 }", "steps[0].open: required margin"),
        ("[[expect]]\nbecause = 'x'", "expect[0]: required that"),
        ("include = 5", "include: type"),
        ("[variants.a]", "variants.a: minProperties"),
        ("[variants.a.b.risk]\npolcy = 1", "variants.a.b.risk.polcy: unknown"),
        ("[variants.a.b]\ninclude = 'x'", "variants.a.b.include: unknown"),
    ],
)
def test_schema__wrong_document__is_refused_at_its_key(text, where):
    assert where in found_in(text)
