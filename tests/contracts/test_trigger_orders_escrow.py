"""What TriggerOrders holds: hostile tokens, other people's money, and books that balance on a random walk."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isomargin.chain import Chain, Receipt
from isomargin.contracts import compile_contract
from isomargin.errors import TransactionReverted
from isomargin.units import WAD
from tests.contracts.order_stage import LIMIT, STOP_LOSS, TAKE_PROFIT, OrderStage, error


@pytest.fixture(scope="module")
def plain(chain: Chain) -> OrderStage:
    return OrderStage.build(chain)


@pytest.fixture(scope="module")
def of_a_blacklist(chain: Chain) -> OrderStage:
    return OrderStage.build(chain, "testing/BlacklistToken")


@pytest.fixture(scope="module")
def of_a_tax(chain: Chain) -> OrderStage:
    return OrderStage.build(chain, "testing/TaxedToken")


@pytest.fixture
def stage(plain: OrderStage) -> OrderStage:
    return replace(plain)


@pytest.fixture
def taxed(of_a_tax: OrderStage) -> OrderStage:
    return replace(of_a_tax)


@pytest.fixture(params=[False, True], ids=["reverts", "answers-false"])
def strict(of_a_blacklist: OrderStage, request: pytest.FixtureRequest) -> OrderStage:
    """A stage whose token refuses by reverting, and then one that answers False."""
    of_a_blacklist.token.transact("set_answers_false", request.param, sender=of_a_blacklist.admin)
    return replace(of_a_blacklist)


def shut_out(stage: OrderStage, account: str, out: bool = True) -> None:
    stage.token.transact("set_blacklisted", account, out, sender=stage.admin)


# A token that refuses


@pytest.mark.parametrize("kind", [STOP_LOSS, LIMIT])
def test_place__when_token_refuses_the_payer__then_nothing_is_placed(strict, kind):
    shut_out(strict, strict.trader)
    place = strict.limit if kind == LIMIT else strict.reduce
    with pytest.raises(TransactionReverted, match=r"^(orders: transfer refused|token: blacklisted)$"):
        place()
    assert strict.orders.call("last_id") == 0


def test_cancel__when_token_refuses_the_owner__then_kept_until_claimed(strict, refused):
    order = strict.limit()
    shut_out(strict, strict.trader)
    receipt = strict.cancel(order)
    assert ("PaymentRefused", {"receiver": strict.trader, "amount": 2_540}) in strict.told(receipt)
    assert strict.orders.call("claimable", strict.trader) == 2_540
    strict.check_books()
    before = strict.balances()
    receipt = strict.orders.transact("claim", strict.rival, sender=strict.trader)
    claimed = {"account": strict.trader, "receiver": strict.rival, "amount": 2_540}
    assert strict.told(receipt) == [("Claimed", claimed)]
    assert strict.moved(before) == {"orders": -2_540, "rival": 2_540}
    with refused("orders: nothing to claim"):
        strict.orders.transact("claim", strict.rival, sender=strict.trader)


def test_claim__when_token_refuses_the_receiver__then_still_kept(strict):
    order = strict.reduce()
    shut_out(strict, strict.trader)
    strict.cancel(order)
    with pytest.raises(TransactionReverted, match=r"^(orders: transfer refused|token: blacklisted)$"):
        strict.orders.transact("claim", strict.trader, sender=strict.trader)
    assert strict.orders.call("claimable", strict.trader) == 40


def test_execute__when_token_refuses_the_executor__then_order_executes_and_fee_is_kept(strict):
    order = strict.reduce()
    strict.push(80)
    shut_out(strict, strict.executor)
    names = [name for name, _ in strict.told(strict.execute(order))]
    assert names == ["Closed", "OrderExecuted", "PaymentRefused"]
    assert strict.orders.call("claimable", strict.executor) == 40
    shut_out(strict, strict.executor, out=False)
    strict.orders.transact("claim", strict.executor, sender=strict.executor)
    assert strict.balance(strict.executor) == 40


def test_execute__when_ended_and_owner_is_refused__then_executor_is_paid_all_the_same(strict):
    order = strict.limit()
    strict.push(80)
    strict.say("set_refusal", error("market: price limit"))
    shut_out(strict, strict.trader)
    strict.execute(order)
    assert strict.orders.call("claimable", strict.trader) == 2_500
    assert strict.balance(strict.executor) == 40
    strict.check_books()


def test_execute__when_token_refuses_all_that_is_held_here__then_ended_and_kept(strict):
    order = strict.limit()
    strict.push(80)
    shut_out(strict, strict.orders.address)
    strict.execute(order)
    assert not strict.is_open(order)
    assert strict.orders.call("claimable", strict.trader) == 2_500
    assert strict.orders.call("claimable", strict.executor) == 40
    strict.check_books()


# A token that takes a hundredth of every transfer


def test_place_reduce__when_token_is_taxed__then_what_arrived_is_the_fee(taxed, refused):
    order = taxed.reduce(fee=1_000)
    assert taxed.orders.call("order", order)[6] == 990
    assert taxed.balance(taxed.orders.address) == 990
    taxed.orders.transact("place_reduce", 1, STOP_LOSS, 0, WAD, 0, 2**40, 10, sender=taxed.trader)
    taxed.say("set_position", 1, taxed.trader, 10 * WAD, taxed.orders.address)
    taxed.push(80)
    taxed.execute(order)
    assert taxed.balance(taxed.executor) == 981  # a hundredth of 990, down, is lost again
    taxed.check_books()


def test_place_limit__when_token_is_taxed__then_the_tax_is_taken_from_the_margin(taxed):
    order = taxed.limit(margin=9_000, fee=500)  # 10000 with the reserve, of which 9900 arrive
    _, _, _, _, _, deposit, fee, *_ = taxed.orders.call("order", order)
    assert (deposit, fee) == (9_400, 500)
    taxed.push(80)
    ((name, asked), _) = taxed.told(taxed.execute(order))
    assert (name, asked["margin"]) == ("Opened", 8_900)
    taxed.check_books()


def test_place_limit__when_tax_leaves_less_than_fee_and_reserve__then_refused(taxed, refused):
    with refused("orders: margin below reserve"):
        taxed.limit(margin=0, fee=500)  # 990 of 1000
    taxed.limit(margin=11, fee=500)  # 1001 of 1011: a hundredth, down, is 10


# A token that answers nothing


def test_place_and_cancel__when_token_returns_nothing__then_paid_all_the_same(chain):
    stage = OrderStage.build(chain, "testing/ReturnlessToken")
    before = stage.balances()
    stage.cancel(stage.reduce())
    assert stage.moved(before) == {}
    order = stage.reduce()
    stage.push(80)
    stage.execute(order)
    assert stage.moved(before) == {"trader": -40, "executor": 40}
    assert stage.orders.call("claimable", stage.executor) == 0


# Other people's money


def test_execute_and_cancel__then_no_order_moves_what_belongs_to_another(stage):
    mine, theirs = stage.limit(), stage.limit(sender=stage.rival)
    stage.push(80)
    before = stage.balances()
    stage.execute(mine)
    stage.cancel(theirs, stage.rival)
    # each gets back or spends exactly what it put aside
    assert stage.moved(before) == {"orders": -5_080, "market": 2_500, "executor": 40, "rival": 2_540}


def test_execute__when_another_order_holds_enough__then_it_still_pays_no_one_elses_deposit(stage):
    stage.limit(sender=stage.rival, margin=50_000)
    order = stage.limit()
    stage.say("set_keeper_reserve", 2_501)
    stage.push(80)
    assert stage.ended(stage.execute(order)) == "orders: deposit below reserve"
    stage.check_books()


# The books


def test_books__on_a_random_walk__then_balance_is_escrows_and_claims(strict):
    walk = Walk(strict, np.random.default_rng(20))
    for _ in range(150):
        with suppress(TransactionReverted):  # then nothing has changed
            walk.step()
        strict.check_books()
    wanted = ("OrderPlaced", "OrderExecuted", "OrderCancelled", "PaymentRefused", "Claimed")
    assert min(walk.seen[name] for name in wanted) >= 3, walk.seen


class Walk:
    """People who place, cancel and claim at random on a market that often refuses, as the token does."""

    def __init__(self, stage: OrderStage, luck: np.random.Generator) -> None:
        self.stage, self.luck = stage, luck
        self.people = [stage.trader, stage.rival, stage.executor]
        self.seen: Counter[str] = Counter()
        self.moves = [self.limit, self.reduce, self.push, self.batch, self.cancel, self.shut_out, self.claim]

    def step(self) -> None:
        receipt = self.moves[self.number(0, len(self.moves) - 1)]()
        if receipt is not None:
            self.seen.update(name for name, _ in self.stage.told(receipt))

    def number(self, least: int, most: int) -> int:
        return int(self.luck.integers(least, most + 1))

    def person(self, count: int = 3) -> str:
        return self.people[self.number(0, count - 1)]

    def limit(self) -> Receipt:
        size = 3 * WAD * (-1) ** self.number(0, 1)
        terms = (size, self.number(0, 5_000), self.number(80, 120) * WAD, 0, 2**40, self.number(9, 90))
        return self.stage.orders.transact("place_limit", *terms, sender=self.person(2))

    def reduce(self) -> Receipt:
        kind, position = self.number(STOP_LOSS, TAKE_PROFIT), self.number(1, 2)
        terms = (position, kind, 0, self.number(80, 120) * WAD, 0, 2**40, self.number(9, 90))
        return self.stage.orders.transact("place_reduce", *terms, sender=self.stage.trader)

    def push(self) -> None:
        self.stage.push(self.number(80, 120))
        self.stage.say("set_refusal", error("market: price limit") if self.number(0, 2) == 0 else b"")

    def batch(self) -> Receipt:
        newest = self.stage.orders.call("last_id")
        return self.stage.batch(*range(max(1, newest - 20), newest + 1))

    def cancel(self) -> Receipt:
        newest = self.stage.orders.call("last_id")
        return self.stage.cancel(self.number(max(1, newest - 6), max(1, newest)), self.person(2))

    def shut_out(self) -> None:
        shut_out(self.stage, self.person(), out=self.number(0, 1) == 1)

    def claim(self) -> Receipt:
        return self.stage.orders.transact("claim", self.stage.market.address, sender=self.person())


def test_deployment__with_a_token_that_does_not_approve__then_refused(chain: Chain, plain: OrderStage):
    token = chain.deploy(
        compile_contract(Path(__file__).with_name("UnapprovingToken.vy")), sender=plain.admin
    )
    with pytest.raises(TransactionReverted, match="approval refused"):
        chain.deploy(
            compile_contract("periphery/TriggerOrders"),
            plain.market.address,
            token.address,
            0,
            sender=plain.admin,
        )
