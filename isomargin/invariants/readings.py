"""What the monitor asks the chain: the market's own small views, several times cheaper than the lens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from isomargin.protocol import System

__all__ = ["PositionReading", "Totals", "read_balances", "read_maintenance", "read_positions", "read_totals"]


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
    market, token, pool = system.market, system.token, system.pool
    (price, refusal), (long, short), (skew, cost_sum, funding_basis), *rest = system.chain.read(
        [
            system.oracle.view("peek"),
            market.view("open_interest"),
            market.view("aggregates"),
            market.view("funding_index"),
            market.view("bad_debt"),
            market.view("last_id"),
            token.view("balanceOf", pool.address),
            pool.view("totalAssets"),
            token.view("totalSupply"),
        ]
    )
    return Totals(price, refusal, long, short, skew, cost_sum, funding_basis, *rest)


def read_positions(system: System, ids: Iterable[int]) -> dict[int, PositionReading]:
    """Read positions by their ids, in rising order."""
    wanted = sorted(ids)
    found = system.chain.read([system.market.view("position", each) for each in wanted])
    return {each: PositionReading(*fields) for each, fields in zip(wanted, found, strict=True)}


def read_balances(system: System, accounts: Iterable[str]) -> dict[str, int]:
    """Read the collateral of accounts, token units."""
    wanted = sorted(accounts)
    found = system.chain.read([system.token.view("balanceOf", each) for each in wanted])
    return dict(zip(wanted, found, strict=True))


def read_maintenance(system: System, notional: int) -> int:
    """Ask the risk engine what a position of this notional must hold now, WAD quote."""
    return int(system.risk_engine.call("maintenance_margin", notional))
