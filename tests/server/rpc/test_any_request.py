"""Every method under generated and mutated parameters: always an answer, never a fault."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isomargin.server.rpc.methods import all_methods
from tests.server.rpc.ground import BOT, STRANGER, Ground

SLOW = {"anvil_mine", "hardhat_mine", "evm_mine"}  # what they do with a good number takes long
HASH = "0x" + 64 * "1"


@pytest.fixture(scope="module")
def ground():
    """A node with some history; the tests may change it as they like."""
    ground = Ground()
    for number in range(3):
        ground.mined_note(number)
    ground.note(7)
    return ground


words = st.sampled_from(
    [
        *("0x", "0x0", "0x1", "0x01", "0xff", "0x1g", "0x" + 64 * "f", "0x" + 65 * "f", "0x8000000000000000"),
        *("latest", "pending", "earliest", "safe", "finalized", "newHeads", "logs", "newPendingTransactions"),
        *(BOT, STRANGER, STRANGER.lower(), BOT[:-1], HASH, HASH[:-2], "", "1", "-1", "0x2a0fb660"),
    ]
)
names = st.sampled_from(
    [
        *("from", "to", "data", "input", "value", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"),
        *(
            "nonce",
            "chainId",
            "type",
            "accessList",
            "address",
            "storageKeys",
            "topics",
            "fromBlock",
            "toBlock",
        ),
        *("blockHash", "blockNumber", "requireCanonical", "timestamp", "kind", "authorizationList"),
    ]
)
values = st.recursive(
    words
    | st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names | st.text(), inner, max_size=6),
    max_leaves=12,
)
methods = st.sampled_from(sorted(set(all_methods()) - SLOW))


def assert_answered(ground, method, params):
    faults = []
    ground.dispatcher._on_fault = lambda name, error: faults.append((name, error))
    body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}, allow_nan=False)
    for session in (None, _by_socket(ground)):
        raw = ground.dispatcher.answer(body.encode(), session)
        assert not faults, faults
        answer = json.loads(raw)
        assert answer["jsonrpc"] == "2.0"
        if answer["id"] is None:
            assert answer["error"]["code"] == -32700  # a number that no double holds
            continue
        assert answer["id"] == 7
        if "error" in answer:
            assert set(answer) == {"jsonrpc", "id", "error"}
            assert answer["error"]["code"] in (3, -32000, -32601, -32602)
            assert answer["error"]["message"]
        else:
            assert set(answer) == {"jsonrpc", "id", "result"}


def _by_socket(ground):
    from dataclasses import replace

    return replace(ground.session, subscriber=ground.subscriber)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(methods, st.lists(values, max_size=4))
def test_any_method__any_parameters__are_answered(ground, method, params):
    assert_answered(ground, method, params)


GOOD = [
    ("eth_call", [{"from": BOT, "to": STRANGER, "data": "0x01", "value": "0x1", "gas": "0x7530"}, "latest"]),
    ("eth_estimateGas", [{"from": BOT, "to": STRANGER, "gasPrice": "0x4a817c800"}]),
    ("eth_sendTransaction", [{"from": BOT, "to": STRANGER, "value": "0x1", "gas": "0x5208", "nonce": "0x9"}]),
    (
        "eth_getLogs",
        [{"fromBlock": "0x0", "toBlock": "0x3", "address": [BOT], "topics": [HASH, [HASH], None]}],
    ),
    ("eth_newFilter", [{"fromBlock": "0x0", "topics": [None, HASH]}]),
    ("eth_feeHistory", ["0x3", "latest", [10, 50, 90]]),
    ("eth_getBlockByNumber", ["0x1", True]),
    ("eth_getStorageAt", [STRANGER, "0x0", {"blockHash": HASH}]),
    ("eth_subscribe", ["logs", {"address": STRANGER, "topics": [[HASH]]}]),
    ("evm_setNextBlockTimestamp", ["0x7fffffff"]),
]


def mutations(value, draw):
    """A good value with one place in it replaced."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        return value | {name: mutations(value[name], draw)}
    if isinstance(value, list) and value and draw(st.booleans()):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], mutations(value[place], draw), *value[place + 1 :]]
    return draw(values)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(GOOD), st.data())
def test_good_request__one_place_replaced__is_answered(ground, good, data):
    method, params = good
    mutated = mutations(params, data.draw)
    assert_answered(ground, method, mutated if isinstance(mutated, list) else [mutated])


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=150), st.sampled_from(["", "c0", "f8", "01", "02", "03", "04", "02f8", "02c0"]))
def test_raw_transaction__any_bytes__are_refused(ground, tail, head):
    faults = []
    ground.dispatcher._on_fault = lambda name, error: faults.append((name, error))
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "eth_sendRawTransaction",
        "params": ["0x" + head + tail.hex()],
    }
    answer = json.loads(ground.dispatcher.answer(json.dumps(body).encode()))
    assert not faults, faults
    assert answer["error"]["code"] == -32000
