"""The door on a real port: HTTP and WebSocket, who is let in, what is too much, and what is cut off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from isomargin.errors import InputError
from isomargin.server.rpc import Door, Limits, open_door
from tests.server.rpc.ground import BOT, STRANGER, Ground

SECONDS = 60  # after which a test that hangs is ended
JSON = {"content-type": "application/json"}


class Faults:
    """Faults that a test turns on and off."""

    def __init__(self) -> None:
        self.cut: Callable[[], None] = lambda: None
        self.is_disconnected = False
        self.let_go = asyncio.Event()
        self.let_go.set()
        self.waiting = 0

    async def before_answer(self) -> None:
        self.waiting += 1
        await self.let_go.wait()


Story = Callable[[Ground, Door, aiohttp.ClientSession], Awaitable[None]]


def play(story: Story, **settings: Any) -> None:
    """Open a door, let the story happen, close the door."""

    async def main() -> None:
        ground = Ground()
        door = await open_door(ground.node, **settings)
        try:
            async with aiohttp.ClientSession() as client:
                await story(ground, door, client)
        finally:
            await door.close()

    asyncio.run(asyncio.wait_for(main(), SECONDS))


def request(method: str, *params: Any, identifier: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": list(params)}


async def post(client, door, body, headers=None):
    """Status and text that a body is answered with."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with client.post(door.url, data=raw, headers=JSON | (headers or {})) as answer:
        return answer.status, await answer.text()


# HTTP


def test_http__request__is_answered_as_json():
    async def story(ground, door, client):
        async with client.post(door.url, json=request("eth_chainId")) as answer:
            assert answer.status == 200
            assert answer.headers["content-type"] == "application/json"
            assert await answer.json() == {"jsonrpc": "2.0", "id": 1, "result": "0x539"}

    play(story)


def test_http__batch_notification_and_garbage__are_answered_with_status_200():
    async def story(ground, door, client):
        batch = [request("eth_chainId"), request("net_version", identifier=2)]
        status, text = await post(client, door, batch)
        assert (status, [one["id"] for one in json.loads(text)]) == (200, [1, 2])
        assert await post(client, door, {"jsonrpc": "2.0", "method": "eth_chainId"}) == (200, "")
        status, text = await post(client, door, b"{")
        assert (status, json.loads(text)["error"]["code"]) == (200, -32700)
        status, text = await post(client, door, 5_000 * b"[" + 5_000 * b"]")
        assert (status, json.loads(text)["error"]["code"]) == (200, -32700)

    play(story)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain", 200),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data", 415),
    ],
)
def test_http__content_type__decides_whether_it_is_read(kind, status):
    async def story(ground, door, client):
        found, _ = await post(client, door, request("eth_chainId"), {"content-type": kind})
        assert found == status

    play(story)


def test_http__body_too_large__is_413_with_an_error_and_the_next_one_is_answered():
    async def story(ground, door, client):
        status, text = await post(client, door, b'"' + 16 * 1024 * 1024 * b"a" + b'"')
        assert status == 413
        assert json.loads(text)["error"] == {
            "code": -32600,
            "message": "request body too large: more than 5242880 bytes",
        }
        assert (await post(client, door, request("eth_chainId")))[0] == 200

    play(story)


def test_http__body_just_within_the_limit__is_read():
    async def story(ground, door, client):
        body = json.dumps(request("eth_chainId")).encode()
        assert (await post(client, door, body.ljust(10_000)))[0] == 200
        assert (await post(client, door, body.ljust(10_001)))[0] == 413

    play(story, limits=Limits(body=10_000))


def test_http__get_and_head__give_help():
    async def story(ground, door, client):
        async with client.get(door.url) as answer:
            assert answer.status == 200
            assert "JSON-RPC" in await answer.text()
        async with client.head(door.url) as answer:
            assert answer.status == 200
        async with client.put(door.url) as answer:
            assert answer.status == 405

    play(story)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8545", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1:1", 200),
        ("127.9.9.9", 200),
        ("[::1]:8545", 200),
        ("node.example.org", 200),
        ("evil.example.org:8545", 403),
        ("localhost.evil.org", 403),
        ("8.8.8.8", 403),
        ("127.0.0.1.evil.org", 403),
        ("[::1", 403),
    ],
)
def test_http__host__is_let_in_if_it_is_this_machine_or_named(host, status):
    async def story(ground, door, client):
        assert (await post(client, door, request("eth_chainId"), {"host": host}))[0] == status

    play(story, allowed_hosts=["node.example.org"])


