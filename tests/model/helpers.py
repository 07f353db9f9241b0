"""What the tests of the model share: terms with round numbers, published tables, wide random integers."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isomargin.model import Bracket, MarketModel, Moment, Parameters, Rejected, RiskTable
from isomargin.units import WAD, to_wad
from tests.project.tree import ROOT

TIERS = ROOT.parent / "shared" / "data" / "binance_usdm_leverage_tiers.csv"

FLAT = RiskTable(
    (Bracket(0, to_wad("0.02"), to_wad("0.01")),),
    max_notional=to_wad(1_000_000),
    liquidation_fee_ratio=to_wad("0.002"),
)
STEPPED = RiskTable(
    (
        Bracket(0, to_wad("0.02"), to_wad("0.01")),
        Bracket(to_wad(1_000), to_wad("0.05"), to_wad("0.03")),
        Bracket(to_wad(5_000), to_wad("0.2"), to_wad("0.1")),
    ),
    max_notional=to_wad(20_000),
    liquidation_fee_ratio=to_wad("0.002"),
)
PARAMETERS = Parameters(
    trade_fee_ratio=to_wad("0.001"),
    keeper_share=to_wad("0.5"),
    max_funding_rate=to_wad("0.1"),
    reserve_ratio=to_wad("0.5"),
    skew_scale=to_wad(1_000),
    max_open_interest=to_wad(500),
    max_skew=to_wad(200),
    min_notional=to_wad(100),
    keeper_reserve=3_000_000,
)
NO_LIMIT = 2**255  # what a buyer says who takes any price
FAR = 10**12  # a deadline nobody misses
TOKEN = 10**6  # one token of six decimals


def parameters(**changes: int) -> Parameters:
    """The usual parameters with some changed."""
    return replace(PARAMETERS, **changes)


def funded_market(table: RiskTable = FLAT, pool_cash: int = 1_000_000 * TOKEN, **changes: int) -> MarketModel:
    """A market of six decimals with a rich pool, whose actors have a million tokens each."""
    market = MarketModel(parameters(**changes), table)
    for account in ("alice", "bob", "keeper"):
        market.token.mint(account, 1_000_000 * TOKEN)
    market.pool_deposit(pool_cash)
    return market


def at(price: int | str, now: int = 0) -> Moment:
    """A moment with a good price in whole quote."""
    return Moment(now, to_wad(price))


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """An integer from `low` (above 0) to `high`; every number of digits is equally common."""
    bits = int(rng.integers(low.bit_length(), high.bit_length() + 1))
    top = 1 << (bits - 1)
    drawn = top + int.from_bytes(rng.bytes(32), "big") % top
    return min(high, max(low, drawn))


def published_tables() -> dict[str, tuple[RiskTable, tuple[int, ...]]]:
    """Each published contract's table and its published cumulative deductions, WAD quote."""
    if not TIERS.exists():
        pytest.skip(f"THE PUBLISHED TIERS ARE MISSING: no {TIERS.name} in {TIERS.parent}; nothing compared")
    rows: dict[str, list[dict[str, str]]] = {}
    with TIERS.open(newline="") as lines:
        for row in csv.DictReader(lines):
            rows.setdefault(row["symbol"], []).append(row)
    return {symbol: _published(of_symbol) for symbol, of_symbol in rows.items()}


def _published(rows: list[dict[str, str]]) -> tuple[RiskTable, tuple[int, ...]]:
    table = RiskTable(
        tuple(
            Bracket(
                to_wad(row["min_notional_usdt"]),
                -(-WAD * WAD // to_wad(row["max_leverage"])),
                to_wad(row["maintenance_margin_rate"]),
            )
            for row in rows
        ),
        max_notional=to_wad(rows[-1]["max_notional_usdt"]),
        liquidation_fee_ratio=to_wad("0.001"),
    )
    return table, tuple(to_wad(row["cum_maintenance_deduction"]) for row in rows)


def state_of(market: MarketModel) -> tuple[object, ...]:
    """Everything that a refused action must leave as it was."""
    positions = {position_id: market.record(position_id) for position_id in range(market.books.last_id + 2)}
    return (
        market.books,
        market.parameters,
        market.opening_paused,
        dict(market.token.balances),
        positions,
    )


def assert_refused(market: MarketModel, reason: str, action: Callable[[], object]) -> None:
    """The action is refused with exactly this reason and changes nothing."""
    before = state_of(market)
    with pytest.raises(Rejected) as refusal:
        action()
    assert refusal.value.reason == reason
    assert state_of(market) == before
