"""InsuranceFund: covers for the market, fills by deposits, belongs to its owner."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract

ZERO_ADDRESS = "0x" + "00" * 20
HELD = 1_000_000


@pytest.fixture(scope="module")
def token(chain: Chain, owner: str) -> Contract:
    return chain.deploy(compile_contract("testing/Token"), "USD", "USD", 6, sender=owner)


@pytest.fixture(scope="module")
def market(chain: Chain) -> Contract:
    return chain.deploy(compile_contract("testing/MarketStub"))


@pytest.fixture(scope="module")
def pool(chain: Chain) -> str:
    return chain.account("pool")


@pytest.fixture(scope="module")
def fund(chain: Chain, token: Contract, market: Contract, owner: str) -> Contract:
    fund = chain.deploy(compile_contract("custody/InsuranceFund"), token.address, sender=owner)
    fund.transact("set_market", market.address, sender=owner)
    token.transact("mint", fund.address, HELD, sender=owner)
    return fund


@pytest.mark.parametrize(
    ("asked", "paid"), [(400_000, 400_000), (HELD, HELD), (HELD + 1, HELD), (2**255, HELD)]
)
def test_cover__when_market_asks__then_pays_what_it_holds_at_most(
    fund, market, token, pool, stranger, asked, paid
):
    assert market.call("cover_from_fund", fund.address, pool, asked) == paid
    receipt = market.transact("cover_from_fund", fund.address, pool, asked, sender=stranger)
    assert token.call("balanceOf", pool) == paid
    assert token.call("balanceOf", fund.address) == HELD - paid
    (event,) = fund.events(receipt.logs)
    assert (event.name, event.args) == ("Covered", {"receiver": pool, "asked": asked, "paid": paid})


def test_cover__when_empty__then_pays_nothing_and_stays_silent(fund, market, token, owner, pool, stranger):
    fund.transact("withdraw", owner, HELD, sender=owner)
    receipt = market.transact("cover_from_fund", fund.address, pool, 5, sender=stranger)
    assert receipt.logs == ()
    assert market.call("cover_from_fund", fund.address, pool, 5) == 0


def test_cover__when_not_the_market__then_refused(fund, owner, pool, refused):
    with refused("insurance: only the market"):
        fund.transact("cover", pool, 1, sender=owner)


def test_cover__when_no_market_yet__then_nobody_is_it(chain, token, owner, pool, refused):
    fund = chain.deploy(compile_contract("custody/InsuranceFund"), token.address, sender=owner)
    with refused("insurance: only the market"):
        fund.transact("cover", pool, 1, sender=owner)


def test_deposit__when_anyone_pays_in__then_credited(fund, token, owner, stranger):
    token.transact("mint", stranger, 70, sender=owner)
    token.transact("approve", fund.address, 70, sender=stranger)
    assert fund.call("deposit", 70, sender=stranger) == 70
    receipt = fund.transact("deposit", 70, sender=stranger)
    assert token.call("balanceOf", fund.address) == HELD + 70
    (event,) = fund.events(receipt.logs)
    assert (event.name, event.args) == ("Deposited", {"sender": stranger, "amount": 70})


def test_deposit__when_token_takes_a_tax__then_credits_what_arrived(chain, owner):
    token = chain.deploy(compile_contract("testing/TaxedToken"), "USD", "USD", 6, sender=owner)
    fund = chain.deploy(compile_contract("custody/InsuranceFund"), token.address, sender=owner)
    token.transact("mint", owner, 1_000, sender=owner)
    token.transact("approve", fund.address, 1_000, sender=owner)
    (event,) = fund.events(fund.transact("deposit", 1_000, sender=owner).logs)
    assert event.args["amount"] == 990


def test_fund__when_token_answers_false__then_nothing_is_taken_for_moved(
    chain, market, owner, stranger, refused
):
    token = chain.deploy(compile_contract("testing/BlacklistToken"), "USD", "USD", 6, sender=owner)
    fund = chain.deploy(compile_contract("custody/InsuranceFund"), token.address, sender=owner)
    fund.transact("set_market", market.address, sender=owner)
    token.transact("mint", fund.address, HELD, sender=owner)
    token.transact("mint", stranger, 70, sender=owner)
    token.transact("approve", fund.address, 70, sender=stranger)
    token.transact("set_answers_false", True, sender=owner)
    token.transact("set_blacklisted", stranger, True, sender=owner)
    with refused("insurance: token refused"):
        fund.transact("deposit", 70, sender=stranger)
    with refused("insurance: token refused"):
        market.transact("cover_from_fund", fund.address, stranger, 5, sender=owner)
    with refused("insurance: token refused"):
        fund.transact("withdraw", stranger, 5, sender=owner)
    assert token.call("balanceOf", fund.address) == HELD


def test_withdraw__when_owner__then_pays_and_says_so(fund, token, owner, stranger):
    receipt = fund.transact("withdraw", stranger, 300_000, sender=owner)
    assert token.call("balanceOf", stranger) == 300_000
    (event,) = fund.events(receipt.logs)
    assert (event.name, event.args) == ("Withdrawn", {"receiver": stranger, "amount": 300_000})


def test_withdraw__when_more_than_held__then_refused(fund, owner, refused):
    with refused("erc20: transfer amount exceeds balance"):
        fund.transact("withdraw", owner, HELD + 1, sender=owner)


def test_withdraw__when_not_owner__then_refused(fund, stranger, refused):
    with refused("ownable: caller is not the owner"):
        fund.transact("withdraw", stranger, 1, sender=stranger)


def test_set_market__when_done__then_stays(chain, token, market, owner, stranger, refused):
    fund = chain.deploy(compile_contract("custody/InsuranceFund"), token.address, sender=owner)
    assert fund.call("asset") == token.address
    with refused("ownable: caller is not the owner"):
        fund.transact("set_market", market.address, sender=stranger)
    with refused("insurance: market is zero"):
        fund.transact("set_market", ZERO_ADDRESS, sender=owner)
    (event,) = fund.events(fund.transact("set_market", market.address, sender=owner).logs)
    assert (event.name, event.args) == ("MarketSet", {"market": market.address})
    assert fund.call("market") == market.address
    with refused("insurance: market already set"):
        fund.transact("set_market", stranger, sender=owner)


def test_ownership__when_transferred__then_only_acceptance_moves_it(fund, owner, stranger):
    fund.transact("transfer_ownership", stranger, sender=owner)
    assert (fund.call("owner"), fund.call("pending_owner")) == (owner, stranger)
    fund.transact("accept_ownership", sender=stranger)
    fund.transact("withdraw", stranger, 1, sender=stranger)
