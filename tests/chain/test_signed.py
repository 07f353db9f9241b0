"""Transactions as wallets sign them: what eth-account signs is read alike, and no bytes at all do harm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import rlp
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.chain import SignedTransaction, Transaction, address_of, private_key_of
from isomargin.chain.signed import (
    decode_transaction,
    impersonated_transaction,
    intrinsic_gas,
    sign_transaction,
)
from isomargin.errors import ChainError, MalformedTransaction

CHAIN_ID = 1337
KEY = private_key_of("wallet")
WALLET = address_of("wallet")
TOKEN = address_of("token")
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ACCESSES = ((TOKEN, (0, 2**256 - 1)), (WALLET, ()))
FEES: dict[str, dict[str, int]] = {
    "legacy": {"max_fee": 10**10},
    "access list": {"max_fee": 10**10},
    "dynamic fee": {"max_fee": 10**10, "max_priority_fee": 10**9},
}
KINDS = {"legacy": 0, "access list": 1, "dynamic fee": 2}


def asked(fees: str, **changes: object) -> Transaction:
    plain = Transaction(WALLET, TOKEN, b"\0\x01data", 5, 90_000)
    accesses = () if fees == "legacy" else ACCESSES
    return replace(plain, access_list=accesses, **changes)  # type: ignore[arg-type]


def signed(fees: str, nonce: int = 7, **changes: object) -> SignedTransaction:
    return sign_transaction(asked(fees, **changes), key=KEY, nonce=nonce, chain_id=CHAIN_ID, **FEES[fees])


def by_eth_account(fees: str, **changes: object) -> Any:
    fields: dict[str, object] = {
        "to": TOKEN, "data": b"\0\x01data", "value": 5, "gas": 90_000, "nonce": 7, "chainId": CHAIN_ID,
    }  # fmt: skip
    if fees == "dynamic fee":
        fields |= {"type": 2, "maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
    else:
        fields |= {"gasPrice": 10**10}
    if fees != "legacy":
        slots = {address: [f"0x{slot:064x}" for slot in words] for address, words in ACCESSES}
        fields["accessList"] = [{"address": each, "storageKeys": words} for each, words in slots.items()]
        fields.setdefault("type", 1)
    return Account.sign_transaction(fields | changes, KEY)


@pytest.fixture(params=list(FEES))
def fees(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# Signing and reading


def test_sign__any_kind__same_bytes_and_hash_as_eth_account(fees):
    ours, theirs = signed(fees), by_eth_account(fees)
    assert (ours.raw, ours.hash, ours.kind) == (
        bytes(theirs.raw_transaction), bytes(theirs.hash), KINDS[fees]
    )  # fmt: skip
    assert ours.signature == (theirs.v, theirs.r, theirs.s)


def test_decode__what_eth_account_signed__every_field(fees):
    found = decode_transaction(bytes(by_eth_account(fees).raw_transaction), CHAIN_ID)
    assert found == signed(fees)
    assert (found.sender, found.nonce, found.to, found.value) == (WALLET, 7, TOKEN, 5)
    assert found.max_priority_fee == (10**9 if fees == "dynamic fee" else 10**10)
    assert found.access_list == (() if fees == "legacy" else ACCESSES)


def test_decode__creation__names_the_contract_to_come(fees):
    made = signed(fees, nonce=0, to=None)
    found = decode_transaction(made.raw, CHAIN_ID)
    assert (found, found.to) == (made, None)
    assert found.created == made.created != signed(fees, nonce=1, to=None).created
    assert signed(fees).created is None


def test_decode__legacy_for_any_chain__has_no_chain_id():
    theirs = Account.sign_transaction(
        {"to": TOKEN, "value": 1, "gas": 21_000, "gasPrice": 1, "nonce": 0, "data": b""}, KEY
    )
    found = decode_transaction(bytes(theirs.raw_transaction), CHAIN_ID)
    assert (found.chain_id, found.sender, found.signature[0] in (27, 28)) == (None, WALLET, True)
    assert found.hash == bytes(theirs.hash)


@settings(max_examples=60, deadline=None)
@given(
    fees=st.sampled_from(list(FEES)),
    nonce=st.integers(0, 2**64 - 2),
    value=st.integers(0, 2**256 - 1),
    gas=st.integers(0, 2**63),
    data=st.binary(max_size=300),
    creates=st.booleans(),
)
def test_decode__whatever_was_signed__is_that_again(fees, nonce, value, gas, data, creates):
    made = signed(fees, nonce=nonce, value=value, gas=gas, data=data, to=None if creates else TOKEN)
    assert decode_transaction(made.raw, CHAIN_ID) == made


def test_effective_price__base_fee_rises__tip_up_to_the_bid(fees):
    made = signed(fees)
    expected = {0: 10**9, 5 * 10**9: 6 * 10**9, 95 * 10**8: 10**10} if made.kind == 2 else {0: 10**10}
    assert {fee: made.effective_price(fee) for fee in expected} == expected


@pytest.mark.parametrize("change", [{"value": -1}, {"gas": -1}, {"value": 2**256}, {"nonce": -1}])
def test_sign__number_out_of_range__raises(fees, change):
    with pytest.raises(MalformedTransaction, match="below zero or above 256 bits"):
        signed(fees, **change)


def test_sign__to_no_address__raises(fees):
    with pytest.raises(ChainError, match="is not an address"):
        signed(fees, to="0x12")


def test_impersonated__two_senders__hashes_differ_and_nobody_can_pass_it_off():
    fields = {"nonce": 0, "chain_id": CHAIN_ID, "max_fee": 1, "max_priority_fee": 1}
    one = impersonated_transaction(Transaction(WALLET, TOKEN), **fields)
    other = impersonated_transaction(Transaction(TOKEN, TOKEN), **fields)
    assert (one.is_impersonated, one.sender) == (True, WALLET)
    assert one.hash != other.hash
    for made in (one, other):
        assert sender_in(made.raw) != made.sender


def sender_in(raw: bytes) -> str | None:
    try:
        return decode_transaction(raw, CHAIN_ID).sender
    except MalformedTransaction:
        return None


# Refusals, in the words of geth


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "typed transaction too short"),
        (b"\x02", "typed transaction too short"),
        (b"\x00", "transaction type not supported"),
        (b"\x03\xc0", "transaction type not supported"),
        (b"\x04\xc0", "transaction type not supported"),
        (b"\x7f\xc0", "transaction type not supported"),
        (b"\x02\x80", "rlp: expected input list for types.DynamicFeeTx"),
        (b"\x01\xc0", "rlp: too few elements for types.AccessListTx"),
        (b"\xca" + b"\x80" * 10, "rlp: too many elements for types.LegacyTx"),
        (b"\xf8", "rlp: "),
        (b"\xc2\x80", "rlp: "),
        (b"\xc0\x80", "rlp: "),
        (b"\xc1" * 100_000, "rlp: "),
        (b"\xfa\x01\xff\xfc" * 32_000, "rlp: "),
        (b"\xc0" * 131_073, "oversized data: transaction size 131073, limit 131072"),
    ],
)
def test_decode__no_transaction__says_what_geth_says(raw, words):
    with pytest.raises(MalformedTransaction) as refusal:
        decode_transaction(raw, CHAIN_ID)
    assert str(refusal.value).startswith(words)


def remade(fees: str, position: int, item: object) -> bytes:
    """A signed transaction with one of its items exchanged."""
    raw = signed(fees).raw
    prefix = b"" if fees == "legacy" else raw[:1]
    items = list(rlp.decode(raw[len(prefix) :]))
    items[position] = item
    return prefix + bytes(rlp.encode(items))


@pytest.mark.parametrize(
    ("position", "item", "words"),
    [
        (-1, (ORDER // 2 + 1).to_bytes(32, "big"), "invalid transaction v, r, s values"),
        (-1, b"", "invalid transaction v, r, s values"),
        (-2, ORDER.to_bytes(32, "big"), "invalid transaction v, r, s values"),
        (-1, b"\x01" * 33, "rlp: input string too long for uint256"),
        (-3, b"\x02", "invalid transaction v, r, s values"),
        (-2, b"\0\x01", "rlp: non-canonical integer (leading zero bytes)"),
        (0, b"\x01", "invalid sender: invalid chain id for signer: have 1 want 1337"),
        (1, b"\x01" * 9, "rlp: input string too long for uint64"),
        (1, [], "rlp: expected input string or byte"),
        (2, b"\xff" * 5, "max priority fee per gas higher than max fee per gas"),
        (5, b"\x01" * 19, "rlp: input string has the wrong length for common.Address"),
        (7, [b"a"], "rlp: expected input string or byte"),
        (8, b"", "rlp: expected input list for types.AccessList"),
        (8, [b""], "rlp: expected input list for types.AccessTuple"),
        (8, [[b"\x01" * 20]], "rlp: expected input list for types.AccessTuple"),
        (8, [[b"\x01" * 19, []]], "rlp: input string has the wrong length for common.Address"),
        (8, [[b"\x01" * 20, [b"\x01"]]], "rlp: input string has the wrong length for common.Hash"),
    ],
)
def test_decode__dynamic_fee_with_a_fault__says_which(position, item, words):
    with pytest.raises(MalformedTransaction) as refusal:
        decode_transaction(remade("dynamic fee", position, item), CHAIN_ID)
    assert str(refusal.value).startswith(words)


def test_decode__signed_for_another_chain__names_both(fees):
    with pytest.raises(MalformedTransaction, match="chain id for signer: have 1337 want 1"):
        decode_transaction(signed(fees).raw, 1)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_decode__any_bytes__refused_or_read_as_they_are(raw):
    require_harmless(raw)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(list(FEES)), st.data())
def test_decode__valid_bytes_with_a_change__refused_or_read_as_they_are(fees, data):
    raw = bytearray(signed(fees).raw)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        new = data.draw(st.binary(max_size=3))
        raw[place : place + data.draw(st.integers(0, 3))] = new
        if not raw:
            break
    require_harmless(bytes(raw))


def require_harmless(raw: bytes) -> None:
    try:
        found = decode_transaction(raw, CHAIN_ID)
    except MalformedTransaction:
        return
    assert found.raw == raw


# Gas before anything runs


@pytest.mark.parametrize(
    ("to", "data", "accesses", "gas"),
    [
        (TOKEN, b"", (), 21_000),
        (TOKEN, b"\0" * 10, (), 21_100),  # the floor: 10 a token, one token a zero byte
        (TOKEN, b"\x01" * 10, (), 21_400),  # the floor: four tokens any other
        (TOKEN, b"\x01" * 10, ACCESSES, 29_760),  # 160 for data, 4,800 for addresses, 3,800 for slots
        (None, b"\x01" * 33, (), 53_532),  # 32,000 for the creation, 528 for data, two words of init code
        (None, b"\x01" * 2_000, (), 101_000),  # the floor overtakes
    ],
)
def test_intrinsic_gas__by_hand(to, data, accesses, gas):
    transaction = Transaction(WALLET, to, data, access_list=accesses)
    assert intrinsic_gas(transaction) == gas
    made = sign_transaction(transaction, key=KEY, nonce=0, chain_id=1, max_fee=1, max_priority_fee=1)
    assert intrinsic_gas(made) == gas
