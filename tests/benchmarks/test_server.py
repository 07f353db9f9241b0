"""The load on the served chain: what is sent, what is counted, what is shown."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.document import BEGIN, END, SERVER_DOCUMENT, main, section, server_section
from benchmarks.load_client import percentile, put_load
from benchmarks.rows import Row
from benchmarks.soak import Growth, growth, report, slope
from benchmarks.soak_load import Toll
from benchmarks.wire import Connection, request_body

MACHINE = {"processors": 2, "load": [0.5, 0.4, 0.3]}


class Echo(BaseHTTPRequestHandler):
    """Answers what it was asked for, and refuses what is called `refused`."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(request["method"])
        is_fine = request["method"] != "refused"
        answer = {"jsonrpc": "2.0", "id": 1, **({"result": request["params"]} if is_fine else {"error": {}})}
        body = json.dumps(answer, separators=(",", ":")).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def echo() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Echo,), {"asked": asked}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_connection__several_requests__are_answered_in_turn():
    async def ask(url: str) -> list[object]:
        connection = Connection(url)
        answers = [await connection.ask("echo", number) for number in range(3)]
        connection.close()
        again = await connection.ask("echo", "again")
        connection.close()
        return [*answers, again]

    with echo() as (url, _):
        assert asyncio.run(ask(url)) == [[0], [1], [2], ["again"]]


def test_connection__refusal__is_an_error():
    async def ask(url: str) -> None:
        connection = Connection(url)
        try:
            await connection.ask("refused")
        finally:
            connection.close()

    with echo() as (url, _), pytest.raises(ValueError, match="refused"):
        asyncio.run(ask(url))


def test_put_load__clients_with_their_lists__all_is_sent_and_refusals_are_counted():
    bodies = [request_body("echo").decode()] * 4
    with echo() as (url, asked):
        told = asyncio.run(put_load(url, [bodies, [*bodies, request_body("refused").decode()]], 0.0))
    assert sorted(asked) == ["echo"] * 8 + ["eth_chainId"] * 2 + ["refused"]
    assert told["refused"] == 1
    assert "error" in told["words"]
    assert 0 < told["p50"] <= told["p95"] <= told["p99"]


@pytest.mark.parametrize(("share", "found"), [(0.01, 1), (0.5, 50), (0.95, 95), (0.99, 99), (1, 100)])
def test_percentile__of_a_hundred__is_the_one_at_its_rank(share, found):
    assert percentile(list(range(100, 0, -1)), share) == found


def test_percentile__of_one__is_that():
    assert percentile([7.0], 0.5) == 7.0


def test_slope__line__is_its_steepness_and_a_point_has_none():
    assert slope([(0, 10), (1, 12), (2, 14)]) == pytest.approx(2)
    assert slope([(0, 10)]) == 0


def test_growth__a_steady_rise__is_told_a_transaction_and_a_block_and_is_no_plateau():
    samples = [(second, 100 + second / 10, 20 * second) for second in range(0, 201, 2)]
    grown = growth(samples, blocks_a_second=2)
    assert (grown.begin, grown.rise) == (pytest.approx(110), pytest.approx(10))
    assert grown.per_transaction == pytest.approx(10 * 2**20 / 2_000)
    assert grown.per_block == pytest.approx(10 * 2**20 / 200)
    assert not grown.is_bounded


def test_growth__rising_at_first_and_then_up_and_down__is_a_plateau():
    samples = [(second, 100 + min(second, 60) + second % 4, 20 * second) for second in range(0, 201, 2)]
    grown = growth(samples, blocks_a_second=2)
    assert grown.begin == pytest.approx(161, abs=0.2)
    assert abs(grown.rise) < 0.2
    assert grown.is_bounded


def test_toll__what_fails__is_counted_and_tried_again(monkeypatch):
    async def no_time(_: float) -> None:
        """Waits for nothing."""

    monkeypatch.setattr("benchmarks.soak_load.asyncio.sleep", no_time)
    toll = Toll(deadline=math.inf)

    async def fail() -> None:
        if toll.counts["errors"] == 2:
            toll.deadline = 0
        raise OSError("cut")

    asyncio.run(toll.watch("somebody", fail))
    assert toll.counts["errors"] == 3
    assert toll.errors[0] == "somebody: OSError('cut')"


@pytest.mark.parametrize(("rise", "verdict"), [(3.3, "bounded"), (3.4, "not bounded")])
def test_report__errors_and_memory__are_told(rise, verdict):
    grown = Growth(begin=110.0, rise=rise, per_transaction=1_234.5, per_block=-20.0)
    told = {
        "seconds": 60.0,
        "blocks": 3,
        "requests": 1_234,
        "counts": {"errors": 1, "eth_call": 1_234},
        "errors": ["caller: OSError('cut')"],
        "violations": [],
        "said": ["late"],
        "memory": {"first": 100.0, "last": 120.4, "highest": 130.0, "growth": asdict(grown)},
    }
    assert report(told).splitlines() == [
        "1 minutes, 3 blocks, 1,234 requests",
        "errors 1, eth_call 1,234",
        "1 errors, 0 broken invariants",
        "memory: 100 MB at first, 120 at last, 130 most",
        f"memory in the second half: +{rise} MB from 110, +1,234 bytes a transaction, -20 a block: {verdict}",
        "caller: OSError('cut')",
        "server: late",
    ]


ROW = Row(
    "server",
    "eth_call, 16 clients",
    "served on revm",
    "anvil",
    0.3,
    1_000.0,
    3_000.0,
    note="one slot",
    details={"ours p50/p95/p99": "1 / 2 / 3 ms", "theirs p50/p95/p99": "4 / 5 / 6 ms"},
)


def test_server_section__rows_of_a_run__show_latencies_and_no_other_benchmark():
    run = {"machine": MACHINE, "rows": [ROW.as_json(), Row("book", "a tick", "us", "", None, 1.0).as_json()]}
    lines = server_section(run).splitlines()
    assert lines[2] == (
        "| eth_call, 16 clients (1) | served on revm | anvil | 0.3x | 1,000 1/s | 3,000 1/s "
        "| 1 / 2 / 3 ms | 4 / 5 / 6 ms |"
    )
    assert lines[4] == "1. one slot"
    assert "server" not in section(run)


def test_main__figures_of_the_server_alone__rewrite_its_page_alone(tmp_path, monkeypatch):
    pages = {name: tmp_path / name for name in ("engines.md", "server.md")}
    for page in pages.values():
        page.write_text(f"before\n{BEGIN}old\n{END}\n", encoding="utf-8")
    monkeypatch.setattr("benchmarks.document.DOCUMENT", pages["engines.md"])
    monkeypatch.setattr("benchmarks.document.SERVER_DOCUMENT", pages["server.md"])
    figures = tmp_path / "bench.json"
    figures.write_text(json.dumps({"machine": MACHINE, "rows": [ROW.as_json()]}))
    assert main([str(figures)]) == 0
    assert "old" in pages["engines.md"].read_text(encoding="utf-8")
    assert "eth_call, 16 clients" in pages["server.md"].read_text(encoding="utf-8")


def test_server_document__table_of_a_run__is_there():
    _, _, rest = SERVER_DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    for method in ("eth_call", "eth_getLogs", "eth_sendRawTransaction"):
        for clients in ("1 client ", "16 clients ", "64 clients "):
            assert f"| {method}, {clients}" in rest.partition(END)[0]
