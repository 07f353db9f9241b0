"""What the monitor asks the chain: the market's own small views, several times cheaper than the lens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from isomargin.protocol import System

__all__ = ["PositionReading", "Totals", "read_balances", "read_maintenance", "read_position", "read_totals"]


class Totals(NamedTuple):
    """Everything about the market that is not a position, as it stands now.

    Open interest and skew are WAD base; the funding basis WAD squared; the funding index, at its last
    accrual, and the oracle's newest price, good or bad, WAD quote per base; pool figures and supply token
    units; the rest WAD quote. `refusal` is the oracle's reason, empty for a good price.
    """

    price: int
    refusal: str
    long_open_interest: int
    short_open_interest: int
    skew: int
    cost_sum: int
    funding_basis: int
    funding_index: int
    bad_debt: int
    last_id: int
    pool_cash: int
    pool_assets: int
    supply: int


class PositionReading(NamedTuple):
    """A position as the market holds it, in the order of its struct; all zero if there never was one."""

    owner: str
    vault: str
    size: int
    cost: int
    funding_index: int
    keeper_reserve: int
    margin: int


def read_totals(system: System) -> Totals:
    """Read the market's totals."""
    market = system.market
    price, refusal = system.oracle.call("peek")
    long, short = market.call("open_interest")
    skew, cost_sum, funding_basis = market.call("aggregates")
    return Totals(
        price=price,
        refusal=refusal,
        long_open_interest=long,
        short_open_interest=short,
        skew=skew,
        cost_sum=cost_sum,
        funding_basis=funding_basis,
        funding_index=market.call("funding_index"),
        bad_debt=market.call("bad_debt"),
        last_id=market.call("last_id"),
        pool_cash=system.token_balance(system.pool.address),
        pool_assets=system.pool.call("totalAssets"),
        supply=system.token.call("totalSupply"),
    )


def read_position(system: System, position_id: int) -> PositionReading:
    """Read one position."""
    return PositionReading(*system.market.call("position", position_id))


def read_balances(system: System, accounts: Iterable[str]) -> dict[str, int]:
    """Read the collateral of accounts, token units."""
    return {account: system.token_balance(account) for account in sorted(accounts)}


def read_maintenance(system: System, notional: int) -> int:
    """Ask the risk engine what a position of this notional must hold now, WAD quote."""
    return int(system.risk_engine.call("maintenance_margin", notional))
