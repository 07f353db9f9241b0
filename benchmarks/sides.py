"""The sides of a comparison: each plays the same segments of a list in its own way and measures itself."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.rows import Bench
from benchmarks.workload import BLOCK_GAS_LIMIT, Workload
from isomargin.chain import Chain
from isomargin.errors import IsomarginError

__all__ = ["ChainSide", "Measured", "Side", "chain_side", "play_in_turn", "replay", "timed"]


@dataclass(frozen=True)
class Measured:
    """What one segment took, seconds of the processor and of the wall, and which transactions succeeded."""

    processor: float
    wall: float
    successes: tuple[bool, ...]


class Side(Protocol):
    """Whoever plays a list."""

    def play(self, number: int) -> Measured:
        """Play a segment; they come in order, each once."""


def timed(work: Callable[[], Sequence[bool]]) -> Measured:
    """Do it and measure it."""
    wall, processor = time.perf_counter(), time.process_time()
    successes = work()
    return Measured(time.process_time() - processor, time.perf_counter() - wall, tuple(successes))


class ChainSide:
    """One of our engines: a block a segment."""

    def __init__(self, chain: Chain, workload: Workload) -> None:
        self.chain, self._segments = chain, workload.segments

    def play(self, number: int) -> Measured:
        """Mine a block."""
        return timed(
            lambda: [receipt.success for receipt in self.chain.mine(self._segments[number]).receipts]
        )


def chain_side(engine: str, workload: Workload) -> ChainSide:
    """Start an engine and lead it to where the list begins."""
    chain = Chain(engine, block_gas_limit=BLOCK_GAS_LIMIT)
    replay(chain, workload)
    return ChainSide(chain, workload)


def replay(chain: Chain, workload: Workload) -> None:
    """Mine the prelude of a list."""
    for name in workload.accounts:
        chain.account(name)
    for timestamp, block in workload.prelude:
        mined = chain.mine([transaction for transaction, _ in block], timestamp=timestamp)
        for receipt, (_, created) in zip(mined.receipts, block, strict=True):
            if not receipt.success or receipt.contract_address != created:
                raise IsomarginError(f"{workload.name}: the prelude went otherwise: {receipt.revert_reason}")


def _played(side: Side, numbers: range) -> Measured:
    """Play some segments and measure them as one."""
    measured = [side.play(number) for number in numbers]
    successes = tuple(success for each in measured for success in each.successes)
    return Measured(sum(each.processor for each in measured), sum(each.wall for each in measured), successes)


def play_in_turn(
    bench: Bench, sides: dict[str, Side], rounds: int, *, at_once: int = 1
) -> dict[str, list[Measured]]:
    """Let all sides play one round after another, each round on every side before the next.

    A round is `at_once` segments. The first warms up and is not counted. Ctrl-C ends it behind the last whole
    round. It goes on to its caller if there was none.

    Raises
    ------
    IsomarginError
        If a transaction failed somewhere: nobody shall be measured at failing.
    """
    played: dict[str, list[Measured]] = {name: [] for name in sides}
    done = 0
    gc.collect()
    gc.freeze()  # or each side would pay for collecting among what all the others keep
    try:
        for number in range(rounds + 1):
            for name, side in sides.items():
                bench.tell(f"  round {number} of {rounds}: {name}")
                measured = _played(side, range(number * at_once, (number + 1) * at_once))
                if not all(measured.successes):
                    failed = measured.successes.count(False)
                    raise IsomarginError(f"{name}: {failed} transactions of round {number} failed")
                played[name].append(measured)
            done = number
    except KeyboardInterrupt:
        if not done:
            raise
        bench.is_interrupted = True
    finally:
        gc.unfreeze()
    return {name: measured[1 : done + 1] for name, measured in played.items()}
