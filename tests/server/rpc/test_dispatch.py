"""JSON-RPC 2.0 to the letter: every body has its answer, and none brings the dispatcher down."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.errors import ChainError, TransactionReverted
from isomargin.server.rpc.dispatch import Dispatcher, Limits
from isomargin.server.rpc.parameters import MethodTable, each, optional, required
from isomargin.server.rpc.quantities import parse_address, parse_quantity, quantity_json

TABLE = MethodTable()
HEARD: list[str] = []


@TABLE.method("double", takes=[required("number", parse_quantity)])
def double(session, number):
    return quantity_json(2 * number)


@TABLE.method("note", takes=[optional("text", str, "nothing")])
def note(session, text):
    HEARD.append(text)
    return text


@TABLE.method("sum", takes=[required("numbers", each(parse_quantity))])
def total(session, numbers):
    return quantity_json(sum(numbers))


@TABLE.method("whose", takes=[required("address", parse_address)])
def whose(session, address):
    return session


@TABLE.method("fail", takes=[required("how", str)])
def fail(session, how):
    raise {
        "chain": ChainError("nonce too low: next nonce 5, tx nonce 3"),
        "revert": TransactionReverted(
            "market: price stale",
            bytes.fromhex("08c379a0")
            + (32).to_bytes(32, "big")
            + (19).to_bytes(32, "big")
            + b"market: price stale".ljust(32, b"\0"),
        ),
        "bare": TransactionReverted("", b""),
        "custom": TransactionReverted("custom error 0xdeadbeef", bytes.fromhex("deadbeef")),
        "panic": TransactionReverted("panic 0x11", bytes.fromhex("4e487b71") + (0x11).to_bytes(32, "big")),
        "halt": TransactionReverted("out of gas", b""),
        "bug": KeyError("of ours"),
    }[how]


@TABLE.method("long")
def long(session):
    return 1_000 * "x"


def ask(body, **settings):
    """What a dispatcher answers to a body, as JSON; a fault of the program fails the test."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def fault(method, error):
        raise AssertionError(f"{method}: {error!r}")

    dispatcher = Dispatcher(TABLE, "session", **{"on_fault": fault} | settings)
    answer = dispatcher.answer(raw)
    return None if answer is None else json.loads(answer)


def call(method, *params, identifier=1):
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": list(params)}


def error_of(answer):
    assert answer["jsonrpc"] == "2.0"
    assert "result" not in answer
    return answer["error"]["code"], answer["error"]["message"]


def test_answer__good_request__is_the_result():
    assert ask(call("double", "0x5")) == {"jsonrpc": "2.0", "id": 1, "result": "0xa"}


@pytest.mark.parametrize("identifier", ["a", "", 0, -7, 1.5, 2**53, None])
def test_answer__any_identifier__comes_back(identifier):
    assert ask(call("double", "0x1", identifier=identifier))["id"] == identifier


@pytest.mark.parametrize("identifier", [True, [], {}, [1]])
def test_answer__identifier_of_wrong_kind__is_an_invalid_request(identifier):
    answer = ask(call("double", "0x1", identifier=identifier))
    assert error_of(answer)[0] == -32600
    assert answer["id"] is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"jsonrpc": "2.0", "method": "dou', b"\xff\xfe", b"'a'", b"NaN"]
)
def test_answer__no_json__is_a_parse_error(body):
    answer = ask(body)
    assert error_of(answer)[0] == -32700
    assert answer["id"] is None


def test_answer__nested_too_deep__is_a_parse_error():
    deep = b'{"jsonrpc":"2.0","id":1,"method":"double","params":' + 5_000 * b"[" + 5_000 * b"]" + b"}"
    assert error_of(ask(deep))[0] == -32700
    assert error_of(ask(5_000 * b"["))[0] == -32700


