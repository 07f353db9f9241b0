"""An attack is put to the contracts as they are, and to contracts in which the finding is put back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from isomargin.chain import Chain, Transaction
from isomargin.protocol import Sources, SystemTerms
from isomargin.units import WAD
from tests.findings.flaws import Flaw, flawed_sources
from tests.market.world import World, build_world, terms_of

__all__ = ["Attack", "Trial", "attempt", "mine", "taken", "usual_position", "wealth"]

Attack = Callable[[World], int]
"""Plays an attack out and measures the harm: what the attacker gained or others lost, above 0 if any."""


@dataclass(frozen=True)
class Trial:
    """Puts attacks to markets on one token."""

    sources: Sources = field(default_factory=Sources)
    _worlds: dict[SystemTerms, World] = field(default_factory=dict, init=False, repr=False)

    def holds(self, attack: Attack, terms: SystemTerms | None = None) -> None:
        """The contracts as they are suffer no harm."""
        world = self._sound_world(terms or terms_of(6))
        start = world.chain.snapshot()
        try:
            harm = attack(world)
        finally:
            world.chain.revert(start)
        assert harm <= 0, f"harm done: {harm}"

    def convicts(self, attack: Attack, flaw: Flaw, terms: SystemTerms | None = None) -> None:
        """With the finding put back the same attack does harm: the check can fail."""
        sources = flawed_sources(flaw, self.sources)
        harm = attack(build_world(Chain(), terms or terms_of(6), sources))
        assert harm > 0, f"no harm done though {flaw.fault}"

    def decides(self, attack: Attack, flaw: Flaw, terms: SystemTerms | None = None) -> None:
        """No harm as the contracts are, harm with the finding put back."""
        self.holds(attack, terms)
        self.convicts(attack, flaw, terms)

    def _sound_world(self, terms: SystemTerms) -> World:
        if terms not in self._worlds:
            self._worlds[terms] = build_world(Chain(), terms, self.sources)
        return self._worlds[terms]


def attempt(world: World, *transactions: Transaction) -> bool:
    """Mine these in one block, in this order; tells whether the last of them succeeded."""
    return mine(world, *transactions)[-1]


def mine(world: World, *transactions: Transaction, after: int = 12) -> list[bool]:
    """Mine these in one block, in this order; tells which succeeded."""
    block = world.chain.mine(transactions, timestamp=world.chain.timestamp + after)
    return [receipt.success for receipt in block.receipts]


def wealth(world: World, *accounts: str) -> int:
    """Token units that these accounts hold together."""
    return sum(world.balance(account) for account in accounts)


def usual_position(world: World) -> int:
    """Long 10 at 100.05 with a margin of 107.7 after the fee; returns its id."""
    return world.open(10 * WAD, world.tokens("108.7005"))


def taken(world: World) -> int:
    """What liquidations pay out to keeper and insurance fund, added to what these had."""
    return wealth(world, world.keeper, world.system.insurance_fund.address)
