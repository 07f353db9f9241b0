"""`startup`: how long one waits for the first transaction, and for the imports."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

from benchmarks.other_process import Missing, run_module
from benchmarks.rows import Bench, Bound, Row, compared, missing

__all__ = ["startup"]

_PATIENCE = 600.0
_SHARE = "the ratio is our time as a share of theirs"
_IMPORTS = {
    "isomargin": Bound(0.3, is_least=False),
    "isomargin.protocol": None,  # what `deploy` needs; the machine comes on top
    "isomargin.simulation": None,
}


def startup(bench: Bench) -> Iterator[Row]:
    """Processor time to the first transaction with a warm and a cold compile cache, and of imports."""
    for engine in ("py-evm",) if bench.is_quick else ("py-evm", "revm"):  # a cold cache takes a minute
        try:
            yield _first_transaction(bench, engine)
        except Missing as reason:
            yield missing("startup", "first transaction", engine, str(reason))
    for module, target in _IMPORTS.items():
        bench.tell(f"startup: import {module} and web3, in turn")
        pairs = [
            (_seconds("import", module), _seconds("import", "web3")) for _ in range(bench.rounds_of(7, 3))
        ]
        yield compared(
            [own for own, _ in pairs],
            [other for _, other in pairs],
            benchmark="startup",
            subject="import in a new process",
            ours=module,
            theirs="web3",
            target=target,
            note=_SHARE,
        )


def _first_transaction(bench: Bench, engine: str) -> Row:
    warm, cold = [], []
    with tempfile.TemporaryDirectory() as kept:
        for number in range(bench.rounds_of(3, 1)):
            with tempfile.TemporaryDirectory() as empty:
                bench.tell(f"startup: {engine}, cold cache, round {number + 1}")
                cold.append(_seconds("deploy", engine, ISOMARGIN_CACHE=empty))
            bench.tell(f"startup: {engine}, warm cache, round {number + 1}")
            if number == 0:
                _seconds("deploy", engine, ISOMARGIN_CACHE=kept)  # which fills it
            warm.append(_seconds("deploy", engine, ISOMARGIN_CACHE=kept))
    return compared(
        warm,
        cold,
        benchmark="startup",
        subject=f"new process to first transaction on a deployed market, {engine}",
        ours="warm compile cache",
        theirs="cold compile cache",
        note=f"{_SHARE}; the interpreter's own start included",
    )


def _seconds(*arguments: str, **variables: Any) -> float:
    told = run_module("benchmarks.beginning", *arguments, patience=_PATIENCE, variables=variables)
    return float(told["seconds"])
