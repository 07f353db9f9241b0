"""Genesis of every kind on a real anvil, the ways to reach it, and nodes that are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from isomargin.chain import Chain, Transaction
from isomargin.errors import ChainError, InputError, TransactionReverted
from tests.chain.anvil import DEFAULT_GENESIS, Anvil, running_anvil

NOBODY = "0x00000000000000000000000000000000DeaDBeef"


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    with running_anvil() as anvil:
        yield anvil


# Other genesis, other ways to the node


def test_base_fee__full_and_empty_blocks__moves_by_an_eighth():
    genesis = replace(DEFAULT_GENESIS, base_fee=10**9, gas_limit=84_000)
    with running_anvil(genesis) as anvil:
        chain = Chain(anvil.url, block_gas_limit=84_000, genesis_base_fee=10**9)
        trader = chain.account("trader")
        full = chain.mine([Transaction(trader, NOBODY, gas=21_000)] * 4)
        half = chain.mine([Transaction(trader, NOBODY, gas=21_000)] * 2)
        after = chain.mine()
        # the genesis block is empty, block 1 is full, block 2 uses just the target, half of the limit
        assert [full.base_fee, half.base_fee, after.base_fee] == [875_000_000, 984_375_000, 984_375_000]
        assert [receipt.gas_price for receipt in half.receipts] == [1_984_375_000] * 2
        with pytest.raises(ChainError, match="lower than block's base fee"):
            chain.send(Transaction(trader, NOBODY, gas=21_000, gas_price=1))


def test_chain__of_another_id_and_limit_than_usual__contracts_see_them(probe_code):
    with running_anvil(replace(DEFAULT_GENESIS, chain_id=42, gas_limit=30_000_000)) as anvil:
        chain = Chain(anvil.url, chain_id=42, block_gas_limit=40_000_000)  # which it is told to take
        probe = chain.deploy(probe_code, 1)  # with all the gas of a block
        assert probe.call("chain_id") == 42
        assert chain.mine(
            [probe.transaction("note", sender=chain.account("trader"), gas=40_000_000)]
        ).gas_used


def test_chain__of_a_node_that_mines_at_once__mines_on_demand(anvil):
    anvil.ask("evm_setAutomine", True)
    chain = Chain(anvil.url)
    trader = chain.account("trader")
    block = chain.mine([Transaction(trader, NOBODY, value=1, gas=21_000)] * 3)
    assert (block.number, len(block.receipts), chain.block_number) == (1, 3, 1)


def test_unlimited_code__on_a_node_without_limit__takes_long_code():
    init_code = bytes.fromhex("620075306000f3") + bytes(50_000)  # returns 30,000 zeros
    with running_anvil(replace(DEFAULT_GENESIS, unlimited_code=True)) as anvil:
        chain = Chain(anvil.url, unlimited_code=True)
        receipt = chain.send(Transaction(chain.account("deployer"), None, init_code, gas=30_000_000))
        assert receipt.contract_address is not None
        assert chain.code_at(receipt.contract_address) == bytes(30_000)


def test_ipc__same_protocol__mines_and_calls(tmp_path: Path, probe_code):
    path = tmp_path / "anvil.ipc"
    with running_anvil(DEFAULT_GENESIS, "--ipc", str(path)):
        chain = Chain(f"ipc://{path}")
        probe = chain.deploy(probe_code, 5)
        chain.mine([probe.transaction("note", number, sender=chain.account("trader")) for number in (7, 8)])
        assert probe.call("number") == 8
        with pytest.raises(TransactionReverted, match="probe: refused"):
            probe.call("refuse", 1)


# Nodes that do not fit


def test_chain__of_a_used_node__is_refused_with_the_command(anvil):
    Chain(anvil.url).mine()
    port = anvil.url.rpartition(":")[2]
    command = (
        f"anvil --port {port} --chain-id 1337 --timestamp 1577836800 --gas-limit 36000000 "
        "--block-base-fee-per-gas 0 --hardfork prague --order fifo --no-mining --silent"
    )
    with pytest.raises(InputError) as caught:
        Chain(anvil.url)
    assert str(caught.value).endswith(f"start it anew: {command}")
    assert "block 1, expected 0 (it was used before)" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ({"chain_id": 5}, "chain id 1337, expected 5; start it anew: anvil .*--chain-id 5 "),
        ({"genesis_timestamp": 1_000}, "genesis time 1577836800, expected 1000; .*--timestamp 1000 "),
        ({"unlimited_code": True}, "limit on the size of code, expected none; .*--disable-code-size-limit$"),
    ],
)
def test_chain__of_a_node_with_another_genesis__is_refused_with_the_command(anvil, setting, complaint):
    with pytest.raises(InputError, match=complaint):
        Chain(anvil.url, **setting)
