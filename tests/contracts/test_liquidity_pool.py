"""LiquidityPool: shares, what they are worth, the reserve, and who may pay; the cooldown has its own file."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract
from isomargin.units import WAD

ZERO_ADDRESS = "0x" + "00" * 20
UNLIMITED = 2**256 - 1
WINDOW = 3600
VIRTUAL_SHARES = 10**6
STALE = "oracle: price stale"

SetClaims = Callable[..., None]


@pytest.fixture(scope="module", params=[6, 18], ids=["6-decimals", "18-decimals"])
def decimals(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def one(decimals: int) -> int:
    """One whole token, in units."""
    return 10**decimals


@pytest.fixture(scope="module")
def token(chain: Chain, owner: str, decimals: int) -> Contract:
    return chain.deploy(compile_contract("testing/Token"), "USD", "USD", decimals, sender=owner)


@pytest.fixture(scope="module")
def market(chain: Chain, token: Contract) -> Contract:
    return chain.deploy(compile_contract("testing/MarketStub"))


def deploy_pool(chain: Chain, token: Contract, owner: str, cooldown: int = 0) -> Contract:
    pool = compile_contract("custody/LiquidityPool")
    return chain.deploy(pool, token.address, "Pool", "POOL", cooldown, WINDOW, sender=owner)


@pytest.fixture(scope="module")
def pool(chain: Chain, token: Contract, market: Contract, owner: str) -> Contract:
    pool = deploy_pool(chain, token, owner)
    pool.transact("set_market", market.address, sender=owner)
    return pool


@pytest.fixture(scope="module")
def provider(chain: Chain, token: Contract, pool: Contract, owner: str) -> Callable[[str], str]:
    """`provider(name)`: an account with a great deal of tokens, all of them approved to the pool."""

    def fund(name: str) -> str:
        account = chain.account(name)
        token.transact("mint", account, 10**36, sender=owner)
        token.transact("approve", pool.address, UNLIMITED, sender=account)
        return account

    return fund


@pytest.fixture(scope="module")
def lp(provider: Callable[[str], str]) -> str:
    return provider("lp")


@pytest.fixture
def set_claims(market: Contract, stranger: str) -> SetClaims:
    def transact(claims: int, refusal: str = "") -> None:
        market.transact("set_claims", claims, refusal, sender=stranger)

    return transact


def pay_out(market: Contract, pool: Contract, receiver: str, amount: int) -> None:
    market.transact("pay_from_pool", pool.address, receiver, amount, sender=receiver)


# Entering


def test_pool__when_deployed__then_an_empty_vault_of_its_asset(pool, token, market, decimals, owner):
    assert pool.call("asset") == token.address
    assert pool.call("decimals") == decimals + 6
    assert (pool.call("name"), pool.call("symbol")) == ("Pool", "POOL")
    assert pool.call("market") == market.address
    assert pool.call("owner") == owner
    assert pool.call("totalAssets") == pool.call("totalSupply") == 0


def test_deposit__when_first__then_a_million_shares_a_unit(pool, token, lp, one):
    receipt = pool.transact("deposit", 1_000 * one, lp, sender=lp)
    assert pool.call("balanceOf", lp) == pool.call("totalSupply") == 1_000 * one * 10**6
    assert pool.call("totalAssets") == token.call("balanceOf", pool.address) == 1_000 * one
    deposit = pool.events(receipt.logs)[-1]
    assert deposit.name == "Deposit"
    assert deposit.args == {
        "sender": lp, "owner": lp, "assets": 1_000 * one, "shares": 1_000 * one * 10**6
    }  # fmt: skip


def test_deposit__when_traders_have_lost__then_shares_cost_more(pool, lp, stranger, set_claims, one):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(-1_000 * WAD)
    assert pool.call("totalAssets") == 2_000 * one
    pool.transact("deposit", 500 * one, stranger, sender=lp)
    shares = floor(Fraction(500 * one * (1_000 * one * 10**6 + VIRTUAL_SHARES), 2_000 * one + 1))
    assert pool.call("balanceOf", stranger) == shares


def test_mint__when_traders_are_owed__then_takes_what_the_shares_are_worth(pool, token, lp, set_claims, one):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(400 * WAD + 1)
    assets = 600 * one - 1  # the claim of one WAD unit more rounds against the pool
    assert pool.call("totalAssets") == assets
    shares = 123_456_789
    cost = ceil(Fraction(shares * (assets + 1), 1_000 * one * 10**6 + VIRTUAL_SHARES))
    assert pool.call("previewMint", shares) == pool.call("mint", shares, lp, sender=lp) == cost
    pool.transact("mint", shares, lp, sender=lp)
    assert token.call("balanceOf", pool.address) == 1_000 * one + cost
    assert pool.call("balanceOf", lp) == 1_000 * one * 10**6 + shares


@pytest.mark.parametrize("function", ["deposit", "mint"])
def test_entering__when_nothing_is_bought__then_refused(pool, lp, refused, function):
    with refused("pool: zero shares"):
        pool.transact(function, 0, lp, sender=lp)


def test_deposit__when_worth_less_than_a_share__then_refused(pool, token, lp, owner, one, refused):
    token.transact("mint", pool.address, 10**30, sender=owner)
    with refused("pool: zero shares"):
        pool.transact("deposit", 1, lp, sender=lp)


def test_deposit__when_token_takes_a_tax__then_credits_what_arrived(chain, market, owner):
    token = chain.deploy(compile_contract("testing/TaxedToken"), "USD", "USD", 6, sender=owner)
    pool = deploy_pool(chain, token, owner)
    pool.transact("set_market", market.address, sender=owner)
    token.transact("mint", owner, 2_000, sender=owner)
    token.transact("approve", pool.address, 2_000, sender=owner)
    receipt = pool.transact("deposit", 1_000, owner, sender=owner)
    assert pool.call("balanceOf", owner) == 990 * 10**6
    assert pool.events(receipt.logs)[-1].args["assets"] == 990


def test_mint__when_token_takes_a_tax__then_refused(chain, market, owner, refused):
    token = chain.deploy(compile_contract("testing/TaxedToken"), "USD", "USD", 6, sender=owner)
    pool = deploy_pool(chain, token, owner)
    pool.transact("set_market", market.address, sender=owner)
    token.transact("mint", owner, 2_000, sender=owner)
    token.transact("approve", pool.address, 2_000, sender=owner)
    with refused("pool: too little arrived"):
        pool.transact("mint", 1_000 * 10**6, owner, sender=owner)


def test_first_deposit__when_price_is_inflated__then_the_attacker_pays_and_the_victim_does_not(
    pool, token, provider, one
):
    attacker, victim = provider("attacker"), provider("victim")
    donation, stake = 10_000 * one, 5_000 * one
    pool.transact("deposit", 1, attacker, sender=attacker)
    token.transact("transfer", pool.address, donation, sender=attacker)
    pool.transact("deposit", stake, victim, sender=victim)

    def worth(account: str) -> int:
        return pool.call("convertToAssets", pool.call("balanceOf", account))

    # a share costs at most (donation + 2) / 2,000,000, and the victim loses less than two of them
    assert stake - worth(victim) <= donation // 10**6 + 2
    # nearly half of what was given away stands behind the virtual shares
    assert donation + 1 - worth(attacker) > donation * 49 // 100


# What shares are worth


def test_total_assets__when_claims_exceed_the_cash__then_zero_and_no_entry(
    pool, lp, set_claims, one, refused
):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(1_000 * WAD + 1)
    assert pool.call("totalAssets") == 0
    assert pool.call("maxDeposit", lp) == pool.call("maxMint", lp) == pool.call("maxWithdraw", lp) == 0
    for function in ("deposit", "mint"):
        with refused("pool: insolvent"):
            pool.transact(function, 500 * one, lp, sender=lp)
    with refused("pool: zero assets"):
        pool.transact("redeem", 10**6, lp, lp, sender=lp)


def test_deposit__when_pool_is_wiped_out__then_goes_to_the_depositor(pool, lp, stranger, set_claims, one):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(1_000 * WAD)
    assert pool.call("totalAssets") == 0
    pool.transact("deposit", 500 * one, stranger, sender=lp)
    assert pool.call("convertToAssets", pool.call("balanceOf", stranger)) == 500 * one
    assert pool.call("convertToAssets", pool.call("balanceOf", lp)) == 0
    pool.transact("redeem", pool.call("balanceOf", stranger), stranger, stranger, sender=stranger)
    assert pool.call("totalAssets") == 0


def test_previews__when_price_is_bad__then_go_on_with_the_newest(pool, lp, set_claims, one):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(-1_000 * WAD)
    names = ["convertToShares", "convertToAssets"]
    names += [f"preview{action}" for action in ("Deposit", "Mint", "Withdraw", "Redeem")]
    before = [pool.call(name, 777 * one) for name in names]
    set_claims(-1_000 * WAD, STALE)
    assert pool.call("totalAssets") == 2_000 * one
    assert [pool.call(name, 777 * one) for name in names] == before
    assert all(before)


@pytest.mark.parametrize("function", ["deposit", "mint", "withdraw", "redeem"])
def test_actions__when_price_is_bad__then_refused_with_the_oracles_reason(
    pool, lp, set_claims, one, refused, function
):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(0, STALE)
    arguments = (10**6, lp) if function in ("deposit", "mint") else (10**6, lp, lp)
    with refused(STALE):
        pool.transact(function, *arguments, sender=lp)
    for limit in ("maxDeposit", "maxMint", "maxWithdraw", "maxRedeem"):
        assert pool.call(limit, lp) == 0


def test_limits__when_nothing_stands_against_it__then_all(pool, lp, one):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    assert pool.call("maxDeposit", lp) == pool.call("maxMint", lp) == UNLIMITED
    assert pool.call("maxWithdraw", lp) == 1_000 * one
    assert pool.call("maxRedeem", lp) == 1_000 * one * 10**6


@pytest.fixture
def start(chain: Chain, pool: Contract, lp: str) -> int:
    """A snapshot for tests that begin many times."""
    return chain.snapshot()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=st.integers(1, 10**13),
    worth_percent=st.integers(1, 300),
    dust=st.integers(0, WAD),
    amount=st.integers(1, 10**13),
)
def test_rounding__when_entering_and_leaving__then_exact_and_for_the_pool(
    chain, start, pool, lp, stranger, set_claims, refused, decimals, held, worth_percent, dust, amount
):
    scale = 10 ** (18 - decimals)
    chain.revert(start)
    pool.transact("deposit", held, lp, sender=lp)
    claims = held * scale * (100 - worth_percent) // 100 - dust
    set_claims(claims)
    total = floor(Fraction(held * scale - claims, scale))
    share_price = Fraction(total + 1, held * 10**6 + VIRTUAL_SHARES)
    assert pool.call("totalAssets") == total

    shares = floor(amount / share_price)
    assert pool.call("convertToShares", amount) == pool.call("previewDeposit", amount) == shares
    assert pool.call("previewWithdraw", amount) == ceil(amount / share_price)
    assert pool.call("convertToAssets", amount) == pool.call("previewRedeem", amount)
    assert pool.call("previewRedeem", amount) == floor(amount * share_price)
    assert pool.call("previewMint", amount) == ceil(amount * share_price)

    if shares == 0:
        with refused("pool: zero shares"):
            pool.transact("deposit", amount, stranger, sender=lp)
        return
    pool.transact("deposit", amount, stranger, sender=lp)
    assert pool.call("balanceOf", stranger) == shares
    assert pool.call("previewRedeem", shares) <= amount
    cost = pool.call("previewMint", shares)
    assert pool.call("previewRedeem", shares) <= cost
    limit = pool.call("maxWithdraw", stranger)
    if limit:
        assert pool.call("withdraw", limit, stranger, stranger, sender=stranger) <= shares
    redeemable = pool.call("maxRedeem", stranger)
    if redeemable:
        assert pool.call("redeem", redeemable, stranger, stranger, sender=stranger) <= amount


# Leaving


def test_redeem__when_traders_have_won__then_pays_less(pool, token, lp, stranger, set_claims, one):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(250 * WAD)
    shares = 100 * one * 10**6
    paid = floor(Fraction(shares * (750 * one + 1), 1_000 * one * 10**6 + VIRTUAL_SHARES))
    receipt = pool.transact("redeem", shares, stranger, lp, sender=lp)
    assert token.call("balanceOf", stranger) == paid
    assert pool.call("balanceOf", lp) == 900 * one * 10**6
    withdrawal = pool.events(receipt.logs)[-1]
    assert withdrawal.name == "Withdraw"
    assert withdrawal.args == {
        "sender": lp, "receiver": stranger, "owner": lp, "assets": paid, "shares": shares
    }  # fmt: skip


def test_withdraw__when_traders_have_won__then_burns_more(pool, token, lp, stranger, set_claims, one):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(250 * WAD)
    burned = ceil(Fraction(30 * one * (1_000 * one * 10**6 + VIRTUAL_SHARES), 750 * one + 1))
    pool.transact("withdraw", 30 * one, stranger, lp, sender=lp)
    assert token.call("balanceOf", stranger) == 30 * one
    assert pool.call("balanceOf", lp) == 1_000 * one * 10**6 - burned


def test_leaving__when_nothing_is_asked__then_refused(pool, lp, one, refused):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    with refused("pool: zero assets"):
        pool.transact("withdraw", 0, lp, lp, sender=lp)
    with refused("pool: zero shares"):
        pool.transact("redeem", 0, lp, lp, sender=lp)
    with refused("pool: zero assets"):
        pool.transact("redeem", 10**6 - 1, lp, lp, sender=lp)


def test_leaving__when_a_reserve_must_stay__then_up_to_it(pool, market, lp, stranger, one, decimals, refused):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    market.transact("set_reserved", 700 * WAD - 1, sender=stranger)
    free = 300 * one + (decimals == 18)  # with fewer decimals the reserve rounds up to a whole unit
    assert pool.call("maxWithdraw", lp) == free
    assert pool.call("maxRedeem", lp) == free * 10**6
    with refused("pool: reserve"):
        pool.transact("withdraw", free + 1, lp, lp, sender=lp)
    with refused("pool: reserve"):
        pool.transact("redeem", (free + 1) * 10**6, lp, lp, sender=lp)
    pool.transact("withdraw", free, lp, lp, sender=lp)
    assert pool.call("maxWithdraw", lp) == pool.call("maxRedeem", lp) == 0


def test_leaving__when_reserve_exceeds_the_assets__then_nothing_may(pool, market, lp, stranger, one, refused):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    market.transact("set_reserved", 1_001 * WAD, sender=stranger)
    assert pool.call("maxWithdraw", lp) == pool.call("maxRedeem", lp) == 0
    with refused("pool: reserve"):
        pool.transact("withdraw", 1, lp, lp, sender=lp)


def test_leaving__when_assets_are_not_yet_cash__then_up_to_the_cash(pool, lp, set_claims, one, refused):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    set_claims(-500 * WAD)  # traders have lost what still lies in their vaults
    assert pool.call("totalAssets") == 1_500 * one
    assert pool.call("maxWithdraw", lp) == 1_000 * one
    with refused("pool: short of cash"):
        pool.transact("withdraw", 1_000 * one + 1, lp, lp, sender=lp)
    pool.transact("withdraw", 1_000 * one, lp, lp, sender=lp)
    assert pool.call("totalAssets") == 500 * one


def test_leaving__when_someone_elses_shares__then_only_by_allowance(pool, token, lp, stranger, one, refused):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    for function in ("withdraw", "redeem"):
        with refused("erc20: insufficient allowance"):
            pool.transact(function, 10**6, stranger, lp, sender=stranger)
    pool.transact("approve", stranger, 5 * 10**6, sender=lp)
    pool.transact("redeem", 2 * 10**6, stranger, lp, sender=stranger)
    pool.transact("withdraw", 3, stranger, lp, sender=stranger)
    assert token.call("balanceOf", stranger) == 5
    assert pool.call("allowance", lp, stranger) == 0


def test_redeem__when_more_than_the_balance__then_refused(pool, lp, stranger, one, refused):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    pool.transact("transfer", stranger, 10 * 10**6, sender=lp)
    with refused("erc20: burn amount exceeds balance"):
        pool.transact("redeem", 11 * 10**6, stranger, stranger, sender=stranger)


# Standing behind the positions


def test_pay__when_market_asks__then_pays(pool, market, token, lp, stranger, one):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    pay_out(market, pool, stranger, 300 * one)
    assert token.call("balanceOf", stranger) == 300 * one
    assert pool.call("totalAssets") == 700 * one


def test_pay__when_not_the_market__then_refused(pool, owner, lp, one, refused):
    pool.transact("deposit", 1_000 * one, lp, sender=lp)
    with refused("pool: only the market"):
        pool.transact("pay", owner, 1, sender=owner)


def test_pool__when_token_answers_false__then_nothing_is_taken_for_moved(
    chain, market, owner, stranger, refused
):
    token = chain.deploy(compile_contract("testing/BlacklistToken"), "USD", "USD", 6, sender=owner)
    pool = deploy_pool(chain, token, owner)
    pool.transact("set_market", market.address, sender=owner)
    token.transact("mint", stranger, 2_000, sender=owner)
    token.transact("approve", pool.address, 2_000, sender=stranger)
    pool.transact("deposit", 1_000, stranger, sender=stranger)
    token.transact("set_answers_false", True, sender=owner)
    token.transact("set_blacklisted", stranger, True, sender=owner)
    with refused("pool: token refused"):
        pool.transact("deposit", 1_000, stranger, sender=stranger)
    with refused("pool: token refused"):
        pool.transact("redeem", 10**6, stranger, stranger, sender=stranger)
    with refused("pool: token refused"):
        market.transact("pay_from_pool", pool.address, stranger, 1, sender=owner)
    assert token.call("balanceOf", pool.address) == 1_000


# Administration


def test_set_market__when_done__then_stays(chain, token, market, owner, stranger, one, refused):
    pool = deploy_pool(chain, token, owner)
    token.transact("mint", owner, one, sender=owner)
    token.transact("approve", pool.address, one, sender=owner)
    assert pool.call("totalAssets") == pool.call("maxDeposit", owner) == 0
    with refused("pool: no market"):
        pool.transact("deposit", one, owner, sender=owner)
    with refused("ownable: caller is not the owner"):
        pool.transact("set_market", market.address, sender=stranger)
    with refused("pool: market is zero"):
        pool.transact("set_market", ZERO_ADDRESS, sender=owner)
    (event,) = pool.events(pool.transact("set_market", market.address, sender=owner).logs)
    assert (event.name, event.args) == ("MarketSet", {"market": market.address})
    with refused("pool: market already set"):
        pool.transact("set_market", stranger, sender=owner)


def test_ownership__when_transferred__then_only_acceptance_moves_it(pool, owner, stranger):
    pool.transact("transfer_ownership", stranger, sender=owner)
    assert (pool.call("owner"), pool.call("pending_owner")) == (owner, stranger)
    pool.transact("accept_ownership", sender=stranger)
    pool.transact("set_withdrawal_terms", 1, WINDOW, sender=stranger)


def test_surface__when_listed__then_no_door_to_supply_or_ownership_beyond_the_intended(pool):
    names = {signature.split("(")[0] for signature in pool.compiled.method_identifiers}
    assert not names & {"burn", "burn_from", "set_minter", "is_minter", "renounce_ownership"}


def test_deploy__when_asset_has_more_than_18_decimals__then_refused(chain, owner, refused):
    token = chain.deploy(compile_contract("testing/Token"), "USD", "USD", 19, sender=owner)
    with refused("pool: too many decimals"):
        deploy_pool(chain, token, owner)
