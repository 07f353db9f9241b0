"""Starts workers, asks them to play, and ends them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.sides import Measured
from isomargin.errors import IsomarginError

__all__ = ["ROOT", "Missing", "OtherProcess", "other_process", "run_module"]

ROOT = Path(__file__).resolve().parents[1]


class Missing(Exception):
    """A peer that is not there, or cannot do it; says what to do."""


class OtherProcess:
    """A `Side` that plays elsewhere."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        try:
            greeting = self._listen()
        except IsomarginError as error:
            raise Missing(f"cannot play this: {error}") from None
        if "missing" in greeting:
            raise Missing(greeting["missing"])
        self.version = str(greeting["version"])

    def play(self, number: int) -> Measured:
        """Ask for a segment."""
        assert self._process.stdin
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        told = self._listen()
        return Measured(told["processor"], told["wall"], tuple(told["successes"]))

    def _listen(self) -> dict[str, Any]:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("{"):
                told: dict[str, Any] = json.loads(line)
                return told
        raise IsomarginError(f"a side in another process ended with {self._process.wait()}")


@contextmanager
def other_process(
    name: str, workload: Path, *, interpreters: Sequence[str] = (), variables: Mapping[str, str] | None = None
) -> Iterator[OtherProcess]:
    """Start a side in the first Python that has it, and end it with the block.

    Raises
    ------
    Missing
        If none has it.
    """
    reason = ""
    for interpreter in interpreters or (sys.executable,):
        command = [interpreter, "-m", "benchmarks.worker", name, str(workload)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env=_environment(variables),
            start_new_session=True,  # Ctrl-C is ours to answer
        )
        with process:
            try:
                try:
                    side = OtherProcess(process)
                except Missing as error:
                    reason = reason if reason and "not installed" in str(error) else str(error)
                    continue
                yield side
                return
            finally:
                process.kill()
    raise Missing(reason)


def run_module(
    module: str, *arguments: str, patience: float, variables: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a module in a process of its own and return the JSON that it prints.

    Raises
    ------
    Missing
        If it took longer than `patience` seconds, or failed; says which.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=_environment(variables),
        start_new_session=True,
    )
    with process:
        try:
            output, errors = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            raise Missing(f"took longer than {patience:.0f} s") from None
        finally:
            process.kill()
    if process.returncode:
        raise Missing(
            f"failed: {errors.strip().splitlines()[-1][:200] if errors.strip() else process.returncode}"
        )
    told: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return told


def _environment(variables: Mapping[str, str] | None) -> dict[str, str]:
    """Ours, without the choice of a hash that isomargin has made for this process."""
    inherited = {name: value for name, value in os.environ.items() if name != "ETH_HASH_BACKEND"}
    return {**inherited, **(variables or {}), "PYTHONPATH": str(ROOT)}
