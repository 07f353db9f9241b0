"""Measures the gas of every operation in a fixed, named situation, and the size of every contract.

Run as a module it rewrites the snapshot next to this file, the tables in `docs/contracts.md` and the one that
keepers are reckoned with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from isomargin.chain import Chain, Receipt, Transaction
from isomargin.contracts import compile_contract
from isomargin.model import OrderKind
from isomargin.protocol.gas import GAS_TABLE
from isomargin.units import WAD, to_wad
from tests.market.world import FOREVER, World, build_world, terms_of

__all__ = ["DOCUMENT", "SNAPSHOT", "gas_table", "keepers_table", "measure", "size_table", "with_tables"]

SNAPSHOT = Path(__file__).with_name("snapshot.json")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "contracts.md"

CONTRACTS = [
    "market/Market",
    "market/LiquidationPlanner",
    "custody/LiquidityPool",
    "custody/InsuranceFund",
    "custody/PositionVault",
    "oracle/PriceFeed",
    "oracle/Oracle",
    "risk/RiskEngine",
    "risk/policies/TargetHealth",
    "risk/policies/FullLiquidation",
    "risk/policies/HalfThenAll",
    "periphery/Lens",
    "periphery/WhatIf",
    "periphery/MarginCalls",
    "periphery/TriggerOrders",
]

ANY_BUY = 2**255
DAY = 86_400

Situation = Callable[[World], Transaction]
_situations: dict[str, Situation] = {}
_of_an_empty_market: set[str] = set()


def situation(name: str, *, market_in_use: bool = True) -> Callable[[Situation], Situation]:
    """Names a function that prepares a market and returns the transaction to measure."""

    def register(prepare: Situation) -> Situation:
        assert name not in _situations
        _situations[name] = prepare
        if not market_in_use:
            _of_an_empty_market.add(name)
        return prepare

    return register


def build() -> World:
    """An empty market with all guards and funding on, on a token of six decimals."""
    terms = terms_of(6, max_funding_rate=to_wad("0.1"))
    guards = replace(terms.oracle, max_deviation=to_wad("0.5"))
    return build_world(Chain(), replace(terms, oracle=guards))


def settle_in(world: World) -> None:
    """Positions on both sides, a bad debt behind it, a keeper who has earned before: a market in use.

    Position 1 (trader): 10 long, margin 107.7 or so. Position 2 (rival): 8 short. 3 and 4: liquidated.
    """
    world.open(10 * WAD, world.tokens("108.7005"))
    world.open(-8 * WAD, world.tokens(200), sender=world.rival)
    for margin in ("60", "55"):
        world.open(5 * WAD, world.tokens(margin), sender=world.rival)
    world.push("88")
    for id in (3, 4):
        world.liquidate(id)
    world.push("100")


def turn_on_grace(world: World) -> None:
    """A grace of an hour after outages, which the oracle has to look out for."""
    world.system.oracle.transact("set_grace_period", 3_600, sender=world.system.admin)


# Trading


@situation("open the first position of a market", market_in_use=False)
def open_first(world: World) -> Transaction:
    return world.system.open(world.trader, 10 * WAD, world.tokens(200), ANY_BUY, FOREVER)


@situation("open a long")
def open_long(world: World) -> Transaction:
    return world.system.open(world.trader, 10 * WAD, world.tokens(200), ANY_BUY, FOREVER)


@situation("open a short")
def open_short(world: World) -> Transaction:
    return world.system.open(world.trader, -10 * WAD, world.tokens(200), 0, FOREVER)


@situation("increase")
def increase(world: World) -> Transaction:
    world.act("add_margin", 1, world.tokens(50))
    return world.system.increase(world.trader, 1, WAD, ANY_BUY, FOREVER)


@situation("decrease")
def decrease(world: World) -> Transaction:
    return world.system.decrease(world.trader, 1, WAD, 0, FOREVER)


@situation("close in profit")
def close_in_profit(world: World) -> Transaction:
    world.push("104")
    return world.system.close(world.trader, 1, 0, FOREVER)


@situation("close at a loss")
def close_at_a_loss(world: World) -> Transaction:
    world.push("96")
    return world.system.close(world.trader, 1, 0, FOREVER)


# Margin


@situation("add margin")
def add_margin(world: World) -> Transaction:
    return world.system.add_margin(world.trader, 1, world.tokens(10))


@situation("withdraw margin")
def withdraw_margin(world: World) -> Transaction:
    world.act("add_margin", 1, world.tokens(50))
    return world.system.withdraw_margin(world.trader, 1, world.tokens(10))


@situation("open a long, in a market with a grace")
def open_with_grace(world: World) -> Transaction:
    turn_on_grace(world)
    world.push("101")
    return open_long(world)


@situation("approve a manager")
def approve(world: World) -> Transaction:
    return world.system.approve_manager(world.trader, 1, world.stranger)


@situation("claim")
def claim(world: World) -> Transaction:
    world.chain.send(world.system.mint(world.vault(3), world.tokens(1)))
    return world.system.claim(world.rival, 3, world.rival)


# Liquidation


@situation("liquidate in part")
def liquidate_in_part(world: World) -> Transaction:
    world.push("93")
    return world.system.liquidate(world.keeper, 1)


@situation("liquidate in full, keeper holds tokens")
def liquidate_in_full(world: World) -> Transaction:
    world.push("89.5")
    return world.system.liquidate(world.keeper, 1)


@situation("liquidate in full, keeper new to the token")
def liquidate_as_a_new_keeper(world: World) -> Transaction:
    world.push("89.5")
    return world.system.liquidate(world.stranger, 1)


@situation("liquidate insolvent, insurance fund pays")
def liquidate_insolvent(world: World) -> Transaction:
    world.push("88")
    return world.system.liquidate(world.keeper, 1)


@situation("liquidate insolvent, first bad debt of a market", market_in_use=False)
def liquidate_first_insolvent(world: World) -> Transaction:
    world.chain.send(world.system.mint(world.keeper, 1))
    world.open(10 * WAD, world.tokens("108.7005"))
    world.open(-8 * WAD, world.tokens(200), sender=world.rival)
    return liquidate_insolvent(world)


@situation("liquidate in full, in a market with a grace")
def liquidate_with_grace(world: World) -> Transaction:
    turn_on_grace(world)
    return liquidate_in_full(world)


@situation("liquidate a batch of 10 in full")
def liquidate_batch(world: World) -> Transaction:
    first = world.system.last_id() + 1
    for _ in range(10):
        world.open(WAD, world.tokens(11))
    world.push("93")
    return world.system.liquidate_batch(world.keeper, range(first, first + 10))


@situation("liquidate a batch of 10, all sound")
def liquidate_sound_batch(world: World) -> Transaction:
    first = world.system.last_id() + 1
    for _ in range(10):
        world.open(WAD, world.tokens(11))
    world.push("101")
    return world.system.liquidate_batch(world.keeper, range(first, first + 10))


@situation("liquidate a batch of 10, all gone")
def liquidate_gone_batch(world: World) -> Transaction:
    batch = liquidate_batch(world)
    last = world.system.last_id()
    world.chain.send(world.system.liquidate_batch(world.rival, range(last - 9, last + 1)))
    return batch


@situation("liquidate a batch of 1, which is sound")
def liquidate_sound_one(world: World) -> Transaction:
    batch = liquidate_sound_batch(world)
    return replace(batch, data=world.system.liquidate_batch(world.keeper, [1]).data)


@situation("call a margin")
def call_margin(world: World) -> Transaction:
    world.push("94.6")
    return world.system.call_margin(world.keeper, 1)


@situation("deleverage")
def deleverage(world: World) -> Transaction:
    world.set_parameters(adl_threshold=1)
    world.push("104")
    return world.system.deleverage(world.keeper, 1, 0)


# Trigger orders


def place_orders(world: World) -> World:
    """A stop-loss on position 1 and a limit order, 1 and 2, by a trader who has placed some before."""
    system, trader = world.system, world.trader
    world.chain.send(system.approve(trader, system.trigger_orders))
    world.chain.send(system.approve_manager(trader, 1, system.trigger_orders.address))
    world.chain.send(stop_loss(world))
    world.chain.send(limit_order(world))
    return world


def stop_loss(world: World) -> Transaction:
    terms = (OrderKind.STOP_LOSS, 0, 96 * WAD, 0, FOREVER, world.tokens(1))
    return world.system.place_reduce(world.trader, 1, *terms)


def limit_order(world: World) -> Transaction:
    terms = (5 * WAD, world.tokens(100), 96 * WAD, ANY_BUY, FOREVER, world.tokens(1))
    return world.system.place_limit(world.trader, *terms)


@situation("place a stop-loss")
def place_stop_loss(world: World) -> Transaction:
    return stop_loss(place_orders(world))


@situation("place a limit order")
def place_limit_order(world: World) -> Transaction:
    return limit_order(place_orders(world))


@situation("execute a stop-loss")
def execute_stop_loss(world: World) -> Transaction:
    place_orders(world).push("96")
    return world.system.execute_order(world.keeper, 1)


@situation("execute a limit order")
def execute_limit_order(world: World) -> Transaction:
    place_orders(world).push("96")
    return world.system.execute_order(world.keeper, 2)


@situation("execute a batch of both")
def execute_both(world: World) -> Transaction:
    place_orders(world).push("96")
    return world.system.execute_orders(world.keeper, [1, 2])


@situation("cancel a limit order")
def cancel_limit_order(world: World) -> Transaction:
    place_orders(world)
    return world.system.cancel_order(world.trader, 2)


# Liquidity, insurance, prices


@situation("deposit into the pool")
def deposit(world: World) -> Transaction:
    return world.system.deposit(world.lp, world.tokens(1_000))


@situation("redeem from the pool")
def redeem(world: World) -> Transaction:
    return world.system.redeem(world.lp, 10**15)


@situation("request a withdrawal")
def request_withdrawal(world: World) -> Transaction:
    return world.system.request_withdrawal(world.lp, 10**15)


@situation("deposit into the insurance fund")
def insure(world: World) -> Transaction:
    fund = world.system.insurance_fund
    world.system.token.transact("approve", fund.address, ANY_BUY, sender=world.lp)
    return fund.transaction("deposit", world.tokens(100), sender=world.lp)


@situation("push a price")
def push(world: World) -> Transaction:
    return world.system.push_price(101 * WAD)


@situation("observe the price")
def observe(world: World) -> Transaction:
    world.chain.send(world.system.observe(world.stranger))
    world.push("101")
    return world.system.observe(world.stranger)


# Administration


@situation("set the market's parameters")
def set_parameters(world: World) -> Transaction:
    parameters = world.market.call("parameters")
    return world.market.transaction("set_parameters", parameters, sender=world.system.admin)


@situation("pause opening")
def pause_opening(world: World) -> Transaction:
    return world.market.transaction("pause_opening", sender=world.system.guardian)


# Measuring


def measure() -> dict[str, dict[str, int]]:
    """Gas of every situation, each on the same market; bytes of every contract as compiled."""
    sizes = {name.rpartition("/")[2]: len(compile_contract(name).runtime_code) for name in CONTRACTS}
    gas = dict(measured())
    return {"gas": {name: gas[name] for name in _situations}, "bytes": sizes}


def measured() -> Iterator[tuple[str, int]]:
    world = build()
    empty = world.chain.snapshot()
    settle_in(world)
    settled = world.chain.snapshot()
    for name in sorted(_situations, key=_of_an_empty_market.__contains__):
        world.chain.revert(empty if name in _of_an_empty_market else settled)
        transaction = _situations[name](world)
        receipt: Receipt = world.chain.send(replace(transaction, gas=10_000_000))
        assert receipt.gas_used is not None
        yield name, receipt.gas_used


def keepers_table(gas: dict[str, int]) -> dict[str, dict[str, int]]:
    """What `isomargin.protocol.gas` reckons with: by action, the gas of the first effect and of each more.

    For batches of liquidations also that of one which ends nothing, and of each entry in it that is sound or
    gone.
    """
    liquidation = gas["liquidate in full, keeper holds tokens"]
    nine_more = gas["liquidate a batch of 10 in full"] - liquidation
    one_sound = gas["liquidate a batch of 1, which is sound"]
    each_sound = (gas["liquidate a batch of 10, all sound"] - one_sound) // 9
    none = one_sound - each_sound
    order = gas["execute a stop-loss"]
    return {
        "liquidate_batch": {
            "first": liquidation,
            "each_more": nine_more // 9,
            "none": none,
            "each_sound": each_sound,
            "each_gone": (gas["liquidate a batch of 10, all gone"] - none) // 10,
        },
        "execute_orders": {"first": order, "each_more": gas["execute a batch of both"] - order},
        "deleverage": {"first": gas["deleverage"], "each_more": 0},
        "call_margin": {"first": gas["call a margin"], "each_more": 0},
    }


# Writing down


def gas_table(gas: dict[str, int]) -> str:
    """The table of gas for the document."""
    rows = [f"| {name} | {amount:,} |" for name, amount in gas.items()]
    return "\n".join(["| situation | gas |", "|---|---:|", *rows])


def size_table(sizes: dict[str, int]) -> str:
    """The table of code sizes for the document."""
    rows = [f"| `{name}` | {size:,} |" for name, size in sizes.items()]
    return "\n".join(["| contract | bytes of runtime code |", "|---|---:|", *rows])


def with_tables(document: str, snapshot: dict[str, dict[str, int]]) -> str:
    """The document with both tables between their marks replaced."""
    tables = {"gas": gas_table(snapshot["gas"]), "sizes": size_table(snapshot["bytes"])}
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
        before, _, rest = document.partition(begin)
        _, _, after = rest.partition(end)
        document = f"{before}{begin}{table}{end}{after}"
    return document


def main() -> None:
    """Rewrite snapshot, document and the table of the package, and print what was measured."""
    snapshot = measure()
    SNAPSHOT.write_text(json.dumps(snapshot, indent=2) + "\n", encoding="utf-8")
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8"), snapshot), encoding="utf-8")
    GAS_TABLE.write_text(json.dumps(keepers_table(snapshot["gas"]), indent=2) + "\n", encoding="utf-8")
    print(gas_table(snapshot["gas"]))


if __name__ == "__main__":
    main()
