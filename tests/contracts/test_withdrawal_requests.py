"""The pool's cooldown: a request, a wait, a window, and no way around them."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Contract, Receipt
from isomargin.contracts import compile_contract

COOLDOWN = 3 * 86_400
WINDOW = 2 * 3600
DAY = 86_400
STAKE = 1_000_000
SHARES = STAKE * 10**6


@pytest.fixture(scope="module")
def pool(chain: Chain, owner: str) -> Contract:
    token = chain.deploy(compile_contract("testing/Token"), "USD", "USD", 6, sender=owner)
    code = compile_contract("custody/LiquidityPool")
    pool = chain.deploy(code, token.address, "Pool", "POOL", COOLDOWN, WINDOW, sender=owner)
    market = chain.deploy(compile_contract("testing/MarketStub"))
    pool.transact("set_market", market.address, sender=owner)
    for name in ("lp", "another lp"):
        account = chain.account(name)
        token.transact("mint", account, STAKE, sender=owner)
        token.transact("approve", pool.address, STAKE, sender=account)
        pool.transact("deposit", STAKE, account, sender=account)
    return pool


@pytest.fixture(scope="module")
def lp(chain: Chain) -> str:
    return chain.account("lp")


@pytest.fixture(scope="module")
def another_lp(chain: Chain) -> str:
    return chain.account("another lp")


def request(pool: Contract, account: str, shares: int) -> int:
    """Make a request and return when its window opens."""
    pool.transact("request_withdrawal", shares, sender=account)
    return pool.chain.timestamp + COOLDOWN


def redeem_at(pool: Contract, timestamp: int, account: str, shares: int) -> Receipt:
    transaction = pool.transaction("redeem", shares, account, account, sender=account)
    (receipt,) = pool.chain.mine([transaction], timestamp=timestamp).receipts
    return receipt


def test_request__when_made__then_opens_a_window_after_the_cooldown(chain, pool, lp):
    receipt = pool.transact("request_withdrawal", 400, sender=lp)
    opens = chain.timestamp + COOLDOWN
    assert pool.call("withdrawal_request", lp) == (400, opens, opens + WINDOW)
    (event,) = pool.events(receipt.logs)
    assert event.name == "WithdrawalRequested"
    assert event.args == {"owner": lp, "shares": 400, "opens": opens, "closes": opens + WINDOW}


@pytest.mark.parametrize("moment", [0, WINDOW - 1])
def test_redeem__when_in_the_window__then_pays(pool, lp, moment):
    opens = request(pool, lp, SHARES)
    assert redeem_at(pool, opens + moment, lp, SHARES).success
    assert pool.call("balanceOf", lp) == 0


@pytest.mark.parametrize(("moment", "reason"), [(-1, "pool: cooldown"), (WINDOW, "pool: window closed")])
def test_redeem__when_outside_the_window__then_refused(pool, lp, moment, reason):
    opens = request(pool, lp, SHARES)
    assert redeem_at(pool, opens + moment, lp, SHARES).revert_reason == reason
    assert pool.call("maxRedeem", lp) == pool.call("maxWithdraw", lp) == 0


def test_redeem__when_in_parts__then_up_to_the_request(pool, lp):
    opens = request(pool, lp, 10 * 10**6)
    assert redeem_at(pool, opens, lp, 4 * 10**6).success
    assert pool.call("maxRedeem", lp) == 6 * 10**6
    assert pool.call("maxWithdraw", lp) == 6
    assert redeem_at(pool, opens + 1, lp, 6 * 10**6 + 1).revert_reason == "pool: above request"
    assert redeem_at(pool, opens + 2, lp, 6 * 10**6).success
    assert redeem_at(pool, opens + 3, lp, 10**6).revert_reason == "pool: no withdrawal request"


def test_withdraw__when_in_the_window__then_uses_up_the_shares_it_burns(pool, lp):
    opens = request(pool, lp, 10 * 10**6)
    pool.chain.mine(timestamp=opens)
    pool.transact("withdraw", 3, lp, lp, sender=lp)
    assert pool.call("withdrawal_request", lp)[0] == 7 * 10**6


def test_redeem__when_never_requested__then_refused(pool, lp, refused):
    with refused("pool: no withdrawal request"):
        pool.transact("redeem", 10**6, lp, lp, sender=lp)
    with refused("pool: no withdrawal request"):
        pool.transact("withdraw", 1, lp, lp, sender=lp)
    assert pool.call("maxRedeem", lp) == 0


def test_redeem__when_by_allowance__then_the_owners_request_counts(pool, lp, another_lp):
    opens = request(pool, another_lp, SHARES)
    pool.transact("approve", another_lp, SHARES, sender=lp)
    transaction = pool.transaction("redeem", SHARES, another_lp, lp, sender=another_lp)
    (receipt,) = pool.chain.mine([transaction], timestamp=opens).receipts
    assert receipt.revert_reason == "pool: no withdrawal request"


def test_request__when_made_again__then_replaces_the_first(pool, lp):
    first = request(pool, lp, 500)
    pool.chain.mine(timestamp=first)
    second = request(pool, lp, 10**6)
    assert redeem_at(pool, second - 1, lp, 10**6).revert_reason == "pool: cooldown"
    assert redeem_at(pool, second, lp, 10**6).success


@pytest.mark.parametrize(
    ("shares", "reason"), [(0, "pool: zero shares"), (SHARES + 1, "pool: above balance")]
)
def test_request__when_for_nothing_or_too_much__then_refused(pool, lp, refused, shares, reason):
    with refused(reason):
        pool.transact("request_withdrawal", shares, sender=lp)


def test_request__when_its_shares_move_away__then_loses_them(pool, lp, another_lp):
    opens = request(pool, lp, SHARES)
    pool.transact("transfer", another_lp, SHARES // 4, sender=lp)
    assert pool.call("withdrawal_request", lp)[0] == SHARES - SHARES // 4
    pool.transact("approve", another_lp, SHARES, sender=lp)
    pool.transact("transferFrom", lp, another_lp, SHARES // 4, sender=another_lp)
    assert pool.call("withdrawal_request", lp) == (SHARES // 2, opens, opens + WINDOW)
    pool.transact("transfer", lp, SHARES // 2, sender=another_lp)
    assert pool.call("withdrawal_request", lp)[0] == SHARES // 2  # what comes back has to ask again


def test_request__when_other_shares_move_away__then_keeps_its_own(pool, lp, another_lp):
    request(pool, lp, SHARES // 2)
    pool.transact("transfer", another_lp, SHARES // 2, sender=lp)
    assert pool.call("withdrawal_request", lp)[0] == SHARES // 2


def test_request__when_window_is_lent_to_another_account__then_of_no_use(pool, lp, another_lp):
    opens = request(pool, another_lp, SHARES)
    pool.transact("transfer", lp, SHARES, sender=another_lp)
    pool.transact("transfer", another_lp, SHARES, sender=lp)
    assert redeem_at(pool, opens, another_lp, SHARES).revert_reason == "pool: no withdrawal request"


def test_terms__when_changed__then_bind_new_requests(pool, owner, lp, another_lp):
    first = request(pool, lp, 10**6)
    receipt = pool.transact("set_withdrawal_terms", 30 * DAY, 30 * DAY, sender=owner)
    (event,) = pool.events(receipt.logs)
    assert (event.name, event.args) == ("WithdrawalTermsSet", {"cooldown": 30 * DAY, "window": 30 * DAY})
    assert (pool.call("cooldown"), pool.call("withdrawal_window")) == (30 * DAY, 30 * DAY)
    pool.transact("request_withdrawal", 10**6, sender=another_lp)
    second = pool.chain.timestamp + 30 * DAY
    assert pool.call("withdrawal_request", another_lp) == (10**6, second, second + 30 * DAY)
    assert redeem_at(pool, first, lp, 10**6).success


def test_terms__when_cooldown_is_zero__then_no_request_is_needed(pool, owner, lp):
    request(pool, lp, SHARES)
    pool.transact("set_withdrawal_terms", 0, 3600, sender=owner)
    assert pool.call("maxRedeem", lp) == SHARES
    pool.transact("redeem", SHARES // 2, lp, lp, sender=lp)
    # a cooldown that returns finds no request for shares that are gone
    assert pool.call("withdrawal_request", lp)[0] == SHARES // 2


@pytest.mark.parametrize(
    ("cooldown", "window", "reason"),
    [
        (30 * DAY + 1, WINDOW, "pool: cooldown too long"),
        (COOLDOWN, 3599, "pool: window too short"),
        (COOLDOWN, 30 * DAY + 1, "pool: window too long"),
    ],
)
def test_terms__when_senseless__then_refused(chain, pool, owner, refused, cooldown, window, reason):
    with refused(reason):
        pool.transact("set_withdrawal_terms", cooldown, window, sender=owner)
    code = compile_contract("custody/LiquidityPool")
    with refused(reason):
        chain.deploy(code, pool.call("asset"), "Pool", "POOL", cooldown, window)


def test_terms__when_not_owner__then_refused(pool, stranger, refused):
    with refused("ownable: caller is not the owner"):
        pool.transact("set_withdrawal_terms", 0, WINDOW, sender=stranger)
