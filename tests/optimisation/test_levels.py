"""Every contract does the same at optimisation `gas`, as it is deployed, and `none`, as it is written.

A wrong optimisation of the compiler would show as a difference. `twin_chain` says what is compared after each
call and each block; `scripts/test-unoptimised` runs the whole suite without optimisation.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.levels import deployables
from tests.market_walk import MarketWalk
from tests.optimisation.drive import Driver
from tests.optimisation.situation import Situation
from tests.optimisation.twin_chain import TwinChain
from tests.system_helpers import Stage

WALK_SEED, WALK_BLOCKS = 7, 25
DRIVE_SEED = 11


@pytest.fixture
def chain() -> TwinChain:
    return TwinChain()


@pytest.fixture
def stage(chain: TwinChain) -> Stage:
    return Stage(chain=chain, full_every=10)


def test_market__walk_of_people_through_it__same_at_both_levels(chain, stage):
    walk = MarketWalk(stage, WALK_SEED)
    for _ in range(WALK_BLOCKS):
        block = walk.step()
        chain.compare_storage(block)
    assert sum(walk.succeeded.values()) > WALK_BLOCKS
    assert sum(walk.failed.values()) > 10
    assert walk.succeeded["liquidate"] > 0


def test_contracts__every_function_of_every_one__same_at_both_levels(chain, stage):
    situation = Situation(stage)
    subjects = situation.subjects()
    people = [stage.system.admin, situation.holder, stage.keeper, stage.lp, stage.system.price_pusher]
    driver = Driver(chain, people, [subject.contract.address for subject in subjects], DRIVE_SEED)
    succeeded: dict[str, dict[str, bool]] = defaultdict(lambda: defaultdict(bool))
    for subject in subjects:
        for function, success in driver.drive(subject):
            succeeded[subject.contract.compiled.name][function] |= success
    assert succeeded.keys() == deployables().keys()  # whatever is new is driven as well
    never = {name: [one for one, success in done.items() if not success] for name, done in succeeded.items()}
    assert {name: functions for name, functions in never.items() if functions} == {}
