"""In a new process: plays examples/black_thursday.toml with so many traders, and prints what that took.

Where the time goes is told by timers around the doors between parts; what an inner door took is not counted
in the outer one.
"""

from __future__ import annotations

import functools
import json
import resource
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.other_process import ROOT
from isomargin.book import Book
from isomargin.chain import Chain
from isomargin.chain.abi import AbiEvent, AbiFunction
from isomargin.chain.engine import ENGINES
from isomargin.invariants import Monitor
from isomargin.record import RunRecord
from isomargin.scenario import Scenario, scenario_from
from isomargin.simulation import World, simulate
from isomargin.simulation.recording import Recording

__all__ = ["Timers", "gas_limit", "genesis_timestamp", "main", "peak_memory", "scenario_with"]

_DAY = 86_400
_USUAL_TRADERS = 240
_BLOCK_GAS_LIMIT = 36_000_000  # for so many; blocks grow with the crowd, which would wait for hours to open

_NODE = "isomargin.chain.node:NodeEngine"
_ENGINE_DOORS = (
    "add_account", "balance", "block", "call", "calls", "code_at", "mine", "nonce", "restore", "set_balance",
    "snapshot", "storage_at",
)  # fmt: skip
_DOORS: tuple[tuple[str, type, tuple[str, ...]], ...] = (
    ("ABI", AbiFunction, ("encode", "decode")),
    ("ABI", AbiEvent, ("decode",)),
    ("checks", Monitor, ("observe", "finish", "probe")),
    ("records", Recording, ("add", "add_checks", "progress", "finish")),
    ("book", Book, ("apply", "liquidatable", "unhealthy")),
    ("people", World, ("view", "trader_orders", "provider_orders", "keeper_orders")),
)


class Timers:
    """Seconds of each part, and how often a timer was read.

    Attributes
    ----------
    seconds : dict of str to float
        By part, without what inner parts took.
    calls : int
        Doors passed.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls = 0
        self._inside = [""]
        self._since = time.perf_counter()

    def watch(self, part: str, owner: type, names: tuple[str, ...]) -> None:
        """Time some methods of a class, for the rest of this process."""
        for name in names:
            setattr(owner, name, self._timed(part, getattr(owner, name)))

    def switch(self) -> None:
        """Give the time since the last door to whoever had it."""
        now = time.perf_counter()
        self.seconds[self._inside[-1]] += now - self._since
        self._since = now

    def _timed(self, part: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            self.switch()
            self._inside.append(part)
            try:
                return method(*args, **kwargs)
            finally:
                self.switch()
                self._inside.pop()

        return timed

    def cost_of_a_call(self) -> float:
        """Seconds that a timed call takes more than a plain one, measured apart from the others."""
        spare = Timers()
        timed, count = spare._timed("", int), 20_000
        start = time.perf_counter()
        for _ in range(count):
            timed()
        return (time.perf_counter() - start) / count


def scenario_with(traders: int) -> Scenario:
    """The example with another number of traders, its pool and limits as much larger or smaller."""
    text = (ROOT / "examples" / "black_thursday.toml").read_text(encoding="utf-8")
    document: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    market, share = document["market"], Decimal(traders) / _USUAL_TRADERS
    for limit in ("skew_scale", "max_open_interest", "max_skew"):
        market[limit] = int(market[limit] * share)
    for holder in (*document["pool"]["providers"], document["insurance"]):
        holder["deposit"] = int(holder["deposit"] * share)
    document["traders"]["count"] = traders
    return scenario_from(document)


def gas_limit(traders: int) -> int:
    """Gas of a block that has as much room for each trader as the example's."""
    return max(_BLOCK_GAS_LIMIT, _BLOCK_GAS_LIMIT * traders // _USUAL_TRADERS)


def genesis_timestamp(traders: int) -> int:
    """When a node has to begin, seconds since 1970: a day before the first price, as a world is built."""
    return scenario_with(traders).price_path().start - _DAY


def main() -> None:
    """Play on the engine and with the number of traders that the arguments name."""
    engine, traders = sys.argv[1], int(sys.argv[2])
    scenario, timers = scenario_with(traders), Timers()
    module, attribute = ENGINES.get(engine, _NODE).split(":")
    timers.watch("EVM", getattr(import_module(module), attribute), _ENGINE_DOORS)
    for part, owner, names in _DOORS:
        timers.watch(part, owner, names)
    wall, processor = time.perf_counter(), time.process_time()
    roomy = functools.partial(Chain, block_gas_limit=gas_limit(traders))
    with patch("isomargin.simulation.building.Chain", roomy):
        record = simulate(scenario, engine=engine)
    timers.switch()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    told = _told(timers, record) | {"wall": wall, "processor": processor}
    sys.stdout.write(json.dumps(told) + "\n")


def peak_memory() -> float:
    """The most memory that this process ever had, megabytes.

    What `getrusage` gives on Linux begins with what the process had that started this one; the kernel's own
    figure begins with the program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS


def _told(timers: Timers, record: RunRecord) -> dict[str, Any]:
    seconds, summary = dict(timers.seconds), record.summary
    seconds["rest"] = seconds.pop("", 0.0)
    total = sum(seconds.values())
    return {
        "memory": peak_memory(),
        "shares": {part: taken / total for part, taken in sorted(seconds.items())},
        "timers": timers.calls * timers.cost_of_a_call() / total,
        "counts": {
            "transactions": summary.transactions,
            "positions": summary.positions.opened,
            "liquidations": summary.liquidations.count,
            "violations": summary.invariants.violations,
        },
    }


if __name__ == "__main__":
    main()