@pytest.mark.parametrize(
    "body", [1, "text", None, True, {}, {"id": 1}, {"jsonrpc": "2.0", "id": 1}, {"foo": "boo"}]
)
def test_answer__no_request__is_an_invalid_request(body):
    assert error_of(ask(body))[0] == -32600


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"jsonrpc": "1.0"}, -32600),
        ({"jsonrpc": 2.0}, -32600),
        ({"method": 1}, -32600),
        ({"method": ""}, -32600),
        ({"method": None}, -32600),
        ({"params": "bar"}, -32600),
        ({"params": 7}, -32600),
        ({"params": {"number": "0x1"}}, -32602),
        ({"method": "halve"}, -32601),
    ],
)
def test_answer__one_thing_wrong__has_its_code_and_the_identifier(change, code):
    answer = ask(call("double", "0x5", identifier="mine") | change)
    assert error_of(answer)[0] == code
    assert answer["id"] == "mine"


def test_answer__unknown_method__says_so_as_geth_does():
    message = error_of(ask(call("eth_fillTransaction")))[1]
    assert message == "the method eth_fillTransaction does not exist/is not available"


@pytest.mark.parametrize("params", [None, [], [None]])
def test_answer__optional_parameter_left_out__takes_its_default(params):
    assert ask(call("note") | {"params": params})["result"] == "nothing"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (call("double"), "missing value for required argument 0 (number)"),
        (call("double", None), "missing value for required argument 0 (number)"),
        (call("double", "0x1", "0x2"), "too many arguments, want at most 1"),
        (
            call("double", "0x01"),
            'invalid argument 0 (number): "0x01": hex number with leading zero digits',
        ),
        (
            call("sum", ["0x1", "2"]),
            'invalid argument 0 (numbers): entry 1: "2": hex string without 0x prefix',
        ),
        (call("sum", "0x1"), "invalid argument 0 (numbers): expected an array"),
    ],
)
def test_answer__wrong_parameters__says_which_and_why(request_, message):
    assert error_of(ask(request_)) == (-32602, message)


def test_answer__notification__is_executed_and_not_answered():
    HEARD.clear()
    assert ask({"jsonrpc": "2.0", "method": "note", "params": ["quietly"]}) is None
    assert HEARD == ["quietly"]


@pytest.mark.parametrize("wrong", [{"method": "halve"}, {"params": {"a": 1}}, {"params": []}])
def test_answer__notification_that_fails__is_not_answered(wrong):
    assert ask({"jsonrpc": "2.0", "method": "double", "params": ["0x1"]} | wrong) is None


def test_answer__chain_refuses__is_a_server_error_in_its_words():
    assert error_of(ask(call("fail", "chain"))) == (-32000, "nonce too low: next nonce 5, tx nonce 3")


@pytest.mark.parametrize(
    ("how", "code", "message", "data"),
    [
        ("bare", 3, "execution reverted", "0x"),
        ("custom", 3, "execution reverted", "0xdeadbeef"),
        (
            "panic",
            3,
            "execution reverted: arithmetic underflow or overflow",
            "0x4e487b71" + 62 * "0" + "11",
        ),
    ],
)
def test_answer__contract_refuses__is_code_3_with_its_data(how, code, message, data):
    assert ask(call("fail", how))["error"] == {"code": code, "message": message, "data": data}


def test_answer__contract_gives_a_reason__repeats_it_with_all_its_data():
    error = ask(call("fail", "revert"))["error"]
    assert error["code"] == 3
    assert error["message"] == "execution reverted: market: price stale"
    assert error["data"].startswith("0x08c379a0")
    assert bytes.fromhex(error["data"][2:])[68:87] == b"market: price stale"


def test_answer__machine_halts__is_a_server_error_without_data():
    assert ask(call("fail", "halt"))["error"] == {"code": -32000, "message": "out of gas"}


def test_answer__fault_of_the_program__is_an_internal_error_that_is_told():
    faults = []
    answer = ask(call("fail", "bug"), on_fault=lambda method, error: faults.append((method, repr(error))))
    assert error_of(answer) == (-32603, "internal error")
    assert faults == [("fail", "KeyError('of ours')")]