@pytest.mark.parametrize(
    ("origin", "is_in"),
    [
        ("http://localhost:3000", True),
        ("http://127.0.0.1", True),
        ("https://app.example.org", True),
        ("https://evil.example.org", False),
        ("http://app.example.org", False),
        ("null", False),
        ("http://localhost.evil.org", False),
        ("http://[", False),
    ],
)
def test_http__origin__is_let_in_and_told_so_or_refused(origin, is_in):
    async def story(ground, door, client):
        async with client.options(door.url, headers={"origin": origin}) as answer:
            assert answer.status == (204 if is_in else 403)
            assert answer.headers.get("access-control-allow-origin") == (origin if is_in else None)
        async with client.post(door.url, json=request("eth_chainId"), headers={"origin": origin}) as answer:
            assert answer.status == (200 if is_in else 403)
            assert answer.headers.get("access-control-allow-origin") == (origin if is_in else None)

    play(story, allowed_origins=["https://app.example.org"])


def test_http__any_origin_allowed__lets_all_in():
    async def story(ground, door, client):
        assert (await post(client, door, request("eth_chainId"), {"origin": "null"}))[0] == 200

    play(story, allowed_origins=["*"])


def test_http__node_is_slow__answers_when_the_fault_ends():
    async def story(ground, door, client):
        faults.let_go.clear()
        asked = [asyncio.create_task(post(client, door, request("eth_blockNumber"))) for _ in range(3)]
        while faults.waiting < 3:
            await asyncio.sleep(0.01)
        ground.node.seal()
        faults.let_go.set()
        number = hex(ground.node.head.number)
        assert [json.loads((await one)[1])["result"] for one in asked] == [number] * 3

    faults = Faults()
    play(story, faults=faults)


# Connections


def test_faults__connections_are_cut__clients_see_it_and_can_come_back():
    async def story(ground, door, client):
        async with client.ws_connect(door.url) as socket:
            await socket.send_json(request("eth_chainId"))
            assert (await socket.receive_json())["result"] == "0x539"
            faults.let_go.clear()
            asked = asyncio.create_task(post(client, door, request("eth_chainId")))
            while faults.waiting < 2:
                await asyncio.sleep(0.01)
            faults.cut()
            with pytest.raises(aiohttp.ClientError):
                await asked
            assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE)
        faults.let_go.set()
        assert (await post(client, door, request("eth_chainId")))[0] == 200

    faults = Faults()
    play(story, faults=faults)


def test_faults__cut_is_asked_for_by_a_request__it_is_answered_first():
    async def story(ground, door, client):
        ground.node.prepare = lambda _: faults.cut()
        async with client.ws_connect(door.url) as socket:
            await socket.send_json(request("evm_mine"))
            assert (await socket.receive_json())["result"] == "0x0"
            assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE)
        assert (await post(client, door, request("evm_mine")))[0] == 200

    faults = Faults()
    play(story, faults=faults)


def test_faults__node_is_gone__cuts_who_comes_until_it_is_back():
    async def story(ground, door, client):
        faults.is_disconnected = True
        with pytest.raises(aiohttp.ClientError):
            await post(client, door, request("eth_chainId"))
        with pytest.raises(aiohttp.ClientError):
            await client.ws_connect(door.url)
        faults.is_disconnected = False
        assert (await post(client, door, request("eth_chainId")))[0] == 200

    faults = Faults()
    play(story, faults=faults)


def test_open_door__port_is_taken__says_so():
    async def story(ground, door, client):
        port = int(door.url.rpartition(":")[2])
        with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1 port {port}: "):
            await open_door(ground.node, port=port)

    play(story)


def test_open_door__wrong_host_or_port__says_so():
    async def story(ground, door, client):
        with pytest.raises(InputError, match=r"cannot listen on 192\.0\.2\.1 port 0: "):
            await open_door(ground.node, host="192.0.2.1")  # an address that nobody has
        with pytest.raises(InputError, match="cannot listen on port 65536"):
            await open_door(ground.node, port=65_536)

    play(story)


def test_close__clients_are_connected__ends_them():
    async def story(ground, door, client):
        socket = await client.ws_connect(door.url)
        await door.close()
        message = await socket.receive()
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        with pytest.raises(aiohttp.ClientError):
            await post(client, door, request("eth_chainId"))

    play(story)


def test_close__requests_are_held_back__sends_them_away_without_a_word_on_stderr(capfd):
    async def story(ground, door, client):
        faults.let_go.clear()
        asked = asyncio.create_task(post(client, door, request("evm_mine")))
        async with client.ws_connect(door.url) as socket:
            await socket.send_json(request("evm_mine"))
            while faults.waiting < 2:
                await asyncio.sleep(0.01)
            await door.close()
            assert (await asked)[0] == 503
        assert ground.node.head.number == 1

    faults = Faults()
    play(story, faults=faults)
    assert capfd.readouterr().err == ""


# WebSocket


