"""Block by block: when prices land, when people and keepers act, what waits, and how a run is cut short."""

import signal
import threading
from collections import Counter
from dataclasses import replace

import pytest

from isomargin.invariants import Finding, Monitor
from isomargin.simulation import Progress, World, interruption_held, simulate
from isomargin.units import WAD
from tests.simulation.small import HOUR, play, play_in_world, scenario

PRICES = [100, 100, 80, 80]


def rows(record, action):
    """Transactions of one kind, each with the block in which it is, counted from the first price."""
    first = record.blocks[0].block
    return [(row.block - first, row) for row in record.transactions if row.action == action]


@pytest.fixture(scope="module")
def three_blocks():
    """Four longs open in block 1; the price that ruins them comes in block 6; one keeper is late by two."""
    return play(
        prices={"values": PRICES},
        chain={"blocks_per_price": 3, "block_time": 7},
        keepers=[{"name": "swift", "gas_bid": 1.5}, {"name": "late", "latency": 2}],
    )


def test_loop__each_price__lands_first_in_the_first_block_of_its_step(three_blocks):
    start = scenario().price_path().start
    pushes = rows(three_blocks, "push")

    assert [(block, row.index, row.success) for block, row in pushes] == [
        (0, 0, True),
        (3, 0, True),
        (6, 0, True),
        (9, 0, True),
    ]
    assert [row.timestamp - start for row in three_blocks.blocks] == [
        hour * HOUR + seconds for hour in range(4) for seconds in (0, 7, 14)
    ]
    assert [row.price // WAD for row in three_blocks.blocks] == [100] * 6 + [80] * 6


def test_loop__people__act_in_the_second_block(three_blocks):
    assert [block for block, _ in rows(three_blocks, "open")] == [1] * 4


def test_loop__swift_keeper__acts_in_the_block_after_the_price(three_blocks):
    batches = [(block, row) for block, row in rows(three_blocks, "liquidate_batch") if row.actor == "swift"]

    assert [block for block, _ in batches] == [7]
    assert [row.liquidations for row in three_blocks.blocks].index(4) == 7


def test_loop__late_keeper__lands_two_blocks_after_and_finds_nothing(three_blocks):
    """It too saw the price after block 6; its batch comes with the price of block 9 in front."""
    [(block, row)] = [(b, r) for b, r in rows(three_blocks, "liquidate_batch") if r.actor == "late"]
    mined = next(line for line in three_blocks.keepers if line.keeper == "late")

    assert (block, row.index, row.success) == (9, 1, True)
    assert (mined.liquidations, mined.rewards, mined.failed) == (0, 0, 0)
    assert mined.gas_used > 21_000


def test_loop__one_block_a_price__people_act_in_it_behind_the_price():
    record = play(prices={"values": PRICES}, chain={"blocks_per_price": 1})

    assert [(block, row.index) for block, row in rows(record, "push")] == [(n, 0) for n in range(4)]
    assert [block for block, _ in rows(record, "open")] == [0] * 4
    assert [block for block, _ in rows(record, "liquidate_batch")] == [3]
    assert record.summary.positions.liquidated == 4


def test_loop__keeper__acts_between_the_prices_too():
    """Gas is beyond all rewards until half past one, when nothing but its price changes."""
    record = play(
        prices={"values": [100, 80]},
        chain={"blocks_per_price": 4, "block_time": 900},
        gas={"schedule": [[0, 100_000], [1.5, 1]], "ether_price": 200},
    )

    # the price of 80 comes at one o'clock in block 4; block 6 is the one of half past one
    assert [block for block, _ in rows(record, "liquidate_batch")] == [7]


def test_loop__gas_bid__puts_a_keeper_before_the_people():
    """In block 3, one wave of traders comes in while the keeper liquidates the wave of the price before."""
    record = play(
        prices={"values": [100, 94, 94, 94]},
        traders={"count": 8, "open_over": 2},
        chain={"blocks_per_price": 2},
        keepers=[{"name": "eager", "gas_bid": 2}],
    )
    [(block, batch)] = rows(record, "liquidate_batch")
    opened = [row for at, row in rows(record, "open") if at == block]

    assert block == 3
    assert len(opened) > 0
    assert batch.index < min(row.index for row in opened)
    assert batch.gas_price == 2 * opened[0].gas_price


def test_loop__more_orders_than_a_block_takes__fill_the_next_and_nobody_asks_twice():
    """60 openings with gas limits of 600,000 fill a block of 36,000,000; the other 10 wait for one block."""
    record = play(prices={"values": [100, 100, 100]}, traders={"count": 70}, chain={"blocks_per_price": 2})
    opened = rows(record, "open")

    assert Counter(block for block, _ in opened) == {1: 60, 2: 10}
    assert all(row.success for _, row in opened)
    assert record.summary.positions.opened == len({row.actor for _, row in opened}) == 70


# Checks


def test_loop__checks_every_block__say_so_for_each():
    record = play(prices={"values": PRICES})

    assert {row.block for row in record.checks} == {row.block for row in record.blocks}


def test_loop__checks_every_third_block__miss_no_event():
    """State is read less often; the transactions of the blocks between are checked all the same."""
    always, seldom = play(prices={"values": PRICES}), play(prices={"values": PRICES}, invariants={"every": 3})
    last = seldom.blocks[-1].block

    def checked(record):
        return sum((Counter({row.invariant: row.checked}) for row in record.checks), Counter())

    assert {row.block for row in seldom.checks} == {
        row.block for row in seldom.blocks if row.block % 3 == 0 or row.block == last
    }
    assert checked(seldom)["I3"] == checked(always)["I3"] > 0
    assert checked(seldom)["I7"] == checked(always)["I7"] == 4
    assert checked(seldom)["I5"] < checked(always)["I5"]
    assert seldom.summary.state_root == always.summary.state_root


def test_loop__probe_at_the_end__tries_and_changes_nothing():
    probed, plain = (play(prices={"values": PRICES}, invariants={"probe": probe}) for probe in (True, False))
    tried = {row.invariant for row in probed.checks} - {row.invariant for row in plain.checks}
    assert tried == {"I12"}  # nobody is left to be liquidated, or to leave
    assert {row.block for row in probed.checks if row.invariant in tried} == {plain.blocks[-1].block}
    assert probed.summary.state_root == plain.summary.state_root
    assert probed.summary.invariants.violations == 0


def test_loop__check_that_fails__is_recorded_and_the_run_goes_on(monkeypatch):
    def observe(monitor, block):
        return [Finding("I5", block.number, 3, 2, "2 units are missing")]

    monkeypatch.setattr(Monitor, "observe", observe)
    record = play(prices={"values": PRICES}, traders={"count": 1})

    assert record.run.complete
    assert [row.message for row in record.checks if row.violations] == ["2 units are missing"] * 8
    assert record.summary.invariants.violations == 16


# Progress


def test_on_progress__after_each_price__tells_how_things_stand():
    told: list[Progress] = []
    simulate(scenario(prices={"values": PRICES}), on_progress=told.append)

    assert [(seen.prices_done, seen.prices) for seen in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [seen.price // WAD for seen in told] == [100, 100, 80, 80]
    assert [seen.open_positions for seen in told] == [4, 4, 0, 0]
    assert [seen.liquidations for seen in told] == [0, 0, 4, 4]


# Interruption


def test_simulate__interrupted_after_a_price__keeps_what_was_played():
    def stop(progress):
        if progress.prices_done == 3:
            raise KeyboardInterrupt

    whole = play(prices={"values": PRICES})
    part = simulate(scenario(prices={"values": PRICES}), on_progress=stop)

    assert not part.run.complete
    assert part.blocks == whole.blocks[:6]
    assert part.transactions == tuple(row for row in whole.transactions if row.block <= part.blocks[-1].block)
    assert part.summary.blocks == 6
    assert part.summary.state_root == whole.blocks[5].state_root
    assert part.summary.positions.liquidated == 4
    assert max(row.block for row in part.checks) == part.blocks[-1].block
    assert part.summary.invariants.violations == 0


def test_simulate__interrupted_within_a_block__ends_with_that_block_whole(monkeypatch):
    mine = World.mine

    def interrupted_mine(world, orders, timestamp=None):
        if timestamp == world.path[1].timestamp:
            signal.raise_signal(signal.SIGINT)
        return mine(world, orders, timestamp)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(World, "mine", interrupted_mine)
    world, record = play_in_world(prices={"values": PRICES})

    assert not record.run.complete
    assert len(record.blocks) == 3
    assert record.blocks[-1].block == world.chain.block_number
    assert record.blocks[-1].timestamp == world.path[1].timestamp
    assert record.summary.invariants.violations == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_simulate__interrupted_before_the_first_price__gives_no_record(monkeypatch):
    def interrupted_view(world, step, state, now):
        raise KeyboardInterrupt

    monkeypatch.setattr(World, "view", interrupted_view)
    with pytest.raises(KeyboardInterrupt):
        play()


def test_interruption_held__nothing_came__says_no():
    with interruption_held() as is_interrupted:
        assert not is_interrupted()


def test_interruption_held__signal__is_kept_until_asked_for():
    with interruption_held() as is_interrupted:
        signal.raise_signal(signal.SIGINT)
        assert is_interrupted()
        assert is_interrupted()


def test_interruption_held__another_thread__changes_nothing():
    answers = []

    def work():
        with interruption_held() as is_interrupted:
            answers.append((is_interrupted(), signal.getsignal(signal.SIGINT)))

    before = signal.getsignal(signal.SIGINT)
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()

    assert answers == [(False, before)]


def test_loop__at_the_detail_of_a_summary__tells_the_same_without_transactions_events_and_margins():
    story = scenario(prices={"values": PRICES})
    whole, brief = simulate(story), simulate(story, detail="summary")
    left_out = ("transactions", "events", "margin_ratios", "liquidation_prices")

    assert all(whole.table(name) for name in left_out)
    assert not any(brief.table(name) for name in left_out)
    assert replace(brief, **{name: getattr(whole, name) for name in left_out}) == whole
