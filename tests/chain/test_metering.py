"""What a meter counts: successful transactions by contract and function, and nothing while it pauses."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Transaction
from isomargin.chain.metering import CREATION, GasMeter, metering
from isomargin.contracts import compile_contract
from isomargin.errors import TransactionReverted

TOKEN = compile_contract("testing/Token")


def test_meter__deployment_and_calls__gas_of_the_receipts_by_function():
    chain, meter = Chain(), GasMeter()
    owner = chain.account("deployer")
    with metering(meter):
        token = chain.deploy(TOKEN, "Dollar", "USD", 6)
        minted = [token.transact("mint", owner, amount, sender=owner) for amount in (1, 2)]
        with pytest.raises(TransactionReverted):
            token.transact("transfer", owner, 10, sender=chain.account("nobody"))
        token.call("balanceOf", owner)
        chain.send(Transaction(owner, chain.account("nobody"), b"", 5))
    token.transact("mint", owner, 3, sender=owner)
    assert meter.used == {
        f"Token.{CREATION}": [chain.block(1).receipts[0].gas_used],
        "Token.mint": [receipt.gas_used for receipt in minted],
    }


def test_meter__paused__knows_contracts_and_counts_nothing():
    chain, meter = Chain(), GasMeter()
    owner = chain.account("deployer")
    with metering(meter):
        with meter.paused():
            token = chain.deploy(TOKEN, "Dollar", "USD", 6)
            token.transact("mint", owner, 1, sender=owner)
        assert meter.used == {}
        token.transact("mint", owner, 1, sender=owner)
    assert list(meter.used) == ["Token.mint"]


def test_meter__address_of_an_undone_contract__counts_for_the_new_one():
    chain, meter = Chain(), GasMeter()
    owner, lens = chain.account("deployer"), compile_contract("oracle/PriceFeed")
    with metering(meter):
        with chain.rehearsal():
            chain.deploy(TOKEN, "Dollar", "USD", 6)
        feed = chain.deploy(lens, 18, "ETH / USD")
        feed.transact("set_pusher", owner, True, sender=owner)
    assert list(meter.used) == [f"Token.{CREATION}", f"PriceFeed.{CREATION}", "PriceFeed.set_pusher"]


def test_meter__engine_that_counts_no_gas__is_named():
    chain, meter = Chain("revm"), GasMeter()
    with metering(meter):
        chain.deploy(TOKEN, "Dollar", "USD", 6)
    assert (meter.used, meter.silent) == ({}, {"revm"})
