"""Findings about liquidation that comes too early, for those who hold enough or were kept from acting.

Where nothing else is said a position is long 10 at 100.05: cost 1000.5, fee 1.0005, and with 108.7005 paid in
a margin of 107.7. Its equity is 47.2 with 46.5 of maintenance at 93.05, and at 88 it is insolvent by 12.8.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from isomargin.chain import Transaction
from isomargin.contracts import compile_contract
from isomargin.model import Adjustment
from isomargin.units import WAD, to_wad
from tests.findings.flaws import flaw
from tests.findings.trial import attempt, mine, taken, usual_position
from tests.market.world import FOREVER, RISK, World, terms_of

HOUR = 3_600
CHOSEN_ORACLE = Path(__file__).parents[1] / "market" / "ChosenOracle.vy"


def liquidating_at_the_very_margin(world: World) -> int:
    # a margin of 107.5: 107.5 + 940 - 1000.5 = 47, and 5% of 940 is 47
    id = world.open(10 * WAD, world.tokens("108.5005"))
    world.push("94")
    seen = world.position(id)
    assert seen.equity == seen.maintenance_margin == 47 * WAD
    before = taken(world)
    attempt(world, world.system.liquidate(world.keeper, id))
    return taken(world) - before


def test_equality__equity_is_just_the_maintenance_margin__is_sound(trial):
    """A comparison that is off by its equality sign liquidates people who hold exactly what they were told to
    hold. Here a position is below maintenance or it is sound, and the line itself is on the sound side, to
    the unit.
    """
    trial.decides(
        liquidating_at_the_very_margin,
        flaw("equality is unsafe", ("if worth.equity >= maintenance:", "if worth.equity > maintenance:")),
    )


ADJUSTED = replace(
    terms_of(6),
    adjustment=Adjustment(volatility_reference=to_wad("0.05"), max_multiplier=4 * WAD, ramp_seconds=HOUR),
)


def raising_the_multiplier_and_liquidating(world: World) -> int:
    id = usual_position(world)  # at 100 it holds 107.2, of 50 needed, or of 200
    before = taken(world)
    mine(
        world,
        world.system.set_system_multiplier(4 * WAD),
        world.system.liquidate(world.keeper, id),
        world.system.liquidate_batch(world.keeper, [id]),
    )
    return taken(world) - before


def test_parameter_change__multiplier_quadrupled__liquidates_nobody_in_its_block(trial):
    """Whoever raises a requirement by transaction makes sound positions liquidatable, and may liquidate them
    in the same block. Here a higher requirement binds openings at once and open positions in a ramp, in which
    their owners can act.
    """
    trial.decides(
        raising_the_multiplier_and_liquidating,
        flaw(
            "maintenance follows its multiplier at once",
            ("self.start_climb(reached, target, rise)", "self.start_climb(target, target, 0)"),
        ),
        ADJUSTED,
    )


def setting_a_stricter_table_and_liquidating(world: World) -> int:
    id = usual_position(world)
    before = taken(world)
    stricter = world.system.risk_engine.transaction(
        "set_risk_table",
        [(0, to_wad("0.4"), to_wad("0.3"))],
        RISK.max_notional,
        RISK.liquidation_fee_ratio,
        0,
        sender=world.system.admin,
    )
    mine(world, stricter, world.system.liquidate(world.keeper, id))
    return taken(world) - before


def test_parameter_change__stricter_table__liquidates_nobody_in_its_block(trial):
    """The same finding by way of the table of margin ratios. A table that asks more of anyone has to be
    announced, and waits as long as the ramp takes; one that was not announced is refused.
    """
    trial.decides(
        setting_a_stricter_table_and_liquidating,
        flaw("a stricter table binds at once", ("if tiers.raises(brackets):", "if False:")),
    )


def liquidating_after_an_outage_in_which_the_owner_tops_up(world: World) -> int:
    id = usual_position(world)
    world.spoil_price()
    mine(world, world.system.market.transaction("pause_opening", sender=world.system.guardian))
    before = taken(world)
    mine(world, world.system.add_margin(world.trader, id, world.tokens(50)))
    mine(
        world,
        world.system.push_price(to_wad("93")),  # 37.2 without the top-up, 87.2 with it, of 46.5 needed
        world.system.liquidate(world.keeper, id),
    )
    return taken(world) - before


def test_pause__owner_tops_up_while_all_else_stands__is_not_liquidated_when_it_ends(trial):
    """Protocols paused repayment and top-ups together with everything else, and the first block after the
    pause liquidated people who had not been allowed to help themselves. Adding margin asks for no price and
    heeds no pause.
    """
    trial.decides(
        liquidating_after_an_outage_in_which_the_owner_tops_up,
        flaw(
            "a top-up needs a price",
            (
                "vault: address = vaults.at(id)\n    before: uint256 = vaults.holdings(vault)",
                "vault: address = vaults.at(id)\n"
                '    assert books.exit_price() != 0, "market: no price"\n'
                "    before: uint256 = vaults.holdings(vault)",
            ),
        ),
    )


def liquidating_in_a_pause_and_in_the_grace_after_it(world: World) -> int:
    system, id = world.system, usual_position(world)
    oracle = world.chain.deploy(compile_contract(CHOSEN_ORACLE), sender=system.admin)

    def chosen(what: str, *args: object) -> Transaction:
        return oracle.transaction(f"choose_{what}", *args, sender=world.stranger)

    before = taken(world)
    mine(
        world,
        chosen("price", 93 * WAD, ""),  # 37.2 of 46.5 needed
        chosen("refusals", "oracle: paused", "oracle: paused"),
        system.market.transaction("set_oracle", oracle.address, sender=system.admin),
        system.liquidate(world.keeper, id),
        system.liquidate_batch(world.keeper, [id]),
    )
    mine(
        world,
        chosen("refusals", "oracle: grace after outage", ""),
        chosen("grace", True, 100 * WAD),
        system.liquidate(world.keeper, id),
        system.liquidate_batch(world.keeper, [id]),
        system.add_margin(world.trader, id, world.tokens(20)),
        chosen("refusals", "", ""),
        chosen("grace", False, 0),
        system.liquidate(world.keeper, id),
    )
    return taken(world) - before


def test_pause__of_the_price__liquidates_nobody_before_the_grace_has_ended(trial):
    """Liquidation that goes on while owners are held back, or that is first in the block after an outage,
    takes people who had no chance to act. While the oracle is paused nobody is liquidated, and for a grace
    after it only those who were below maintenance before; a top-up works at any time.
    """
    trial.decides(
        liquidating_in_a_pause_and_in_the_grace_after_it,
        flaw(
            "liquidation asks for any price",
            (
                "price.now, price.in_grace, price.before = extcall administration.oracle.forced_price()",
                "price.now = staticcall administration.oracle.price()",
            ),
        ),
    )


def exits_that_a_pause_of_opening_refuses(world: World) -> int:
    ids = [usual_position(world) for _ in range(3)]
    mine(world, world.system.market.transaction("pause_opening", sender=world.system.guardian))
    world.push("94")
    leaving = [
        world.system.decrease(world.trader, ids[0], WAD, 0, FOREVER),
        world.system.close(world.trader, ids[1], 0, FOREVER),
        world.system.add_margin(world.trader, ids[2], 1),
    ]
    return mine(world, *leaving).count(False)


def test_pause__of_opening__holds_nobody_back_from_leaving(trial):
    """A guardian who can stop exits while prices move and keepers work holds everybody's margin hostage. The
    only thing the market's pause refuses is new risk: reducing, closing and topping up go on, as liquidation
    does.
    """
    trial.decides(
        exits_that_a_pause_of_opening_refuses,
        flaw(
            "a pause holds owners back",
            (
                "assert quantity < fixed_point.magnitude(before.size)",
                "self.check_opening()\n    assert quantity < fixed_point.magnitude(before.size)",
            ),
        ),
    )
