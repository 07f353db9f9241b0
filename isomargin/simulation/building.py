"""Builds the world that a scenario describes: deploys the market, draws its people and funds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from isomargin.agents import Trader
from isomargin.book import Book
from isomargin.chain import Chain, Transaction
from isomargin.errors import ChainError, CompileError, ScenarioError
from isomargin.invariants import Monitor
from isomargin.keepers import (
    DeleveragingKeeper,
    Keeper,
    LiquidationKeeper,
    MarginCallKeeper,
    TriggerOrderKeeper,
)
from isomargin.protocol import PoolTerms, Sources, SystemTerms, compiled_source, deploy
from isomargin.scenario import KeeperSection, Scenario
from isomargin.simulation.cast import deploy_beside
from isomargin.simulation.faults import Faults
from isomargin.simulation.orders import Actor, Order, fill_block
from isomargin.simulation.script import Script
from isomargin.simulation.standings import Standing
from isomargin.simulation.world import World
from isomargin.units import WAD

__all__ = ["build_world", "system_terms"]

_PREPARATION = 86_400
"""Seconds between genesis and the first price: room for the blocks that deploy and fund."""

_PREPARED_AT_ONCE = 1_000
"""Transactions of a block that prepares; whatever gas a block has, a node takes minutes to tell far more."""


def build_world(scenario: Scenario, engine: str, *, signs: bool = False) -> World:
    """Deploy a scenario's market on a new chain and make everybody ready for the first price.

    Liquidity providers have deposited and the insurance fund is filled when it returns.

    Parameters
    ----------
    scenario : Scenario
    engine : str
        Name of the EVM engine.
    signs : bool
        As in `Chain`.

    Raises
    ------
    InputError
        If the prices cannot be read or do not fit the scenario.
    TransactionReverted
        If a contract refuses its terms.
    """
    path = scenario.price_path()
    terms = system_terms(scenario)
    chain = Chain(engine, genesis_timestamp=path.start - _PREPARATION, signs=signs)
    system = deploy(chain, terms, _sources(scenario))
    traders = scenario.draw_traders(chain.account, terms.initial_margin)
    providers = scenario.liquidity_providers(chain.account)
    keepers = [_keeper(section, chain.account(section.name)) for section in scenario.keepers]
    actors = [Actor(trader.name, trader.account, "trader") for trader in traders]
    actors += [Actor(provider.name, provider.account, "lp") for provider in providers]
    actors += [Actor(keeper.name, keeper.account, "keeper") for keeper in keepers]
    actors += [Actor(person.name, chain.account(person.name), "person") for person in scenario.people]
    cast = deploy_beside(scenario, system, actors)
    world = World(
        scenario=scenario,
        path=path,
        system=system,
        traders=traders,
        providers=providers,
        keepers=keepers,
        actors={actor.account: actor for actor in actors},
        book=Book(),
        monitor=Monitor(system),
        faults=Faults(scenario.faults, path.start, {actor.name: actor.account for actor in actors}),
        people_luck=scenario.random("people"),
        order_luck=scenario.random("order"),
        standings={
            keeper.account: Standing(section.capital, section.refill)
            for keeper, section in zip(keepers, scenario.keepers, strict=True)
        },
    )
    world.script = Script(world, cast)
    _prepare(world)
    world.prepared_block = chain.block_number
    world.script.begin()
    return world


def _sources(scenario: Scenario) -> Sources:
    """The sources of the system, each of a user's tried alone, so that an error can name its key."""
    chosen = scenario.contracts.chosen(scenario.folder)
    for part in scenario.contracts.replaced():
        with _blamed_on(scenario, part):
            compiled_source(getattr(chosen, part))
    with _blamed_on(scenario, "changes"):
        sources = scenario.contracts.sources(scenario.folder)
        for name in (part.name for part in fields(sources)):
            if (source := getattr(sources, name)) != getattr(chosen, name):
                compiled_source(source)
    return sources


@contextmanager
def _blamed_on(scenario: Scenario, key: str) -> Iterator[None]:
    try:
        yield
    except CompileError as error:
        raise ScenarioError(f"{scenario.place('contracts', key)}: {error}") from None


