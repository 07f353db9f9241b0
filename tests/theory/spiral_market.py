"""One long at a chosen ratio of equity to notional, on the contracts and for the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from isomargin.chain import Chain
from isomargin.model import Bracket, Holding, LiquidationOutcome, Policy, RiskTable, plan_liquidation
from isomargin.protocol import PositionView, Sources, SystemTerms
from isomargin.units import WAD, to_wad
from tests.market.world import PRICE, World, build_world, terms_of

__all__ = ["AUDIT", "DECIMALS", "MAINTENANCE", "Case", "opened_at_ratio", "spiral_terms", "table", "world_of"]

MAINTENANCE = to_wad("0.05")
DECIMALS = 6
AUDIT = Path(__file__).parents[2] / "examples" / "audit" / "contracts"

_SIZE = 10_000 * WAD
_LATER = to_wad("93.85")  # takes all but 500 of a margin of 62,000; what is wanted of it is added


def table(fee: int, *, brackets: tuple[Bracket, ...] | None = None) -> RiskTable:
    """One bracket of 6% and 5%, unless others are given, and a penalty (WAD)."""
    usual = (Bracket(notional_floor=0, imr=to_wad("0.06"), mmr=MAINTENANCE),)
    return RiskTable(brackets or usual, max_notional=10**8 * WAD, liquidation_fee_ratio=fee)


def spiral_terms(
    fee: int, *, health_target: int | None = to_wad("1.2"), small_notional: int | None = None
) -> SystemTerms:
    """A deep market without fees and funding, so that equity follows from margin and price alone."""
    usual = terms_of(
        DECIMALS,
        trade_fee_ratio=0,
        skew_scale=10**9 * WAD,
        max_open_interest=10**7 * WAD,
        max_skew=10**7 * WAD,
        reserve_ratio=0,
        keeper_reserve=0,
    )
    return replace(usual, risk=table(fee), health_target=health_target, small_notional=small_notional)


def world_of(terms: SystemTerms, sources: Sources | None = None) -> World:
    """A market on revm."""
    return build_world(Chain("revm"), terms, sources)


def opened_at_ratio(world: World, ratio: int, beside: int = 0) -> PositionView:
    """Open a long and let the price fall until it has equity of `ratio` (WAD) times its notional.

    Parameters
    ----------
    world : World
    ratio : int
        WAD; equity is brought to it or less than a token unit below it.
    beside : int
        Token units above that.
    """
    world.push(PRICE)
    id = world.open(_SIZE, world.tokens(62_000))
    world.push(_LATER)
    seen = world.position(id)
    missing = (seen.notional * ratio // WAD - seen.equity) // world.scale + beside
    world.act("add_margin", id, missing)
    return world.position(id)


@dataclass(frozen=True)
class Case:
    """What the model needs to plan the liquidation of a position."""

    holding: Holding
    price: int
    risk: RiskTable
    terms: SystemTerms

    @classmethod
    def of(cls, world: World, seen: PositionView) -> Case:
        holding = Holding(seen.size, seen.cost, seen.funding_index, seen.margin, seen.keeper_reserve)
        return cls(holding, _LATER, world.system.terms.risk, world.system.terms)

    def planned(self, policy: Policy) -> LiquidationOutcome:
        return plan_liquidation(
            self.holding,
            price=self.price,
            index=self.holding.funding_index,
            risk=self.risk,
            policy=policy,
            parameters=self.terms.parameters,
            pool_cash=10**15,
            token_scale=self.terms.token_scale,
        )
