"""`isomargin keeper`: what it says of itself, and what it refuses in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isomargin.protocol import deployment_document, named_account
from tests.chain.anvil import free_port
from tests.system_helpers import Stage


@pytest.fixture(scope="module")
def document() -> dict:
    return deployment_document(
        Stage().system,
        scenario="small",
        base="BTC",
        rpc_url=f"http://127.0.0.1:{free_port()}",  # nobody is there
        ws_url="",
        accounts=[named_account("bot-1", "bot")],
        ether_price="200",
    )


@pytest.fixture
def file(document, tmp_path) -> Path:
    written = tmp_path / "deployment.json"
    written.write_text(json.dumps(document))
    return written


def refusal(ended) -> str:
    assert (ended.code, ended.out) == (2, "")
    [line] = ended.err.splitlines()
    assert line.startswith("isomargin: ")
    return line


def test_help__explains_what_it_does_and_every_option(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    ended = command("keeper", "--help")
    assert ended.code == 0
    options = "deployment rpc account key-env kind strategy min-profit batch-size max-gas-price ether-price"
    for word in (*options.split(), "poll", "once", "until-idle", "log"):
        assert f"--{word}" in ended.out
    assert "isomargin keeper --deployment deployment.json" in ended.out
    assert "kill it at any moment and start it again" in ended.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", "no answer from http://127.0.0.1:"),
        ("--rpc http://127.0.0.1:1", "connection refused"),
        ("--rpc ws://127.0.0.1:1", "connection refused"),
        ("--account bot-7", "no account 'bot-7' in the deployment, only: bot-1"),
        ("--key-env NO_SUCH_KEY", "--key-env NO_SUCH_KEY: expected a private key of 64 hexadecimal digits"),
        ("--key-env HOME --account bot-1", "expected one of them, found both"),
        ("--min-profit much", "--min-profit: expected a number, found 'much'"),
        ("--min-profit -1", "--min-profit: expected 0 or more, found -1"),
        ("--max-gas-price 0.0000000001", "--max-gas-price: "),
        ("--kind trigger-orders --batch-size 64", "expected at most 32 orders"),
        ("--kind liquidations", "--kind"),
        ("--strategy lucky", "--strategy"),
        ("--batch-size 65", "--batch-size"),
        ("--poll 0", "--poll"),
        ("--until-idle 0", "--until-idle"),
    ],
)
def test_keeper__wrong_options__are_one_line_and_exit_code_2(options, words, command, file):
    assert words in refusal(command("keeper", "--deployment", file, *options.split()))


def test_keeper__no_deployment__says_what_it_expected(command, tmp_path):
    assert "--deployment" in refusal(command("keeper"))
    assert "no such file" in refusal(command("keeper", "--deployment", tmp_path / "none.json"))


def test_keeper__price_of_an_ether_unknown__has_to_be_told(command, document, tmp_path):
    file = tmp_path / "deployment.json"
    file.write_text(json.dumps({**document, "ether_price": None}))
    line = refusal(command("keeper", "--deployment", file))
    assert "--ether-price: missing; the market's coin is BTC" in line
    assert "no answer" in refusal(command("keeper", "--deployment", file, "--ether-price", "index"))
