"""`demo`: Black Thursday with more and more traders on each engine: time, memory, and what takes the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from benchmarks.black_thursday import gas_limit, genesis_timestamp
from benchmarks.nodes import anvil
from benchmarks.other_process import Missing, run_module
from benchmarks.rows import Bench, Clock, Row

__all__ = ["demo"]

_SIZES = (200, 2_000, 20_000)
_ENGINES = ("py-evm", "revm", "anvil")
_LARGEST_ON_SLOW = 2_000
_PATIENCE = 1_800.0  # seconds, of one run; the bound on what is not asked for with --full
_QUICK_PATIENCE = 240.0
_FULL_PATIENCE = 4 * 3_600.0


def demo(bench: Bench) -> Iterator[Row]:
    """Seconds and megabytes of a whole run, each in a process of its own."""
    sizes = bench.sizes or (_SIZES[:2] if bench.is_quick else _SIZES)
    for traders in sizes:
        default: dict[str, Any] | None = None
        for engine in _ENGINES:
            subject = f"Black Thursday, {traders:,} traders"
            try:
                told = _played(bench, engine, traders)
            except Missing as reason:
                yield Row("demo", subject, ours=engine, note=str(reason))
                continue
            yield _row(subject, engine, told, default)
            default = told if engine == "py-evm" else default


def _played(bench: Bench, engine: str, traders: int) -> dict[str, Any]:
    """Play it and return what the process told."""
    largest = _SIZES[0] if bench.is_quick else _LARGEST_ON_SLOW
    if engine != "revm" and traders > largest and not bench.is_full:
        raise Missing(f"left out: above {largest:,} traders only with --full")
    patience = _FULL_PATIENCE if bench.is_full else bench.chosen(int(_PATIENCE), int(_QUICK_PATIENCE))
    bench.tell(f"demo: {traders:,} traders on {engine}, at most {patience:.0f} s")
    with ExitStack() as stack:
        place = engine
        if engine == "anvil":
            begins = genesis_timestamp(traders)
            place = stack.enter_context(anvil(gas_limit=gas_limit(traders), timestamp=begins)).url
        return run_module("benchmarks.black_thursday", place, str(traders), patience=patience)


def _row(subject: str, engine: str, told: dict[str, Any], default: dict[str, Any] | None) -> Row:
    """What one run took, against the same on py-evm if that was played; a node costs wall time."""
    clock: Clock = "wall" if engine == "anvil" else "processor"
    shares = {name: f"{share:.0%}" for name, share in told["shares"].items()}
    figures = {
        "memory MB": round(told["memory"]),
        **shares,
        **told["counts"],
        "timers": f"{told['timers']:.1%}",
    }
    return Row(
        benchmark="demo",
        subject=subject,
        ours=engine,
        theirs="py-evm" if default else "",
        ratio=default[clock] / told[clock] if default else None,
        ours_value=told[clock],
        theirs_value=default[clock] if default else None,
        unit="s",
        rounds=1,
        clock=clock,
        note="shares of the time, the timers' own included, without what an inner part took; played once",
        details=figures,
    )
