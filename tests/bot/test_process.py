"""The bot as a process of its own: killed and started again, cut off and joined again, asked to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from isomargin.bot.running import run_bot
from isomargin.units import from_units, to_wad
from tests.bot.ground import Ground, standing_ground
from tests.bot.proxy import wire_to

_PATIENCE = 60.0  # seconds for what takes a fraction of one


@pytest.fixture
def ground(tmp_path) -> Iterator[Ground]:
    with standing_ground(tmp_path, longs=8) as made:
        yield made


@contextmanager
def running(ground: Ground, *options: str) -> Iterator[subprocess.Popen[str]]:
    process = ground.started(*options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], wanted: str, **fields: object) -> dict:
    """Read lines up to the next event of a name that has these fields."""
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == wanted and fields.items() <= event.items():
            return event
    _, complaint = process.communicate()
    raise AssertionError(f"no {wanted} before the bot ended with {process.returncode}: {complaint}")


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_process__asked_to_stop__says_what_all_came_to(ground):
    with running(ground) as process:
        assert read_until(process, "started")["account"] == ground.chain.account("bot-1")
        ground.crash(88)
        read_until(process, "sent")
        ground.mine()
        read_until(process, "mined")
        process.send_signal(signal.SIGTERM)
        stopped = read_until(process, "stopped")
        assert process.wait(_PATIENCE) == 0
    assert stopped["done"] == 8
    received = ground.system.token_balance(ground.chain.account("bot-1"))
    assert stopped["reward"] == from_units(received, 6)
    assert to_wad(stopped["profit"]) == to_wad(stopped["reward"]) - to_wad(stopped["gas_cost"])


@pytest.mark.slow
def test_process__killed_with_its_transaction_on_the_way__starts_anew_and_does_nothing_twice(ground):
    with running(ground, "--batch-size", "3") as process:
        ground.crash(88)
        read_until(process, "sent")
        process.kill()
    nonces = []
    for _ in range(6):
        with running(ground, "--batch-size", "3") as process:
            read_until(process, "block")
            ground.mine()
            nonces.append(
                int(ground.ask("eth_getTransactionCount", ground.chain.account("bot-1"), "latest"), 16)
            )
            if not ground.open_ids():
                break
            wait_for(ground.waiting)
            process.send_signal(signal.SIGKILL)
    ended = [position for position, _, size in ground.liquidations() if size == 0]
    assert sorted(ended) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert nonces == [1, 2, 3]  # eight in batches of three; no transaction was spent on anything else


def test_process__nothing_left_to_do__ends_when_told_to(ground):
    with running(ground, "--until-idle", "2") as process:
        read_until(process, "block")
        ground.mine()
        assert read_until(process, "stopped")["why"] == "idle"
        assert process.wait(_PATIENCE) == 0


def test_process__looks_once__sends_and_ends(ground):
    ground.crash(88)
    with running(ground, "--once", "--log", "text") as process:
        output, complaint = process.communicate(timeout=_PATIENCE)
    assert (process.returncode, complaint) == (0, "")
    assert [line.split()[0] for line in output.splitlines()] == ["started", "block", "due", "sent", "stopped"]
    assert len(ground.waiting()) == 1


def test_process__reader_that_leaves__ends_without_a_traceback(ground):
    reading, writing = os.pipe()
    process = subprocess.Popen(ground.command(), stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    os.close(reading)
    _, complaint = process.communicate(timeout=_PATIENCE)
    assert "Traceback" not in complaint


# Cut off, in this process


def test_run__wire_is_cut__tries_again_ever_later_and_catches_up(ground):
    with wire_to(ground.anvil.url) as wire:
        bot, told = ground.bot(url=wire.url)
        waits: list[float] = []

        def pause(seconds: float) -> bool:
            """Everything happens between two looks: no second is really waited."""
            waits.append(seconds)
            match len(waits):
                case 1:
                    wire.cut()
                    ground.crash(88)
                case 5:
                    wire.mend()
                case 6:
                    ground.mine()
            return len(waits) == 7

        run_bot(bot, pause, poll=0.5)
    assert waits == [0.5, 0.25, 0.5, 1.0, 2.0, 0.5, 0.5]
    assert [event["event"] for event in told.events() if event["event"].endswith("connected")] == [
        "disconnected",
        "disconnected",
        "disconnected",
        "disconnected",
        "reconnected",
    ]
    assert told.events("stopped")[0]["done"] == 8
    assert ground.open_ids() == []


def test_run__wire_breaks_while_sending__finds_out_what_arrived(ground, monkeypatch):
    with wire_to(ground.anvil.url) as wire:
        bot, told = ground.bot(url=wire.url)
        send, sends = bot.node.send, []

        def send_and_break(raw: bytes) -> None:
            sends.append(raw)
            if len(sends) == 1:
                send(raw)
                wire.cut()
                bot.node.head()  # raises: the answer never came

        monkeypatch.setattr(bot.node, "send", send_and_break)
        pauses: list[float] = []

        def pause(seconds: float) -> bool:
            pauses.append(seconds)
            if len(pauses) == 1:
                wire.mend()
            else:
                ground.mine()
            return len(pauses) == 4

        ground.crash(88)
        run_bot(bot, pause, poll=0.5)
    assert len(sends) == 1
    assert told.events("mined")[0]["done"] == [1, 2, 3, 4, 5, 6, 7, 8]
