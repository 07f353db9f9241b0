"""The handle on a system: pages, one reading of the market a block, transactions within their gas, events."""

from __future__ import annotations

import pytest

from isomargin.chain import Transaction
from isomargin.protocol import BATCH_LIMIT, PAGE_LIMIT, System
from isomargin.units import WAD
from tests.market.world import FOREVER, World, build_world, terms_of

ANY_BUY = 2**255


def open_many(world: World, count: int, sizes: tuple[int, ...] = (2 * WAD,)) -> None:
    """Open positions of these sizes in turn, many of them in a block."""
    each = [
        world.system.open(world.trader, size, world.tokens(25), ANY_BUY if size > 0 else 0, FOREVER)
        for size in sizes
    ]
    openings = [each[number % len(each)] for number in range(count)]
    for start in range(0, count, 50):
        block = world.chain.mine(openings[start : start + 50])
        assert all(receipt.success for receipt in block.receipts)


def test_system__more_positions_than_a_page__reads_all_of_them(world: World):
    count = PAGE_LIMIT + 4
    open_many(world, count, sizes=(2 * WAD, -2 * WAD))  # odd ids are long
    system = world.system
    assert [view.id for view in system.positions(range(1, count + 1))] == list(range(1, count + 1))
    world.close(PAGE_LIMIT)
    still_open = [id for id in range(1, count + 1) if id != PAGE_LIMIT]
    assert [view.id for view in system.open_positions()] == still_open
    world.push("80")
    assert system.liquidatable() == [id for id in still_open if id % 2 == 1]


def test_positions__of_none__asks_nothing(system: System):
    assert system.positions([]) == []
    assert system.open_positions() == []
    assert system.liquidatable() == []


def test_market_state__new_block_and_reverted_block__is_read_anew(world: World):
    before = world.system.market_state()
    assert world.system.market_state() is before
    snapshot = world.chain.snapshot()
    world.push("110")
    assert world.system.market_state().price == 110 * WAD
    world.chain.revert(snapshot)
    assert world.system.market_state() == before


def test_fund__account__is_ready_to_trade_and_to_provide(world: World):
    newcomer = world.chain.account("newcomer")
    for transaction in world.system.fund(newcomer, world.tokens(1_000)):
        world.chain.send(transaction)
    assert world.system.token_balance(newcomer) == world.tokens(1_000)
    world.open(WAD, world.tokens(50), sender=newcomer)
    world.chain.send(world.system.deposit(newcomer, world.tokens(100)))
    assert world.system.pool.call("balanceOf", newcomer) > 0


def actions(world: World) -> list[tuple[str, Transaction]]:
    system, trader, keeper = world.system, world.trader, world.keeper
    return [
        ("market.PositionOpened", system.open(trader, 10 * WAD, world.tokens(200), ANY_BUY, FOREVER)),
        ("market.PositionModified", system.increase(trader, 1, WAD, ANY_BUY, FOREVER)),
        ("market.PositionModified", system.decrease(trader, 1, WAD, 0, FOREVER)),
        ("market.MarginAdded", system.add_margin(trader, 1, 1)),
        ("market.MarginWithdrawn", system.withdraw_margin(trader, 1, world.tokens(90))),
        ("feed.AnswerUpdated", system.push_price(93 * WAD)),
        ("market.PositionLiquidated", system.liquidate(keeper, 1)),
        ("market.PositionClosed", system.close(trader, 1, 0, FOREVER)),
        ("token.Transfer", system.mint(world.vault(1), 5)),
        ("market.Claimed", system.claim(trader, 1, trader)),
        ("pool.Deposit", system.deposit(world.lp, world.tokens(10))),
        ("pool.WithdrawalRequested", system.request_withdrawal(world.lp, 10**9)),
        ("pool.Withdraw", system.redeem(world.lp, 10**9)),
        ("token.Approval", system.approve(world.stranger, system.market)),
    ]


def test_system__every_transaction__fits_its_gas_and_tells_its_event(world: World):
    # The vault of position 1 is known only once there is one: the list is made anew for each step.
    for step in range(14):
        name, transaction = actions(world)[step]
        (receipt,) = world.chain.mine([transaction]).receipts
        assert receipt.success, f"{name}: {receipt.revert_reason}"
        told = [f"{event.contract}.{event.event.name}" for event in world.system.events(receipt.logs)]
        assert name in told


def test_liquidate_batch__of_the_largest_size__fits_its_gas(world: World):
    open_many(world, BATCH_LIMIT)
    world.push("80")
    batch = world.system.liquidate_batch(world.keeper, range(1, BATCH_LIMIT + 1))
    assert batch.gas < world.chain.block_gas_limit
    assert world.chain.send(batch).success
    assert world.system.open_positions() == []


def test_events__logs_of_strangers__are_left_out(world: World):
    other = build_world(world.chain, terms_of(6))
    world.open(10 * WAD, world.tokens(200))
    other.open(-10 * WAD, other.tokens(200))
    logs = world.chain.logs()
    for one in (world, other):
        opened = [event for event in one.system.events(logs) if event.event.name == "PositionOpened"]
        assert [event.event.log.address for event in opened] == [one.market.address]


@pytest.mark.parametrize(
    "name", ["token", "feed", "oracle", "risk_engine", "policy", "pool", "market", "lens"]
)
def test_contracts__by_name__are_the_handles(system: System, name: str):
    assert system.contracts[name] is getattr(system, name)
