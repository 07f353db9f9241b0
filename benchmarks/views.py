"""`views`: positions read in pages through the lens, against a call for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from benchmarks.nodes import anvil
from benchmarks.other_process import Missing
from benchmarks.rows import Bench, Clock, Row, compared, missing
from benchmarks.workload import stocked_market
from isomargin.errors import InputError
from isomargin.protocol import System

__all__ = ["in_turn", "views"]

_PAGED, _ONE_BY_ONE = "lens, pages of 256", "one call a position"


def views(bench: Bench) -> Iterator[Row]:
    """Positions read a second, paged and one by one, on each engine."""
    positions, rounds = bench.chosen(512, 64), bench.rounds_of(7, 3)
    for name in ("py-evm", "revm", "anvil"):
        bench.tell(f"views: {name}")
        try:
            with ExitStack() as stack:
                engine = stack.enter_context(anvil()).url if name == "anvil" else name
                system = stocked_market(engine, positions)
                yield _row(bench, name, system, positions, rounds)
        except (Missing, InputError) as reason:
            yield missing("views", f"{positions} positions", name, str(reason))


def _row(bench: Bench, name: str, system: System, positions: int, rounds: int) -> Row:
    ids = range(1, positions + 1)
    clock: Clock = "wall" if name == "anvil" else "processor"
    paged, single = in_turn(
        bench,
        rounds,
        lambda: system.positions(ids),
        lambda: [system.position(position_id) for position_id in ids],
        clock=clock,
    )
    return compared(
        paged,
        single,
        work=positions,
        benchmark="views",
        subject=f"{positions} positions on {name}",
        ours=_PAGED,
        theirs=_ONE_BY_ONE,
        clock=clock,
        note="decoded into records on both sides",
    )


def in_turn(
    bench: Bench, rounds: int, *works: Callable[[], Any], clock: Clock = "processor"
) -> list[list[float]]:
    """Do several things in turn, once to warm up and then so many rounds; the seconds of each.

    Ctrl-C ends it behind the last whole round, if there was one.
    """
    read = time.process_time if clock == "processor" else time.perf_counter
    taken: list[list[float]] = []
    try:
        for _ in range(rounds + 1):
            seconds = []
            for work in works:
                start = read()
                work()
                seconds.append(read() - start)
            taken.append(seconds)
    except KeyboardInterrupt:
        if len(taken) < 2:
            raise
        bench.is_interrupted = True
    return [list(side) for side in zip(*taken[1:], strict=True)]
