"""A soak: mixed load on a served market for ten minutes, and what errors and memory came of it.

Memory is bounded if it reaches a plateau: over the second half of the time the line through the samples, by
least squares, rises by no more than 3 per cent of where it begins. What it rises by is told in bytes a
transaction and a block of that half as well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from eth_utils.crypto import keccak

from benchmarks.soak_load import Toll, caller, sender, subscriber, usual_calls
from tests.server.serve_command import Served, serving

__all__ = ["Growth", "growth", "main", "slope", "soak"]

_BLOCK_TIME = 0.5  # seconds
_SAMPLE_EVERY = 2.0  # seconds
_CALLERS, _SENDERS, _SUBSCRIBERS = 6, 3, 4
_PAUSE = 0.02  # seconds between the requests of one caller
_SEED = 8
_KEPT_BLOCKS = 128  # so that a plateau is reached after a minute
_MOST_RISE = 0.03  # of memory over the second half, for a plateau

_Sample = tuple[float, float, int]  # seconds, megabytes, transactions whose receipts came


def scenario(minutes: float) -> str:
    """A market whose price swings for so long, a price a second."""
    prices = [round(100 + 6 * math.sin(second / 40), 2) for second in range(int(60 * minutes) + 60)]
    return (
        f'name = "soak"\nseed = {_SEED}\n\n[prices]\nvalues = {prices}\nstep = 60\n\n'
        "[traders]\ncount = 40\n\n[invariants]\nevery = 50\n"
    )


async def soak(served: Served, seconds: float) -> dict[str, Any]:
    """Put everything on a server for so long, and tell what came of it."""
    toll, luck = Toll(time.monotonic() + seconds), np.random.default_rng(_SEED)
    contracts = served.deployment.contracts
    selector = "0x" + keccak(text="market_state()")[:4].hex()
    calls = usual_calls(contracts["lens"].address, contracts["market"].address, selector)
    first_block = int(served.ask("eth_blockNumber"), 16)
    sampler = asyncio.create_task(_sample(served.process.pid, toll))
    await asyncio.gather(
        *(caller(toll, served.url, calls, _PAUSE) for _ in range(_CALLERS)),
        *(sender(toll, served.url, f"bot-{number}", 1337) for number in range(1, _SENDERS + 1)),
        *(subscriber(toll, served.url, each) for each in luck.spawn(_SUBSCRIBERS)),
    )
    samples = await sampler
    if served.process.poll() is not None:
        toll.fail("server", f"it ended with {served.process.returncode}")
    status = served.ask("isomargin_status")
    blocks = status["block"] - first_block
    return {
        "seconds": seconds,
        "blocks": blocks,
        "requests": sum(toll.counts[name] for name in toll.counts if name.startswith("eth_")),
        "counts": dict(sorted(toll.counts.items())),
        "errors": toll.errors,
        "violations": status["violations"],
        "memory": {
            "first": samples[0][1],
            "last": samples[-1][1],
            "highest": max(size for _, size, _ in samples),
            "growth": asdict(growth(samples, blocks / seconds)),
            "samples": samples,
        },
    }


@dataclass(frozen=True)
class Growth:
    """What memory did in the second half of a soak.

    Attributes
    ----------
    begin : float
        Megabytes where the line begins.
    rise : float
        Megabytes that it rises by.
    per_transaction, per_block : float
        The same in bytes.
    """

    begin: float
    rise: float
    per_transaction: float
    per_block: float

    @property
    def is_bounded(self) -> bool:
        """Whether that is a plateau."""
        return self.rise <= _MOST_RISE * self.begin


def growth(samples: Sequence[_Sample], blocks_a_second: float) -> Growth:
    """Lay the line through the second half of the samples."""
    later = [sample for sample in samples if sample[0] >= samples[-1][0] / 2]
    seconds, transactions = later[-1][0] - later[0][0], later[-1][2] - later[0][2]
    rise = slope([(time, size) for time, size, _ in later]) * seconds
    middle = sum(size for _, size, _ in later) / len(later)
    octets = rise * 2**20
    return Growth(
        middle - rise / 2,
        rise,
        octets / max(1, transactions),
        octets / max(1.0, seconds * blocks_a_second),
    )


async def _sample(process: int, toll: Toll) -> list[_Sample]:
    """Ask for the memory every other second."""
    begin, samples = time.monotonic(), list[_Sample]()
    while toll.is_running or not samples:
        size = _memory_of(process)
        if size is not None:
            samples.append((round(time.monotonic() - begin, 1), round(size, 2), toll.counts["receipts"]))
        await asyncio.sleep(_SAMPLE_EVERY)
    return samples


def _memory_of(process: int) -> float | None:
    """Megabytes that a process has in memory; None if it is gone."""
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return int(told.stdout) / 1024 if told.stdout.strip() else None


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """By least squares: what the second figure grows by when the first grows by one."""
    if len(samples) < 2:
        return 0.0
    times, sizes = np.array(samples).T
    return float(np.polyfit(times, sizes, 1)[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak; the exit code is 1 if anything went wrong, or memory grew beyond its bound or all the time."""
    parser = argparse.ArgumentParser(
        prog="scripts/soak", description="Puts load on a served market for a while."
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--engine", choices=("revm", "py-evm"), default="revm")
    parser.add_argument("--keep-blocks", default=str(_KEPT_BLOCKS), metavar="N", help="as of isomargin serve")
    parser.add_argument("--most-memory", type=float, default=1_500.0, metavar="MB")
    parser.add_argument("--json", type=Path, default=Path("out/soak.json"), metavar="FILE")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "soak.toml"
        file.write_text(scenario(chosen.minutes), encoding="utf-8")
        pace = ("--block-time", str(_BLOCK_TIME), "--speed", "60")
        options = ("--engine", chosen.engine, "--keep-blocks", chosen.keep_blocks, *pace)
        with serving(file, Path(folder), *options) as served:
            told = asyncio.run(soak(served, 60 * chosen.minutes))
            served.stop()
        said = (Path(folder) / "errors.txt").read_text(encoding="utf-8")
    told["said"] = said.splitlines()
    with suppress(FileExistsError):
        chosen.json.parent.mkdir(parents=True)
    chosen.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(report(told))
    is_wrong = bool(told["errors"] or told["violations"])
    is_large = told["memory"]["highest"] > chosen.most_memory
    return int(is_wrong or is_large or not Growth(**told["memory"]["growth"]).is_bounded)


def report(told: dict[str, Any]) -> str:
    """What a soak came to, in a few lines."""
    memory, wrong, broken = told["memory"], told["counts"].get("errors", 0), told["violations"]
    first, last, most = (round(memory[name]) for name in ("first", "last", "highest"))
    grown = Growth(**memory["growth"])
    lines = [
        f"{told['seconds'] / 60:g} minutes, {told['blocks']} blocks, {told['requests']:,} requests",
        ", ".join(f"{name} {count:,}" for name, count in told["counts"].items()),
        f"{wrong} errors, {len(broken)} broken invariants",
        f"memory: {first} MB at first, {last} at last, {most} most",
        f"memory in the second half: {grown.rise:+.1f} MB from {grown.begin:.0f}, "
        f"{grown.per_transaction:+,.0f} bytes a transaction, {grown.per_block:+,.0f} a block: "
        + ("bounded" if grown.is_bounded else "not bounded"),
        *told["errors"][:10],
        *broken[:10],
        *(f"server: {line}" for line in told["said"][-10:]),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
