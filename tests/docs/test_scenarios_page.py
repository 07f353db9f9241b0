"""`docs/scenarios.md` and the tables that check a scenario know the same keys and the same defaults."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from isomargin.scenario import Scenario, scenario_from
from isomargin.scenario.expression_terms import describe_terms
from tests.docs.pages import anchors, blocks, page, sections

PAGE = page("docs/scenarios.md")
TOP_LEVEL = "Top level"
# What a table needs besides the key in question before it can be checked by itself.
NEEDED: Mapping[str, Mapping[str, Any]] = {
    TOP_LEVEL: {"prices": {"values": [1]}},
    "`[prices]`": {"rows": [[3, 1, 2]], "columns": ["high", "low", "close"]},
    "`[prices.gbm]`": {"start_price": 1},
    "`[prices.merton]`": {"start_price": 1},
    "`[prices.heston]`": {"start_price": 1},
    "`[prices.bootstrap]`": {"rows": [[3, 1, 2]], "columns": ["high", "low", "close"]},
    "`[[faults]]`": {"kind": "reorg", "depth": 1},
    "`[[contracts.beside]]`": {"name": "thief", "source": "Thief.vy"},
    "`[[contracts.changes]]`": {"text": "a", "instead": "b"},
    "`[[people]]`": {"name": "eve"},
    "`[[steps]]`": {"at": 0, "by": "eve", "claim": {"position": 1}},
    "`[steps.open]`": {"size": 1, "margin": 1},
    "`[steps.increase]`": {"position": 1, "size": 1},
    "`[steps.decrease]`": {"position": 1, "size": 1},
    "`[steps.close]`": {"position": 1},
    "`[steps.place_stop_loss]`": {"position": 1, "trigger": 1},
    "`[steps.place_take_profit]`": {"position": 1, "trigger": 1},
    "`[steps.place_limit]`": {"size": 1, "margin": 1, "trigger": 1},
    "`[steps.approve]`": {"position": 1},
    "`[steps.call]`": {"contract": "market", "function": "last_id"},
    "`[[expect]]`": {"that": "price > 0"},
}


class Documented(NamedTuple):
    """One line of a table of the page."""

    key: str
    value: str
    default: str
    meaning: str


def table_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The table that a key holds, if it holds one, and whether it holds an array of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for argument in get_args(annotation):
        found, is_array = table_in(argument)
        if found is not None:
            return found, is_array or get_origin(annotation) is tuple
    return None, False


def tables(model: type[BaseModel] = Scenario, path: str = "", heading: str = TOP_LEVEL) -> Iterator[Any]:
    """Every table that a scenario can have: the heading that it must have on the page, and its model."""
    yield heading, model
    for name, field in model.model_fields.items():
        # pydantic keeps what `Annotated` said apart from the type itself
        inner, is_array = table_in(field.annotation)
        if inner is not None:
            inner_path = f"{path}.{name}".lstrip(".")
            yield from tables(inner, inner_path, f"`[[{inner_path}]]`" if is_array else f"`[{inner_path}]`")


TABLES: dict[str, type[BaseModel]] = dict(tables())


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a table, as a file writes them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def documented(heading: str) -> list[Documented]:
    """The lines of the table below a heading."""
    rows = re.findall(r"^\| `(\w+)` \|(.+)\|$", sections(PAGE)[heading], re.MULTILINE)
    return [Documented(key, *(cell.strip() for cell in rest.split(" | "))) for key, rest in rows]


LINES = [(heading, line) for heading in TABLES if heading in sections(PAGE) for line in documented(heading)]


def test_page__tables__are_those_of_a_scenario_in_their_order():
    on_page = [title for title in sections(PAGE) if title == TOP_LEVEL or title.startswith("`[")]
    assert on_page == list(TABLES)


@pytest.mark.parametrize("heading", TABLES)
def test_page__keys_of_a_table__are_those_of_its_model_in_their_order(heading):
    assert [line.key for line in documented(heading)] == list(keys_of(TABLES[heading]))


@pytest.mark.parametrize(("heading", "line"), LINES, ids=lambda part: getattr(part, "key", part))
def test_page__default_of_a_key__is_that_of_its_model(heading, line):
    model = TABLES[heading]
    field = keys_of(model)[line.key]
    if line.default == "required":
        assert field.is_required()
    elif line.default == "none":
        assert not field.is_required()
        assert field.default is None
    elif link := re.fullmatch(r"\[below\]\(#(.+)\)", line.default):
        assert table_in(field.annotation)[0] is not None
        assert not field.is_required()
        assert link[1] in anchors(PAGE)
    else:
        literal = tomllib.loads(f"it = {line.default.strip('`')}", parse_float=Decimal)["it"]
        given = {**NEEDED.get(heading, {}), line.key: literal}
        if line.key == "columns":
            given["rows"] = [[0, 3, 1, 2]]
        assert getattr(model.model_validate(given), line.key) == field.default


def test_page__default_brackets__are_those_of_a_file_without_any():
    [written] = blocks(sections(PAGE)["`[[risk.brackets]]`"], "toml")
    prices = {"prices": {"values": [1]}}
    brackets = tomllib.loads(written.text, parse_float=Decimal)
    assert scenario_from({**prices, **brackets}).risk == scenario_from(prices).risk


@pytest.mark.parametrize("key", ["keepers", "pool.providers"])
def test_page__arrays_of_people__have_one_with_the_defaults_of_its_table(key):
    scenario: Any = scenario_from({"prices": {"values": [1]}})
    for name in key.split("."):
        scenario = getattr(scenario, name)
    [only] = scenario
    assert only == TABLES[f"`[[{key}]]`"]()


def test_page__terms_of_expressions__are_those_that_are_read():
    assert describe_terms() in sections(PAGE)["Expressions"]
