"""A node with the probe on it, and a client that asks without a socket."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from isomargin.chain import Chain, Contract, address_of, private_key_of
from isomargin.contracts import CompiledContract, compile_contract
from isomargin.server.clock import BlockClock
from isomargin.server.fees import Fees
from isomargin.server.node import TestNode
from isomargin.server.rpc.dispatch import Dispatcher
from isomargin.server.rpc.filters import Filters
from isomargin.server.rpc.methods import all_methods
from isomargin.server.rpc.methods.blocks import header_of
from isomargin.server.rpc.session import Session
from isomargin.server.rpc.subscriptions import Hub

__all__ = ["BOT", "ETHER", "GWEI", "STRANGER", "Ground", "Refusal"]

ETHER, GWEI = 10**18, 10**9
BOT = address_of("bot-1")
STRANGER = address_of("stranger")


class Refusal(Exception):
    """An error object that came as an answer."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: str = error.get("data", "")


@lru_cache
def probe_code() -> CompiledContract:
    """The probe of the chain's tests: it logs, reverts and spins."""
    return compile_contract(Path(__file__).parents[2] / "chain" / "Probe.vy")


class Ground:
    """A node, the probe at number 5, and everything that an open door has but the socket."""

    def __init__(self, engine: str = "py-evm", gas_price: int = 10 * GWEI) -> None:
        self.chain = Chain(engine, signs=True)
        self.probe: Contract = self.chain.deploy(probe_code(), 5)
        keys = {address_of(name): private_key_of(name) for name in ("bot-1", "bot-2")}
        for address in keys:
            self.chain.set_balance(address, 100 * ETHER)
        fees = Fees(lambda now: gas_price, self.chain.block_gas_limit)
        self.node = TestNode(self.chain, fees, BlockClock(12), keys)
        self.now = 0.0
        self.filters = Filters(lambda: self.now)
        self.hub = Hub(lambda block: header_of(self.node, block))
        self.node.listeners += [self.filters, self.hub]
        self.pushed: list[dict[str, Any]] = []
        self.subscriber = self.hub.join(lambda message: self.pushed.append(json.loads(message)))
        self.session = Session(self.node, self.filters)
        self.dispatcher = Dispatcher(all_methods(), self.session, on_fault=self._fail)

    @staticmethod
    def _fail(method: str, error: Exception) -> None:
        raise AssertionError(f"fault in {method}") from error

    def ask(self, method: str, *params: Any, by_socket: bool = False) -> Any:
        """The result of a call; an error is raised."""
        session = Session(self.node, self.filters, None, self.subscriber) if by_socket else None
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        raw = self.dispatcher.answer(json.dumps(body).encode(), session)
        assert raw is not None
        answer = json.loads(raw)
        assert answer["id"] == 1
        if "error" in answer:
            raise Refusal(answer["error"])
        return answer["result"]

    def call_data(self, function: str, *args: Any) -> str:
        """Call data of the probe as hex."""
        return "0x" + self.probe.abi.function(function, len(args)).encode(args).hex()

    def note(self, number: int, label: str = "note", **fields: Any) -> str:
        """Send `note` from the bot, and return the hash."""
        asked = {"from": BOT, "to": self.probe.address, "data": self.call_data("note", number, label)}
        return str(self.ask("eth_sendTransaction", asked | fields))

    def mined_note(self, number: int, label: str = "note") -> str:
        """Send `note` and seal a block with it."""
        transaction_hash = self.note(number, label)
        self.node.seal()
        return transaction_hash
