"""A scenario served over a node: the node executes, the server answers; it cannot branch."""

from __future__ import annotations

from dataclasses import replace

from isomargin.scenario import load_scenario
from tests.chain.anvil import DEFAULT_GENESIS, running_anvil
from tests.cli.conftest import SMALL
from tests.levels import DEPLOYED_LEVEL
from tests.server.serve_command import serving

DAY = 86_400  # genesis comes so long before the first price


def test_serve__over_anvil__plays_the_scenario_and_refuses_to_branch(tmp_path, pytestconfig):
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    genesis = replace(
        DEFAULT_GENESIS,
        timestamp=load_scenario(file).price_path().start - DAY,
        unlimited_code=pytestconfig.getoption("optimize") != DEPLOYED_LEVEL,
    )
    with (
        running_anvil(genesis) as anvil,
        serving(file, tmp_path, "--engine", anvil.url, "--manual") as served,
    ):
        bot = served.deployment.account("bot-1").address
        sent = served.ask("eth_sendTransaction", {"from": bot, "to": bot, "value": "0x1"})
        assert len(served.ask("isomargin_step", 8)) == 8
        assert served.ask("eth_getTransactionReceipt", sent)["status"] == "0x1"
        head = served.ask("eth_getBlockByNumber", "latest", False)
        refusal = served.answer("anvil_reorg", 2)["error"]
        assert (refusal["code"], "cannot branch" in refusal["message"]) == (-32000, True)
        assert served.ask("eth_getBlockByNumber", "latest", False) == head
        status = served.ask("isomargin_status")
        assert (status["isOver"], status["violations"]) == (True, [])
        assert "3 liquidated" in served.stop()
