"""A short life of a market in which everything happens once, lawful or not."""

from __future__ import annotations

from isomargin.units import WAD, to_wad
from tests.system_helpers import Stage

__all__ = ["live_through"]


def live_through(stage: Stage) -> None:
    """Play the whole script; what the contracts refuse is refused, whatever they allow goes on."""
    _open_and_modify(stage)
    _intrude(stage)
    stage.probe()
    _let_funding_accrue(stage)
    _fall_slowly(stage)
    _crash(stage)
    _leave(stage)
    _tighten(stage)
    _lose_the_price(stage)
    stage.finish()


def _open_and_modify(stage: Stage) -> None:
    stage.open_one("alice", 10, 150)
    stage.open_one("bob", -8, 80)
    stage.open_one("carol", 50, 300)
    stage.open_one("dave", "1.2", 6)  # a rest of it would be below the least notional
    stage.mine(
        stage.increasing("alice", 1, "0.333333333333333333"),
        stage.decreasing("bob", 2, "1.7"),
        stage.system.add_margin(stage.person("carol"), 1, 5 * stage.unit),
        stage.donation("carol", 2, 2),
    )
    stage.mine(stage.system.withdraw_margin(stage.person("alice"), 1, 7 * stage.unit))


def _intrude(stage: Stage) -> None:
    """Nobody but an owner may do any of this; nobody at all may ask a vault for tokens."""
    mallory, system = stage.person("mallory"), stage.system
    stage.mine(
        stage.decreasing("mallory", 1, 1),
        system.withdraw_margin(mallory, 3, 5 * stage.unit),
        stage.vault(1).transaction("pay", mallory, stage.unit, sender=mallory),
    )


def _let_funding_accrue(stage: Stage) -> None:
    stage.push("101.7", after=3_600)
    stage.mine(stage.decreasing("alice", 1, "0.777"), stage.increasing("bob", 2, "0.5"))
    stage.push("102.3", after=7_200)
    stage.mine(stage.decreasing("alice", 1, "0.1"))


def _fall_slowly(stage: Stage) -> None:
    """A keeper tries everything, at prices just below each other: parts, then the rest."""
    for price in ("99", "98", "97.5", "97", "96.6", "96.2", "95.9", "95.6", "95.3", "95"):
        stage.push(price, after=600)
        _liquidate_all(stage)


def _crash(stage: Stage) -> None:
    """The larger bad debt comes first, then a smaller one that the insurance fund cannot pay in full."""
    gina, hank = stage.open_one("gina", 30, 130), stage.open_one("hank", 10, 45)
    stage.push(80)
    stage.mine(stage.closing("hank", hank))  # insolvent
    stage.mine(stage.system.liquidate(stage.keeper, gina))
    stage.mine(stage.system.liquidate(stage.keeper, hank))
    _liquidate_all(stage)


def _leave(stage: Stage) -> None:
    """A short closes in profit, a long in loss; an ended position's vault is given tokens, and claimed."""
    system = stage.system
    stage.mine(stage.closing("bob", 2))
    stage.open_one("alice", 4, 50)
    stage.push(79)
    stage.mine(stage.closing("alice", system.last_id()))
    stage.mine(stage.donation("carol", 2, 3))
    for name in ("mallory", "bob"):
        claimant = stage.person(name)
        stage.mine(system.claim(claimant, 2, claimant))


def _tighten(stage: Stage) -> None:
    """Requirements rise: by the admin's multiplier, and by a table that is tried before it is announced."""
    system, admin = stage.system, stage.system.admin
    stage.open_one("ivy", 20, 100)
    stage.mine(system.set_system_multiplier(to_wad("1.4")))
    stage.mine()
    table = ([(0, to_wad("0.05"), to_wad("0.025"))], 1_000_000 * WAD, to_wad("0.005"), 0)
    for function, after in (("set_risk_table", 12), ("announce_risk_table", 12), ("set_risk_table", 3_600)):
        stage.mine(system.risk_engine.transaction(function, *table, sender=admin), after=after)


def _lose_the_price(stage: Stage) -> None:
    """Too old, nothing, and absurd: everybody tries everything; then it is back."""
    system, ivy = stage.system, stage.person("ivy")
    position = system.last_id()
    stage.mine(after=86_401)
    for bad in (None, 0, 2 * 10**9):
        if bad is not None:
            stage.push(bad)
        stage.mine(
            stage.opening("bob", 5, 50),
            stage.decreasing("ivy", position, 1),
            system.withdraw_margin(ivy, position, 1),
            system.liquidate(stage.keeper, position),
            system.liquidate_batch(stage.keeper, [position]),
            system.add_margin(stage.person("bob"), position, stage.unit),
            stage.closing("ivy", position),
        )
    stage.push("78.5")
    stage.probe()


def _liquidate_all(stage: Stage) -> None:
    everything = range(1, stage.system.last_id() + 1)
    stage.mine(stage.system.liquidate_batch(stage.keeper, everything))