def test_websocket__text_and_binary_frames__are_answered_in_text():
    async def story(ground, door, client):
        async with client.ws_connect(door.url) as socket:
            for send in (socket.send_str, lambda text: socket.send_bytes(text.encode())):
                await send(json.dumps(request("eth_chainId")))
                message = await socket.receive()
                assert message.type == aiohttp.WSMsgType.TEXT
                assert json.loads(message.data)["result"] == "0x539"

    play(story)


def test_websocket__garbage_notification_batch__are_answered_and_the_line_stays_open():
    async def story(ground, door, client):
        async with client.ws_connect(door.url) as socket:
            await socket.send_str("{")
            assert (await socket.receive_json())["error"]["code"] == -32700
            await socket.send_str("")
            assert (await socket.receive_json())["error"]["code"] == -32700
            await socket.send_json({"jsonrpc": "2.0", "method": "eth_chainId"})
            await socket.send_json([request("eth_chainId"), request("net_version", identifier=2)])
            assert [one["id"] for one in await socket.receive_json()] == [1, 2]

    play(story)


def test_websocket__many_requests_at_once__are_answered_in_order():
    async def story(ground, door, client):
        async with client.ws_connect(door.url) as socket:
            for number in range(500):
                await socket.send_json(request("eth_chainId", identifier=number))
            assert [(await socket.receive_json())["id"] for _ in range(500)] == list(range(500))

    play(story)


def test_websocket__delays__are_waited_out_side_by_side():
    async def story(ground, door, client):
        faults.let_go.clear()
        async with client.ws_connect(door.url) as socket:
            for number in range(5):
                await socket.send_json(request("eth_chainId", identifier=number))
            while faults.waiting < 5:
                await asyncio.sleep(0.01)
            faults.let_go.set()
            assert [(await socket.receive_json())["id"] for _ in range(5)] == list(range(5))

    faults = Faults()
    play(story, faults=faults)


def test_websocket__message_too_large__closes_with_1009():
    async def story(ground, door, client):
        async with client.ws_connect(door.url) as socket:
            await socket.send_str(10_001 * " ")
            message = await socket.receive()
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1009)

    play(story, limits=Limits(body=10_000))


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example.org"}, {"host": "evil.example.org"}])
def test_websocket__from_elsewhere__is_forbidden(headers):
    async def story(ground, door, client):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await client.ws_connect(door.url, headers=headers)
        assert refusal.value.status == 403

    play(story)


def test_websocket__subscription__is_named_before_its_first_notification():
    async def story(ground, door, client):
        async with client.ws_connect(door.url) as socket, client.ws_connect(door.url) as other:
            await socket.send_json(request("eth_subscribe", "newHeads"))
            name = (await socket.receive_json())["result"]
            await other.send_json(request("evm_mine"))
            assert (await other.receive_json())["result"] == "0x0"
            told = await socket.receive_json()
            assert told["method"] == "eth_subscription"
            assert told["params"]["subscription"] == name
            assert told["params"]["result"]["hash"] == "0x" + ground.node.head.hash.hex()
            await other.send_json(request("eth_unsubscribe", name))
            assert (await other.receive_json())["error"]["message"] == "subscription not found"

    play(story)


def test_websocket__client_leaves__its_subscriptions_end():
    async def story(ground, door, client):
        hub = ground.node.listeners[-1]
        async with client.ws_connect(door.url) as socket:
            await socket.send_json(request("eth_subscribe", "newHeads"))
            await socket.receive_json()
            assert len(hub) == 1
        while len(hub):
            await asyncio.sleep(0.01)
        ground.node.seal()

    play(story)


def test_websocket__client_does_not_read__is_cut_off_and_others_are_not():
    async def story(ground, door, client):
        hub = ground.node.listeners[-1]
        host, port = door.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b"101" in await reader.readline()
        asked = json.dumps(request("eth_subscribe", "newPendingTransactions", True)).encode()
        writer.write(bytes((0x81, 0x80 | len(asked))) + bytes(4) + asked)  # a text frame, masked with zeros
        async with client.ws_connect(door.url) as socket:
            await socket.send_json(request("eth_chainId"))
            await socket.receive_json()
            while len(hub) < 2 or not ground.ask("eth_chainId"):
                await asyncio.sleep(0.01)
            large = {"from": BOT, "to": STRANGER, "data": "0x" + 60_000 * "ff", "gas": hex(4_000_000)}
            signed = ground.node.find(bytes.fromhex(ground.ask("eth_sendTransaction", large)[2:])).transaction
            for _ in range(2_000):  # 240 MB, if anybody took them
                hub.on_pending(signed)
                await asyncio.sleep(0)
                if len(hub) == 1:
                    break
            assert len(hub) == 1
            await socket.send_json(request("eth_chainId"))
            assert (await socket.receive_json())["result"] == "0x539"
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(240_000_000)
        writer.close()

    play(story, limits=Limits(answer=1_000_000, backlog=50))
