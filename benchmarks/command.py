"""The command line: which benchmarks to run, how large, and where the figures go."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from benchmarks.machine import machine_facts
from benchmarks.rows import Bench, Row
from benchmarks.table import new_console, print_head, print_table, write_json

__all__ = ["BENCHMARKS", "main"]

BENCHMARKS = {
    "transactions": (
        "benchmarks.transactions",
        "market transactions a second on every engine and other stacks",
    ),
    "overhead": ("benchmarks.transactions", "our engines against the bare machines that they stand on"),
    "views": ("benchmarks.views", "reading positions in pages against one call each"),
    "book": ("benchmarks.book", "finding what a new price liquidates among up to a million positions"),
    "demo": ("benchmarks.demo", "Black Thursday with 200 to 20,000 traders: time, memory, and what takes it"),
    "server": ("benchmarks.server", "the served chain under the load of 1 to 64 clients, against anvil"),
    "startup": ("benchmarks.startup", "from nothing to the first transaction on a deployed market; imports"),
}
"""By name: the module that has a function of this name, and what it measures."""

_INTERRUPTED, _FAILED, _BAD_INPUT = 130, 1, 2


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(_BAD_INPUT, f"bench: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments name; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    console = new_console()
    if chosen.list:
        for name, (_, description) in BENCHMARKS.items():
            console.print(f"{name:<14}{description}")
        return 0
    unknown = [name for name in chosen.names if name not in BENCHMARKS]
    if unknown:
        return _complain(f"no benchmark {unknown[0]!r}, only: {', '.join(BENCHMARKS)}", _BAD_INPUT)
    facts = machine_facts()
    print_head(facts, console)
    bench = Bench(
        is_quick=chosen.quick,
        is_full=chosen.full,
        interpreters=(*chosen.peers, sys.executable),
        sizes=tuple(chosen.sizes),
        rounds=chosen.rounds,
    )
    rows: list[Row] = []
    code = _collect(bench, chosen.names or list(BENCHMARKS), rows)
    print_table(rows, console)
    try:
        write_json(facts, rows, chosen.json, is_quick=chosen.quick, complete=code == 0)
    except OSError as error:
        return _complain(f"--json {chosen.json}: {error.strerror}", _BAD_INPUT)
    console.print(f"written to {chosen.json}")
    return code


def _collect(bench: Bench, names: Sequence[str], rows: list[Row]) -> int:
    """Gather rows as they come, so that an interruption loses none."""
    code = 0
    try:
        for name in names:
            measure: Callable[[Bench], Iterator[Row]] = getattr(import_module(BENCHMARKS[name][0]), name)
            bench.tell(name)
            try:
                for row in measure(bench):
                    rows.append(row)  # at once: `extend` need not keep what came before an interruption
            except Exception as error:  # whatever happens to one benchmark, the others are measured
                code = _complain(f"{name}: {type(error).__name__}: {error}", _FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted; what was measured so far follows", _INTERRUPTED)
    return _INTERRUPTED if bench.is_interrupted else code


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"bench: {message}\n")
    return code


def _interpreter(text: str) -> str:
    found = shutil.which(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"expected a Python to run, found {text!r}")
    return found


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, found {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="scripts/bench",
        description="Measures isomargin beside other libraries, in one run, in turn, as ratios.",
        epilog="Exit codes: 0 all was measured, 1 a benchmark failed, 2 bad input, 130 interrupted.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run; all if left out")
    parser.add_argument("--list", action="store_true", help="say which benchmarks there are")
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer rounds")
    parser.add_argument(
        "--full", action="store_true", help="also what takes very long: the largest demo on py-evm"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("out/bench.json"), metavar="FILE", help="where the figures go"
    )
    parser.add_argument(
        "--peers",
        action="append",
        default=[],
        metavar="PYTHON",
        type=_interpreter,
        help="an interpreter that has peers installed; may be given several times",
    )
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=_size,
        default=[],
        metavar="N",
        help="in place of the usual: positions of `book`, traders of `demo`",
    )
    parser.add_argument("--rounds", type=_size, default=0, metavar="N", help="in place of the usual")
    return parser
