"""Puts load on a server, from a process of its own: ``python -m benchmarks.load_client URL FILE``.

The file holds what each client sends, one request after another on its own connection; JSON is printed.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.wire import Connection, request_body

__all__ = ["percentile", "put_load"]

_REFUSED = b'"error":'


def percentile(values: Sequence[float], share: float) -> float:
    """The least of the values that so great a share of all do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


async def put_load(url: str, clients: Sequence[Sequence[str]], mine_every: float) -> dict[str, Any]:
    """Let all clients send what is theirs at the same time.

    Parameters
    ----------
    url : str
    clients : sequence of sequence of str
        Bodies by client.
    mine_every : float
        Seconds between blocks that are asked for meanwhile; 0 for none.

    Returns
    -------
    dict
        `seconds` of the wall, `processor` seconds of this process, `refused` requests, the first refusal as
        `words`, and latencies in milliseconds as `p50`, `p95` and `p99`.
    """
    latencies: list[float] = []
    refusals: list[bytes] = []
    connections = [Connection(url) for _ in clients]
    await asyncio.gather(*(connection.post(request_body("eth_chainId")) for connection in connections))
    miner = asyncio.create_task(_mine(url, mine_every)) if mine_every else None
    wall, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(
        *(
            _client(connection, [body.encode() for body in bodies], latencies, refusals)
            for connection, bodies in zip(connections, clients, strict=True)
        )
    )
    seconds, spent = time.perf_counter() - wall, time.process_time() - processor
    if miner:
        miner.cancel()
        with suppress(asyncio.CancelledError):
            await miner
    for connection in connections:
        connection.close()
    return {
        "seconds": seconds,
        "processor": spent,
        "refused": len(refusals),
        "words": refusals[0][:200].decode() if refusals else "",
        **{f"p{share}": 1e3 * percentile(latencies, share / 100) for share in (50, 95, 99)},
    }


async def _client(
    connection: Connection, bodies: Sequence[bytes], latencies: list[float], refusals: list[bytes]
) -> None:
    for body in bodies:
        sent = time.perf_counter()
        answer = await connection.post(body)
        latencies.append(time.perf_counter() - sent)
        if _REFUSED in answer[:60]:
            refusals.append(answer)


async def _mine(url: str, every: float) -> None:
    connection = Connection(url)
    try:
        while True:
            await asyncio.sleep(every)
            await connection.ask("evm_mine")
    finally:
        connection.close()


def _main() -> None:
    url, file = sys.argv[1:]
    load = json.loads(Path(file).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(asyncio.run(put_load(url, load["clients"], load["mine_every"]))) + "\n")


if __name__ == "__main__":
    _main()
