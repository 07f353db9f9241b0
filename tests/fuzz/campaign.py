"""Runs a machine: a fixed number of examples for a test, or what a time budget allows; tells what it saw."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import HypothesisWarning
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.dynamic_machine import DynamicMachine
from tests.fuzz.machine import MarketMachine
from tests.fuzz.page import write_page
from tests.fuzz.replay import FOLDER, save_script
from tests.fuzz.static_machine import StaticMachine

__all__ = ["CI", "HUNT", "main", "run"]

CI = settings(
    derandomize=True,
    database=None,
    max_examples=40,
    stateful_step_count=45,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
"""The profile of the tests: the same examples everywhere."""

HUNT = settings(CI, derandomize=False, max_examples=12, stateful_step_count=60)
"""The profile of one round of a longer search, which has a seed of its own."""


def run(
    machine: type[MarketMachine], profile: settings, seed: int | None = None, *, folder: Path = FOLDER
) -> None:
    """Run a machine; when it fails, save a script that replays the failure and print it.

    Parameters
    ----------
    seed : int, optional
        For a profile that is not derandomized.
    folder : Path
        Where the script is saved.

    Raises
    ------
    Disagreement, InvariantViolation
        What was found, after shrinking.
    """
    machine.failure = None
    seeded = machine if seed is None else hypothesis.seed(seed)(machine)
    try:
        with warnings.catch_warnings(), without_local_constants():
            # py-evm asks for deep recursion; Hypothesis only remarks that it will not take this back
            warnings.simplefilter("ignore", HypothesisWarning)
            run_state_machine_as_test(seeded, settings=profile)
    except Exception:
        if machine.failure is not None:
            path = save_script(machine.failure, folder)
            print(f"{path.read_text(encoding='utf-8')}\n# saved as {path}")
        raise


@contextmanager
def without_local_constants() -> Iterator[None]:
    """Keep Hypothesis from drawing numbers that stand in modules which happen to be imported.

    Which those are depends on the tests that a worker ran before; the examples shall not.
    """
    with (
        patch.object(providers.HypothesisProvider, "_local_constants", Constants()),
        patch.object(providers, "CONSTANTS_CACHE", LRUCache(1024)),
    ):
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Search for some minutes, both machines in turn, or write the page; returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=5, help="how long to search; 5 if left out")
    parser.add_argument("--report", action="store_true", help="write docs/fuzzing.md from the last test run")
    parser.add_argument("--seed", type=int, default=0, help="of the first round; each next takes the next")
    parser.add_argument("--machine", choices=["dynamic", "static"], help="only this one")
    chosen = parser.parse_args(arguments)
    if chosen.report:
        return write_page()
    machines = [each for each in (DynamicMachine, StaticMachine) if chosen.machine in (None, each.name)]
    started, rounds, found = perf_counter(), 0, ""
    while not found and perf_counter() - started < 60 * chosen.minutes:
        machine, seed = machines[rounds % len(machines)], chosen.seed + rounds
        try:
            run(machine, HUNT, seed)
        except Exception as failure:
            found = f"{machine.name} machine, seed {seed}: {type(failure).__name__}: {failure}"
        rounds += 1
        print(f"{perf_counter() - started:.0f} s, {rounds} rounds", file=sys.stderr)
    for machine in machines:
        print(f"{machine.name} machine: {machine.counts.report()}")
    if found:
        print(found, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
