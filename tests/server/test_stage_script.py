"""A script on a test node: the same steps as in a run, in the same places, also after a reorganisation."""

from __future__ import annotations

from typing import Any

from isomargin.record import RunRecord
from isomargin.server.schedule import StepSchedule
from isomargin.server.serving import node_of
from isomargin.server.stage import Stage
from isomargin.simulation import build_world
from tests.simulation.scripts import failures, play_script, scripted, step_of

STEPS: list[dict[str, Any]] = [
    {
        "label": "enter",
        "at": 0,
        "by": "alice",
        "open": {"size": 10, "margin": 500, "as": "long"},
    },
    {"label": "last", "at": 1, "by": "alice", "place": "last", "transfer": {"to": "bob", "amount": 1}},
    {"label": "usual", "at": 1, "by": "bob", "transfer": {"to": "alice", "amount": 1}},
    {"label": "first", "at": 1, "by": "bob", "place": "first", "transfer": {"to": "alice", "amount": 1}},
    {
        "label": "before",
        "at": 1,
        "by": "bob",
        "place": "before-price",
        "transfer": {"to": "alice", "amount": 1},
    },
    {"label": "cheap", "after": "usual", "by": "bob", "open": {"size": 1, "margin": 50, "price_limit": 9}}
    | {"reverts": "market: price limit"},
    {"label": "leave", "after": "cheap", "by": "alice", "close": {"position": "long"}},
]
EXPECTED: list[dict[str, Any]] = [
    {"after": "enter", "that": "status(long) == HEALTHY"},
    {"that": "status(long) == CLOSED"},
    {"that": "refused(bob) == 1"},
    {"block": 2, "that": "block == 2"},
    {"that": "events(PositionClosed, alice) == 1"},
]


def staged(**changes: Any) -> Stage:
    chosen = scripted(**{"steps": STEPS, "expect": EXPECTED, **changes})
    world = build_world(chosen, "revm", signs=True)
    return Stage(world, node_of(world), StepSchedule(chosen, world.path))


def played(stage: Stage) -> RunRecord:
    while not stage.is_over:
        stage.advance()
    stage.advance()
    return stage.finish()


def events_of(stage: Stage, name: str) -> int:
    """How many events of a name the chain has now."""
    logs = stage.world.system.events(stage.node.chain.logs())
    return sum(seen.event.name == name for seen in logs)


def outcomes(record: RunRecord) -> list[tuple[str, int | None, bool | None, str]]:
    """How each step ended, and in which block of the run."""
    first = record.blocks[0].block
    return [
        (row.label, None if row.block is None else row.block - first, row.success, row.reason)
        for row in record.steps
    ]


def test_advance__a_script__ends_as_in_a_run():
    run, served = play_script(steps=STEPS, expect=EXPECTED), played(staged())
    assert failures(run) == failures(served) == []
    assert outcomes(served) == outcomes(run)


def test_advance__places__are_kept():
    record = played(staged())
    block = step_of(record, "first").block
    labels = {row.index: row.label for row in record.steps if row.block == block}
    found = [labels.get(row.index, row.action) for row in record.transactions if row.block == block]
    assert found == ["before", "push", "first", "usual", "last"]


def test_reorganise__blocks_with_steps__are_played_and_judged_again():
    stage = staged()
    for _ in range(6):
        stage.advance()
    assert events_of(stage, "PositionClosed") == 1
    stage.node.reorganise(3)
    record = played(stage)
    assert record.run.complete
    assert failures(record) == []
    assert all(row.block is not None for row in record.steps)
    sent: dict[Any, bool] = {(row.block, row.index): row.success for row in record.transactions}
    assert all(sent[row.block, row.index] == row.success for row in record.steps)


def test_advance__lazily__makes_the_block_of_a_step():
    stage = staged(
        steps=[{"label": "late", "block": 4, "by": "bob", "transfer": {"to": "alice", "amount": 1}}],
        expect=[],
        chain={"blocks_per_price": 4},
    )
    made = [stage.advance(is_lazy=True) for _ in range(4)]
    assert [block is not None for block in made] == [True, True, False, False]
    assert stage.advance(is_lazy=True) is not None


def test_send__refused_by_the_pool__is_told():
    stage = staged(
        people=[{"name": "alice", "tokens": 9}, {"name": "bob", "tokens": 9, "ether": "0.05"}],
        steps=[{"label": "poor", "at": 0, "by": "bob", "transfer": {"to": "alice", "amount": 1}}],
        expect=[],
    )
    record = played(stage)
    [row] = record.steps
    assert row.block is None
    assert row.success is False
    assert row.reason == "not enough ether" or row.reason.startswith("insufficient funds")
