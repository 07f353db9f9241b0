"""A market on a token that calls back, and a trader that is a contract and re-enters all it can from its
hooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isomargin.chain import Contract, Transaction
from isomargin.contracts import compile_contract
from isomargin.units import WAD
from tests.findings.trial import attempt
from tests.market.world import FOREVER, World

__all__ = [
    "BURNING",
    "MARKET_ACTIONS",
    "POOL_ACTIONS",
    "QUIET",
    "REVERTING",
    "VIEWS",
    "Reentry",
    "prepare_reentry",
]

QUIET, REENTERING, REVERTING, BURNING = range(4)
ANY_BUY, ANY_SALE = 2**255, 0
GAS = 5_000_000

MARKET_ACTIONS = (
    "open",
    "increase",
    "decrease",
    "close",
    "add_margin",
    "withdraw_margin",
    "claim",
    "approve",
    "liquidate",
    "liquidate_batch",
)
POOL_ACTIONS = ("deposit", "mint", "withdraw", "redeem")
VIEWS = ("position", "pool_obligations", "totalAssets", "previewRedeem")


@dataclass(frozen=True)
class Reentry:
    """A world and what the attacker has in it: two sets of positions, one to act on and one to re-enter with.

    Each set has a sound position of its own, one that ended and has tokens to claim, and somebody's position
    that is below maintenance.
    """

    world: World
    attacker: Contract
    outer: dict[str, int]
    inner: dict[str, int]

    def call(self, action: str, ids: dict[str, int] | None = None) -> tuple[Contract, tuple[Any, ...]]:
        """The contract and the arguments of an action that would succeed now, by itself."""
        own, market, pool = ids or self.outer, self.world.market, self.world.system.pool
        me = self.attacker.address
        one = self.world.tokens(1)
        arguments: dict[str, tuple[Contract, tuple[Any, ...]]] = {
            "open": (market, (10 * WAD, 200 * one, ANY_BUY, FOREVER)),
            "increase": (market, (own["sound"], WAD, ANY_BUY, FOREVER)),
            "decrease": (market, (own["sound"], WAD, ANY_SALE, FOREVER)),
            "close": (market, (own["sound"], ANY_SALE, FOREVER)),
            "add_margin": (market, (own["sound"], one)),
            "withdraw_margin": (market, (own["sound"], one)),
            "claim": (market, (own["ended"], me)),
            "approve": (market, (own["sound"], self.world.stranger)),
            "liquidate": (market, (own["doomed"],)),
            "liquidate_batch": (market, ([own["doomed"]],)),
            "deposit": (pool, (100 * one, me)),
            "mint": (pool, (100 * one * 10**6, me)),
            "withdraw": (pool, (one, me, me)),
            "redeem": (pool, (one * 10**6, me, me)),
            "position": (market, (own["sound"],)),
            "pool_obligations": (market, ()),
            "totalAssets": (pool, ()),
            "previewRedeem": (pool, (10**6,)),
        }
        return arguments[action]

    def acting(self, action: str, ids: dict[str, int] | None = None) -> Transaction:
        """The attacker does this in its own name."""
        target, arguments = self.call(action, ids)
        return acting(self.world, self.attacker, target, action, *arguments)

    def prepare(self, *actions: str, behaviour: int = REENTERING) -> None:
        """Choose what the attacker does when the token calls it."""
        calls = []
        for action in actions:
            target, arguments = self.call(action, self.inner)
            calls.append((target.address, encoded(target, action, *arguments)))
        self.attacker.transact("prepare", calls, behaviour, sender=self.world.stranger, gas=GAS)

    def entered(self, *actions: str) -> list[str]:
        """Those of the prepared actions that went through from a hook, which has been called."""
        assert self.attacker.call("times_called") > 0
        return [
            action for number, action in enumerate(actions) if self.attacker.call("times_entered", number) > 0
        ]

    def wealth(self) -> int:
        """What the attacker holds and could have by redeeming its shares, token units."""
        pool = self.world.system.pool
        shares = pool.call("balanceOf", self.attacker.address)
        return self.world.balance(self.attacker.address) + pool.call("convertToAssets", shares)


def prepare_reentry(world: World) -> Reentry:
    """Deploy an attacker, fund it, and bring about all that its calls need; the price is 93 then."""
    attacker = world.chain.deploy(compile_contract("testing/Reenterer"))
    system, unit = world.system, world.tokens(1)
    world.chain.send(system.mint(attacker.address, 1_000_000 * unit))
    for target in (system.market, system.pool):
        assert attempt(world, acting(world, attacker, system.token, "approve", target.address, 2**256 - 1))
    assert attempt(world, acting(world, attacker, system.pool, "deposit", 10_000 * unit, attacker.address))
    sets = [positions_for(world, attacker) for _ in range(2)]
    world.push("93")
    assert attempt(world, acting(world, attacker, system.token, "register", True))
    return Reentry(world, attacker, *sets)


def positions_for(world: World, attacker: Contract) -> dict[str, int]:
    market, unit = world.market, world.tokens(1)
    found = {}
    for name in ("sound", "ended"):
        opening = (10 * WAD, 500 * unit, ANY_BUY, FOREVER)
        assert attempt(world, acting(world, attacker, market, "open", *opening))
        found[name] = world.system.last_id()
    assert attempt(world, acting(world, attacker, market, "close", found["ended"], ANY_SALE, FOREVER))
    world.chain.send(world.system.mint(world.vault(found["ended"]), 7 * unit))
    found["doomed"] = world.open(10 * WAD, world.tokens("110"), sender=world.rival)
    return found


def acting(world: World, attacker: Contract, target: Contract, function: str, *args: Any) -> Transaction:
    data = encoded(target, function, *args)
    return attacker.transaction("act", target.address, data, sender=world.stranger, gas=GAS)


def encoded(target: Contract, function: str, *args: Any) -> bytes:
    return target.abi.function(function, len(args)).encode(args)
