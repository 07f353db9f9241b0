"""The mempool alone: what it takes, what it refuses in geth's words, and in which order it gives it out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.chain import Transaction
from isomargin.chain.signed import SignedTransaction, impersonated_transaction
from isomargin.server.pool import Account, Refused, TransactionPool
from tests.server.wallets import CHAIN_ID, ETHER, GAS, GWEI, Wallet

LIMIT = 30_000_000
ALICE, BOB, CAROL = Wallet("alice"), Wallet("bob"), Wallet("carol")


class State:
    """Accounts as the newest block left them."""

    def __init__(self) -> None:
        self.accounts = {wallet.address: Account(0, ETHER) for wallet in (ALICE, BOB, CAROL)}

    def __call__(self, address: str) -> Account:
        return self.accounts.get(address, Account(0, 0))

    def mined(self, *transactions: SignedTransaction) -> None:
        for transaction in transactions:
            before = self(transaction.sender)
            assert transaction.nonce == before.nonce
            self.accounts[transaction.sender] = Account(transaction.nonce + 1, before.balance)


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def pool(state: State) -> TransactionPool:
    return TransactionPool(state, LIMIT)


def refusal(pool: TransactionPool, transaction: SignedTransaction) -> str:
    with pytest.raises(Refused) as caught:
        pool.add(transaction)
    return str(caught.value)


# Coming


def test_add__the_next_nonce__can_be_taken(pool):
    sent = ALICE.sign(0)
    assert pool.add(sent) is None
    assert pool.take(GWEI, LIMIT) == [sent]
    assert len(pool) == 1
    assert sent.hash in pool
    assert pool.get(sent.hash) is sent


def test_add__twice__is_already_known(pool):
    pool.add(ALICE.sign(0))
    assert refusal(pool, ALICE.sign(0)) == "already known"


def test_add__a_used_nonce__is_too_low(pool, state):
    state.accounts[ALICE.address] = Account(5, ETHER)
    assert refusal(pool, ALICE.sign(3)) == "nonce too low: next nonce 5, tx nonce 3"


def test_add__a_nonce_too_far__waits_until_the_gap_closes(pool):
    late, first = ALICE.sign(1), ALICE.sign(0)
    pool.add(late)
    assert pool.take(GWEI, LIMIT) == []
    assert pool.queued() == {ALICE.address: [late]}
    assert pool.pending() == {}
    assert pool.next_nonce(ALICE.address) == 0
    pool.add(first)
    assert pool.take(GWEI, LIMIT) == [first, late]
    assert pool.pending() == {ALICE.address: [first, late]}
    assert pool.queued() == {}
    assert pool.next_nonce(ALICE.address) == 2


def test_add__both_fees_ten_per_cent_higher__replaces(pool):
    old = ALICE.sign(0, tip=10 * GWEI, max_fee=100 * GWEI)
    new = ALICE.sign(0, tip=11 * GWEI, max_fee=110 * GWEI)
    pool.add(old)
    assert pool.add(new) == old
    assert pool.take(GWEI, LIMIT) == [new]
    assert old.hash not in pool
    assert len(pool) == 1


@pytest.mark.parametrize(
    ("tip", "max_fee"), [(11 * GWEI - 1, 110 * GWEI), (11 * GWEI, 110 * GWEI - 1), (10 * GWEI, 100 * GWEI)]
)
def test_add__one_fee_not_ten_per_cent_higher__is_underpriced(pool, tip, max_fee):
    pool.add(ALICE.sign(0, tip=10 * GWEI, max_fee=100 * GWEI))
    replacement = ALICE.sign(0, tip=tip, max_fee=max_fee, value=1)
    assert refusal(pool, replacement) == "replacement transaction underpriced"


def test_add__more_than_the_balance__is_refused_with_the_figures(pool, state):
    state.accounts[ALICE.address] = Account(0, GAS * 200 * GWEI)
    assert refusal(pool, ALICE.sign(0, value=1)) == (
        "insufficient funds for gas * price + value: balance 4200000000000000, tx cost 4200000000000001, "
        "overshot 1"
    )
    pool.add(ALICE.sign(0))
    assert refusal(pool, ALICE.sign(1)) == (
        "insufficient funds for gas * price + value: balance 4200000000000000, queued cost 4200000000000000, "
        "tx cost 4200000000000000, overshot 4200000000000000"
    )


def test_add__a_replacement__does_not_count_what_it_replaces(pool, state):
    state.accounts[ALICE.address] = Account(0, GAS * 220 * GWEI)
    pool.add(ALICE.sign(0, tip=GWEI, max_fee=200 * GWEI))
    assert pool.add(ALICE.sign(0, tip=2 * GWEI, max_fee=220 * GWEI)) is not None


def test_add__gas_below_the_intrinsic__is_refused(pool):
    wanted = "intrinsic gas too low: gas 20999, minimum needed 21000"
    assert refusal(pool, ALICE.sign(0, gas=20_999)) == wanted


def test_add__gas_above_that_of_a_block__is_refused(pool):
    assert refusal(pool, ALICE.sign(0, gas=LIMIT + 1)) == "exceeds block gas limit"


def test_add__tip_above_the_maximum__is_refused(pool):
    assert refusal(pool, ALICE.sign(0, tip=3, max_fee=2)) == (
        "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: 3, maxFeePerGas: 2"
    )


def test_add__128_kilobytes__is_oversized(pool):
    large = ALICE.sign(0, data=b"\0" * 131_072, gas=10_000_000)
    assert refusal(pool, large) == f"oversized data: transaction size {len(large.raw)}, limit 131072"


def test_add__sender_with_code__is_refused_unless_impersonated(pool, state):
    state.accounts[ALICE.address] = Account(0, ETHER, has_code=True)
    assert refusal(pool, ALICE.sign(0)) == f"sender not an eoa: address {ALICE.address}"
    puppet = impersonated_transaction(
        Transaction(ALICE.address, BOB.address, gas=GAS),
        nonce=0,
        chain_id=CHAIN_ID,
        max_fee=GWEI,
        max_priority_fee=GWEI,
    )
    assert pool.add(puppet) is None


def test_add__thousands_of_one_sender__is_full(pool, state, monkeypatch):
    monkeypatch.setattr("isomargin.server.pool._MOST_OF_SENDER", 100)
    state.accounts[ALICE.address] = Account(0, 10**6 * ETHER)
    for nonce in range(100):
        pool.add(ALICE.sign(nonce))
    assert refusal(pool, ALICE.sign(100)) == "txpool is full"
    assert pool.add(BOB.sign(0)) is None


# Going


def test_take__several_senders__the_highest_tip_comes_first_and_of_equals_the_oldest(pool):
    low, early, late = ALICE.sign(0, tip=1), BOB.sign(0, tip=5), CAROL.sign(0, tip=5)
    for sent in (low, early, late):
        pool.add(sent)
    assert pool.take(GWEI, LIMIT) == [early, late, low]


def test_take__a_tip_that_the_maximum_cuts__counts_what_is_really_paid(pool):
    cut = ALICE.sign(0, tip=9 * GWEI, max_fee=11 * GWEI)  # pays one above a base fee of ten
    whole = BOB.sign(0, tip=2 * GWEI, max_fee=12 * GWEI)
    pool.add(cut)
    pool.add(whole)
    assert pool.take(10 * GWEI, LIMIT) == [whole, cut]


def test_take__a_senders_second_pays_best__waits_for_its_first(pool):
    first, second, other = ALICE.sign(0, tip=1), ALICE.sign(1, tip=9), BOB.sign(0, tip=5)
    for sent in (second, first, other):
        pool.add(sent)
    assert pool.take(GWEI, LIMIT) == [other, first, second]


def test_take__base_fee_above_the_maximum__waits_with_all_that_the_sender_has(pool):
    poor, after = ALICE.sign(0, max_fee=2 * GWEI), ALICE.sign(1)
    pool.add(poor)
    pool.add(after)
    assert pool.take(2 * GWEI + 1, LIMIT) == []
    assert pool.take(2 * GWEI, LIMIT) == [poor, after]


def test_take__no_room__lets_smaller_ones_of_others_pass(pool):
    large, small = ALICE.sign(0, gas=100_000, tip=9), BOB.sign(0, gas=30_000, tip=1)
    pool.add(large)
    pool.add(small)
    assert pool.take(GWEI, 99_999) == [small]
    assert pool.take(GWEI, 130_000) == [large, small]


def test_take__held_back_sender__is_not_served(pool):
    pool.add(ALICE.sign(0))
    assert pool.take(GWEI, LIMIT, {ALICE.address}) == []
    assert pool.take(GWEI, LIMIT, {BOB.address}) != []


def test_take__named_first__comes_before_a_higher_tip(pool):
    price, rush = ALICE.sign(0, tip=0), BOB.sign(0, tip=9 * GWEI)
    pool.add(rush)
    pool.add(price)
    assert pool.take(GWEI, LIMIT, first={price.hash}) == [price, rush]


def test_take__together_more_than_the_balance__leaves_what_cannot_be_paid(pool, state):
    pool.add(ALICE.sign(0, value=ETHER // 2))
    second = ALICE.sign(1, value=ETHER // 4)
    pool.add(second)
    state.accounts[ALICE.address] = Account(0, ETHER // 2 + ETHER // 8)
    assert [sent.nonce for sent in pool.take(GWEI, LIMIT)] == [0]


def test_settle__after_a_block__drops_what_it_executed_and_what_it_made_impossible(pool, state):
    first, other = ALICE.sign(0), BOB.sign(0)
    pool.add(first)
    pool.add(other)
    state.mined(ALICE.sign(0, value=7))  # the same nonce in another transaction
    assert pool.settle() == [first]
    assert len(pool) == 1
    assert pool.take(GWEI, LIMIT) == [other]


def test_put_back__a_place_taken_meanwhile__keeps_the_newer(pool):
    newer, orphan, other = ALICE.sign(0, value=1), ALICE.sign(0, value=2), BOB.sign(0)
    pool.add(newer)
    pool.put_back([orphan, other])
    assert set(pool.take(GWEI, LIMIT)) == {newer, other}


senders = st.sampled_from([ALICE, BOB, CAROL])
offers = st.tuples(
    senders,
    st.integers(0, 6),  # nonce
    st.integers(0, 60),  # tip
    st.integers(1, 80),  # maximum
    st.sampled_from([GAS, 50_000, 90_000]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(offers, max_size=25), st.integers(0, 50), st.integers(0, 400_000))
def test_take__any_pool__gives_a_block_that_a_chain_would_accept(offered, base_fee, room):
    state = State()
    pool = TransactionPool(state, LIMIT)
    for wallet, nonce, tip, max_fee, gas in offered:
        try:
            pool.add(wallet.sign(nonce, tip=tip, max_fee=max_fee, gas=gas))
        except Refused:
            continue
    chosen = pool.take(base_fee, room)
    assert sum(sent.gas for sent in chosen) <= room
    assert all(sent.max_fee >= base_fee for sent in chosen)
    nonces: dict[str, int] = {}
    for sent in chosen:
        assert sent.nonce == nonces.get(sent.sender, 0)
        nonces[sent.sender] = sent.nonce + 1
    firsts = [sent.effective_price(base_fee) for sent in chosen if sent.nonce == 0]
    assert firsts == sorted(firsts, reverse=True)
    state.mined(*chosen)
    assert sorted(sent.hash for sent in pool.settle()) == sorted(sent.hash for sent in chosen)
