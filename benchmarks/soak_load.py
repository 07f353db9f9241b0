"""What a soak does to a server: callers, senders who wait for receipts, and subscribers who come and go."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from websockets.asyncio.client import connect

from benchmarks.wire import Connection
from isomargin.chain import Transaction, address_of, private_key_of
from isomargin.chain.signed import sign_transaction

__all__ = ["Toll", "caller", "sender", "subscriber", "usual_calls"]

_MOST_ERRORS = 50  # that are kept in full
_RECEIPT_PATIENCE = 60.0  # seconds
_HEAD_PATIENCE = 60.0
_GAS_PRICES = {"max_fee": 10**15, "max_priority_fee": 10**9}  # wei per gas; blocks may be full


@dataclass
class Toll:
    """What was asked, and what went wrong."""

    deadline: float
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether there is time left."""
        return time.monotonic() < self.deadline

    def fail(self, who: str, error: object) -> None:
        """Note an error."""
        self.counts["errors"] += 1
        if len(self.errors) < _MOST_ERRORS:
            self.errors.append(f"{who}: {error!r}"[:300])

    async def watch(self, who: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do it again and again until time is up; an error is noted and the next try begins."""
        while self.is_running:
            try:
                await act()
            except Exception as error:  # whatever it is, a soak counts it and goes on
                self.fail(who, error)
                await asyncio.sleep(1)


async def caller(toll: Toll, url: str, calls: list[tuple[str, list[Any]]], pause: float) -> None:
    """Ask one thing after the other, with a pause in between."""
    connection = Connection(url)

    async def round_of_calls() -> None:
        try:
            for method, params in calls:
                await connection.ask(method, *params)
                toll.counts[method] += 1
                await asyncio.sleep(pause)
        except Exception:
            connection.close()
            raise

    await toll.watch("caller", round_of_calls)
    connection.close()


async def sender(toll: Toll, url: str, name: str, chain_id: int) -> None:
    """Send transfers by the ten and wait for their receipts; the nonce comes from the chain."""
    connection, address, key = Connection(url), address_of(name), private_key_of(name)
    transfer = Transaction(sender=address, to=address_of("soak-receiver"), value=1, gas=21_000)

    async def ten() -> None:
        try:
            first = int(await connection.ask("eth_getTransactionCount", address, "pending"), 16)
            hashes = []
            for nonce in range(first, first + 10):
                signed = sign_transaction(transfer, key=key, nonce=nonce, chain_id=chain_id, **_GAS_PRICES)
                hashes.append(await connection.ask("eth_sendRawTransaction", "0x" + signed.raw.hex()))
                toll.counts["eth_sendRawTransaction"] += 1
            await _mined(toll, connection, hashes)
        except Exception:
            connection.close()
            raise

    await toll.watch(f"sender {name}", ten)
    connection.close()


async def _mined(toll: Toll, connection: Connection, hashes: list[str]) -> None:
    deadline = time.monotonic() + _RECEIPT_PATIENCE
    for each in hashes:
        while (receipt := await connection.ask("eth_getTransactionReceipt", each)) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no receipt of {each}")
            await asyncio.sleep(0.1)
        if receipt["status"] != "0x1":
            raise ValueError(f"transfer {each} failed")
        toll.counts["receipts"] += 1


async def subscriber(toll: Toll, url: str, luck: np.random.Generator) -> None:
    """Subscribe to everything, see that no block is left out, go with or without a word, and come again."""

    async def visit() -> None:
        stay = time.monotonic() + luck.uniform(2, 20)
        socket = await connect(url.replace("http", "ws", 1), max_size=2**26)
        try:
            for number, kind in enumerate((["newHeads"], ["logs", {}], ["newPendingTransactions"])):
                body = {"jsonrpc": "2.0", "id": number, "method": "eth_subscribe", "params": kind}
                await socket.send(orjson.dumps(body))
            await _follow(toll, socket, min(stay, toll.deadline))
            toll.counts["visits"] += 1
        finally:
            if luck.random() < 0.5:
                await socket.close()
            else:
                socket.transport.abort()

    await toll.watch("subscriber", visit)


async def _follow(toll: Toll, socket: Any, until: float) -> None:
    heads, before = "", None
    while time.monotonic() < until:
        told = orjson.loads(await asyncio.wait_for(socket.recv(), _HEAD_PATIENCE))
        if "error" in told:
            raise ValueError(f"subscription refused: {told['error']}")
        if told.get("id") == 0:
            heads = told["result"]
        elif "params" in told:
            toll.counts["notifications"] += 1
            if told["params"]["subscription"] == heads:
                number = int(told["params"]["result"]["number"], 16)
                if before is not None and number != before + 1:
                    raise ValueError(f"block {number} came after {before}")
                before = number


def usual_calls(lens: str, market: str, selector: str) -> list[tuple[str, list[Any]]]:
    """What bots ask all day long: the market, its logs, the newest block, fees."""
    return [
        ("eth_blockNumber", []),
        ("eth_call", [{"to": lens, "data": selector}, "latest"]),
        ("eth_getLogs", [{"address": market, "fromBlock": "safe", "toBlock": "latest"}]),
        ("eth_getBlockByNumber", ["latest", True]),
        ("eth_feeHistory", ["0x5", "latest", [25, 75]]),
        ("eth_estimateGas", [{"from": address_of("bot-9"), "to": address_of("bot-10"), "value": "0x1"}]),
    ]
