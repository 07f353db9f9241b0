"""Hashes and addresses of the revm engine: every field counts, contracts stand where a chain has them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth._utils.address import generate_contract_address
from eth_utils.address import to_canonical_address

from isomargin.chain.accounts import created_address
from isomargin.chain.revm_hashes import block_hash, parsed_address, transaction_hash
from isomargin.errors import ChainError

NOBODY = "0x00000000000000000000000000000000DeaDBeef"


@pytest.fixture
def engine() -> str:
    """These are about revm alone."""
    return "revm"


def test_created_address__nonces_of_each_length__are_those_of_mainnet():
    # an account of mainnet and its first contracts
    sender = to_canonical_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert [created_address(sender, nonce).lower() for nonce in range(4)] == [
        "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
        "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91",
        "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c",
    ]


def test_created_address__higher_nonces__are_those_of_py_evm():
    sender = to_canonical_address(NOBODY)
    for nonce in (0, 1, 127, 128, 255, 256, 65_535, 65_536, 2**32):
        theirs = generate_contract_address(sender, nonce)
        assert to_canonical_address(created_address(sender, nonce)) == theirs


def test_transaction_hash__every_field__changes_it():
    fields = (bytes(32), bytes(20), 1, bytes(20), 2, 3, 4, b"data")
    others = (bytes(31) + b"\1", bytes(19) + b"\1", 5, None, 5, 5, 5, b"date")
    hashes = {transaction_hash(*fields)}
    for place, other in enumerate(others):
        changed = (*fields[:place], other, *fields[place + 1 :])
        hashes.add(transaction_hash(*changed))  # type: ignore[arg-type]
    assert len(hashes) == 1 + len(fields)


def test_block_hash__outcome_and_logs__change_it(chain, probe):
    trader = chain.account("trader")
    block = chain.mine([probe.transaction("note", 1, sender=trader)])
    receipt = block.receipts[0]
    log = receipt.logs[0]
    variants = [
        receipt,
        replace(receipt, success=False),
        replace(receipt, revert_data=b"x"),
        replace(receipt, revert_reason="x"),
        replace(receipt, logs=()),
        replace(receipt, logs=(replace(log, data=b""),)),
        replace(receipt, logs=(replace(log, topics=log.topics[:1]),)),
        replace(receipt, logs=(replace(log, address=NOBODY),)),
    ]
    hashes = {block_hash(chain.block_hash(1), 2, block.timestamp, [one]) for one in variants}
    assert len(hashes) == len(variants)
    assert block.hash in hashes


def test_parsed_address__any_case__is_checksummed():
    assert parsed_address(NOBODY.lower()) == (NOBODY, bytes.fromhex(NOBODY[2:]))
    with pytest.raises(ChainError, match="is not an address"):
        parsed_address("0x1234")
