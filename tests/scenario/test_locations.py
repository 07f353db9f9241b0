import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.scenario.locations import key_lines, key_text

EVERYTHING = '''\
# a comment with = and [brackets]
title = "a # inside = text"
text = """
several
[lines] = 1
"""
literal = \'\'\'
key = "no key"
\'\'\'
when = 2020-03-12 06:00:00Z
dotted.inner.key = 1.5
"quoted key" . other = true

[table]
list = [
    1,  # one
    [2,
     3],
    { x = 4, "y z" = [5] },
]
inline = { a = 1, b = { c = "]" } }

[table.sub]
a = 1

[[people]]
name = "anna"

[people.home]
street = 'a "b" [c]'

[[people]]
name = "bert"
[[people.pets]]
name = "cat"
[[people.pets]]
name = "dog"
'''

EXPECTED = {
    ("title",): 2,
    ("text",): 3,
    ("literal",): 7,
    ("when",): 10,
    ("dotted",): 11,
    ("dotted", "inner", "key"): 11,
    ("quoted key", "other"): 12,
    ("table",): 14,
    ("table", "list"): 15,
    ("table", "list", 0): 16,
    ("table", "list", 1): 17,
    ("table", "list", 1, 1): 18,
    ("table", "list", 2): 19,
    ("table", "list", 2, "y z", 0): 19,
    ("table", "inline", "b", "c"): 21,
    ("table", "sub", "a"): 24,
    ("people", 0): 26,
    ("people", 0, "name"): 27,
    ("people", 0, "home"): 29,
    ("people", 0, "home", "street"): 30,
    ("people", 1): 32,
    ("people", 1, "name"): 33,
    ("people", 1, "pets", 0, "name"): 35,
    ("people", 1, "pets", 1): 36,
    ("people", 1, "pets", 1, "name"): 37,
}


def paths(value, path=()):
    """Each key path of a parsed document."""
    if path:
        yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from paths(child, (*path, key))


@pytest.mark.parametrize("key", EXPECTED, ids=key_text)
def test_lines__every_form_of_toml__are_those_of_the_text(key):
    assert key_lines(EVERYTHING)[key] == EXPECTED[key]


def test_lines__every_form_of_toml__are_found_for_exactly_the_keys_there_are():
    assert set(key_lines(EVERYTHING)) == set(paths(tomllib.loads(EVERYTHING)))


names = st.sampled_from(["a", "b", "c-d", '"e f"', "'g.h'"])
scalars = st.sampled_from(
    ["1", "-1.5e3", '"x"', "'''\ny\n'''", "true", "2020-03-12 06:00:00Z", '"""]"""', '"\\""']
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[ # [\n" + ",\n".join(items) + "\n]"),
    max_leaves=6,
)


@given(
    st.lists(st.tuples(st.sampled_from(["", "[t]", "[[r]]", "[r.s]"]), names, values), min_size=1, max_size=8)
)
def test_lines__any_document__has_a_line_for_each_key_where_it_stands(parts):
    text = "\n".join(f"{header}\n{name} = {value}" for header, name, value in parts)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # the same key twice
    lines = key_lines(text)

    assert set(lines) == set(paths(document))
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in text.splitlines()[line - 1]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (("traders", "leverage", "max"), "traders.leverage.max"),
        (("keepers", 0, "name"), "keepers[0].name"),
        (("a key", "b"), "'a key'.b"),
        ((), ""),
    ],
)
def test_key_text__each_form__is_written_as_in_toml(key, text):
    assert key_text(key) == text
