"""The served chain under load: requests a second and latencies, beside anvil, with 1, 16 and 64 clients."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.nodes import anvil
from benchmarks.other_process import Missing, run_module
from benchmarks.rows import Bench, Row, compared
from benchmarks.table import figure
from benchmarks.wire import request_body
from isomargin.chain import Transaction, address_of, private_key_of
from isomargin.chain.accounts import canonical_address, checksum_address, created_address
from isomargin.chain.signed import sign_transaction
from tests.server.conformance.exchanges import FOLDER
from tests.server.conformance.replay import Replayer, prepared
from tests.server.serve_command import serving

__all__ = ["CLIENTS", "server"]

CLIENTS = (1, 16, 64)
_ENGINES = ("revm", "py-evm")
_CHAIN_ID = 1337
_RICH = 10**24  # wei
_ANY_FEE = 10**15  # wei per gas; blocks full of load lift the base fee
_STORED, _STORE = "e582dd31", "6057361d"  # stored(), store(uint256) of Sample.vy
_LOGS = 20
_MINE_EVERY = 1.0  # seconds, while transactions come
_PATIENCE = 300.0  # seconds for the load of one round
_SAMPLE = checksum_address(created_address(canonical_address(address_of("corpus-alice")), 0))

Bodies = Sequence[Sequence[str]]


@dataclass
class _Ground:
    """A server with a contract, logs and accounts; both sides of a comparison have the same."""

    name: str
    replayer: Replayer
    nonces: dict[str, int] = field(default_factory=dict)

    def measured(self, clients: Bodies, mine_every: float) -> dict[str, Any]:
        """Put the load on it, from another process."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "load.json"
            file.write_text(json.dumps({"clients": clients, "mine_every": mine_every}), encoding="utf-8")
            told = run_module("benchmarks.load_client", self.replayer.url, str(file), patience=_PATIENCE)
        if told["refused"]:
            raise Missing(f"{self.name} refused {told['refused']} requests: {told['words']}")
        return told

    def signed(self, sender: str, to: str, data: bytes = b"") -> str:
        """The next raw transaction of an account."""
        nonce = self.nonces.get(sender, 0)
        self.nonces[sender] = nonce + 1
        unsigned = Transaction(sender=address_of(sender), to=to, data=data, value=0, gas=100_000)
        fees: dict[str, int] = {"max_fee": _ANY_FEE, "max_priority_fee": 10**9}
        key = private_key_of(sender)
        return sign_transaction(unsigned, key=key, nonce=nonce, chain_id=_CHAIN_ID, **fees).raw.hex()


def server(bench: Bench) -> Iterator[Row]:
    """Measure each method with each number of clients on each engine."""
    for engine in _ENGINES:
        with ExitStack() as stack:  # a new anvil for each: blocks that another has filled would slow it down
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            options = ("--manual", "--engine", engine)
            served = stack.enter_context(serving(FOLDER / "served.toml", directory, *options))
            peer = _prepared("anvil", stack.enter_context(anvil()).url)
            yield from _rows(bench, _prepared(f"served on {engine}", served.url), peer)


def _rows(bench: Bench, ours: _Ground, theirs: _Ground) -> Iterator[Row]:
    for method, make, requests in (
        ("eth_call", _calls, bench.chosen(1_920, 192)),
        ("eth_getLogs", _log_queries, bench.chosen(960, 192)),
        ("eth_sendRawTransaction", _transactions, bench.chosen(640, 64)),
    ):
        for clients in CLIENTS:
            bench.tell(f"  {method}, {clients} clients: {ours.name}")
            yield _row(bench, ours, theirs, method, make, clients, requests)


def _row(
    bench: Bench,
    ours: _Ground,
    theirs: _Ground,
    method: str,
    make: Callable[[_Ground, int, int], Bodies],
    clients: int,
    requests: int,
) -> Row:
    mine_every = _MINE_EVERY if make is _transactions else 0.0
    told: dict[str, list[dict[str, Any]]] = {ours.name: [], theirs.name: []}
    for _ in range(bench.rounds_of(3, 1)):
        for side in (ours, theirs):
            told[side.name].append(side.measured(make(side, clients, requests), mine_every))
            if mine_every:
                side.replayer.ask("evm_mine")
    mine, others = told[ours.name], told[theirs.name]
    return compared(
        [each["seconds"] for each in mine],
        [each["seconds"] for each in others],
        work=requests,
        benchmark="server",
        subject=f"{method}, {clients} client{'s' if clients > 1 else ''}",
        ours=ours.name,
        theirs=theirs.name,
        clock="wall",
        note=_NOTES[method],
        details={**_latencies("ours", mine), **_latencies("theirs", others)},
    )


def _latencies(whose: str, rounds: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Medians of the rounds' percentiles, and how much of the time the client itself needed."""
    latencies = [median(each[name] for each in rounds) for name in ("p50", "p95", "p99")]
    share = median(each["processor"] / each["seconds"] for each in rounds)
    return {
        f"{whose} p50/p95/p99": " / ".join(map(figure, latencies)) + " ms",
        f"{whose} client": f"{share:.0%}",
    }


_NOTES = {
    "eth_call": "a call that reads one slot",
    "eth_getLogs": f"{_LOGS} logs of one contract out of all blocks",
    "eth_sendRawTransaction": f"signed transfers until all are accepted, a block every {_MINE_EVERY:g} s",
}


def _prepared(name: str, url: str) -> _Ground:
    ground = _Ground(name, prepared(url))
    for number in range(max(CLIENTS)):
        ground.replayer.ask("anvil_setBalance", address_of(_sender(number)), hex(_RICH))
    for number in range(_LOGS):
        data = bytes.fromhex(_STORE) + number.to_bytes(32, "big")
        ground.replayer.ask("eth_sendRawTransaction", "0x" + ground.signed(_sender(0), _SAMPLE, data))
        ground.replayer.ask("evm_mine")
    return ground


def _sender(number: int) -> str:
    return f"load-{number}"


def _calls(_: _Ground, clients: int, requests: int) -> Bodies:
    body = request_body("eth_call", {"to": _SAMPLE, "data": f"0x{_STORED}"}, "latest").decode()
    return [[body] * (requests // clients)] * clients


def _log_queries(_: _Ground, clients: int, requests: int) -> Bodies:
    sender = "0x" + address_of(_sender(0))[2:].lower().rjust(64, "0")
    query = {"fromBlock": "earliest", "toBlock": "latest", "address": _SAMPLE, "topics": [None, sender]}
    return [[request_body("eth_getLogs", query).decode()] * (requests // clients)] * clients


def _transactions(ground: _Ground, clients: int, requests: int) -> Bodies:
    return [
        [
            request_body(
                "eth_sendRawTransaction", "0x" + ground.signed(_sender(number), address_of("load-to"))
            ).decode()
            for _ in range(requests // clients)
        ]
        for number in range(clients)
    ]
