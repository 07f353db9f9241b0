"""Blocks, transactions, reverts, snapshots and state, as a user of `Chain` meets them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from isomargin.chain import ENDOWMENT, Chain, Contract, Transaction
from isomargin.contracts import CompiledContract
from isomargin.errors import ChainError, InputError, TransactionReverted

GENESIS = 1_577_836_800
BY_PY_EVM = pytest.mark.parametrize("engine", ["py-evm"])  # the only one with such a figure
NOBODY = "0x00000000000000000000000000000000DeaDBeef"


# Accounts


def test_account__same_name__same_address_from_keccak_of_the_name(chain):
    expected = Account.from_key(keccak(text="trader")).address
    assert chain.account("trader") == expected == chain.account("trader")
    assert chain.account("keeper") != expected


def test_account__when_named__is_funded_at_once_without_block_or_nonce(chain):
    trader = chain.account("trader")
    chain.account("trader")
    assert chain.balance(trader) == ENDOWMENT
    assert (chain.block_number, chain.nonce(trader)) == (0, 0)
    chain.mine()
    assert chain.balance(trader) == ENDOWMENT


def test_account__named_again_after_sending__is_not_endowed_again(chain):
    trader = chain.account("trader")
    chain.send(Transaction(trader, NOBODY, value=10**26))
    left = chain.balance(trader)
    assert chain.balance(chain.account("trader")) == left < ENDOWMENT


def test_account__sending_ether__pays_value_and_gas(chain):
    trader = chain.account("trader")
    receipt = chain.send(Transaction(trader, NOBODY, value=10**18))
    assert receipt.gas_used == (21_000 if chain.counts_gas else None)
    fee = (receipt.gas_used or 0) * receipt.gas_price
    assert chain.balance(NOBODY) == 10**18
    assert chain.balance(trader) == ENDOWMENT - 10**18 - fee


def test_send__from_a_stranger__raises_and_mines_nothing(chain):
    with pytest.raises(ChainError, match="no key for sender"):
        chain.send(Transaction(NOBODY, chain.account("trader")))
    assert chain.block_number == 0


@pytest.mark.parametrize("address", ["0x12", "trader", "0x" + "zz" * 20])
def test_send__to_no_address__raises(chain, address):
    with pytest.raises(ChainError, match="is not an address"):
        chain.send(Transaction(chain.account("trader"), address))
    assert chain.block_number == 0


# Blocks


def test_mine__several_transactions_of_one_sender__all_in_one_block_in_order(chain, probe):
    trader, keeper = chain.account("trader"), chain.account("keeper")
    block = chain.mine(
        [
            probe.transaction("note", 1, sender=trader),
            probe.transaction("note", 2, sender=keeper),
            probe.transaction("note", 3, sender=trader),
            probe.transaction("note", 4, sender=trader),
        ]
    )
    assert [receipt.sender for receipt in block.receipts] == [trader, keeper, trader, trader]
    assert [receipt.transaction_index for receipt in block.receipts] == [0, 1, 2, 3]
    events = probe.events(log for receipt in block.receipts for log in receipt.logs)
    assert [event.args["number"] for event in events] == [1, 2, 3, 4]
    assert [event.log.log_index for event in events] == [0, 1, 2, 3]
    if chain.counts_gas:
        assert block.gas_used == sum(receipt.gas_used for receipt in block.receipts)
    assert (chain.nonce(trader), chain.nonce(keeper)) == (3, 1)
    assert probe.call("number") == 4


def test_mine__one_reverts__is_in_its_receipt_and_the_others_stand(chain, probe):
    trader = chain.account("trader")
    block = chain.mine([probe.transaction("note", number, sender=trader) for number in (1, 13, 3)])
    assert [receipt.success for receipt in block.receipts] == [True, False, True]
    assert [receipt.revert_reason for receipt in block.receipts] == ["", "probe: unlucky", ""]
    assert [len(receipt.logs) for receipt in block.receipts] == [1, 0, 1]
    assert probe.call("number") == 3
    assert chain.nonce(trader) == 3


@pytest.mark.parametrize(
    ("function", "reason", "data"),
    [
        ("raise_without_reason", "", b""),
        ("raise_custom", f"custom error 0x{keccak(text='Nope(uint256)')[:4].hex()}",
         keccak(text="Nope(uint256)")[:4]),
        ("spin", "out of gas", b""),
    ],
)  # fmt: skip
def test_mine__failing_in_other_ways__receipt_says_how(chain, probe, function, reason, data):
    transaction = probe.transaction(function, sender=chain.account("trader"), gas=100_000)
    (receipt,) = chain.mine([transaction]).receipts
    assert (receipt.success, receipt.revert_reason, receipt.revert_data) == (False, reason, data)
    assert not chain.counts_gas or (receipt.gas_used == 100_000) == (reason == "out of gas")


def test_mine__nothing__empty_block_twelve_seconds_later(chain):
    root = chain.state_root
    block = chain.mine()
    assert (block.number, block.timestamp, block.gas_used, block.receipts) == (
        1, GENESIS + 12, 0 if chain.counts_gas else None, ()
    )  # fmt: skip
    assert chain.state_root == root
    assert chain.block_hash(1) == block.hash != chain.block_hash(0)


def test_mine__at_a_timestamp__code_runs_at_that_time(chain, probe):
    trader = chain.account("trader")
    block = chain.mine([probe.transaction("note", sender=trader)], timestamp=GENESIS + 1_000)
    assert block.timestamp == chain.timestamp == probe.call("stored_time") == GENESIS + 1_000
    block = chain.mine([probe.transaction("note", sender=trader)])
    assert block.timestamp == probe.call("stored_time") == GENESIS + 1_012


def test_mine__randao__differs_from_block_to_block(chain, probe):
    trader = chain.account("trader")
    seen = set()
    for _ in range(3):
        probe.transact("note_randao", sender=trader)
        seen.add(probe.call("stored_randao"))
    assert len(seen) == 3


@pytest.mark.parametrize("step", [0, -1])
def test_mine__time_does_not_rise__raises(chain, step):
    chain.mine()
    with pytest.raises(ChainError, match="not above that of the head"):
        chain.mine(timestamp=chain.timestamp + step)
    assert chain.block_number == 1


def test_mine__over_the_block_gas_limit__raises_and_leaves_the_chain(chain, probe):
    trader = chain.account("trader")
    before = (
        chain.block_number,
        chain.timestamp,
        chain.state_root,
        chain.nonce(trader),
        probe.call("number"),
    )
    with pytest.raises(ChainError, match="exceeds gas limit"):
        chain.mine([probe.transaction("note", 7, sender=trader, gas=gas) for gas in (100_000, 36_000_000)])
    after = (chain.block_number, chain.timestamp, chain.state_root, chain.nonce(trader), probe.call("number"))
    assert after == before
    assert chain.mine([probe.transaction("note", 9, sender=trader)]).timestamp == before[1] + 12
    assert probe.call("number") == 9


@pytest.mark.parametrize("change", [{"value": -1}, {"value": 10**30}, {"gas": 20_000}, {"gas_price": -1}])
def test_mine__impossible_transaction__raises_and_leaves_the_chain(chain, probe, change):
    transaction = replace(probe.transaction("note", sender=chain.account("trader")), **change)
    with pytest.raises(ChainError, match="block 2 refused"):
        chain.mine([transaction])
    assert chain.block_number == 1
    assert chain.send(replace(transaction, value=0, gas=100_000, gas_price=None)).success


def test_mine__transient_storage__lives_for_one_transaction(chain, probe):
    trader = chain.account("trader")
    block = chain.mine([probe.transaction("tick", sender=trader)] * 3)
    events = probe.events(log for receipt in block.receipts for log in receipt.logs)
    assert [event.args["count"] for event in events] == [1, 1, 1]


@BY_PY_EVM
def test_blockhash__in_code__is_the_hash_of_the_parent(chain, probe):
    chain.mine()
    assert probe.call("parent_hash") == chain.block_hash(chain.block_number - 1)


def test_block__out_of_range__raises(chain):
    for number in (-1, 1):
        with pytest.raises(ChainError, match="the head is block 0"):
            chain.block(number)


def test_chain_id__in_code__is_the_chosen_one(engine, probe_code):
    chain = Chain(engine, chain_id=42)
    assert chain.deploy(probe_code, 1).call("chain_id") == 42


def test_engine__unknown__raises():
    with pytest.raises(InputError, match="unknown engine 'abacus', expected one of: py-evm"):
        Chain("abacus")


# Gas prices


def test_gas_price__not_given__base_fee_plus_one_gwei(chain, probe):
    receipt = probe.transact("note", sender=chain.account("trader"))
    assert chain.block(receipt.block_number).base_fee == 0
    assert receipt.gas_price == 10**9


def test_gas_price__given__is_paid(chain, probe):
    receipt = probe.transact("note", sender=chain.account("trader"), gas_price=30 * 10**9)
    assert receipt.gas_price == 30 * 10**9


def test_base_fee__full_and_empty_blocks__moves_by_an_eighth():
    chain = Chain(block_gas_limit=84_000, genesis_base_fee=1_000_000_000)
    trader = chain.account("trader")
    full = chain.mine([Transaction(trader, NOBODY, gas=21_000)] * 4)
    half = chain.mine([Transaction(trader, NOBODY, gas=21_000)] * 2)
    after = chain.mine()
    # the genesis block is empty, block 1 is full, block 2 uses just the target, half of the limit
    assert [full.base_fee, half.base_fee, after.base_fee] == [875_000_000, 984_375_000, 984_375_000]
    assert [receipt.gas_price for receipt in half.receipts] == [1_984_375_000] * 2


def test_gas_price__below_the_base_fee__raises(engine):
    chain = Chain(engine, genesis_base_fee=10**9)
    with pytest.raises(ChainError, match="lower than block's base fee"):
        chain.send(Transaction(chain.account("trader"), NOBODY, gas_price=1))


# Calls


def test_call__runs_in_the_time_of_the_head(chain, probe):
    chain.mine(timestamp=GENESIS + 500)
    number, timestamp, sender = probe.call("head")
    assert (number, timestamp, sender) == (2, GENESIS + 500, chain.default_caller)
    assert probe.call("head", sender=NOBODY)[2] == NOBODY


def test_call__of_a_mutator__changes_nothing(chain, probe):
    root, slots = chain.state_root, [chain.storage_at(probe.address, slot) for slot in range(4)]
    probe.call("note", 7)
    assert probe.call("number") == 5
    chain.mine()
    assert chain.state_root == root
    assert [chain.storage_at(probe.address, slot) for slot in range(4)] == slots


def test_call__refused__raises_the_reason(probe):
    with pytest.raises(TransactionReverted, match="probe: refused") as caught:
        probe.call("refuse", 1)
    assert caught.value.reason == "probe: refused"
    assert caught.value.data[:4] == keccak(text="Error(string)")[:4]
    assert probe.call("refuse", 0) is None


def test_call__needing_more_than_a_block_of_gas__answers(chain, probe):
    assert probe.call("glutton") == 7
    with pytest.raises(TransactionReverted, match="out of gas"):
        probe.transact("glutton", sender=chain.account("trader"), gas=chain.block_gas_limit)


def test_call__with_value__needs_no_ether(chain, probe):
    transaction = replace(probe.transaction("note", 7, sender=NOBODY), value=10**18)
    assert chain.call(transaction) == b""
    assert chain.balance(NOBODY) == 0


def test_call__creating__returns_the_runtime_code(chain, probe_code):
    arguments = (5).to_bytes(32, "big")
    code = chain.call(Transaction(NOBODY, None, probe_code.init_code + arguments))
    assert code.startswith(probe_code.runtime_code)
    assert len(code) == len(probe_code.runtime_code) + 32  # the immutable


def test_send__refused__raises_but_the_block_stands(chain, probe):
    trader = chain.account("trader")
    with pytest.raises(TransactionReverted, match="probe: unlucky"):
        probe.transact("note", 13, sender=trader)
    assert (chain.block_number, chain.nonce(trader)) == (2, 1)
    assert not chain.block(2).receipts[0].success


# Logs


@pytest.fixture
def noted(chain: Chain, probe: Contract, probe_code: CompiledContract) -> Contract:
    """A second probe; the first notes in blocks 3 and 4, the second in block 4."""
    second = chain.deploy(probe_code, 6)
    trader, keeper = chain.account("trader"), chain.account("keeper")
    chain.mine([probe.transaction("note", 1, sender=trader), probe.transaction("tick", sender=trader)])
    chain.mine([probe.transaction("note", 2, sender=keeper), second.transaction("note", 3, sender=trader)])
    return second


def _topic(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


def test_logs__by_address__only_its_own_in_order(chain, probe, noted):
    assert [event.name for event in probe.events(chain.logs())] == ["Noted", "Ticked", "Noted"]
    logs = chain.logs(address=noted.address)
    assert [(log.block_number, log.transaction_index, log.log_index) for log in logs] == [(4, 1, 1)]


def test_logs__by_block__both_ends_included(chain, noted):
    assert [log.block_number for log in chain.logs(from_block=4)] == [4, 4]
    assert [log.block_number for log in chain.logs(to_block=3)] == [3, 3]
    assert [log.block_number for log in chain.logs(from_block=3, to_block=99)] == [3, 3, 4, 4]
    assert chain.logs(from_block=5) == []


def test_logs__by_topics__position_choice_and_wildcard(chain, probe, noted):
    note, tick = probe.abi.topic("Noted"), probe.abi.topic("Ticked")
    trader, keeper = _topic(chain.account("trader")), _topic(chain.account("keeper"))

    def blocks(*topics):
        return [(log.block_number, log.log_index) for log in chain.logs(topics=topics)]

    assert blocks(note) == [(3, 0), (4, 0), (4, 1)]
    assert blocks([note, tick]) == [(3, 0), (3, 1), (4, 0), (4, 1)]
    assert blocks(note, keeper) == [(4, 0)]
    assert blocks(None, [trader, keeper]) == [(3, 0), (4, 0), (4, 1)]
    assert blocks(tick, None) == []  # it has one topic only
    assert blocks(keeper) == []


# State


def test_storage_at__public_variable__reads_the_slot_of_the_layout(chain, probe, probe_code):
    slot = probe_code.storage_layout["storage_layout"]["number"]["slot"]
    assert chain.storage_at(probe.address, slot) == 5


def test_code_at__contract_and_person(chain, probe, probe_code):
    assert chain.code_at(probe.address).startswith(probe_code.runtime_code)
    assert chain.code_at(chain.account("trader")) == b""


def test_timestamp__of_a_fresh_chain__is_that_of_its_genesis(engine):
    assert Chain(engine, genesis_timestamp=1_000).timestamp == 1_000
