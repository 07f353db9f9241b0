"""Wrong people, contracts, steps and expectations: one line with file, line and key, and the nearest name."""

from __future__ import annotations

import pytest

from isomargin.errors import ScenarioError
from isomargin.scenario import load_scenario, scenario_from
from tests.scenario.files import SMALLEST, refusal_of, write

PERSON = '[[people]]\nname = "eve"\ntokens = 100\n'
STEP = '[[steps]]\nat = 0\nby = "eve"\n'
OPEN = 'open = { size = 1, margin = 5, as = "long" }\n'
BEGUN = PERSON + STEP + OPEN  # lines 3 to 9

# What is appended to the smallest scenario, whose last line is 2, and how the message goes on after the file.
WRONG = {
    "people that are none": (
        "people = 3\n[prices]\nvalues = [1]\n",
        ":1: people: expected an array, found 3",
    ),
    "person without a name": ("[[people]]\ntokens = 1\n", ":3: people[0].name: missing; expected this key"),
    "unknown key of a person": (
        '[[people]]\nname = "eve"\ntoken = 1\n',
        ':5: people[0].token: unknown key; did you mean "tokens"?',
    ),
    "person twice": (
        PERSON + PERSON,
        ":7: people[1].name: expected a name of its own, found 'eve', which is another account's",
    ),
    "person who is the admin": (
        '[[people]]\nname = "admin"\n',
        ":4: people[0].name: expected a name of its own, found 'admin', which is taken",
    ),
    "person who is a contract": (
        '[[people]]\nname = "market"\n',
        ":4: people[0].name: expected a name of its own, found 'market', which is taken",
    ),
    "person who is a trader": (
        '[[people]]\nname = "trader-7"\n',
        ":4: people[0].name: expected a name of its own, found 'trader-7', which is another account's",
    ),
    "tokens finer than the token": (
        '[[people]]\nname = "eve"\ntokens = 0.0000001\n',
        ":5: people[0].tokens: expected at most the token's 6 digits behind the point, found 0.0000001",
    ),
    "negative ether": (
        '[[people]]\nname = "eve"\nether = -1\n',
        ":5: people[0].ether: expected a number from 0 to 1000000000, found '-1'",
    ),
    "step without an action": (
        PERSON + STEP,
        ":6: steps[0]: expected an action, found none; one of open, increase",
    ),
    "step with two actions": (
        BEGUN + "claim = { position = 1 }\n",
        ":10: steps[0].claim: expected one action, found open as well",
    ),
    "misspelt action": (
        PERSON + STEP + "opne = { size = 1 }\n",
        ':9: steps[0].opne: unknown key; did you mean "open"?',
    ),
    "misspelt key of an action": (
        PERSON + STEP + "open = { sise = 1, margin = 2 }\n",
        ':9: steps[0].open.sise: unknown key; did you mean "size"?',
    ),
    "misspelt as": (
        PERSON + STEP + 'open = { size = 1, margin = 2, ass = "x" }\n',
        ':9: steps[0].open.ass: unknown key; did you mean "as"?',
    ),
    "action that is no table": (PERSON + STEP + "open = 3\n", ":9: steps[0].open: expected a table, found 3"),
    "missing key of an action": (
        PERSON + STEP + "open = { size = 1 }\n",
        ":9: steps[0].open.margin: missing; expected this key",
    ),
    "no size": (
        PERSON + STEP + "open = { size = 0, margin = 2 }\n",
        ":9: steps[0].open.size: expected a number above or below zero, found '0'",
    ),
    "size that is too fine": (
        PERSON + STEP + "open = { size = 1e-19, margin = 2 }\n",
        ":9: steps[0].open.size: expected at most 18 digits behind the point, found '1E-19'",
    ),
    "margin finer than the token": (
        PERSON + STEP + "open = { size = 1, margin = 2.00000001 }\n",
        ":9: steps[0].open.margin: expected at most the token's 6 digits behind the point, found 2.00000001",
    ),
    "step at no time": (
        PERSON + '[[steps]]\nby = "eve"\n' + OPEN,
        ":6: steps[0]: expected one of at, block, when and after, found none",
    ),
    "step at two times": (
        BEGUN + "block = 3\n",
        ":10: steps[0].block: expected either at or block, found both",
    ),
    "block before the first": (
        PERSON + '[[steps]]\nblock = 0\nby = "eve"\n' + OPEN,
        ":7: steps[0].block: expected a whole number from 1 to 1000000000, found 0",
    ),
    "step by nobody": (PERSON + "[[steps]]\nat = 0\n" + OPEN, ":6: steps[0].by: missing; expected the name"),
    "step by somebody unknown": (
        PERSON + '[[steps]]\nat = 0\nby = "eva"\n' + OPEN,
        ":8: steps[0].by: expected the name of an account, found 'eva'; did you mean \"eve\"?",
    ),
    "step by a contract": (
        PERSON + '[[steps]]\nat = 0\nby = "pool"\n' + OPEN,
        ":8: steps[0].by: expected the name of an account, found 'pool'",
    ),
    "step by a trader too many": (
        '[traders]\ncount = 3\n[[steps]]\nat = 0\nby = "trader-4"\n' + OPEN,
        ":7: steps[0].by: expected the name of an account, found 'trader-4'; did you mean \"trader-",
    ),
    "after nothing": (
        BEGUN + '[[steps]]\nafter = "entry"\nby = "eve"\nclaim = { position = 1 }\n',
        ":11: steps[1].after: expected the name of a step, found 'entry'; there is none",
    ),
    "after something near": (
        BEGUN + 'label = "enter"\n[[steps]]\nafter = "entr"\nby = "eve"\nclaim = { position = 1 }\n',
        ":12: steps[1].after: expected the name of a step, found 'entr'; did you mean \"enter\"?",
    ),
    "label twice": (
        (BEGUN + 'label = "a"\n') + STEP + OPEN + 'label = "a"\n',
        ":15: steps[1].label: expected a label of its own, found 'a' again",
    ),
    "after itself": (
        PERSON + '[[steps]]\nafter = "a"\nlabel = "a"\nby = "eve"\n' + OPEN,
        ":7: steps[0].after: expected a step that comes before, found 'a', which waits for this one",
    ),
    "unknown position": (
        BEGUN + STEP + 'close = { position = "lnog" }\n',
        ":13: steps[1].close.position: expected the name of a position, found 'lnog'; did you mean \"long\"?",
    ),
    "position of truth": (
        PERSON + STEP + "close = { position = true }\n",
        ":9: steps[0].close.position: expected a name or an id, found True",
    ),
    "unknown among positions": (
        BEGUN + STEP + 'liquidate = { positions = ["long", "lng"] }\n',
        ":13: steps[1].liquidate.positions[1]: expected the name of a position, found 'lng'; did you mean",
    ),
    "no positions": (
        PERSON + STEP + "liquidate = { positions = [] }\n",
        ":9: steps[0].liquidate.positions: expected at least 1 elements, found 0",
    ),
    "position for an order": (
        BEGUN + STEP + 'cancel_order = { order = "long" }\n',
        ":13: steps[1].cancel_order.order: expected the name of an order, found 'long'; there is none",
    ),
    "unknown receiver": (
        PERSON + STEP + 'transfer = { to = "eva", amount = 1 }\n',
        ":9: steps[0].transfer.to: expected the name of an account, found 'eva'; did you mean \"eve\"?",
    ),
    "unknown contract": (
        PERSON + STEP + 'call = { contract = "markt", function = "f" }\n',
        ":9: steps[0].call.contract: expected the name of an account, found 'markt'; "
        'did you mean "market"?',
    ),
    "call of nothing": (
        PERSON + STEP + 'call = { contract = "market" }\n',
        ":9: steps[0].call.function: missing; expected this key, or data",
    ),
    "call in two ways": (
        PERSON + STEP + 'call = { contract = "market", function = "f", data = "0x00" }\n',
        ":9: steps[0].call.data: expected either function or data, found both",
    ),
    "data that is none": (
        PERSON + STEP + 'call = { contract = "market", data = "0x123" }\n',
        ":9: steps[0].call.data: expected 0x and an even number of hex digits, found '0x123'",
    ),
    "shares": (
        PERSON + STEP + 'redeem = { shares = "most" }\n',
        ":9: steps[0].redeem.shares: expected a number of shares or \"all\", found 'most'",
    ),
    "unknown place": (
        BEGUN + 'place = "middle"\n',
        ":10: steps[0].place: expected 'before-price', 'first', 'usual' or 'last', found 'middle'",
    ),
    "revert of a number": (
        BEGUN + "reverts = 3\n",
        ":10: steps[0].reverts: expected true or the reason, found 3",
    ),
    "too little gas": (BEGUN + "gas = 20_000\n", ":10: steps[0].gas: expected a whole number from 21000 to"),
    "condition that is none": (
        PERSON + '[[steps]]\nwhen = "price 150"\nby = "eve"\n' + OPEN,
        ":7: steps[0].when: column 7: expected one of <, <=, ==, !=, >= and >, found '150'",
    ),
    "condition of truth": (
        PERSON + '[[steps]]\nwhen = true\nby = "eve"\n' + OPEN,
        ":7: steps[0].when: expected a comparison as text, found True",
    ),
    "expectation of nothing": (
        "[[expect]]\ntolerance = 1\n",
        ":3: expect[0].that: missing; expected this key",
    ),
    "unknown term": (
        '[[expect]]\nthat = "profits(lp) < 0"\n',
        ":4: expect[0].that: column 1: unknown term 'profits'; did you mean \"profit\"?",
    ),
    "unknown account in a term": (
        PERSON + '[[expect]]\nthat = "profit(eva) < 0"\n',
        ":7: expect[0].that: column 8: expected the name of an account, found 'eva'; did you mean \"eve\"?",
    ),
    "unknown position in a term": (
        BEGUN + '[[expect]]\nthat = "equity(lonk) < 0"\n',
        ":11: expect[0].that: column 8: expected the name of a position, found 'lonk'; "
        'did you mean "long"?',
    ),
    "unknown invariant": (
        '[[expect]]\nthat = "violations(I99) == 0"\n',
        ":4: expect[0].that: column 12: expected the name of an invariant, found 'I99'; did you mean \"I9\"?",
    ),
    "unknown contract in a term": (
        '[[expect]]\nthat = "read(mraket, last_id) == 0"\n',
        ":4: expect[0].that: column 6: expected the name of a contract, found 'mraket'; "
        'did you mean "market"?',
    ),
    "tolerance with a fraction": (
        '[[expect]]\nthat = "price > 0"\ntolerance = 0.5\n',
        ":5: expect[0].tolerance: expected a whole number, found '0.5'",
    ),
    "unknown part": (
        '[contracts]\nrisk_engin = "Risk.vy"\n',
        ':4: contracts.risk_engin: unknown key; did you mean "risk_engine"?',
    ),
    "contract beside with a name that is taken": (
        '[[contracts.beside]]\nname = "pool"\nsource = "Pool.vy"\n',
        ":4: contracts.beside[0].name: expected a name of its own, found 'pool', which is taken",
    ),
    "contract beside of nobody": (
        '[[contracts.beside]]\nname = "thief"\nsource = "Thief.vy"\nby = "eve"\n',
        ":6: contracts.beside[0].by: expected the name of an account, found 'eve'",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_load__wrong_script__names_file_line_and_key_on_one_line(tmp_path, case):
    addition, message = WRONG[case]
    smallest = "" if "[prices]" in addition else SMALLEST
    file = write(tmp_path, smallest + addition)

    error = refusal_of(load_scenario, file)

    assert isinstance(error, ScenarioError)
    assert str(error).startswith(f"{file}{message}")


def test_as_parameters__of_a_script__are_read_as_the_same_scenario():
    document = {
        "prices": {"values": [1, 2]},
        "contracts": {"beside": [{"name": "thief", "source": "Thief.vy", "args": [1, "eve"]}]},
        "people": [{"name": "eve", "tokens": "10.5", "ether": 1}],
        "steps": [
            {"at": "1.5", "by": "eve", "open": {"size": "-0.5", "margin": 5, "as": "short"}, "label": "in"},
            {"after": "in", "by": "eve", "redeem": {"shares": "all"}, "reverts": True, "place": "last"},
            {"when": "price < 2", "pause": "oracle", "reverts": "no"},
        ],
        "expect": [{"that": "profit(eve) <= 0", "tolerance": 3}, {"after": "in", "that": "price > 0"}],
    }
    built = scenario_from(document)
    parameters = built.as_parameters()
    assert parameters["people"] == [{"name": "eve", "tokens": "10.5", "ether": "1"}]
    assert parameters["steps"][0]["open"]["as"] == "short"
    again = {key: parameters[key] for key in ("contracts", "people", "steps", "expect")}
    assert scenario_from({"prices": {"values": [1, 2]}, **again}).as_parameters() == parameters