def _keeper(section: KeeperSection, account: str) -> Keeper:
    """The bot that a table of the scenario describes."""
    usual: dict[str, Any] = {
        "name": section.name,
        "account": account,
        "batch_size": section.batch_size,
        "gas_bid": section.gas_bid,
        "latency": section.latency,
        "max_gas_price": section.highest_gas_price(),
        "downtime": section.outages(),
    }
    gains: dict[str, Any] = {"min_profit": section.min_profit, "bidding": section.strategy()}
    match section.kind:
        case "margin-call":
            return MarginCallKeeper(**usual)
        case "deleverage":
            return DeleveragingKeeper(**usual)
        case "trigger-orders":
            return TriggerOrderKeeper(**usual, **gains)
        case _:
            return LiquidationKeeper(**usual, **gains)


def system_terms(scenario: Scenario) -> SystemTerms:
    """What a scenario's market is deployed with, once its first price is known."""
    path = scenario.price_path()
    return SystemTerms(
        first_price=path.first_price,
        oracle=scenario.oracle.guards(path),
        risk=scenario.risk_table(),
        parameters=scenario.market.parameters(path.first_price, scenario.token.decimals),
        health_target=scenario.risk.health_target if scenario.risk.policy == "target-health" else None,
        token_symbol=scenario.token.symbol,
        token_decimals=scenario.token.decimals,
        market_name=f"{scenario.base} / {scenario.token.symbol}",
        sequencer=scenario.oracle.sequencer,
        pool=PoolTerms(scenario.pool.cooldown, scenario.pool.withdrawal_window),
        adjustment=scenario.risk.adjustment.terms(),
        small_notional=scenario.risk.small_notional if scenario.risk.policy == "half-then-all" else None,
    )


def _prepare(world: World) -> None:
    """Fund everybody, then fill pool and insurance fund, at a price that is fresh."""
    system, scenario = world.system, world.scenario
    for logged in system.events(world.chain.logs()):
        world.book.apply(logged.contract, logged.event.name, logged.event.args)
    funding: list[Transaction] = []
    for trader in world.traders:
        funding += system.fund(trader.account, _purse(trader, system.terms))
        if trader.behaviour.orders is not None:
            funding.append(system.approve(trader.account, system.trigger_orders))
    for provider in world.providers:
        funding += system.fund(provider.account, provider.deposit)
    for person in scenario.people:
        account = system.chain.account(person.name)
        funding += system.fund(account, scenario.token_units(person.tokens))
        funding.append(system.approve(account, system.trigger_orders))
    insurance = scenario.token_units(scenario.insurance.deposit)
    if insurance:
        funding.append(system.mint(system.insurance_fund.address, insurance))
    actors = {system.admin: Actor("deployer", system.admin, "admin"), **world.actors}
    _mine_all(world, [Order(actors[transaction.sender], "fund", transaction) for transaction in funding])
    for person in scenario.people:
        if person.ether is not None:
            world.chain.set_balance(world.chain.account(person.name), person.ether)
    deposits = world.provider_orders(world.view(0, world.state(), world.chain.timestamp))
    _mine_all(world, [world.price_order(world.path.first_price), *deposits])


def _purse(trader: Trader, terms: SystemTerms) -> int:
    """What a trader brings, token units: margin, keeper reserve, and what it may top up or pay for orders."""
    margin, habits = trader.margin(terms.token_decimals), trader.behaviour
    top_up = margin * habits.top_up_amount // WAD if habits.top_up_below is not None else 0
    return margin + terms.parameters.keeper_reserve + top_up + trader.order_costs(terms.token_decimals)


def _mine_all(world: World, orders: Sequence[Order]) -> None:
    waiting = list(orders)
    while waiting:
        block, later = fill_block(waiting[:_PREPARED_AT_ONCE], world.chain.block_gas_limit)
        waiting = later + waiting[_PREPARED_AT_ONCE:]
        for receipt in world.mine(block).block.receipts:
            if not receipt.success:
                raise ChainError(f"preparing the market failed: {receipt.revert_reason}")
