"""Serves a scenario: builds its world, opens the door to bots, keeps the pace, and hands over the record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from isomargin.chain import address_of, private_key_of
from isomargin.protocol import DeployedAccount, deployment_document, named_account
from isomargin.record import RunRecord, replace_file
from isomargin.scenario import Scenario
from isomargin.server.clock import BlockClock
from isomargin.server.fees import Fees
from isomargin.server.network import NetworkFaults
from isomargin.server.node import TestNode
from isomargin.server.pace import Pace
from isomargin.server.rpc import Door, Limits, open_door
from isomargin.server.stage import Stage
from isomargin.server.steering import Steering
from isomargin.simulation import World, build_world
from isomargin.simulation.orders import Actor
from isomargin.simulation.recording import Detail
from isomargin.units import from_wad

__all__ = ["BOTS", "BOT_ETHER", "KEPT_BLOCKS", "Service", "node_of", "serve"]

BOTS = tuple(f"bot-{number}" for number in range(1, 11))
"""Names of the accounts that wait for bots."""

BOT_ETHER = 10_000 * 10**18
"""Wei that each of them has."""

KEPT_BLOCKS = 1_024
"""How many of the newest blocks are kept whole where nothing else is asked."""

_BLOCKS_AFTER_THE_END = 32  # for whoever still has to liquidate at the last price


@dataclass(frozen=True)
class Service:
    """Where and how a scenario is served.

    Attributes
    ----------
    engine : str
        Name of the EVM engine.
    host, port : str, int
        Where to listen; port 0 takes a free one.
    pace : Pace
    deployment : Path
        Where the deployment file goes.
    ends : bool
        Whether to stop by itself, 32 blocks after the last price.
    allowed_hosts, allowed_origins : collection of str
        Names that requests may call the server by, and web pages that may send them, beside this machine's.
    command : str
        What repeats it, for the record.
    keep_blocks : int or None
        As in `TestNode`; what the checks of the scenario need is kept in any case.
    detail : {"full", "summary"}
        As in `Recording`.
    """

    engine: str
    host: str
    port: int
    pace: Pace
    deployment: Path
    ends: bool = False
    allowed_hosts: Collection[str] = ()
    allowed_origins: Collection[str] = ()
    command: str = ""
    keep_blocks: int | None = KEPT_BLOCKS
    detail: Detail = "full"


async def serve(
    scenario: Scenario,
    service: Service,
    *,
    stop: asyncio.Event,
    on_ready: Callable[[str, int], None],
    on_over: Callable[[], None] = lambda: None,
) -> RunRecord:
    """Serve a scenario until `stop` is set, or it ends by itself.

    Parameters
    ----------
    scenario : Scenario
    service : Service
    stop : asyncio.Event
        Ends it, at a whole block.
    on_ready : callable
        Told the address and the chain id once bots can come.
    on_over : callable
        Told when the last price is written.

    Returns
    -------
    RunRecord
        Of all blocks after the preparation; complete if every price was written.

    Raises
    ------
    InputError
        If the scenario cannot be run, or host and port cannot be listened on.
    """
    schedule = service.pace.schedule(scenario, scenario.price_path())
    world = build_world(scenario, service.engine, signs=True)
    node = node_of(world)
    network = NetworkFaults()
    bots = [Actor(name, address_of(name), "keeper") for name in BOTS]
    stage = Stage(
        world,
        node,
        schedule,
        bots=bots,
        on_network_fault=network.begin,
        command=service.command,
        detail=service.detail,
    )
    if service.keep_blocks is not None:
        node.keep_blocks = max(service.keep_blocks, scenario.invariants.every + 1)
    node.is_automatic = service.pace.mode == "automatic"
    door = await open_door(
        node,
        Steering(stage),
        host=service.host,
        port=service.port,
        limits=Limits(),
        allowed_hosts=service.allowed_hosts,
        allowed_origins=service.allowed_origins,
        faults=network,
    )
    try:
        _write_deployment(world, door, service.deployment)
        on_ready(door.url, world.chain.chain_id)
        await _play(stage, service, stop, on_over)
    finally:
        await door.close()
    return stage.finish()


def node_of(world: World) -> TestNode:
    """Return a node on the chain of a world, with accounts for bots and the scenario's price of gas."""
    chain, scenario = world.chain, world.scenario
    fees = Fees(scenario.gas_price, chain.block_gas_limit)
    node = TestNode(
        chain,
        fees,
        BlockClock(scenario.chain.block_time),
        {address_of(bot): private_key_of(bot) for bot in BOTS},
    )
    for bot in BOTS:
        node.set_balance(address_of(bot), BOT_ETHER)
    node.seal()  # clients reckon with the base fee of the newest block, which the preparation left near zero
    world.prepared_block = chain.block_number
    return node


def _write_deployment(world: World, door: Door, path: Path) -> None:
    roles = {"deployer": "admin", "oracle": "oracle", "guardian": "guardian"}
    accounts: list[DeployedAccount] = [named_account(bot, "bot") for bot in BOTS]
    accounts += [named_account(name, role) for name, role in roles.items()]
    accounts += [named_account(actor.name, actor.role) for actor in world.actors.values()]
    ether_price = world.scenario.gas.ether_price
    document = deployment_document(
        world.system,
        scenario=world.scenario.name,
        base=world.scenario.base,
        rpc_url=door.url,
        ws_url=door.url.replace("http", "ws", 1),
        accounts=accounts,
        ether_price=ether_price if isinstance(ether_price, str) else from_wad(ether_price),
    )
    replace_file(path, (json.dumps(document, indent=1) + "\n").encode("utf-8"))


async def _play(stage: Stage, service: Service, stop: asyncio.Event, on_over: Callable[[], None]) -> None:
    """Make blocks until somebody stops it, or all is played."""
    last_block: int | None = None

    def is_finished() -> bool:
        nonlocal last_block
        if stage.is_over and last_block is None:
            last_block = stage.node.chain.block_number + _BLOCKS_AFTER_THE_END
            on_over()
        is_last = last_block is not None and stage.node.chain.block_number >= last_block
        return service.ends and is_last

    pace = asyncio.create_task(service.pace.keep(stage, is_finished))
    stopped = asyncio.create_task(stop.wait())
    waits_for = {stopped} if service.pace.mode == "manual" else {pace, stopped}
    try:
        await asyncio.wait(waits_for, return_when=asyncio.FIRST_COMPLETED)
        if pace.done():
            pace.result()  # raises what went wrong
    finally:
        for task in (pace, stopped):
            task.cancel()
        await asyncio.gather(pace, stopped, return_exceptions=True)
