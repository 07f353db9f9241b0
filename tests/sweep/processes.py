"""The command as a process of its own, in which runs can be counted, slowed down and made to fail.

What a test does to runs it says by the environment; `sitecustomize.py`, which every Python below it reads at
its start, wraps `simulate` accordingly: in the command, in its workers, and in those of a cluster.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

__all__ = ["Meddling", "ended", "started", "until", "without_progress"]

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 180  # seconds; two cores may be shared by many

_MEDDLER = r"""
import os, signal, sys, time
if os.environ.get("MEDDLED_RUNS"):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which jobs in the background of a shell ignore
    import isomargin.sweep.playing as playing
    real, log = playing.simulate, os.environ["MEDDLED_RUNS"]

    def simulate(scenario, **options):
        if scenario.seed == int(os.environ.get("MEDDLED_KILL", -1)):
            os.kill(os.getpid(), 9)
        if scenario.seed == int(os.environ.get("MEDDLED_MEMORY", -1)):
            bytearray(2**40)
        time.sleep(float(os.environ.get("MEDDLED_SLEEP", 0)))
        record = real(scenario, **options)
        with open(log, "a") as file:
            point = f"{scenario.risk.health_target} {scenario.document['prices']}"
            file.write(f"{os.getpid()} {point} {scenario.seed}\n")
        return record

    playing.simulate = simulate
    if os.environ.get("MEDDLED_VERSION"):
        import isomargin.sweep.workers as workers
        here = workers.versions_here
        workers.versions_here = lambda engine: {**here(engine), "isomargin": os.environ["MEDDLED_VERSION"]}
"""


class Meddling:
    """What is done to runs, and which were played.

    Parameters
    ----------
    folder : Path
        Of the test.
    sleep : float
        Seconds that each run takes longer.
    kill, memory : int, optional
        Seeds whose runs kill their process, or ask for more memory than there is.
    """

    def __init__(
        self, folder: Path, *, sleep: float = 0, kill: int | None = None, memory: int | None = None
    ) -> None:
        self._log = folder / "runs.log"
        place = folder / "meddling"
        place.mkdir(exist_ok=True)
        (place / "sitecustomize.py").write_text(_MEDDLER)
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(place), str(_ROOT)]),
            "MEDDLED_RUNS": str(self._log),
            "MEDDLED_SLEEP": str(sleep),
        }
        for name, seed in (("MEDDLED_KILL", kill), ("MEDDLED_MEMORY", memory)):
            if seed is not None:
                self.environment[name] = str(seed)

    def played(self) -> list[tuple[int, str]]:
        """Process and run, in the order in which runs ended."""
        if not self._log.exists():
            return []
        lines = (line.split(maxsplit=1) for line in self._log.read_text().splitlines())
        return [(int(process), run) for process, run in lines]


@contextmanager
def started(meddling: Meddling, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`python` with arguments while the context lasts; killed at its end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env=meddling.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=_PATIENCE)


def ended(meddling: Meddling, *arguments: object) -> tuple[int, str, str]:
    """How `isomargin` with arguments ended: its code, and what it printed on both streams."""
    with started(meddling, "-m", "isomargin", *arguments) as process:
        out, err = process.communicate(timeout=_PATIENCE)
        return process.returncode, out, without_progress(err)


def without_progress(err: str) -> str:
    """What a slow sweep says on standard error, less the lines that say how far it is."""
    return "".join(line for line in err.splitlines(True) if " runs a second" not in line)


def until(condition: Callable[[], bool], process: subprocess.Popen[Any] | None = None) -> None:
    """Wait until something holds; fail if the process ends before."""
    deadline = monotonic() + _PATIENCE
    while not condition():
        assert process is None or process.poll() is None, "it ended before that"
        assert monotonic() < deadline, "it did not come in time"
        sleep(0.05)
