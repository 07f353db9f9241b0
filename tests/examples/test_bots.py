"""The example bots, each against a served market: they liquidate, are killed, are cut off, and go on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.examples.bots import BOTS, SCENARIO, Bot, command_of, drive, running_bot, until
from tests.examples.ledger import liquidations
from tests.examples.night import NAMES as ALL
from tests.examples.night import night
from tests.server.serve_command import Served, serving

NAMES = ["keeper_web3.py", "keeper_viem.mjs"]
each_bot = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(params=["revm", "py-evm"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def opened(served: Served) -> int:
    """Play the prices of the scenario; how many positions are open then."""
    while not served.ask("isomargin_status")["isOver"]:
        served.ask("isomargin_step", 1)
    return served.ask("isomargin_status")["openPositions"]


def fall(served: Served, price: str) -> int:
    """Let the price fall; how many positions are open."""
    before = served.ask("isomargin_status")["openPositions"]
    served.ask("isomargin_pushPrice", price)
    assert served.ask("isomargin_status")["liquidatable"]
    return before


def is_sound(served: Served) -> bool:
    status = served.ask("isomargin_status")
    return not status["liquidatable"] and not status["pending"]


def cut_off(served: Served) -> None:
    with suppress(requests.RequestException):  # its own answer may be lost
        served.ask("isomargin_inject", {"kind": "disconnect", "seconds": 1})


def is_answered(served: Served) -> bool:
    with suppress(requests.RequestException):
        return served.ask("eth_chainId") == "0x539"
    return False


@pytest.mark.slow
@each_bot
def test_bot__falling_prices__liquidates_all_that_is_due_and_says_so(name, engine, scenario, tmp_path):
    with serving(scenario, tmp_path, "--engine", engine, "--manual", "--alone") as served:
        assert opened(served) == 12
        address = served.deployment.account("bot-2").address.lower()
        with running_bot(command_of(name, tmp_path), served.deployment_file, "--account", "bot-2") as bot:
            for price in ("95", "91", "88"):
                fall(served, price)
                drive(served, [bot], lambda: is_sound(served))
            paid = liquidations(served)
            until(lambda: len(bot.liquidated) == len(paid), [bot])
        assert {each.keeper for each in paid} == {address}
        assert bot.liquidated == [each.position for each in paid]
        assert len(paid) >= 6
        assert served.ask("isomargin_status")["violations"] == []


@pytest.mark.slow
@each_bot
def test_bot__killed_and_cut_off__goes_on_and_is_paid_once(name, scenario, tmp_path):
    bots: list[Bot] = []
    with serving(scenario, tmp_path, "--engine", "revm", "--manual", "--alone") as served:
        command = command_of(name, tmp_path)
        address = served.deployment.account("bot-1").address
        assert opened(served) == 12
        fall(served, "95")
        with running_bot(command, served.deployment_file) as bot:
            bots.append(bot)
            until(lambda: served.ask("isomargin_status")["pending"], bots)
            bot.kill()  # its first transaction waits
        with running_bot(command, served.deployment_file) as bot:
            bots.append(bot)
            drive(served, bots, lambda: is_sound(served))
            fall(served, "91")
            drive(served, bots, lambda: is_sound(served))
            cut_off(served)
            until(lambda: is_answered(served), bots)
            until(lambda: bot.has_said("connecting again"), bots)
            fall(served, "88")
            drive(served, bots, lambda: is_sound(served))
            paid = liquidations(served)
        sent = int(served.ask("eth_getTransactionCount", address, "latest"), 16)
        assert {each.keeper for each in paid} == {address.lower()}
        assert sent == len({each.transaction for each in paid})  # it paid for none that liquidated nobody
        assert served.ask("isomargin_status")["violations"] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_bot__black_thursday_killed_thrice__liquidates_everything_due_and_pays_for_nothing(name, tmp_path):
    outcome = night(name, "revm", tmp_path, kills=3)
    assert (outcome.left, outcome.violations, outcome.strangers) == ((), (), 0)
    assert (outcome.empty, outcome.kills) == (0, 3)
    assert outcome.liquidations > 150


@each_bot
def test_bot__its_source__is_short_and_knows_nothing_of_isomargin(name):
    source = (BOTS / name).read_text(encoding="utf-8")
    assert len(source.splitlines()) < 80
    assert "isomargin" not in source


def test_bots__package__pins_viem_and_names_no_registry():
    assert '"viem": "2.57.20"' in (BOTS / "package.json").read_text(encoding="utf-8")
    assert sorted(path.name for path in BOTS.iterdir()) == [*sorted(NAMES), "package.json"]
