"""What the transaction of a step called, for a step that ended otherwise than it must."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from isomargin.chain import trace_of
from isomargin.errors import ChainError
from isomargin.record import ExpectationRow, RunRecord
from isomargin.traces import system_directory, trace_text

if TYPE_CHECKING:
    from isomargin.simulation import World

__all__ = ["is_about_step", "step_trace"]

_STEP = re.compile(r"of step (\d+)\b")


def is_about_step(row: ExpectationRow) -> bool:
    """Whether a row says how a step must end, rather than what an expectation compares."""
    return _STEP.match(row.where) is not None


def step_trace(world: World, record: RunRecord, row: ExpectationRow) -> str:
    """The trace of the step that a row of expectations is about.

    Empty for a row about something else, a step without a transaction, or a chain that keeps none of its own.
    """
    found = _STEP.match(row.where)
    step = record.steps[int(found[1]) - 1] if found else None
    if step is None or step.block is None or step.index is None:
        return ""
    receipt = world.chain.block(step.block).receipts[step.index]
    cast = world.script.cast
    beside = {name: cast.contracts[name] for name in cast.beside}
    people = {name: actor.account for name, actor in cast.actors.items()}
    try:
        frame = trace_of(world.chain, receipt.transaction_hash)
    except ChainError:
        return ""
    return trace_text(frame, system_directory(world.system, contracts=beside, people=people))
