"""The block loop: a price becomes orders, a block, a check of the books, and a line of the record."""

from __future__ import annotations

from collections.abc import Callable

from isomargin.prices import PricePoint
from isomargin.record import RunRecord
from isomargin.scenario import Scenario
from isomargin.simulation.building import build_world
from isomargin.simulation.orders import Actor, Order, order_of_block
from isomargin.simulation.progress import Progress
from isomargin.simulation.recording import Recording
from isomargin.simulation.world import MinedBlock, World

__all__ = ["simulate"]


def simulate(
    scenario: Scenario,
    *,
    engine: str = "py-evm",
    command: str = "",
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> RunRecord:
    """Run a scenario from its first price to its last.

    Parameters
    ----------
    scenario : Scenario
    engine : str
        Name of the EVM engine.
    command : str
        What repeats the run, for the record.
    on_progress : callable
        Told after each price. A `KeyboardInterrupt` ends the run at the last whole block; the record of
        what came before is returned, marked as interrupted.

    Raises
    ------
    InputError
        If scenario or prices cannot be run.
    TransactionReverted
        If a contract refuses what the scenario deploys it with.
    """
    world = build_world(scenario, engine)
    recording = Recording(world, command)
    late_orders: dict[int, list[Order]] = {}
    complete = False
    try:
        for step, point in enumerate(world.path):
            for number in range(scenario.chain.blocks_per_price):
                mined = _advance(world, step, point, number, late_orders)
                findings = world.monitor.observe(mined.block)
                recording.add(mined, world.state(), findings)
            on_progress(recording.progress(step + 1))
        complete = True
    except KeyboardInterrupt:
        pass  # what was played so far is kept
    recording.add_checks(world.monitor.finish())
    return recording.finish(complete)


def _advance(
    world: World, step: int, point: PricePoint, number: int, late_orders: dict[int, list[Order]]
) -> MinedBlock:
    """Read, act, order and mine one block: the first of a price carries it, the second what people want."""
    state = world.state()
    next_block = world.chain.block_number + 1
    orders = late_orders.pop(next_block, [])
    for latency, order in world.keeper_orders(state):
        if latency == 0:
            orders.append(order)
        else:
            late_orders.setdefault(next_block + latency, []).append(order)
    if number == min(1, world.scenario.chain.blocks_per_price - 1):
        view = world.view(step, state)
        orders += world.trader_orders(view) + world.provider_orders(view)
    sequence = order_of_block(orders, world.order_luck)
    if number == 0:
        sequence.insert(0, _price_order(world, point))
    return world.mine(sequence, point.timestamp + number * world.scenario.chain.block_time)


def _price_order(world: World, point: PricePoint) -> Order:
    system = world.system
    pusher = Actor("oracle", system.price_pusher, "oracle")
    return Order(pusher, "push", system.push_price(point.price))
