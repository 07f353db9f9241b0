"""Includes and variants: what lies over what, which scenarios a file has, and whose key is wrong."""

import pytest

from isomargin.scenario import load_scenario, outline, scenario_from, scenario_variants
from isomargin.units import WAD
from tests.scenario.files import SMALLEST, refusal_of, write

MATRIX = """\
[prices]
values = [100, 101, 99]
[risk]
policy = "full"
max_notional = 40_000_000
[variants.defence.off]
insurance = { deposit = 1 }
[variants.defence.on]
insurance = { deposit = 2 }
[variants.policy.full]
[variants.policy.target.risk]
policy = "target-health"
[[expect]]
that = "price > 0"
[[expect]]
variant = { defence = "off" }
that = "price > 1"
[[expect]]
variant = { defence = ["on", "off"], policy = "target" }
that = "price > 2"
"""


def claims(scenario):
    return [expected.that for expected in scenario.expect]


def test_include__base_and_overrides__merges_tables_and_replaces_lists(tmp_path):
    write(tmp_path, SMALLEST + "[traders]\ncount = 9\nnotional = { min = 500, max = 600 }\n", "base.toml")
    write(tmp_path, 'include = "base.toml"\n[traders]\nnotional.max = 700\n', "middle.toml")
    file = write(tmp_path, 'include = "middle.toml"\n[prices]\nvalues = [5, 6]\n[traders]\nlong_share = 1\n')

    scenario = load_scenario(file)

    assert scenario.name == "crash"
    assert [point.price for point in scenario.price_path()] == [5 * WAD, 6 * WAD]
    assert scenario.traders.count == 9
    assert (scenario.traders.notional.min, scenario.traders.notional.max) == (500 * WAD, 700 * WAD)
    assert scenario.traders.long_share == 1


def test_include__several__lays_the_later_over_the_earlier(tmp_path):
    write(tmp_path, SMALLEST + "[traders]\ncount = 2\nlong_share = 0\n", "one.toml")
    write(tmp_path, "[traders]\ncount = 3\n", "two.toml")

    scenario = load_scenario(write(tmp_path, 'include = ["one.toml", "two.toml"]\nseed = 4\n'))

    assert (scenario.seed, scenario.traders.count, scenario.traders.long_share) == (4, 3, 0)


@pytest.mark.parametrize(
    "over",
    [
        "gbm = { start_price = 7, steps = 2 }",
        "rows = [[2021-01-01, 9, 5, 7], [2021-01-02, 9, 5, 7]]",
        'file = "more/p.csv"',
        "merton = { start_price = 7, steps = 2 }",
        "heston = { start_price = 7, steps = 2 }",
        'bootstrap = { file = "more/p.csv", steps = 2 }',
    ],
)
def test_include__another_source_of_prices__takes_the_place_of_the_first(tmp_path, over):
    write(tmp_path, SMALLEST + "candle_order = 'olhc'\n", "base.toml")
    (tmp_path / "more").mkdir()
    write(tmp_path, "time,high,low,close\n2021-01-01,9,7,7\n2021-01-02,9,7,7\n", "more/p.csv")
    scenario = load_scenario(write(tmp_path, f'include = "base.toml"\n[prices]\n{over}\n'))

    assert scenario.price_path().first_price < 10 * WAD


def test_include__another_source_of_a_bootstrap__takes_the_place_of_the_first(tmp_path):
    inner = 'rows = [[9, 5, 7]]\ncolumns = ["high", "low", "close"]\nblock = 3'
    write(tmp_path, f"[prices.bootstrap]\n{inner}\n", "base.toml")
    write(tmp_path, "time,high,low,close\n2021-01-01,9,7,8\n2021-01-02,9,7,7\n", "p.csv")
    top = 'include = "base.toml"\n[prices.bootstrap]\nfile = "p.csv"\n'

    scenario = load_scenario(write(tmp_path, top))

    assert scenario.price_path().first_price == 8 * WAD
    assert scenario.prices.bootstrap is not None
    assert scenario.prices.bootstrap.block == 3


