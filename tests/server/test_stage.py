"""A scenario on a test node: people act, prices come, blocks are recorded; bots, faults, reorganisations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from isomargin.book import Book
from isomargin.chain import Block, address_of, private_key_of
from isomargin.chain.signed import sign_transaction
from isomargin.errors import InputError
from isomargin.record import RunRecord
from isomargin.scenario import FaultSection
from isomargin.server.schedule import StepSchedule
from isomargin.server.serving import BOT_ETHER, BOTS, node_of
from isomargin.server.stage import Stage
from isomargin.server.steering import Steering
from isomargin.simulation import build_world
from isomargin.simulation.orders import Actor
from isomargin.units import to_wad
from tests.simulation.small import HOUR, play, scenario

BOT = BOTS[0]


def staged(engine: str = "revm", **changes: Any) -> Stage:
    """A small scenario on a node, before its first price."""
    chosen = scenario(**changes)
    world = build_world(chosen, engine, signs=True)
    bots = [Actor(name, address_of(name), "keeper") for name in BOTS]
    return Stage(world, node_of(world), StepSchedule(chosen, world.path), bots=bots)


def played(stage: Stage) -> RunRecord:
    """All of it, and three blocks more."""
    while not stage.is_over:
        stage.advance()
    for _ in range(3):
        stage.advance()
    return stage.finish()


def made(stage: Stage) -> Block:
    """The block that is due next, which no fault drops."""
    block = stage.advance()
    assert block is not None
    return block


def liquidate(stage: Stage, ids: list[int], nonce: int = 0) -> None:
    """Let the first bot send a batch."""
    system, address = stage.world.system, address_of(BOT)
    stage.node.submit(
        sign_transaction(
            system.liquidate_batch(address, ids),
            key=private_key_of(BOT),
            nonce=nonce,
            chain_id=stage.node.chain.chain_id,
            max_fee=10**12,
            max_priority_fee=10**9,
        )
    )


def due(stage: Stage) -> list[int]:
    return stage.world.system.liquidatable()


def liquidations(record: RunRecord) -> dict[str, int]:
    """Liquidations won, by who won them."""
    won: dict[str, int] = {}
    for row in record.keepers:
        won[row.keeper] = won.get(row.keeper, 0) + row.liquidations
    return won


# Playing


@pytest.mark.parametrize("engine", ["revm", "py-evm"])
def test_advance__the_whole_scenario__ends_as_the_run_does(engine):
    run, served = play(), played(staged(engine))
    assert served.summary.positions == run.summary.positions
    assert served.summary.liquidations == run.summary.liquidations
    assert [row.price for row in served.blocks[: run.summary.blocks]] == [row.price for row in run.blocks]
    assert served.summary.invariants.violations == 0
    assert served.run.complete


def test_advance__prices__come_first_in_their_blocks():
    stage = staged()
    block = made(stage)
    feed = stage.world.system.feed.address
    assert block.transactions[0].to == feed
    assert stage.price == to_wad(100)


def test_seal__asked_for_by_somebody__has_no_price_but_the_keepers_of_the_scenario_act():
    stage = staged(prices={"values": [100, 90, 90], "step": HOUR})
    while not due(stage):
        stage.advance()
    block = stage.node.seal()
    assert [stage.world.actors[sent.sender].name for sent in block.transactions] == ["keeper"]
    assert due(stage) == []


def test_advance__after_the_last_price__makes_quiet_blocks():
    stage = staged()
    played(stage)
    assert made(stage).transactions == ()


# Bots


def test_on_block__a_bot_liquidates__is_ranked_among_the_keepers():
    stage = staged(keepers=[])
    while not due(stage):
        stage.advance()
    ids = due(stage)
    liquidate(stage, ids)
    record = played(stage)
    assert liquidations(record) == {BOT: len(ids)}
    row = next(row for row in record.transactions if row.actor == BOT)
    assert (row.role, row.action, row.success) == ("keeper", "liquidate_batch", True)


def test_on_block__a_bot_pays_more_than_the_keeper_of_the_scenario__takes_it_all():
    stage = staged()
    while not due(stage):
        stage.advance()
    ids = due(stage)
    liquidate(stage, ids)  # a tip of a gwei, where the keeper pays the going price and thus the same
    record = played(stage)
    assert liquidations(record)[BOT] == len(ids)
    assert liquidations(record)["keeper"] == record.summary.liquidations.count - len(ids)


def test_on_block__somebody_unknown_sends__is_called_by_the_address():
    stage = staged(keepers=[])
    stranger = address_of("stranger")
    stage.node.set_balance(stranger, 10**18)
    system = stage.world.system
    for nonce, transaction in enumerate(
        [system.liquidate_batch(stranger, [1, 2]), system.approve(stranger, system.market)]
    ):
        stage.node.submit(
            sign_transaction(
                transaction,
                key=private_key_of("stranger"),
                nonce=nonce,
                chain_id=stage.node.chain.chain_id,
                max_fee=10**11,
                max_priority_fee=1,
            )
        )
    record = played(stage)
    rows = [(row.actor, row.role, row.action) for row in record.transactions if row.sender == stranger]
    assert rows == [(stranger, "keeper", "liquidate_batch"), (stranger, "trader", "approve")]


# Keepers of the scenario whose bids are too low


def cheap(**bidding: Any) -> dict[str, Any]:
    return {"name": "keeper", "gas_bid": "0.5", **bidding}


def test_prepare__a_keeper_raises_a_bid_that_waits__replaces_it_at_the_same_nonce():
    stage = staged(keepers=[cheap(bidding="escalate", escalation="1.5")])
    while not due(stage):
        stage.advance()
    offers = []
    for _ in range(4):
        stage.node.seal()
        offers += [sent for queue in stage.node.pool.pending().values() for sent in queue]
    assert due(stage) == []
    assert len({sent.nonce for sent in offers}) == 1
    fees = [sent.max_fee for sent in offers]
    assert len(fees) >= 1
    assert fees == sorted(fees)


def test_prepare__a_keeper_does_not_raise_its_bid__sends_it_once():
    stage = staged(keepers=[cheap()])
    while not due(stage):
        stage.advance()
    for _ in range(4):
        stage.node.seal()
    waiting = [sent for queue in stage.node.pool.pending().values() for sent in queue]
    assert len(waiting) == 1
    assert waiting[0].max_fee == stage.node.gas_price() // 2
    assert due(stage) != []


# Going back


def book_of(stage: Stage) -> Book:
    """The book made anew from the logs of the chain."""
    book = Book()
    for seen in stage.world.system.events(stage.node.chain.logs()):
        book.apply(seen.contract, seen.event.name, seen.event.args)
    return book


def told(book: Book) -> Mapping[str, Any]:
    names = ("positions", "ended", "balances", "bad_debt", "last_id", "margin_sum", "funding_basis")
    return {name: getattr(book, name) for name in names}


@pytest.mark.parametrize("depth", [1, 3, 7])
def test_reorganise__while_it_plays__book_and_record_are_those_of_the_new_chain(depth):
    stage = staged()
    for _ in range(8):
        stage.advance()
    stage.node.reorganise(depth)
    assert told(stage.world.book) == told(book_of(stage))
    record = played(stage)
    chain = stage.node.chain
    assert [row.hash for row in record.blocks] == [chain.block_hash(row.block).hex() for row in record.blocks]
    assert record.summary.invariants.violations == 0
    assert record.summary.liquidations.count == play().summary.liquidations.count


def test_revert__to_a_snapshot__book_and_record_forget_what_came_after():
    stage = staged()
    for _ in range(3):
        stage.advance()
    before, snapshot = told(book_of(stage)), stage.node.snapshot()
    for _ in range(4):
        stage.advance()
    stage.node.revert(snapshot)
    assert told(stage.world.book) == before
    assert stage.finish().summary.blocks == 3


def test_revert__nothing_was_mined_meanwhile__changes_nothing():
    stage = staged()
    stage.advance()
    before = told(stage.world.book)
    assert stage.node.revert(stage.node.snapshot())
    assert told(stage.world.book) == before


def test_reorganise__the_first_blocks__leaves_bots_their_ether():
    stage = staged()
    stage.advance()
    stage.node.reorganise(1)
    assert stage.node.chain.balance(address_of(BOT)) == BOT_ETHER


def test_node_of__before_the_first_price__has_a_base_fee_that_clients_can_reckon_with():
    node = staged().node
    assert node.head.base_fee == node.next_base_fee() > 10**9


# Faults


def test_inject__a_reorganisation__happens_at_once():
    stage = staged()
    for _ in range(3):
        stage.advance()
    head = stage.node.head
    stage.inject(FaultSection(kind="reorg", depth=2))
    assert stage.node.head.number == head.number
    assert stage.node.head.hash != head.hash


def test_advance__a_planned_reorganisation__happens_before_the_block():
    stage = staged(faults=[{"kind": "reorg", "depth": 2, "at": 1}])
    first = [made(stage) for _ in range(2)]
    stage.advance()
    assert stage.node.block_by_hash(first[1].hash) is None
    assert played(stage).summary.invariants.violations == 0


def test_advance__a_reorganisation_planned_for_the_first_block__has_nothing_to_replace():
    stage = staged(faults=[{"kind": "reorg", "depth": 2}])
    assert made(stage).number == stage.world.prepared_block + 1


def test_inject__a_gas_spike__lifts_the_fees_of_the_next_blocks():
    stage = staged()
    usual = made(stage).base_fee
    stage.inject(FaultSection(kind="gas-spike", factor=10, seconds=60))
    assert made(stage).base_fee > 9 * usual


def test_inject__censor_a_bot__its_transactions_wait():
    stage = staged(keepers=[])
    while not due(stage):
        stage.advance()
    stage.inject(FaultSection(kind="censor", sender=BOT, seconds=HOUR // 2))
    liquidate(stage, due(stage))
    assert stage.node.seal().transactions == ()
    while stage.node.pool:
        stage.advance()
    assert due(stage) == []


def test_inject__a_dropped_block__is_not_made():
    stage = staged()
    stage.advance()
    stage.inject(FaultSection(kind="dropped-blocks", blocks=1))
    assert stage.advance() is None
    assert stage.advance() is not None


def test_inject__faults_of_the_connection__are_handed_on():
    handed: list[str] = []
    chosen = scenario()
    world = build_world(chosen, "revm", signs=True)
    stage = Stage(
        world,
        node_of(world),
        StepSchedule(chosen, world.path),
        on_network_fault=lambda fault: handed.append(fault.kind),
    )
    stage.inject(FaultSection(kind="disconnect", seconds=1))
    assert handed == ["disconnect"]


# Steering


def test_push_price__at_once__is_the_price_of_a_new_block():
    stage = staged()
    stage.advance()
    block = Steering(stage).push_price("91.5")
    assert (block, stage.price) == (stage.node.head, to_wad("91.5"))


@pytest.mark.parametrize("price", ["0", "-1", str(2**96), "nonsense", "1e30"])
def test_push_price__no_price__is_refused(price):
    with pytest.raises(InputError):
        Steering(staged()).push_price(price)


def test_step__several__returns_the_blocks_that_were_made():
    stage = staged()
    made = Steering(stage).step(4)
    assert made == [stage.node.chain.block(stage.node.chain.block_number - back) for back in (3, 2, 1, 0)]
    for wrong in (0, 1_001):
        with pytest.raises(InputError, match="expected 1 to 1000 blocks"):
            Steering(stage).step(wrong)


def test_status_and_health__before_and_after_a_crash__tell_who_is_due():
    stage = staged(keepers=[])
    steering = Steering(stage)
    while not due(stage):
        stage.advance()
    status, health = steering.status(), steering.health()
    assert status["liquidatable"] == health["liquidatable"] == due(stage) == [1, 2, 3, 4]
    assert (status["prices"], status["pricesWritten"], status["isOver"]) == (5, 4, False)
    assert status["price"] == "94"
    one, view = steering.health(1), stage.world.system.position(1)
    assert view.status is not None
    assert (one["id"], one["status"], one["owner"]) == (1, view.status.name, view.owner)
    assert to_wad(one["equity"]) == view.equity
    with pytest.raises(InputError, match="no open position 99"):
        steering.health(99)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({}, "kind"),
        ({"kind": "earthquake"}, "kind"),
        ({"kind": "reorg"}, "depth: expected with kind"),
        ({"kind": "reorg", "depth": 2, "seconds": 3}, 'seconds: not used with kind "reorg"'),
        ({"kind": "reorg", "depth": 65}, "depth: "),
        ({"kind": "reorg", "depth": 1, "at": 2}, "at: not used here"),
        ({"kind": "reorg", "depth": 1, "nonsense": 2}, "nonsense"),
    ],
)
def test_inject__not_a_fault__says_what_is_wrong(fault, message):
    with pytest.raises(InputError, match=message):
        Steering(staged()).inject(fault)
