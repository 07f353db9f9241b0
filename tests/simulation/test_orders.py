"""From actions to transactions, their sequence by gas price and sender, and what a block has room for."""

import numpy as np
import pytest

from isomargin.agents import (
    AddMargin,
    Claim,
    Close,
    Decrease,
    DepositLiquidity,
    Increase,
    LiquidateBatch,
    Open,
    RequestWithdrawal,
    WithdrawLiquidity,
    WithdrawMargin,
)
from isomargin.chain import Transaction
from isomargin.simulation.orders import Actor, Order, fill_block, order_for, sequence_of

ANNA = Actor("anna", "0xA", "trader")


class Scribe:
    """Stands for a system: writes down which transaction was asked for."""

    def __getattr__(self, function):
        def write(*arguments):
            return Transaction(ANNA.account, "0x0", repr((function, arguments)).encode(), gas=77)

        return write


WRITTEN = {
    Open(-5, 7, 8, 9): ("open", ("open", ("0xA", -5, 7, 8, 9)), ()),
    Increase(3, 4, 8, 9): ("increase", ("increase", ("0xA", 3, 4, 8, 9)), (3,)),
    Decrease(3, 4, 8, 9): ("decrease", ("decrease", ("0xA", 3, 4, 8, 9)), (3,)),
    Close(3, 8, 9): ("close", ("close", ("0xA", 3, 8, 9)), (3,)),
    AddMargin(3, 6): ("add_margin", ("add_margin", ("0xA", 3, 6)), (3,)),
    WithdrawMargin(3, 6): ("withdraw_margin", ("withdraw_margin", ("0xA", 3, 6)), (3,)),
    Claim(3): ("claim", ("claim", ("0xA", 3, "0xA")), (3,)),
    LiquidateBatch((3, 1)): ("liquidate_batch", ("liquidate_batch", ("0xA", (3, 1))), (3, 1)),
    DepositLiquidity(6): ("deposit", ("deposit", ("0xA", 6)), ()),
    RequestWithdrawal(6): ("request_withdrawal", ("request_withdrawal", ("0xA", 6)), ()),
    WithdrawLiquidity(6): ("redeem", ("redeem", ("0xA", 6)), ()),
}


@pytest.mark.parametrize("action", WRITTEN, ids=lambda action: type(action).__name__)
def test_order_for__each_action__is_the_systems_transaction_at_the_gas_price(action):
    name, asked, positions = WRITTEN[action]

    order = order_for(Scribe(), ANNA, action, gas_price=123)  # type: ignore[arg-type]

    assert (order.actor, order.action, order.positions) == (ANNA, name, positions)
    assert order.transaction.data == repr(asked).encode()
    assert (order.transaction.gas_price, order.transaction.gas) == (123, 77)


def order(sender, gas_price, name="", gas=100):
    actor = Actor(sender, sender, "trader")
    return Order(actor, name, Transaction(sender, "0x0", gas=gas, gas_price=gas_price))


def names(orders):
    return [order.action for order in orders]


def luck(seed=0):
    return np.random.default_rng(seed)


# Sequence


def test_sequence_of__gas_prices__highest_first():
    orders = [order("a", 1, "low"), order("b", 3, "high"), order("c", 2, "middle")]

    assert names(sequence_of(orders, luck())) == ["high", "middle", "low"]


def test_sequence_of__one_sender__keeps_the_order_in_which_it_sent():
    """Its nonces rise: a better price later on cannot overtake its own earlier transaction."""
    orders = [order("a", 1, "a1"), order("b", 2, "b1"), order("a", 5, "a2"), order("a", 2, "a3")]

    assert names(sequence_of(orders, luck())) == ["b1", "a1", "a2", "a3"]


def test_sequence_of__sender_waiting_behind_itself__competes_with_its_next():
    orders = [order("a", 4, "a1"), order("a", 3, "a2"), order("b", 2, "b1"), order("a", 1, "a3")]

    assert names(sequence_of(orders, luck())) == ["a1", "a2", "b1", "a3"]


def test_sequence_of__equal_prices__chance_decides_once_a_sender():
    orders = [order(sender, 9, f"{sender}{turn}") for turn in (1, 2) for sender in "abc"]
    seen = {tuple(names(sequence_of(orders, luck(seed)))) for seed in range(60)}

    assert len(seen) == 6  # every ranking of three senders
    for sequence in seen:
        senders = [name[0] for name in sequence]
        assert senders[0::2] == senders[1::2]
        assert all(sequence.index(f"{sender}1") < sequence.index(f"{sender}2") for sender in "abc")


def test_sequence_of__same_seed__is_the_same():
    orders = [order(sender, 9, sender) for sender in "abcdefgh"]

    assert sequence_of(orders, luck(5)) == sequence_of(orders, luck(5))


def test_sequence_of__transaction_without_a_price__comes_last():
    free = Order(ANNA, "free", Transaction("0xA", "0x0"))

    assert names(sequence_of([free, order("b", 1, "paid")], luck())) == ["paid", "free"]


def test_sequence_of__nothing__is_nothing():
    assert sequence_of([], luck()) == []


# Room


def test_fill_block__all_fit__leaves_none():
    orders = [order("a", 1), order("b", 1)]

    assert fill_block(orders, 200) == (orders, [])


def test_fill_block__too_large__lets_others_pass():
    orders = [order("a", 1, "a", gas=60), order("b", 1, "b", gas=50), order("c", 1, "c", gas=40)]

    taken, left = fill_block(orders, 100)

    assert (names(taken), names(left)) == (["a", "c"], ["b"])


def test_fill_block__sender_held_up__waits_with_all_it_sent_later():
    orders = [order("a", 1, "a1", gas=110), order("a", 1, "a2", gas=10), order("b", 1, "b1", gas=10)]

    taken, left = fill_block(orders, 100)

    assert (names(taken), names(left)) == (["b1"], ["a1", "a2"])


def test_gas_price__of_an_order__is_its_transactions():
    assert order("a", 42).gas_price == 42
    assert Order(ANNA, "x", Transaction("0xA", None)).gas_price == 0
