"""A Dask cluster of processes on this machine, for as long as a test lasts."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sweep.processes import Meddling, until

__all__ = ["Cluster", "cluster"]


@dataclass(frozen=True)
class Cluster:
    """A scheduler, by its address, and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def cluster(folder: Path, meddling: Meddling, workers: int) -> Iterator[Cluster]:
    """Start a scheduler on a free port of 127.0.0.1, and workers of one thread each; end them all."""
    log = folder / "scheduler.log"
    begun: list[subprocess.Popen[bytes]] = []

    def start(module: str, *options: str, log: Path) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", f"distributed.cli.{module}", *options, "--no-dashboard"]
        with log.open("wb") as sink:
            begun.append(
                subprocess.Popen(words, env=meddling.environment, cwd=folder, stdout=sink, stderr=sink)
            )
        return begun[-1]

    try:
        scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", log=log)
        until(lambda: _address(log) is not None, scheduler)
        address = str(_address(log))
        options = (address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny")
        hired = [
            start("dask_worker", *options, log=folder / f"worker-{number}.log") for number in range(workers)
        ]
        yield Cluster(address, scheduler, hired)
    finally:
        for process in reversed(begun):
            process.kill()
            process.wait(timeout=30)


def _address(log: Path) -> str | None:
    match = re.search(r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)", log.read_text())
    return match[1] if match else None
