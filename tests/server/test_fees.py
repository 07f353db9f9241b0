"""Fees: the scenario's price of gas, the pressure of full blocks, a spike, and what is set by hand."""

from dataclasses import replace

from isomargin.chain import Block
from isomargin.server.fees import Fees

GWEI = 10**9
LIMIT = 30_000_000
EMPTY = Block(number=1, timestamp=12, hash=b"", state_root=b"", gas_used=0, receipts=())


def fees(price: int = 30 * GWEI) -> Fees:
    return Fees(lambda now: price, LIMIT)


def test_base_fee__no_pressure__is_the_going_price_less_the_usual_tip():
    quiet = fees(30 * GWEI)
    assert quiet.priority_fee(0) == GWEI
    assert quiet.base_fee(0) == 29 * GWEI


def test_priority_fee__cheap_gas__is_a_tenth_of_it():
    assert fees(10).priority_fee(0) == 1
    assert fees(10).base_fee(0) == 9


def test_base_fee__a_full_block__rises_by_an_eighth():
    pressed = fees(9 * 8 * GWEI + GWEI)
    pressed.move_on(replace(EMPTY, gas_used=LIMIT))
    assert pressed.base_fee(0) == 9 * 9 * GWEI


def test_base_fee__an_empty_block_after_a_full_one__comes_back_to_the_scenario_and_not_below():
    pressed = fees(9 * GWEI)
    base_fee = pressed.base_fee(0)
    pressed.move_on(replace(EMPTY, gas_used=LIMIT))
    assert pressed.base_fee(0) > base_fee
    pressed.move_on(EMPTY)  # 9/8 x 7/8 is below one
    assert pressed.base_fee(0) == base_fee


def test_base_fee__half_full_blocks__stays():
    steady = fees()
    steady.move_on(replace(EMPTY, gas_used=LIMIT // 2))
    assert steady.base_fee(0) == 29 * GWEI


def test_base_fee__an_engine_that_counts_no_gas__only_follows_the_scenario():
    uncounted = fees()
    uncounted.move_on(replace(EMPTY, gas_used=None))
    assert uncounted.base_fee(0) == 29 * GWEI


def test_base_fee__the_scenario_moves__follows():
    moving = Fees(lambda now: (30 if now < 100 else 50) * GWEI, LIMIT)
    assert (moving.base_fee(99), moving.base_fee(100)) == (29 * GWEI, 49 * GWEI)


def test_spike__ten_times__multiplies_the_going_price():
    dear = fees()
    dear.spike = 10
    assert dear.base_fee(0) + dear.priority_fee(0) == 300 * GWEI


def test_choose__a_base_fee__holds_for_one_block():
    chosen = fees()
    chosen.choose(7)
    assert chosen.base_fee(0) == 7
    chosen.move_on(EMPTY)
    assert chosen.base_fee(0) == 29 * GWEI


def test_recall__after_full_blocks__is_as_before():
    pressed = fees()
    memory = pressed.memory()
    pressed.move_on(replace(EMPTY, gas_used=LIMIT))
    pressed.recall(memory)
    assert pressed.base_fee(0) == 29 * GWEI
