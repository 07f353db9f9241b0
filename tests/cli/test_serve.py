"""`isomargin serve`: the real command in a process of its own, asked over its port; and what it refuses."""

from __future__ import annotations

import json
import socket
from contextlib import suppress

import pytest
import requests

from tests.server.serve_command import Served, serving

ENGINES = ("revm", "py-evm")


@pytest.mark.parametrize("engine", ENGINES)
def test_serve__step_by_step__plays_the_scenario_and_ends_with_a_summary(engine, small, tmp_path):
    with serving(small, tmp_path, "--engine", engine, "--manual", "--out", str(tmp_path / "out")) as served:
        assert served.ready_line == f"listening on {served.url} chain 1337"
        deployment = served.deployment
        assert (deployment.rpc_url, deployment.chain_id, deployment.engine) == (served.url, 1337, engine)
        assert served.ask("eth_getCode", deployment.contracts["market"].address, "latest") != "0x"
        assert int(served.ask("eth_blockNumber"), 16) == deployment.block
        assert len(served.ask("isomargin_step", 8)) == 8
        status = served.ask("isomargin_status")
        assert (status["isOver"], status["openPositions"], status["violations"]) == (True, 0, [])
        printed = served.stop()
    assert "3 liquidated" in printed
    assert served.process.returncode == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["engine"], summary["blocks"], summary["liquidations"]["count"]) == (engine, 8, 3)


def test_serve__alone_until_the_end__leaves_what_is_due_to_bots(small, tmp_path):
    options = ("--engine", "revm", "--block-time", "0.01", "--speed", "120000", "--until-end", "--alone")
    with serving(small, tmp_path, *options) as served:
        printed = served.rest()
    assert served.process.returncode == 0
    assert "0 liquidated" in printed
    assert "the last price is written" in (tmp_path / "errors.txt").read_text()


def test_serve__automatic__mines_a_transaction_at_once(small, tmp_path):
    with serving(small, tmp_path, "--engine", "revm", "--auto") as served:
        bot = served.deployment.account("bot-1").address
        sent = served.ask("eth_sendTransaction", {"from": bot, "to": bot, "value": "0x1"})
        assert served.ask("eth_getTransactionReceipt", sent)["status"] == "0x1"


def test_serve__bots__have_ether_and_keys(small, tmp_path):
    with serving(small, tmp_path, "--engine", "revm", "--manual") as served:
        bots = [account for account in served.deployment.accounts if account.role == "bot"]
        assert [bot.name for bot in bots] == [f"bot-{number}" for number in range(1, 11)]
        assert served.ask("eth_accounts") == [bot.address.lower() for bot in bots]
        assert int(served.ask("eth_getBalance", bots[9].address, "latest"), 16) == 10_000 * 10**18


def is_answered(served: Served) -> bool:
    try:
        served.ask("eth_blockNumber")
    except requests.RequestException:
        return False
    return True


def test_serve__faults_of_the_connection__are_felt_and_pass(small, tmp_path):
    with serving(small, tmp_path, "--engine", "revm", "--manual") as served:
        served.ask("isomargin_inject", {"kind": "slow-answers", "delay": "0.01", "seconds": 1})
        assert is_answered(served)
        with suppress(requests.RequestException):  # its own answer may be cut off
            served.ask("isomargin_inject", {"kind": "disconnect", "seconds": 1})
        assert not is_answered(served)
        assert any(is_answered(served) for _ in range(10_000))
        assert served.ask("isomargin_status")["violations"] == []


def test_serve__a_hundred_blocks__forgets_the_oldest_unless_all_are_wanted(small, tmp_path):
    for keep, refusal in (("65", {"code": 4444, "message": "pruned history unavailable"}), ("all", None)):
        options = ("--engine", "revm", "--manual", "--keep-blocks", keep)
        with serving(small, tmp_path, *options) as served:
            served.ask("anvil_mine", hex(100))
            assert served.answer("eth_getBlockByNumber", "0x1", False).get("error") == refusal
            logs = served.ask("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})
            assert int(logs[0]["blockNumber"], 16) < 30


# What it refuses


def refusal(command, *options) -> str:
    ended = command("serve", *options)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    return ended.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--block-time", "1", "--manual"], "expected one of --block-time, --auto and --manual"),
        (["--auto", "--manual"], "expected one of --block-time, --auto and --manual"),
        (["--block-time", "0"], "--block-time 0: expected above 0"),
        (["--block-time", "soon"], "--block-time soon: expected a number"),
        (["--block-time", "1/0"], "--block-time 1/0: expected a number"),
        (["--speed", "-1"], "--speed -1: expected above 0"),
        (["--speed", "nan"], "--speed nan: expected a number"),
        (["--speed", "301"], "would miss prices, which come every 3600 s: lower --speed or --block-time"),
        (["--keep-blocks", "64"], "--keep-blocks 64: expected 65 or more, or all"),
        (["--keep-blocks", "-70"], "--keep-blocks -70: expected 65 or more, or all"),
        (["--keep-blocks", "some"], "--keep-blocks some: expected 65 or more, or all"),
        (["--port", "65536"], "--port 65536: expected 0 to 65535"),
        (["--manual", "--until-end"], "--until-end: not used with --manual"),
        (["--engine", "rewm"], "did you mean revm?"),
        (["--manual", "--engine", "revm", "--host", "256.0.0.1"], "256.0.0.1"),
    ],
)
def test_serve__wrong_options__are_refused_in_one_line(command, small, tmp_path, options, message):
    written = tmp_path / "deployment.json"
    assert message in refusal(command, small, "--deployment", written, *options)
    assert not written.exists()


def test_serve__no_such_scenario__is_refused(command, tmp_path):
    assert "no such file" in refusal(command, tmp_path / "none.toml")


def test_serve__the_port_is_taken__is_refused(command, small, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = (small, "--manual", "--engine", "revm", "--port", port, "--deployment", tmp_path / "d.json")
        assert str(port) in refusal(command, *options)


def test_serve__deployment_cannot_be_written__is_refused(command, small, tmp_path):
    place = tmp_path / "no" / "such" / "folder.json"
    place.parent.parent.write_text("a file")
    options = (small, "--manual", "--engine", "revm", "--port", 0, "--deployment", place)
    assert "folder.json" in refusal(command, *options)
