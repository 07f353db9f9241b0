"""Who plays the runs: processes of this machine, or workers of a Dask cluster; the sweep sees no difference.

Both are a `concurrent.futures.Executor`: a pool of spawned processes, or what a `distributed.Client` gives.
Both get the cargo once for each worker (an initialiser here, a worker plugin there, which also reaches
workers that come later or come back), and then one small job for each run. A worker plays one run at a time,
whatever its threads: a run is computing from end to end.

What is asked of a worker: the same isomargin, engine and contracts. It needs no file of
the machine that began.
"""

from __future__ import annotations

import gc
import itertools
import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from isomargin.contracts import hold_sources
from isomargin.errors import InputError, SweepStopped
from isomargin.sweep.plan import Cargo, Job, versions_here
from isomargin.sweep.playing import Player
from isomargin.sweep.results import RunResult

__all__ = ["Crew", "cluster_workers", "install", "local_workers", "stopped_by"]

_AHEAD = 3  # runs on their way for each worker: it never waits, and little is lost with it
_RETRIES = 3
_ANSWER = 20  # seconds within which a scheduler and its workers must answer
_DESERTED = 30  # seconds after which a cluster without workers is given up

_OF_A_LOST_CLUSTER = ("ClosedClientError", "CommClosedError", "FutureCancelledError")

_RUNS_BETWEEN_COLLECTIONS = 16

_played = itertools.count(1)
_players: dict[str, Player] = {}
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Crew:
    """Those who play.

    Attributes
    ----------
    executor : Executor
    size : callable
        How many runs they play at once, now.
    fingerprint : str
        Of the cargo that they got.
    """

    executor: Executor
    size: Callable[[], int]
    fingerprint: str

    @property
    def window(self) -> int:
        """How many runs to have on their way.

        Raises
        ------
        SweepStopped
            If there is nobody to ask.
        """
        try:
            return _AHEAD * max(1, self.size())
        except Exception as error:
            raise stopped_by(error) from None

    def submit(self, job: Job) -> Future[RunResult]:
        """Let somebody play a run.

        Raises
        ------
        SweepStopped
            If nobody can.
        """
        try:
            return self.executor.submit(_play, self.fingerprint, job)
        except Exception as error:
            raise stopped_by(error) from None


def stopped_by(error: BaseException) -> SweepStopped:
    """What ended a sweep when a run has no result, in a line."""
    if isinstance(error, SweepStopped):
        return error
    kind = type(error).__name__
    if isinstance(error, BrokenProcessPool):
        return SweepStopped("a worker process died, for want of memory perhaps: fewer with -j need less")
    if isinstance(error, MemoryError):
        return SweepStopped("a run needed more memory than its worker has")
    if kind == "KilledWorker":
        return SweepStopped(
            "workers of the cluster died again and again over one run, for want of memory perhaps"
        )
    if isinstance(error, CancelledError | OSError) or kind in _OF_A_LOST_CLUSTER:
        return SweepStopped("the cluster is gone: the connection to its scheduler broke")
    return SweepStopped(f"a worker failed: {kind}: {' '.join(str(error).split())}")


# On the side of the worker


def install(cargo: Cargo) -> None:
    """Make this process one that can play the runs of a sweep."""
    here = versions_here(cargo.engine)
    for name, wanted in cargo.versions.items():
        if here.get(name) != wanted:
            found = here.get(name, "none")
            raise SweepStopped(f"a worker has another {name}: expected {wanted}, as here, found {found}")
    if cargo.fingerprint not in _players:
        _players.clear()
        _players[cargo.fingerprint] = Player(cargo)


def _play(fingerprint: str, job: Job) -> RunResult:
    with _one_at_a_time:
        player = _players.get(fingerprint)
        if player is None:
            raise SweepStopped("a worker did not get the scenario of the sweep")
        result = player.play(job)
        if not gc.isenabled() and next(_played) % _RUNS_BETWEEN_COLLECTIONS == 0:
            gc.collect()
        return result


# Processes


@contextmanager
def local_workers(cargo: Cargo, processes: int, memory_limit: int | None = None) -> Iterator[Crew]:
    """Processes of this machine, which end with the context, and with this process.

    Parameters
    ----------
    cargo : Cargo
    processes : int
    memory_limit : int, optional
        Bytes that each may have.
    """
    # no fork: engines have threads of their own
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin_process,
        initargs=(cargo, memory_limit),
    )
    try:
        yield Crew(pool, lambda: processes, cargo.fingerprint)
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_process(cargo: Cargo, memory_limit: int | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to hear
    logging.getLogger("concurrent.futures").setLevel(logging.CRITICAL + 1)  # the parent says it in a line
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    if memory_limit is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    install(cargo)
    hold_sources()  # each run deploys the same ones, and this process plays nothing else
    gc.freeze()  # what is imported stays
    gc.disable()  # looking for circles all the time took a fifth of a run; see `_play`


def _end_with_the_parent() -> None:
    """End this process when the one that began it is gone: a killed sweep leaves nobody behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


# Cluster


@contextmanager
def cluster_workers(cargo: Cargo, address: str) -> Iterator[Crew]:
    """The workers of a Dask cluster that runs already.

    Parameters
    ----------
    cargo : Cargo
    address : str
        Of its scheduler: ``tcp://127.0.0.1:8786``.

    Raises
    ------
    InputError
        If nobody answers there, or a worker has another version.
    """
    try:
        import distributed
    except ModuleNotFoundError:
        raise InputError("--scheduler: needs Dask: pip install 'isomargin[sweep]'") from None
    _hush()
    client = _client(distributed, address)
    name = f"isomargin-{cargo.fingerprint}"
    try:
        _send(client, cargo, name, address)
        executor = client.get_executor(pure=False, retries=_RETRIES)
        try:
            yield Crew(executor, _Attendance(client).count, cargo.fingerprint)
        finally:
            executor.shutdown(wait=False)
        with suppress(Exception):
            client.unregister_worker_plugin(name)
    finally:
        with suppress(Exception):
            client.close(timeout=_ANSWER)


class _Attendance:
    """Counts the workers of a cluster, and waits for others only so long when there are none."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._last_seen = time.monotonic()

    def count(self) -> int:
        found = len(self._client.nthreads())
        now = time.monotonic()
        if found:
            self._last_seen = now
        elif now - self._last_seen > _DESERTED:
            raise SweepStopped(f"the cluster has had no workers for {_DESERTED} s")
        return found


def _hush() -> None:
    """Let Dask keep its warnings to itself: what matters is told in a line of our own."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(("asyncio", "distributed", "tornado")):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _client(distributed: Any, address: str) -> Any:
    try:
        client = distributed.Client(address, timeout=_ANSWER, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"--scheduler {address}: expected the scheduler of a Dask cluster ({reason})"
        ) from None
    try:
        client.wait_for_workers(1, timeout=_ANSWER)
    except TimeoutError:
        client.close()
        raise InputError(f"--scheduler {address}: expected workers, found none within {_ANSWER} s") from None
    return client


def _send(client: Any, cargo: Cargo, name: str, address: str) -> None:
    """Give the cargo to every worker there is and will be."""
    from isomargin.sweep.plugin import CargoPlugin

    try:
        client.register_plugin(CargoPlugin(cargo), name=name)
    except SweepStopped as error:
        raise InputError(f"--scheduler {address}: {error}") from None
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        wanted = f"isomargin {cargo.versions['isomargin']}"
        raise InputError(f"--scheduler {address}: expected {wanted} on its workers ({reason})") from None
