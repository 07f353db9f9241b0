"""The bot on the test chain that a scenario is served as: everything due is done, once, on both engines."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from isomargin.bot.journal import Journal
from isomargin.bot.keeper import KeeperBot
from isomargin.bot.running import BotTerms, start_bot
from isomargin.bot.strategies import STRATEGIES
from isomargin.chain.followed import FollowedEngine, followed_chain
from isomargin.chain.node_rpc import NodeRpc
from isomargin.chain.remote import RemoteNode
from isomargin.protocol import system_at
from isomargin.units import to_wad
from tests.bot.ground import Spoken
from tests.server.serve_command import Served, serving

ENGINES = ("revm", "py-evm")
BLACK_THURSDAY = Path(__file__).parents[2] / "examples" / "black_thursday.toml"

# Twelve longs that three falls ruin, four at a time; without keepers of its own.
CRASH = """\
name = "crash"
seed = 3

[prices]
values = [100, 100, 97, 94, 91, 88, 85, 85]

[traders]
count = 12
notional = { min = 5_000, max = 20_000 }
leverage = { min = 8, max = 30 }
long_share = 1
open_over = 1
close_probability = 0

[gas]
price = 10
ether_price = 200
"""


@pytest.fixture
def served(request, tmp_path: Path) -> Iterator[Served]:
    """The crash on revm, or on the engine that a test names."""
    engine = getattr(request, "param", "revm")
    file = tmp_path / "crash.toml"
    file.write_text(CRASH)
    with serving(file, tmp_path, "--engine", engine, "--manual", "--alone") as running:
        yield running


def bot_on(
    served: Served, name: str = "bot-1", url: str | None = None, **terms: Any
) -> tuple[KeeperBot, Spoken]:
    spoken, deployment = Spoken(), served.deployment
    wanted = BotTerms(deployment.account(name), ether_price=200 * 10**18, **terms)
    return start_bot(url or served.url, deployment, wanted, Journal(spoken.lines.append)), spoken


def step(served: Served, *bots: KeeperBot) -> None:
    """A block of the scenario, and a look of each bot at it."""
    served.ask("isomargin_step", 1)
    for bot in bots:
        bot.look()


def play(served: Served, *bots: KeeperBot, more: int = 6) -> None:
    """To the last price and a little further."""
    while not served.ask("isomargin_status")["isOver"]:
        step(served, *bots)
    for _ in range(more):
        step(served, *bots)


def liquidations(served: Served) -> list[dict[str, Any]]:
    """The arguments of every liquidation in the logs."""
    node = RemoteNode(NodeRpc(served.url, ""))
    head, deployment = node.head(), served.deployment
    system = system_at(followed_chain(FollowedEngine(node, head), deployment.chain_id), deployment)
    logs, _ = node.page([system.market.address], 0, head.number)
    return [dict(each.event.args) for each in system.events(logs) if each.event.name == "PositionLiquidated"]


def assert_all_done_once(served: Served) -> None:
    status = served.ask("isomargin_status")
    assert (status["liquidatable"], status["violations"]) == ([], [])
    ended = [each["id"] for each in liquidations(served) if each["size"] == 0]
    assert len(ended) == len(set(ended)) > 0


@pytest.mark.parametrize(
    ("served", "strategy"),
    [("py-evm", "aggressive"), *(("revm", strategy) for strategy in STRATEGIES)],
    indirect=["served"],
)
def test_bot__crash_of_a_scenario__liquidates_everything_due(served, strategy):
    bot, told = bot_on(served, strategy=strategy)
    play(served, bot)
    assert_all_done_once(served)
    done = liquidations(served)
    assert {each["keeper"] for each in done} == {bot.wallet.address}
    assert bot.ledger.done == len(done)
    assert bot.ledger.reward == sum(each["reward"] for each in done) * 10**12
    assert bot.ledger.failed == 0
    assert not told.events("lost")


def test_bot__two_of_them__share_the_market_and_nothing_is_paid_twice(served):
    first, _ = bot_on(served, "bot-1", strategy="aggressive", batch_size=2)
    second, _ = bot_on(served, "bot-2", strategy="aggressive", url=served.deployment.ws_url)
    play(served, first, second)
    assert_all_done_once(served)
    paid = sum(each["reward"] for each in liquidations(served)) * 10**12
    assert first.ledger.reward + second.ledger.reward == paid


def test_bot__reorganisation__liquidates_what_became_due_again(served):
    bot, told = bot_on(served, strategy="aggressive")
    while not bot.ledger.done:
        step(served, bot)
    served.ask("isomargin_inject", {"kind": "reorg", "depth": 2})
    play(served, bot)
    assert told.events("reorg")
    assert_all_done_once(served)
    done = liquidations(served)
    assert bot.ledger.done == len(done)
    assert bot.ledger.reward == sum(each["reward"] for each in done) * 10**12


def test_bot__snapshot_gone_back_to__forgets_what_was_undone(served):
    bot, _ = bot_on(served, strategy="aggressive")
    for _ in range(3):  # everybody is in
        step(served, bot)
    snapshot = served.ask("evm_snapshot")
    served.ask("isomargin_pushPrice", "85")
    bot.look()
    served.ask("evm_mine")
    bot.look()
    assert bot.ledger.done > 0
    assert served.ask("evm_revert", snapshot)
    bot.look()
    assert (bot.ledger.done, bot.ledger.reward) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_bot__black_thursday__liquidates_everything_due(engine, tmp_path):
    options = ("--engine", engine, "--manual", "--alone")
    with serving(BLACK_THURSDAY, tmp_path, *options) as served:
        bot, told = bot_on(served, strategy="aggressive")
        play(served, bot)
        assert_all_done_once(served)
        done = liquidations(served)
        assert len(done) > 150
        assert bot.ledger.done == len(done)
        assert bot.ledger.reward == sum(each["reward"] for each in done) * 10**12
        assert not told.events("lost")


# In a process of its own


@contextmanager
def process_on(served: Served, *options: str) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "isomargin", "keeper", "--deployment", str(served.deployment_file)]
    process = subprocess.Popen([*words, "--poll", "0.02", *options], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], *names: str, **fields: object) -> dict[str, Any]:
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] in names and fields.items() <= event.items():
            return event
    raise AssertionError(f"the bot ended without {names}")


def head_of(served: Served) -> int:
    return int(served.ask("eth_blockNumber"), 16)


@pytest.mark.slow
@pytest.mark.parametrize("served", ENGINES, indirect=True)
def test_process__killed_at_every_fourth_block__loses_nothing_and_does_nothing_twice(served):
    options = ("--strategy", "aggressive", "--batch-size", "2")
    blocks = 0
    while not served.ask("isomargin_status")["isOver"] or blocks < 24:
        with process_on(served, *options) as process:
            read_until(process, "block", number=head_of(served))
            for _ in range(4):
                served.ask("isomargin_step", 1)
                read_until(process, "block", number=head_of(served))
                blocks += 1
            process.send_signal(signal.SIGKILL)
    assert_all_done_once(served)
    bot = served.deployment.account("bot-1").address
    sent = int(served.ask("eth_getTransactionCount", bot, "latest"), 16)
    done = liquidations(served)
    assert {each["keeper"] for each in done} == {bot}
    assert -(-len(done) // 2) <= sent <= len(done)  # every one of its transactions was about something


def test_process__server_hangs_up_for_a_while__is_back_and_catches_up(served):
    with process_on(served, "--strategy", "aggressive") as process:
        read_until(process, "block", number=head_of(served))
        with suppress(requests.RequestException):  # its own answer may be cut off
            served.ask("isomargin_inject", {"kind": "disconnect", "seconds": 1})
        read_until(process, "disconnected")
        read_until(process, "reconnected")
        while not served.ask("isomargin_status")["isOver"]:
            served.ask("isomargin_step", 1)
            read_until(process, "block", number=head_of(served))
        for _ in range(6):
            served.ask("isomargin_step", 1)
            read_until(process, "block", number=head_of(served))
        process.terminate()
        assert to_wad(read_until(process, "stopped")["reward"]) > 0
    assert_all_done_once(served)
