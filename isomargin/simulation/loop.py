"""The block loop: a price becomes orders, a block, a check of the books, and a line of the record."""

from __future__ import annotations

from collections.abc import Callable

from isomargin.record import RunRecord
from isomargin.scenario import Scenario
from isomargin.simulation.beats import Beat, beats
from isomargin.simulation.building import build_world
from isomargin.simulation.interruption import interruption_held
from isomargin.simulation.progress import Progress
from isomargin.simulation.recording import Detail, Recording
from isomargin.simulation.world import MinedBlock, World

__all__ = ["simulate"]


def simulate(
    scenario: Scenario,
    *,
    engine: str = "py-evm",
    command: str = "",
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_end: Callable[[World, RunRecord], None] = lambda world, record: None,
    signs: bool = False,
    detail: Detail = "full",
) -> RunRecord:
    """Run a scenario from its first price to its last.

    Parameters
    ----------
    scenario : Scenario
    engine : str
        Name of the EVM engine.
    command : str
        What repeats the run, for the record.
    on_progress : callable
        Told after each price. A `KeyboardInterrupt` that it raises, or Ctrl-C, ends the run at a whole block;
        the record of what was played is returned, marked as interrupted.
    on_end : callable
        Told the world as the last block left it, and the record: for what a record does not keep.
    signs : bool
        As in `Chain`.
    detail : {"full", "summary"}
        "summary" leaves the tables of transactions, events, margin ratios and liquidation prices empty: for
        many runs of which only the outcome matters. Everything else is the same.

    Raises
    ------
    InputError
        If scenario or prices cannot be run.
    TransactionReverted
        If a contract refuses what the scenario deploys it with.
    """
    world = build_world(scenario, engine, signs=signs)
    recording = Recording(world, command, detail)
    complete = False
    with interruption_held() as is_interrupted:
        try:
            for planned in beats(scenario, world.path):
                beat = world.faults.bend(planned)
                if beat is None:
                    continue
                mined = _advance(world, beat)
                recording.add(mined, world.state())
                if mined.block.number % scenario.invariants.every == 0:
                    recording.add_checks(world.monitor.observe(mined.block))
                world.script.judge()
                if is_interrupted():
                    raise KeyboardInterrupt
                if beat.ends_price:
                    on_progress(recording.progress(beat.step + 1))
            complete = True
        except KeyboardInterrupt:
            pass  # what was played so far is kept
    recording.add_checks(world.monitor.finish())
    if scenario.invariants.probe:
        recording.add_checks(world.monitor.probe(rng=scenario.random("probe")))
    record = recording.finish(complete)
    on_end(world, record)
    return record


def _advance(world: World, beat: Beat) -> MinedBlock:
    """Read, act, order and mine one block."""
    first, timestamp = world.propose(beat), max(beat.timestamp, world.chain.timestamp + 1)
    room = world.chain.block_gas_limit - sum(order.transaction.gas for order in first)
    held_back = world.faults.censored(timestamp)
    taken = world.mempool.take(world.chain.block_number + 1, room, world.order_luck, held_back)
    return world.mine([*first, *taken], timestamp)
