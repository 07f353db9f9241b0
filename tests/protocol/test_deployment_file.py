"""A system written to a file and found again from it: the same terms, addresses and answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from isomargin.chain import Chain, address_of, private_key_of
from isomargin.errors import InputError
from isomargin.model import Adjustment
from isomargin.protocol import (
    PoolTerms,
    SecondSource,
    deploy,
    deployment_document,
    named_account,
    read_deployment,
    system_at,
)
from isomargin.protocol.deployment_file import terms_document
from isomargin.units import WAD, to_wad
from tests.system_helpers import Stage, terms_of

BOT = named_account("bot-1", "bot")


def document_of(system):
    return deployment_document(
        system,
        scenario="small",
        base="ETH",
        rpc_url="http://127.0.0.1:8545",
        ws_url="ws://127.0.0.1:8545",
        accounts=[BOT],
        ether_price="index",
    )


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@pytest.fixture
def file(stage: Stage, tmp_path: Path) -> Path:
    written = tmp_path / "deployment.json"
    written.write_text(json.dumps(document_of(stage.system)))
    return written


@pytest.mark.parametrize(
    "terms",
    [
        terms_of(6),
        replace(terms_of(18), health_target=None, pool=PoolTerms(60, 3_600), min_order_fee=7),
        replace(
            terms_of(8),
            small_notional=5_000 * WAD,
            sequencer=True,
            second_source=SecondSource(max_difference=to_wad("0.02"), decimals=8),
            adjustment=Adjustment(volatility_reference=to_wad("0.8"), max_multiplier=2 * WAD),
        ),
    ],
)
def test_terms__written_and_read__are_equal_to_the_unit(terms, stage, tmp_path):
    document = {**document_of(stage.system), "terms": terms_document(terms)}
    file = tmp_path / "deployment.json"
    file.write_text(json.dumps(document))

    assert read_deployment(file).terms == terms


def test_terms_document__whole_numbers__are_text_that_no_reader_rounds():
    document = terms_document(terms_of(6))

    assert document["first_price"] == "100000000000000000000"
    assert document["risk"]["brackets"][0]["mmr"] == "20000000000000000"
    assert document["sequencer"] is False
    assert document["second_source"] is None


def test_read__file_of_a_system__tells_chain_accounts_and_addresses(stage, file):
    deployment = read_deployment(file)

    assert (deployment.chain_id, deployment.engine, deployment.counts_gas) == (1337, "py-evm", True)
    assert (deployment.block, deployment.first_block) == (stage.chain.block_number, 0)
    assert (deployment.token.symbol, deployment.token.decimals, deployment.base) == ("USD", 6, "ETH")
    assert deployment.contracts["market"].address == stage.system.market.address
    account = deployment.account("bot-1")
    assert (account.address, account.key) == (address_of("bot-1"), private_key_of("bot-1"))


def test_system_at__file_of_a_system__reads_and_decodes_as_the_one_that_was_deployed(stage, file):
    stage.open_one("trader", 1, 20)
    system, ours = system_at(stage.chain, read_deployment(file)), stage.system

    assert system.market_state() == ours.market_state()
    assert system.open_positions() == ours.open_positions()
    assert system.liquidate_batch(BOT.address, [1]) == ours.liquidate_batch(BOT.address, [1])
    assert system.events(stage.chain.logs()) == ours.events(stage.chain.logs())
    assert system.sequencer_feed is None


def test_system_at__terms_with_a_second_source__has_its_feed(tmp_path):
    terms = replace(terms_of(6), second_source=SecondSource(to_wad("0.02")), sequencer=True)
    deployed = deploy(Chain(), terms)
    file = tmp_path / "deployment.json"
    file.write_text(json.dumps(document_of(deployed)))
    system = system_at(deployed.chain, read_deployment(file))

    assert {name: each.address for name, each in system.contracts.items()} == {
        name: each.address for name, each in deployed.contracts.items()
    }


WRONG = {
    "no text at all": (b"", "expected JSON"),
    "bytes": (b"\xff\xfe", "expected JSON"),
    "deep nesting": (b"[" * 100_000, "expected JSON"),
    "a list": (b"[]", "expected a JSON object, found list"),
    "another document": (b"{}", "format: expected 1, found none"),
    "a later format": (b'{"format": 2}', "format: expected 1, found 2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_read__what_is_no_deployment__is_refused_in_one_line(case, tmp_path):
    content, words = WRONG[case]
    file = tmp_path / "deployment.json"
    file.write_bytes(content)

    with pytest.raises(InputError, match=words) as refused:
        read_deployment(file)
    assert str(file) in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chain_id": "many"}, "chain_id: expected a valid integer"),
        ({"terms": {}}, "terms.first_price: "),
        ({"accounts": [{"name": "bot-1"}]}, "accounts.0.address"),
        ({"contracts": {}}, "contracts.token: missing"),
    ],
)
def test_read__key_that_does_not_fit__is_named(changes, words, stage, tmp_path):
    file = tmp_path / "deployment.json"
    file.write_text(json.dumps({**document_of(stage.system), **changes}))

    with pytest.raises(InputError, match=words):
        read_deployment(file)


def test_read__no_file_or_a_folder__is_said(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_deployment(tmp_path / "none.json")
    with pytest.raises(InputError, match="found a directory"):
        read_deployment(tmp_path)


def test_account__nobody_of_this_name__is_told_who_there_is(file):
    with pytest.raises(InputError, match="no account 'bot-9' in the deployment, only: bot-1"):
        read_deployment(file).account("bot-9")
