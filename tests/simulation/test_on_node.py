"""A whole run on a development node tells the story that it tells on py-evm."""

from __future__ import annotations

from dataclasses import replace

from isomargin.simulation import simulate
from tests.chain.anvil import DEFAULT_GENESIS, running_anvil
from tests.levels import DEPLOYED_LEVEL
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