def test_include__bootstrap_from_another_folder__finds_its_file_beside_the_base(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    write(folder, "time,high,low,close\n2021-01-01,9,7,7\n2021-01-02,9,7,7\n", "p.csv")
    base = (
        '[prices.bootstrap]\nfile = "p.csv"\n[variants.a.b]\nseed = 1\n'
        '[variants.a.c.prices.bootstrap]\nfile = "../shared/p.csv"\n'
    )
    write(folder, base, "base.toml")
    top = write(tmp_path, 'include = "shared/base.toml"\n')

    for name in "bc":
        scenario = load_scenario(top, variant={"a": name})
        assert scenario.prices.bootstrap is not None
        assert scenario.prices.bootstrap.file == "shared/p.csv"
        assert len(scenario.price_path()) == 400


def test_include__from_another_folder__finds_what_lies_beside_the_base(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    write(folder, "time,high,low,close\n2021-01-01,9,7,7\n2021-01-02,9,7,7\n", "p.csv")
    write(folder, "time,gwei\n2021-01-01,11\n", "g.csv")
    write(folder, "", "Mine.vy")
    base = (
        '[prices]\nfile = "p.csv"\n[gas]\nfile = "g.csv"\n[contracts]\ntoken = "Mine.vy"\npool = "other"\n'
        'beside = [{ name = "thief", source = "Mine" }]\n[variants.a.b.contracts]\nlens = "Mine"\n'
    )
    write(folder, base, "base.toml")

    scenario = load_scenario(write(tmp_path, 'include = "shared/base.toml"\n'), variant={"a": "b"})

    assert scenario.price_path().first_price == 7 * WAD
    assert scenario.gas_price(0) == 11 * 10**9
    assert scenario.contracts.token == "shared/Mine.vy"
    assert scenario.contracts.pool == "other"
    assert scenario.contracts.beside[0].source == "shared/Mine"
    assert scenario.contracts.lens == "shared/Mine"


def test_variants__two_axes__make_the_product_in_the_order_of_the_file(tmp_path):
    file = write(tmp_path, MATRIX)

    found = scenario_variants(file)

    assert [variant.name for variant in found] == [
        "defence=off policy=full",
        "defence=off policy=target",
        "defence=on policy=full",
        "defence=on policy=target",
    ]
    assert [dict(variant.choices) for variant in found] == [*outline(file).variants.values()]
    assert [variant.scenario.insurance.deposit // WAD for variant in found] == [1, 1, 2, 2]
    assert [variant.scenario.risk.policy for variant in found] == ["full", "target-health"] * 2
    assert all(variant.scenario.risk.max_notional == 40_000_000 * WAD for variant in found)


def test_variants__expectations_of_some__are_there_only_in_these(tmp_path):
    found = {variant.name: claims(variant.scenario) for variant in scenario_variants(write(tmp_path, MATRIX))}

    assert found == {
        "defence=off policy=full": ["price > 0", "price > 1"],
        "defence=off policy=target": ["price > 0", "price > 1", "price > 2"],
        "defence=on policy=full": ["price > 0"],
        "defence=on policy=target": ["price > 0", "price > 2"],
    }


def test_variants__a_file_without_any__is_one_scenario_without_a_name(tmp_path):
    [only] = scenario_variants(write(tmp_path, SMALLEST), seed=5)

    assert (only.name, dict(only.choices), only.scenario.seed) == ("", {}, 5)


def test_variants__steps_of_another__keep_line_and_number_of_the_others(tmp_path):
    text = SMALLEST + (
        "[variants.a.x]\n[variants.a.y]\n[[people]]\nname = 'eve'\n"
        "[[steps]]\nat = 0\nby = 'eve'\nvariant = { a = 'x' }\nclaim = { position = 1 }\n"
        "[[steps]]\nat = 0\nby = 'evee'\nclaim = { position = 1 }\n"
    )
    file = write(tmp_path, text)

    for name in ("x", "y"):
        error = refusal_of(load_scenario, file, variant={"a": name})
        assert str(error).startswith(f"{file}:14: steps[1].by: expected the name of an account")


def test_variants__in_python__are_the_same():
    document = {
        "prices": {"values": [100]},
        "variants": {"defence": {"off": {"seed": 1}, "on": {"seed": 2}}},
        "expect": [
            {"variant": {"defence": "on"}, "that": "price > 0"},
            {"that": "pricee > 0"},
        ],
    }

    error = refusal_of(scenario_from, document, variant={"defence": "off"})
    assert str(error).startswith("expect[1].that: column 1: unknown term 'pricee'")
    document = {**document, "expect": [{"variant": {"defence": "on"}, "that": "price > 0"}]}
    assert [(one.name, one.scenario.seed, claims(one.scenario)) for one in scenario_variants(document)] == [
        ("defence=off", 1, []),
        ("defence=on", 2, ["price > 0"]),
    ]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({}, "has variants; expected a choice: --variant defence=off|on --variant policy=full|target"),
        (
            {"defence": "on"},
            "has variants; expected a choice: --variant defence=off|on --variant policy=full|target",
        ),
        (
            {"defence": "onn", "policy": "full"},
            "no variant 'onn' of defence; did you mean \"on\"?",
        ),
        ({"defense": "on"}, "no axis 'defense' of variants; did you mean \"defence\"?"),
    ],
)
def test_load__variant_not_chosen_or_not_there__lists_them(tmp_path, choices, message):
    file = write(tmp_path, MATRIX)

    assert str(refusal_of(load_scenario, file, variant=choices)) == f"{file}: {message}"


def test_load__variant_of_a_file_without_any__is_refused(tmp_path):
    file = write(tmp_path, SMALLEST)

    error = refusal_of(load_scenario, file, variant={"defence": "on"})
    assert str(error) == f"{file}: no axis 'defence' of variants; it has no variants"


def test_load__wrong_key_of_the_base__names_the_base(tmp_path):
    base = write(tmp_path, SMALLEST + "[traders]\ncuont = 1\n", "base.toml")
    file = write(tmp_path, '\ninclude = "base.toml"\n[traders]\nlong_share = 1\n')

    error = refusal_of(load_scenario, file)
    assert str(error) == f'{base}:4: traders.cuont: unknown key; did you mean "count"?'


def test_load__wrong_value_over_the_base__names_the_file_on_top(tmp_path):
    write(tmp_path, SMALLEST + "[traders]\ncount = 1\n", "base.toml")
    file = write(tmp_path, 'include = "base.toml"\n[traders]\ncount = -1\n')

    error = refusal_of(load_scenario, file)
    assert str(error) == f"{file}:3: traders.count: expected a whole number from 0 to 100000, found -1"


def test_load__wrong_price_of_a_shorter_list__names_the_list_that_counts(tmp_path):
    write(tmp_path, "[prices]\nvalues = [\n1,\n2,\n3,\n]\n", "base.toml")
    file = write(tmp_path, 'include = "base.toml"\n[prices]\nvalues = [1, 0]\n')

    error = refusal_of(load_scenario, file)
    assert str(error) == f"{file}:3: prices.values[1]: expected a price above zero, found '0'"


# What stands in the file; the message after its path.
WRONG = {
    "include of nothing": ('include = "none.toml"\n', ":1: include: expected the path of a scenario file,"),
    "include of a folder": ('include = "."\n', ":1: include: expected the path of a scenario file, "),
    "include that is no text": ("include = 5\n", ":1: include: expected the path of a scenario file"),
    "include of one that is no text": (
        'include = [\n"good.toml",\n7]\n',
        ":3: include[1]: expected the path of a scenario file, found 7",
    ),
    "include of itself": ('include = "crash.toml"\n', ":1: include: expected no circle, found 'crash.toml'"),
    "include misspelt": ('inclde = "good.toml"\n', ':1: inclde: unknown key; did you mean "include"?'),
    "variants misspelt": (
        SMALLEST + "[variant.a.b]\nseed = 1\n",
        ':3: variant: unknown key; did you mean "variants"?',
    ),
    "variants that are no table": ("variants = 5\n", ":1: variants: expected a table, found 5"),
    "axis that is no table": ("[variants]\na = 5\n", ":2: variants.a: expected a table, found 5"),
    "axis without variants": ("[variants.a]\n", ":1: variants.a: expected a variant at least, found none"),
    "variant that is no table": ("[variants.a]\nb = 5\n", ":2: variants.a.b: expected a table, found 5"),
    "name of an axis": ("[variants.'a b'.c]\n", ":1: variants.'a b': expected a name of 1 to 40 letters"),
    "name of a variant": ("[variants.a.'b=c']\n", ":1: variants.a.'b=c': expected a name of 1 to 40 letters"),
    "include in a variant": (
        "[variants.a.b]\ninclude = 'good.toml'\n",
        ":2: variants.a.b.include: not used in a variant",
    ),
    "unknown key in a variant": (
        SMALLEST + "[variants.a.b.risk]\npolcy = 'full'\n",
        ':4: variants.a.b.risk.polcy: unknown key; did you mean "policy"?',
    ),
    "wrong value in a variant": (
        SMALLEST + "[variants.a.b]\ntraders = { count = -1 }\n",
        ":4: variants.a.b.traders.count: expected a whole number from 0",
    ),
    "axis that no variant has": (
        SMALLEST + "[variants.axis.b]\n[[expect]]\nthat = 'price > 0'\nvariant = { axes = 'b' }\n",
        ':6: expect[0].variant.axes: unknown axis of variants; did you mean "axis"?',
    ),
    "variant that no axis has": (
        SMALLEST + "[variants.a.big]\n[[expect]]\nthat = 'price > 0'\nvariant = { a = ['bog'] }\n",
        ":6: expect[0].variant.a: expected a variant of a, found 'bog'; did you mean \"big\"?",
    ),
    "variant of a step that is no table": (
        SMALLEST + "[variants.a.b]\n[[steps]]\nvariant = 'b'\n",
        ":5: steps[0].variant: expected a table of axes and names, found 'b'",
    ),
    "variant where the file has none": (
        SMALLEST + "[[expect]]\nthat = 'price > 0'\nvariant = { a = 'b' }\n",
        ":5: expect[0].variant.a: unknown axis of variants; the file has no variants",
    ),
    "variant of an expectation within a variant": (
        SMALLEST + "[[variants.a.b.expect]]\nthat = 'price > 0'\nvariant = { c = 'b' }\n",
        ":5: variants.a.b.expect[0].variant.c: unknown axis of variants; expected one of a",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_load__wrong_include_or_variant__names_file_line_and_key(tmp_path, text, message):
    write(tmp_path, SMALLEST, "good.toml")
    file = write(tmp_path, text)

    assert str(refusal_of(scenario_variants, file)).startswith(f"{file}{message}")


def test_include__circle_of_two__is_refused_where_it_closes(tmp_path):
    other = write(tmp_path, '\ninclude = "crash.toml"\n', "other.toml")
    file = write(tmp_path, 'include = "other.toml"\n')

    message = str(refusal_of(load_scenario, file))
    assert message == f"{other}:2: include: expected no circle, found 'crash.toml', which includes this file"


def test_include__files_without_end__are_refused(tmp_path):
    for number in range(12):
        write(tmp_path, f'include = ["{number + 1}.toml", "{number + 1}.toml"]\n', f"{number}.toml")
    write(tmp_path, SMALLEST, "12.toml")

    message = str(refusal_of(load_scenario, tmp_path / "0.toml"))
    assert "expected at most 100 files that include each other" in message


def test_variants__too_many__are_refused(tmp_path):
    axes = "".join(f"[variants.a{axis}.{name}]\n" for axis in range(10) for name in "xy")
    file = write(tmp_path, SMALLEST + axes)

    message = str(refusal_of(outline, file))
    assert message == f"{file}:3: variants: expected at most 1000 variants in all, found 1024"