def test_answer__fault_without_listener__is_one_line_of_the_log(caplog):
    ask(call("fail", "bug"), on_fault=None)
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert "internal error in 'fail' at test_dispatch.py:" in record.getMessage()
    assert "\n" not in record.getMessage()


# Batches


def test_batch__some_good_some_bad__has_an_answer_each_in_order():
    answers = ask(
        [call("double", "0x1"), 7, call("halve", identifier=3), call("double", "0x2", identifier=4)]
    )
    assert [answer["id"] for answer in answers] == [1, None, 3, 4]
    assert answers[0]["result"] == "0x2"
    assert [error_of(answer)[0] for answer in answers[1:3]] == [-32600, -32601]
    assert answers[3]["result"] == "0x4"


def test_batch__empty__is_one_invalid_request():
    assert error_of(ask([])) == (-32600, "empty batch")


def test_batch__numbers__is_an_array_of_invalid_requests():
    answers = ask([1, 2])
    assert [error_of(answer)[0] for answer in answers] == [-32600, -32600]


def test_batch__notifications_only__is_not_answered():
    assert ask([{"jsonrpc": "2.0", "method": "note"}, {"jsonrpc": "2.0", "method": "note"}]) is None


def test_batch__notification_among_requests__has_no_answer():
    answers = ask([{"jsonrpc": "2.0", "method": "note"}, call("double", "0x1", identifier=9)])
    assert [answer["id"] for answer in answers] == [9]


def test_batch__thousand__is_answered_and_one_more_refused():
    thousand = [call("double", "0x1", identifier=number) for number in range(1_000)]
    assert [answer["id"] for answer in ask(thousand)] == list(range(1_000))
    assert error_of(ask([*thousand, call("double", "0x1")])) == (
        -32600,
        "batch too large: 1001 requests, at most 1000",
    )


def test_batch__answers_too_large__refuses_the_rest_unexecuted():
    HEARD.clear()
    batch = [call("long"), call("long"), call("long"), call("note", "unheard", identifier=4)]
    answers = ask(batch, limits=Limits(answer=2_000))
    assert [answer["id"] for answer in answers] == [1, 1, 1, 4]
    assert "result" in answers[1]
    assert [error_of(answer)[0] for answer in answers[2:]] == [-32003, -32003]
    assert HEARD == []


# Anything


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.sampled_from(["2.0", "1.0", 2]) | json_values,
        "id": st.integers() | st.text() | json_values,
        "method": st.sampled_from(sorted(TABLE)) | json_values,
        "params": st.lists(st.sampled_from(["0x1", "0x01", "chain", "bare"]) | json_values, max_size=3)
        | json_values,
    },
)


def assert_valid(answer):
    assert answer["jsonrpc"] == "2.0"
    assert "id" in answer
    assert ("result" in answer) != ("error" in answer)
    if "error" in answer:
        assert isinstance(answer["error"]["code"], int)
        assert isinstance(answer["error"]["message"], str)


@given(requests | json_values | st.lists(requests | json_values, max_size=4))
def test_answer__any_json__is_valid_json_rpc(body):
    try:
        raw = json.dumps(body).encode()
    except ValueError:
        return
    dispatcher = Dispatcher(TABLE, "session", on_fault=lambda *_: None)
    answer = dispatcher.answer(raw)
    if answer is not None:
        answers = json.loads(answer)
        for one in answers if isinstance(answers, list) else [answers]:
            assert_valid(one)


@given(st.binary(max_size=200))
def test_answer__any_bytes__is_valid_json_rpc(body):
    answer = Dispatcher(TABLE, "session").answer(body)
    if answer is not None:
        answers = json.loads(answer)
        for one in answers if isinstance(answers, list) else [answers]:
            assert_valid(one)
