"""Contract and model of the oracle agree on every answer, whatever the feeds say and whoever does what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from isomargin.chain import Chain
from isomargin.model import OracleGuards
from isomargin.units import WAD
from tests.contracts.oracle_world import OracleWorld, create_world

GUARDS = OracleGuards(600, 100 * WAD, 10_000 * WAD, WAD // 5, 900)
ZERO = "0x" + "00" * 20
SEQUENCES, STEPS = 10, 40
Step = Callable[[OracleWorld, np.random.Generator], object]


def near(world: OracleWorld, rng: np.random.Generator) -> int:
    """An answer a few percent from the newest price."""
    price, _ = world.model.peek(world.now)
    return max(price or 2_000 * WAD, 90 * WAD) * int(rng.integers(95, 106)) // 100


def push_any(world: OracleWorld, rng: np.random.Generator) -> None:
    answer = near(world, rng)
    choices = [answer * 3, answer // 3, 0, -1, 2**200, 100 * WAD, 10_000 * WAD, 2_000 * WAD]
    world.push("feed", choices[rng.integers(len(choices))], age=int(rng.choice([0, 0, 0, 30, 650, -100])))


def push_many(world: OracleWorld, rng: np.random.Generator) -> None:
    answers = [near(world, rng) * int(rng.choice([1, 1, 1, 1, 3])) for _ in range(rng.integers(2, 40))]
    world.push("feed", *answers, every=int(rng.choice([1, 20, 200])))


def push_phase(world: OracleWorld, rng: np.random.Generator) -> None:
    phase = (world.feeds["feed"].newest_id >> 64) + 1
    world.push("feed", near(world, rng), id=(phase << 64) + 1)


def push_second(world: OracleWorld, rng: np.random.Generator) -> None:
    price, _ = world.model.peek(world.now)
    ratio = int(rng.choice([96, 100, 104, 130, 0]))
    world.push("second", price * ratio // 100 // 10**10, age=int(rng.choice([0, 0, 0, 601, -1])))


def push_uptime(world: OracleWorld, rng: np.random.Generator) -> None:
    world.push("uptime", int(rng.choice([0, 0, 0, 1, 1, 7])), age=int(rng.choice([0, 0, 5, 40, -50])))


def restart(world: OracleWorld, rng: np.random.Generator) -> None:
    world.push("uptime", 1)
    world.wait(int(rng.choice([12, 300, 1_500])))
    world.push("uptime", 0)


def set_sequencer_feed(world: OracleWorld, rng: np.random.Generator) -> None:
    is_on = rng.random() < 0.7
    world.act("set_sequencer_feed", "owner", world.contracts["uptime"].address if is_on else ZERO)


def set_second_source(world: OracleWorld, rng: np.random.Generator) -> None:
    is_on = rng.random() < 0.6
    world.push("second", near(world, rng) // 10**10)
    world.act("set_second_source", "owner", world.contracts["second"].address if is_on else ZERO, WAD // 10)


def set_guards(world: OracleWorld, rng: np.random.Generator) -> None:
    deviation = int(rng.choice([0, 1, 2])) * WAD // 5
    world.act("set_guards", "owner", int(rng.choice([300, 600, 2_000])), 100 * WAD, 10_000 * WAD, deviation)


def silence(world: OracleWorld, rng: np.random.Generator) -> None:
    name = str(rng.choice(list(world.feeds)))
    world.silence(name, not world.feeds[name].is_silent)


STEPS_BY_WEIGHT: list[tuple[int, Step]] = [
    (16, lambda world, rng: world.push("feed", near(world, rng))),
    (8, push_any),
    (3, push_many),
    (1, push_phase),
    (10, lambda world, rng: world.wait(int(rng.choice([12, 100, 400, 700, 1_500])))),
    (8, lambda world, rng: world.act("watch", "stranger")),
    (5, lambda world, rng: world.act("forced_price", "stranger")),
    (5, lambda world, rng: world.act("entry_price", "stranger")),
    (3, lambda world, rng: world.act("pause", str(rng.choice(["guardian", "owner", "stranger"])))),
    (4, lambda world, rng: world.act("resume", str(rng.choice(["owner", "owner", "owner", "guardian"])))),
    (3, silence),
    (4, push_uptime),
    (3, restart),
    (3, push_second),
    (2, set_sequencer_feed),
    (2, set_second_source),
    (2, set_guards),
    (1, lambda world, rng: world.act("set_grace_period", "owner", int(rng.choice([0, 300, 900, 900])))),
]


def walk(world: OracleWorld, rng: np.random.Generator) -> None:
    weights = np.array([weight for weight, _ in STEPS_BY_WEIGHT], dtype=float)
    for _ in range(STEPS):
        _, step = STEPS_BY_WEIGHT[rng.choice(len(STEPS_BY_WEIGHT), p=weights / weights.sum())]
        step(world, rng)
        world.compare()
        if rng.random() < 0.2:  # the feeds recover, so that walks do not end in silence
            for name, feed in world.feeds.items():
                if feed.is_silent:
                    world.silence(name, False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_oracle__random_walks__agrees_with_the_model_at_each_step(seed):
    tally: Counter[str] = Counter()
    chain = Chain()
    for number in range(SEQUENCES):
        rng = np.random.default_rng([seed, number])
        snapshot = chain.snapshot()
        world = create_world(chain, GUARDS, *([2_000 * WAD] if rng.random() < 0.8 else []))
        walk(world, rng)
        tally += world.tally
        chain.revert(snapshot)
    for common in (
        "grace", "entry_price", "forced_price", "oracle: grace after outage", "oracle: paused",
        "oracle: sequencer down", "oracle: feed reverts", "oracle: price stale", "oracle: price deviates",
    ):  # fmt: skip
        assert tally[common] >= 8, (common, tally)
