"""Nodes that are none, that hang, or that lack what a run needs: one line each, and never a hang."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from web3 import HTTPProvider

from isomargin.chain import Chain
from isomargin.chain.node_failures import call_output
from isomargin.chain.node_kinds import Genesis, start_command
from isomargin.chain.node_rpc import NodeRefusal, NodeRpc
from isomargin.errors import ChainError, InputError, IsomarginError, TransactionReverted
from tests.chain.anvil import free_port
from tests.chain.node_server import answering, serving, silent

REVERT = {"code": 3, "message": "execution reverted: probe: invalid opcode"}
TEXT = "08c379a0" + f"{32:064x}" + f"{5:064x}" + b"out!!".hex().ljust(64, "0")


def refusal_of(url: str) -> str:
    with pytest.raises(IsomarginError) as caught:
        Chain(url)
    message = str(caught.value)
    assert "\n" not in message
    assert url in message
    return message


def test_chain__nothing_listens__raises_one_line_with_the_command():
    port = free_port()
    message = refusal_of(f"http://127.0.0.1:{port}")
    assert message.startswith(
        f"no answer from http://127.0.0.1:{port} (connection refused or broken); start "
    )
    assert f"anvil --port {port} --chain-id 1337" in message


def test_chain__no_ipc_socket__raises_one_line(tmp_path: Path):
    assert f"anvil --ipc {tmp_path}/no.ipc" in refusal_of(f"ipc://{tmp_path}/no.ipc")


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (200, b"<html>hello</html>", "does not speak JSON-RPC"),
        (200, b"\xff\xfe\x00", "does not speak JSON-RPC"),
        (200, b"", "does not speak JSON-RPC"),
        (200, b"[]", "does not speak JSON-RPC"),
        (200, b"17", "does not speak JSON-RPC"),
        (200, b'{"jsonrpc": "2.0"}', "does not speak JSON-RPC"),
        (500, b"boom", "(HTTP status 500)"),
        (404, b"", "(HTTP status 404)"),
    ],
)
def test_chain__of_a_server_that_is_no_node__raises_one_line(status, body, complaint):
    with serving(lambda _: (status, body)) as url:
        assert complaint in refusal_of(url)


def test_batch__of_long_calls__is_cut_where_a_node_would_not_read_on():
    sizes: list[int] = []
    answer = answering({"eth_call": "0x"})

    def reply(body: Any) -> tuple[int, bytes]:
        sizes.append(len(json.dumps(body)))
        return answer(body)

    with serving(reply) as url:
        long = ("eth_call", ({"to": "0x" + "00" * 20, "data": "0x" + "ff" * 150_000}, "latest"))
        assert NodeRpc(url, "anvil").batch([long] * 8) == ["0x"] * 8
    assert len(sizes) == 3
    assert max(sizes) < 1_000_000


def test_batch__answered_by_half__raises():
    def half(request: list) -> tuple[int, bytes]:
        return 200, json.dumps([{"id": each["id"], "result": "0x1"} for each in request[1:]]).encode()

    with serving(half) as url, pytest.raises(ChainError, match="does not speak JSON-RPC"):
        NodeRpc(url, "anvil").batch([("eth_chainId", ())] * 3)


def test_request__node_hangs__raises_when_the_time_is_up():
    with silent() as url:
        begun = time.monotonic()
        with pytest.raises(ChainError, match=rf"^no answer from {url} \(silent for 0.3 s\)"):
            NodeRpc(url, "anvil", timeout=0.3).request("eth_chainId")
        assert time.monotonic() - begun < 5


def test_waiting__node_that_takes_its_time__is_waited_for_and_then_no_longer():
    def late(request: object) -> tuple[int, bytes]:
        time.sleep(0.8)
        return answering({"eth_chainId": "0x539"})(request)

    with serving(late) as url:
        node = NodeRpc(url, "anvil", timeout=0.3)
        with node.waiting(60):
            assert node.request("eth_chainId") == "0x539"
        with pytest.raises(ChainError, match=r"\(silent for 0.3 s\)"):
            node.request("eth_chainId")


@pytest.mark.parametrize("place", ["ws://127.0.0.1:1", "ipc:///nowhere", "http://127.0.0.1:1"])
def test_waiting__any_kind_of_wire__is_never_shorter_than_usual(place):
    node = NodeRpc(place, "anvil", timeout=7.0)

    def seconds() -> float:
        wire = node.provider
        return wire.get_request_kwargs()["timeout"] if isinstance(wire, HTTPProvider) else wire.timeout

    with node.waiting(0.1):
        assert seconds() == 7
    with node.waiting(90):
        assert seconds() == 90
    assert seconds() == 7


def test_chain__of_a_node_without_development_calls__says_what_it_lacks_and_what_works():
    head = {"number": "0x0", "timestamp": "0x5e0be100", "gasLimit": "0x2255100"}
    plain = {"web3_clientVersion": "Geth/v1.16.7", "eth_chainId": "0x539", "eth_getBlockByNumber": head}
    with serving(answering(plain)) as url:
        message = refusal_of(url)
    assert f"{url} is Geth/v1.16.7, without the development calls" in message
    assert "evm_setNextBlockTimestamp" in message
    assert "web3.Web3 still reads it" in message


def test_chain__of_a_hardhat_on_another_chain__says_how_to_configure_it():
    head = {"number": "0x0", "timestamp": "0x5e0be100", "gasLimit": "0x2255100"}
    node = {
        "web3_clientVersion": "HardhatNetwork/2.29.1",
        "eth_chainId": "0x7a69",
        "eth_getBlockByNumber": head,
    }
    with serving(answering(node)) as url, pytest.raises(InputError) as caught:
        Chain(url)
    message = str(caught.value)
    assert "chain id 31337, expected 1337; start it anew: npx hardhat node --port" in message
    assert 'chainId: 1337, initialDate: "2020-01-01T00:00:00+00:00", blockGasLimit: 36000000' in message


def test_chain__of_a_node_that_keeps_its_gas_limit__is_refused():
    head = {"number": "0x0", "timestamp": "0x5e0be100", "gasLimit": "0x1c9c380"}
    node = {"web3_clientVersion": "anvil/v0.2.0", "eth_chainId": "0x539", "eth_getBlockByNumber": head}
    with (
        serving(answering(node)) as url,
        pytest.raises(InputError, match="limit 30000000, expected 36000000;"),
    ):
        Chain(url)


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        (None, "answered None where a block"),
        ("0x1", "answered '0x1' where a block"),
        ({"number": "0x0"}, "lacks 'timestamp'"),
        ({"number": "zero"}, "answered 'zero' where a number"),
        ({"number": [0]}, "where a number"),
    ],
)
def test_chain__of_a_node_whose_blocks_are_garbage__raises_one_line(head, complaint):
    node = {"web3_clientVersion": "anvil/v1.7.1", "eth_chainId": "0x539", "eth_getBlockByNumber": head}
    with (
        serving(answering(node)) as url,
        pytest.raises(InputError, match=f"^the node[^\n]*{complaint}[^\n]*$"),
    ):
        Chain(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:port", "http://127.0.0.1:99999", "http://", "ipc://"])
def test_chain__of_no_address__raises(url):
    with pytest.raises(InputError, match="is no address of a node, expected http://HOST:PORT or ipc:///PATH"):
        Chain(url)


def test_start_command__without_port__names_the_usual_one():
    genesis = Genesis(chain_id=1, timestamp=2, base_fee=3, gas_limit=4, unlimited_code=True)
    assert start_command("http://localhost", genesis) == (
        "anvil --port 8545 --chain-id 1 --timestamp 2 --gas-limit 4 --block-base-fee-per-gas 3 "
        "--hardfork prague --order fifo --no-mining --silent --disable-code-size-limit"
    )


@pytest.mark.parametrize(
    ("error", "reason", "data"),
    [
        ({"message": "EVM error MemoryOOG"}, "out of gas", ""),
        ({"message": "out of gas: gas required exceeds: 100"}, "out of gas", ""),
        ({"message": "Transaction ran out of gas", "data": {"data": "0x"}}, "out of gas", ""),
        ({"message": "max code size exceeded"}, "code above the limit of 24576 bytes", ""),
        ({"message": "stack underflow (0 <=> 2)"}, "insufficient stack", ""),
        ({"message": "write protection"}, "write protection", ""),
        ({"message": "execution reverted", "data": "0x"}, "", ""),
        ({**REVERT, "data": f"0x{TEXT}"}, "out!!", TEXT),
        ({"message": "VM Exception: reverted", "data": {"data": f"0x{TEXT}"}}, "out!!", TEXT),
    ],
)  # fmt: skip
def test_call_output__in_the_words_of_several_nodes__raises_what_py_evm_does(error, reason, data):
    with pytest.raises(TransactionReverted) as failure:
        call_output(NodeRefusal("eth_call", error))
    assert (failure.value.reason, failure.value.data) == (reason, bytes.fromhex(data))


@pytest.mark.parametrize("message", ["Insufficient funds for gas * price + value", "nonce too low"])
def test_call_output__of_a_node_that_would_not_try__raises_what_it_said(message):
    with pytest.raises(NodeRefusal, match=re.escape(message)):
        call_output(NodeRefusal("eth_call", {"message": message}))


def test_call_output__of_a_call_that_went_well__is_its_data():
    assert call_output("0x00ff") == b"\x00\xff"
