"""The ABI with names: calls, results, constructors and events as they are read."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from isomargin.chain import Log
from isomargin.chain.abi import encode_arguments
from isomargin.traces.interface import Interface, Parameter

ENTRIES: list[dict[str, Any]] = [
    {
        "type": "function",
        "name": "open",
        "inputs": [
            {"name": "size", "type": "int256"},
            {
                "name": "orders",
                "type": "tuple[]",
                "components": [{"name": "price", "type": "uint256"}, {"name": "who", "type": "address"}],
            },
        ],
        "outputs": [{"name": "", "type": "uint256"}, {"name": "is_due", "type": "bool"}],
    },
    {"type": "function", "name": "open", "inputs": [], "outputs": []},
    {"type": "constructor", "inputs": [{"name": "number", "type": "uint256"}]},
    {
        "type": "event",
        "name": "Noted",
        "inputs": [
            {"name": "label", "type": "string", "indexed": True},
            {"name": "number", "type": "uint256", "indexed": False},
            {"name": "id", "type": "uint256", "indexed": True},
        ],
    },
    {"type": "error", "name": "Nope", "inputs": [{"name": "needed", "type": "uint256"}]},
    {"type": "event", "name": "Silent", "inputs": [], "anonymous": True},
]
ALICE = "0x" + 39 * "0" + "1"
OPEN = keccak(text="open(int256,(uint256,address)[])")[:4]
NOTED = keccak(text="Noted(string,uint256,uint256)")


@pytest.fixture
def interface() -> Interface:
    return Interface(ENTRIES)


def log(*topics: bytes, data: bytes = b"") -> Log:
    return Log(ALICE, topics, data, 1, 0, 0)


def plain(named: Any) -> list[tuple[str, Any]]:
    return [(one.name, value) for one, value in named]


def test_read_call__function_with_structs__has_names_and_values(interface):
    data = OPEN + encode_arguments(["int256", "(uint256,address)[]"], [-5, [(7, ALICE)]])
    call = interface.read_call(data)
    assert (call.function, plain(call.arguments)) == ("open", [("size", -5), ("orders", ((7, ALICE),))])
    assert call.arguments[1][0].members == (Parameter("price", "uint256"), Parameter("who", "address"))
    assert plain(call.read_results(encode_arguments(["uint256", "bool"], [3, True]))) == [
        ("", 3),
        ("is_due", True),
    ]


def test_read_call__overload__is_told_by_its_selector(interface):
    call = interface.read_call(keccak(text="open()")[:4])
    assert (call.function, call.arguments, call.read_results(b"")) == ("open", (), ())


@pytest.mark.parametrize("data", [b"", b"\1\2\3\4", OPEN, OPEN + bytes(40)])
def test_read_call__no_such_call__is_none(interface, data):
    assert interface.read_call(data) is None


def test_read_results__something_else__is_none(interface):
    call = interface.read_call(OPEN + encode_arguments(["int256", "(uint256,address)[]"], [1, []]))
    assert call.read_results(b"\1") is None


def test_read_constructor__arguments__are_named(interface):
    assert plain(interface.read_constructor(bytes(31) + b"\5")) == [("number", 5)]
    assert interface.read_constructor(b"\5") is None


def test_read_event__indexed_text__is_its_hash(interface):
    hashed = keccak(text="label")
    name, arguments = interface.read_event(log(NOTED, hashed, bytes(31) + b"\2", data=bytes(31) + b"\1"))
    assert (name, plain(arguments)) == ("Noted", [("label", hashed), ("number", 1), ("id", 2)])


@pytest.mark.parametrize(
    "other",
    [
        log(),
        log(keccak(text="Silent()")),
        log(NOTED, data=bytes(32)),
        log(NOTED, bytes(32), bytes(32)),
        log(NOTED, bytes(32), bytes(32), bytes(32), data=bytes(32)),
    ],
)
def test_read_event__log_of_another_event__is_none(interface, other):
    assert interface.read_event(other) is None


def test_read_error__custom_error__has_its_arguments(interface):
    selector = keccak(text="Nope(uint256)")[:4]
    name, arguments = interface.read_error(selector + bytes(31) + b"\7")
    assert (name, plain(arguments)) == ("Nope", [("needed", 7)])
    assert interface.read_error(selector) is None
    assert interface.read_error(b"") is None
