"""A short life of a market in which everything happens once, lawful or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from isomargin.contracts import compile_contract
from isomargin.protocol import market_parameters
from isomargin.units import WAD, to_wad
from tests.system_helpers import ANY_BUY, ANY_SALE, FOREVER, Stage, succeeded

__all__ = ["be_called_back", "live_through", "try_everything"]


_PEOPLE = (
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "manny",
    "giver",
    "mallory",
    "gina",
    "hank",
    "ivy",
    "wanda",
    "leo",
)


def live_through(stage: Stage, *, trying: bool = False) -> None:
    """Play the whole script; what the contracts refuse is refused, whatever they allow goes on.

    With `trying`, the monitor's probes run at the end.
    """
    stage.welcome(*_PEOPLE)
    _open_and_modify(stage)
    _intrude(stage)
    _let_funding_accrue(stage)
    _fall_slowly(stage)
    _crash(stage)
    _leave(stage)
    _tighten(stage)
    _lose_the_price(stage)
    _deleverage(stage)
    _pause(stage)
    if trying:
        stage.probe()
    stage.finish()


def try_everything(stage: Stage) -> None:
    """A few positions, one of them ended with something left in its vault; and everything is tried."""
    _open_and_modify(stage)
    stage.mine(stage.closing("bob", 2))
    stage.mine(stage.donation("carol", 2, 3))
    stage.probe(most=2)


def be_called_back(stage: Stage) -> None:
    """A trader that is a contract closes a position, and another one while it is paid for the first."""
    source = compile_contract(Path(__file__).with_name("Intruder.vy"))
    market, token = stage.system.market.address, stage.system.token.address
    intruder = stage.chain.deploy(source, market, token)
    stage.mine(stage.system.mint(intruder.address, 1_000 * stage.unit))
    someone = stage.person("someone")
    for _ in range(2):
        stage.mine(intruder.transaction("open", 5 * WAD, 100 * stage.unit, sender=someone))
    succeeded(stage.mine(intruder.transaction("close", 1, 2, sender=someone)))
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
    _open_and_modify_for_others(stage)


def _open_and_modify_for_others(stage: Stage) -> None:
    """A manager acts for an owner, who is paid; a giver opens a position for somebody else, who closes it."""
    system, erin, manny = stage.system, stage.person("erin"), stage.person("manny")
    gift = system.open(stage.person("giver"), WAD * 3, 40 * stage.unit, ANY_BUY, FOREVER, erin)
    stage.mine(gift)
    position = system.last_id()
    stage.mine(
        system.approve_manager(erin, position, manny),
        stage.increasing("manny", position, "0.5"),
        system.withdraw_margin(manny, position, stage.unit),
    )
    stage.mine(stage.closing("erin", position))


def _intrude(stage: Stage) -> None:
    """Nobody but an owner may do any of this; nobody at all may ask a vault for tokens."""
    mallory, system = stage.person("mallory"), stage.system
    stage.mine(
        stage.decreasing("mallory", 1, 1),
        system.withdraw_margin(mallory, 3, 5 * stage.unit),
        stage.vault(1).transaction("pay", mallory, stage.unit, sender=mallory),
        system.deleverage(mallory, 2, ANY_BUY),
        system.approve_manager(mallory, 4, mallory),
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
    stage.mine(system.push_price(to_wad("78.5")), system.push_price(to_wad("78.6")))


def _deleverage(stage: Stage) -> None:
    """While the pool is thought too small for what it owes, a winner is closed out, but no loser."""
    system, terms = stage.system, stage.system.terms
    winner, loser = stage.open_one("wanda", 30, 250), stage.open_one("leo", -2, 60)
    wary = replace(terms, parameters=replace(terms.parameters, adl_threshold=1))
    stage.push("79.5")
    stage.mine(system.deleverage(stage.keeper, winner, ANY_SALE))
    stage.mine(
        system.market.transaction("set_parameters", market_parameters(wary), sender=system.admin),
        system.deleverage(stage.keeper, loser, ANY_BUY),
        system.deleverage(stage.keeper, winner, ANY_SALE),
    )


def _pause(stage: Stage) -> None:
    """A pause, and the grace after it, in which the price falls; then the grace is over."""
    system, ivy = stage.system, stage.person("ivy")
    position = stage.open_one("ivy", 20, 120)
    stage.mine(system.oracle.transaction("set_grace_period", 1_200, sender=system.admin))
    stage.mine(system.pause())
    for ending in (system.resume(), system.push_price(to_wad(75))):
        stage.mine(
            stage.opening("bob", 5, 50),
            system.withdraw_margin(ivy, position, stage.unit),
            system.liquidate(stage.keeper, position),
        )
        stage.mine(ending)
    stage.mine(system.liquidate(stage.keeper, position), stage.opening("bob", 5, 50))
    stage.mine(system.liquidate(stage.keeper, position), after=1_200)


def _liquidate_all(stage: Stage) -> None:
    everything = range(1, stage.system.last_id() + 1)
    stage.mine(stage.system.liquidate_batch(stage.keeper, everything))
