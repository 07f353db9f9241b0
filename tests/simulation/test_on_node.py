"""A whole run on a development node tells the story that it tells on py-evm."""

from __future__ import annotations

from dataclasses import replace

from isomargin.simulation import simulate
from tests.chain.anvil import DEFAULT_GENESIS, running_anvil
from tests.levels import DEPLOYED_LEVEL
from tests.simulation.scripts import failures, scripted
from tests.simulation.small import scenario

DAY = 86_400  # genesis comes so long before the first price


def test_simulate__on_anvil__record_equals_that_of_py_evm_but_for_hashes_of_blocks_and_roots(pytestconfig):
    small = scenario()
    is_deployed = pytestconfig.getoption("optimize") == DEPLOYED_LEVEL  # else code of any size
    genesis = replace(
        DEFAULT_GENESIS, timestamp=small.price_path().start - DAY, unlimited_code=not is_deployed
    )
    with running_anvil(genesis) as anvil:
        ours = simulate(small, engine=anvil.url)
        assert ours.run.engine == anvil.url
    theirs = simulate(small)
    for table in ("transactions", "events", "positions", "keepers", "checks"):
        assert getattr(ours, table) == getattr(theirs, table)
    ours_bare, theirs_bare = (
        [replace(row, hash="", state_root="") for row in record.blocks] for record in (ours, theirs)
    )
    assert ours_bare == theirs_bare
    assert ours.summary.positions.liquidated == 4


def test_simulate__steps_on_anvil__end_as_they_do_on_revm():
    chosen = scripted(
        people=[{"name": "alice", "tokens": 1_000}, {"name": "bob", "tokens": 1_000, "ether": 2}],
        steps=[
            {"label": "in", "at": 0, "by": "alice", "open": {"size": 5, "margin": 100, "as": "long"}},
            {"after": "in", "by": "bob", "close": {"position": "long"}, "reverts": True, "place": "first"},
            {"after": "in", "by": "alice", "place": "last", "decrease": {"position": "long", "size": 2}},
        ],
        expect=[{"that": "size(long) == 3"}, {"that": "ether(bob) < at_start(ether(bob))"}],
    )
    genesis = replace(DEFAULT_GENESIS, timestamp=chosen.price_path().start - DAY)
    with running_anvil(genesis) as anvil:
        ours = simulate(chosen, engine=anvil.url)
    theirs = simulate(chosen, engine="revm")
    assert ours.steps == theirs.steps
    assert [row.that for row in ours.expectations] == [row.that for row in theirs.expectations]
    assert failures(ours) == []
