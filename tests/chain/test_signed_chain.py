"""Signed transactions on every engine: mined as they are or refused whole; other senders, older states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isomargin.chain import (
    ENDOWMENT,
    Block,
    Chain,
    Contract,
    SignedTransaction,
    Transaction,
    address_of,
    private_key_of,
)
from isomargin.chain.signed import decode_transaction, impersonated_transaction, sign_transaction
from isomargin.contracts import CompiledContract
from isomargin.errors import ChainError, TransactionReverted

GWEI = 10**9
WALLET = address_of("wallet")
NOBODY = "0x00000000000000000000000000000000DeaDBeef"
FEES: dict[int, dict[str, Any]] = {
    0: {"max_fee": 3 * GWEI},
    1: {"max_fee": 3 * GWEI},
    2: {"max_fee": 3 * GWEI, "max_priority_fee": GWEI},
}


def signed(
    transaction: Transaction, nonce: int = 0, kind: int = 2, name: str = "wallet", **changes: Any
) -> SignedTransaction:
    terms = FEES[kind] | {"chain_id": 1337, "nonce": nonce} | changes
    if kind == 1:
        transaction = replace(transaction, access_list=((NOBODY, (1, 2)),))
    return sign_transaction(transaction, key=private_key_of(name), **terms)


def pay(value: int = 1, gas: int = 30_000, to: str | None = NOBODY) -> Transaction:
    return Transaction(WALLET, to, value=value, gas=gas)


@pytest.fixture
def chain(signing: Chain) -> Chain:
    """A chain on which somebody without a name owns an ether."""
    signing.set_balance(WALLET, 10**18)
    return signing


@pytest.fixture
def probe(chain: Chain, probe_code: CompiledContract) -> Contract:
    return chain.deploy(probe_code, 5)


# Mining


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_mine__signed_elsewhere__is_mined_as_it_is(chain, kind):
    bodies = [signed(pay(nonce + 1), nonce, kind) for nonce in range(3)]
    block = chain.mine(bodies, base_fee=GWEI)
    assert [receipt.transaction_hash for receipt in block.receipts] == [body.hash for body in bodies]
    assert block.transactions == tuple(bodies)
    assert {receipt.gas_price for receipt in block.receipts} == {2 * GWEI if kind == 2 else 3 * GWEI}
    assert (chain.nonce(WALLET), chain.balance(NOBODY)) == (3, 6)
    if chain.counts_gas:
        gas = 21_000 + (2_400 + 2 * 1_900 if kind == 1 else 0)
        assert [receipt.gas_used for receipt in block.receipts] == [gas] * 3
        cost = 3 * gas * block.receipts[0].gas_price
        assert chain.balance(WALLET) == 10**18 - 6 - cost


def test_mine__signed_and_unsigned_of_one_sender__nonces_run_on(chain):
    sender = chain.account("trader")
    mine = Transaction(sender, NOBODY, value=1)
    body = signed(replace(mine, value=10), 1, name="trader")
    block = chain.mine([mine, body, replace(mine, value=100)])
    assert [each.nonce for each in block.transactions] == [0, 1, 2]
    assert [each.value for each in block.transactions] == [1, 10, 100]
    assert (chain.balance(NOBODY), chain.nonce(sender)) == (111, 3)


def test_mine__signs__bodies_can_be_decoded_to_what_they_are(chain):
    sender = chain.account("trader")
    block = chain.mine([Transaction(sender, NOBODY, value=1), Transaction(sender, None, b"\0")])
    for body, receipt in zip(block.transactions, block.receipts, strict=True):
        assert decode_transaction(body.raw, chain.chain_id) == body
        assert (body.hash, body.sender) == (receipt.transaction_hash, receipt.sender)
        assert body.created == receipt.contract_address
    assert chain.block(block.number) == block


def test_mine__creation_signed_elsewhere__code_stands_where_it_says(chain, probe_code):
    body = signed(Transaction(WALLET, None, probe_code.init_code + (5).to_bytes(32, "big"), gas=3_000_000))
    (receipt,) = chain.mine([body]).receipts
    assert (receipt.success, receipt.contract_address) == (True, body.created)
    assert chain.at(receipt.contract_address, probe_code).call("number") == 5


def test_mine__signed_and_reverting__is_in_the_block_with_its_reason(chain, probe):
    asked = replace(probe.transaction("note", 13, sender=WALLET), gas=100_000)
    (receipt,) = chain.mine([signed(asked)]).receipts
    assert (receipt.success, receipt.revert_reason) == (False, "probe: unlucky")
    assert chain.nonce(WALLET) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (signed(pay(), nonce=1), "nonce|transactions did not get in"),
        (signed(pay(10**18)), "(?i)insufficient funds|does not have enough|cannot afford|cannot pay"),
        (signed(pay(), max_fee=10**14), "(?i)insufficient funds|cannot pay"),
        (signed(pay(), max_fee=9, max_priority_fee=9), "max fee per gas 9 less than block base fee 10"),
        (signed(pay(), max_fee=10, max_priority_fee=11), "higher than max fee per gas"),
        (signed(pay(gas=20_999)), "intrinsic gas too low: have 20999, want 21000"),
        (signed(pay(gas=36_000_001)), "exceeds|gas limit|too high"),
        (
            signed(Transaction(WALLET, None, bytes(49_153), gas=10**6), max_fee=10, max_priority_fee=0),
            "max initcode size exceeded: code size 49153, limit 49152",
        ),
        (signed(pay(), chain_id=1), "invalid chain id for signer: have 1 want 1337"),
    ],
)  # fmt: skip
def test_mine__signed_but_cannot_begin__refuses_the_whole_block(chain, body, words):
    before = (chain.block_number, chain.timestamp, chain.balance(WALLET))
    other = Transaction(chain.account("trader"), NOBODY, value=1)
    with pytest.raises(ChainError, match=words):
        chain.mine([other, body], base_fee=10)
    assert (chain.block_number, chain.timestamp, chain.balance(WALLET)) == before
    assert (chain.balance(NOBODY), chain.nonce(WALLET), chain.nonce(other.sender)) == (0, 0, 0)
    assert chain.mine([other, signed(pay())]).number == 1


def test_mine__same_transaction_twice__refused(chain):
    body = signed(pay())
    chain.mine([body])
    with pytest.raises(ChainError, match="block 2 refused"):
        chain.mine([body])
    assert chain.balance(NOBODY) == 1


def test_mine__signed_by_a_named_account__is_not_endowed(chain):
    poor = chain.account("poor")
    chain.set_balance(poor, 10**17)
    asked = Transaction(poor, NOBODY, value=1, gas=21_000)
    chain.mine([signed(asked, name="poor"), replace(asked, value=2)])
    assert chain.account("poor") == poor
    assert chain.balance(poor) < 10**17


@pytest.mark.parametrize("signing", ["py-evm"], indirect=True)
def test_block__came_in_through_web3__has_its_bodies_too(chain):
    trader = chain.account("trader")
    fields = {"from": trader, "to": NOBODY, "value": 5, "gas": 21_000}
    kinds = []
    for fees in ({"gasPrice": GWEI}, {"maxFeePerGas": GWEI, "maxPriorityFeePerGas": 1}):
        sent = chain.w3.eth.send_transaction(fields | fees)
        (body,) = chain.block(chain.block_number).transactions
        assert (body.hash, body.sender, body.value) == (bytes(sent), trader, 5)
        kinds.append(body.kind)
    assert kinds == [0, 2]


# Base fee and extra data


def test_mine__base_fee_given__is_the_blocks_and_the_next_follows_from_it(chain):
    block = chain.mine([Transaction(chain.account("trader"), NOBODY)], base_fee=8_000)
    assert (block.base_fee, block.receipts[0].gas_price) == (8_000, 8_000 + GWEI)
    # 21,000 gas of a target of 18 million: less by an eighth of the unused share
    expected = 8_000 - 8_000 * (18_000_000 - 21_000) // 18_000_000 // 8 if chain.counts_gas else 8_000
    assert chain.next_base_fee() == expected
    assert chain.mine().base_fee == expected
    assert chain.mine(base_fee=5).base_fee == 5


def test_mine__base_fee_given__hash_depends_on_it(chain):
    start, hashes = chain.snapshot(), set()
    for fee in (0, 1, 2, 1):
        hashes.add(chain.mine(base_fee=fee).hash)
        chain.revert(start)
    assert len(hashes) == 3


@pytest.mark.parametrize("signing", ["py-evm", "revm"], indirect=True)
def test_mine__extra_data__in_the_block_and_its_hash(chain):
    start = chain.snapshot()
    plain = chain.mine()
    chain.revert(start)
    block = chain.mine(extra_data=b"fork 1")
    assert (block.extra_data, plain.extra_data) == (b"fork 1", b"")
    assert block.hash != plain.hash
    assert block.state_root == plain.state_root


@pytest.mark.parametrize(
    ("choice", "words"), [({"base_fee": -1}, "below zero"), ({"extra_data": bytes(33)}, "32")]
)
def test_mine__impossible_choice__raises(chain, choice, words):
    with pytest.raises(ChainError, match=words):
        chain.mine(**choice)
    assert chain.block_number == 0


# Impersonation


def played(chain: Chain, asked: Transaction, nonce: int, **terms: Any) -> Block:
    body = impersonated_transaction(asked, nonce=nonce, chain_id=chain.chain_id, **(FEES[2] | terms))
    block = chain.mine([body])
    assert block.receipts[0].transaction_hash == body.hash
    assert (block.receipts[0].sender, block.transactions) == (asked.sender, (body,))
    return block


def test_mine__impersonated_stranger__sends_without_a_key(chain, probe):
    chain.set_balance(NOBODY, 10**18)
    played(chain, probe.transaction("note", 3, sender=NOBODY), 0)
    played(chain, probe.transaction("note", 4, sender=NOBODY), 1, max_priority_fee=None)
    assert (probe.call("number"), chain.nonce(NOBODY)) == (4, 2)
    assert chain.balance(NOBODY) < 10**18 or not chain.counts_gas


def test_mine__impersonated_contract__sends_and_stays_what_it_is(chain, probe, probe_code):
    code, nonce = chain.code_at(probe.address), chain.nonce(probe.address)
    chain.set_balance(probe.address, 10**18)
    start = chain.snapshot()
    for _ in range(2):
        own = chain.storage_at(probe.address, 2)
        block = played(chain, probe.transaction("note", 9, sender=probe.address), nonce)
        (event,) = probe.events(block.receipts[0].logs)
        assert event.args["who"] == probe.address
        assert chain.nonce(probe.address) == nonce + 1
        played(chain, Transaction(probe.address, NOBODY, value=10**17), nonce + 1)
        assert (chain.code_at(probe.address), probe.call("number")) == (code, 9)
        assert chain.balance(NOBODY) == 10**17
        chain.revert(start)
        assert (chain.nonce(probe.address), chain.balance(probe.address)) == (nonce, 10**18)
        assert chain.storage_at(probe.address, 2) == own


# Balances and keys


def test_set_balance__up_and_down__seen_at_once_and_sealed(chain):
    for amount in (5 * 10**18, 10**18, 0, 7):
        chain.set_balance(WALLET, amount)
        assert chain.balance(WALLET) == amount
    chain.mine()
    assert chain.balance(WALLET) == 7


def test_set_balance__then_back_to_a_snapshot__undone(chain):
    chain.mine()
    start = chain.snapshot()
    chain.set_balance(WALLET, 3)
    chain.mine()
    chain.revert(start)
    assert chain.balance(WALLET) == 10**18


def test_set_balance__of_a_named_account__is_never_endowed_again(chain):
    trader = chain.account("trader")
    assert chain.balance(trader) == ENDOWMENT
    chain.set_balance(trader, 10**18)
    assert chain.balance(chain.account("trader")) == 10**18
    chain.send(Transaction(trader, NOBODY, value=1))
    assert chain.balance(trader) < 10**18


@pytest.mark.parametrize("amount", [-1, 2**256])
def test_set_balance__no_amount__raises(chain, amount):
    with pytest.raises(ChainError, match="is not from 0"):
        chain.set_balance(WALLET, amount)


def test_key_of__named_accounts_only(chain):
    assert chain.key_of(chain.account("trader")) == private_key_of("trader")
    assert chain.key_of(WALLET) is None


# Calls with a limit, and of older blocks


def test_call__with_a_gas_limit__is_in_force(chain, probe):
    asked = probe.transaction("note", 3, sender=WALLET)
    assert chain.call(asked, gas=200_000) == b""
    with pytest.raises(TransactionReverted, match="out of gas"):
        chain.call(asked, gas=22_500)
    with pytest.raises(ChainError, match="intrinsic gas too low: have 20000, want 21"):
        chain.call(asked, gas=20_000)


def test_state__of_an_older_block__is_kept_or_refused(chain, probe):
    trader = chain.account("trader")
    for number in (1, 2, 3):
        chain.mine([probe.transaction("note", number, sender=trader), Transaction(trader, NOBODY, value=1)])
    asked = probe.transaction("number", sender=trader)
    assert int.from_bytes(chain.call(asked, block=4), "big") == 3
    if chain.engine_name == "revm":
        for question in (
            lambda: chain.call(asked, block=2),
            lambda: chain.balance(NOBODY, block=2),
            lambda: chain.nonce(trader, block=2),
            lambda: chain.storage_at(probe.address, 2, block=2),
            lambda: chain.code_at(probe.address, block=0),
        ):
            with pytest.raises(ChainError, match="engine revm keeps the newest state only"):
                question()
        return
    seen = [int.from_bytes(chain.call(asked, block=block), "big") for block in (1, 2, 3)]
    assert seen == [5, 1, 2]
    assert [chain.balance(NOBODY, block=block) for block in (1, 2, 3, 4)] == [0, 1, 2, 3]
    assert [chain.nonce(trader, block=block) for block in (1, 2, 3)] == [0, 2, 4]
    assert chain.storage_at(probe.address, 2, block=2) == 1
    assert (chain.code_at(probe.address, block=0), chain.code_at(probe.address, block=1) != b"") == (
        b"",
        True,
    )
    when = chain.call(probe.transaction("head", sender=trader), block=2)
    assert int.from_bytes(when[:32], "big") == 2


def test_call__of_a_block_to_come__raises(chain):
    with pytest.raises(ChainError, match="no block 1, the head is block 0"):
        chain.call(Transaction(WALLET, NOBODY), block=1)


# The same everywhere


def story(chain: Chain, code: CompiledContract) -> list[Any]:
    probe = chain.deploy(code, 5)
    chain.set_balance(WALLET, 10**18)
    bodies = [
        signed(replace(probe.transaction("note", number, sender=WALLET), gas=100_000), nonce, kind)
        for nonce, (number, kind) in enumerate([(1, 0), (2, 1), (13, 2), (4, 2)])
    ]
    blocks = [chain.mine(bodies[:2], base_fee=7), chain.mine(bodies[2:])]
    blocks.append(
        played(chain, probe.transaction("note", 6, sender=NOBODY), 0, max_fee=GWEI, max_priority_fee=0)
    )
    return [(block.receipts, block.base_fee, block.transactions, block.timestamp) for block in blocks]


def test_mine__one_story_on_every_engine__same_receipts_hashes_and_gas(signing, probe_code):
    theirs = Chain(signs=True)
    signing.set_balance(NOBODY, 10**18)
    theirs.set_balance(NOBODY, 10**18)
    found, expected = story(signing, probe_code), story(theirs, probe_code)
    if not signing.counts_gas:
        found = [(without_gas(block[0]), *block[2:]) for block in found]
        expected = [(without_gas(block[0]), *block[2:]) for block in expected]
    assert found == expected


def without_gas(receipts: Any) -> list[Any]:
    return [replace(receipt, gas_used=None, gas_price=0) for receipt in receipts]
