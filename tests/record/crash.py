"""A record that looks like a crash: the public hourly prices of 12-13 March 2020 and a made-up population.

Nothing here runs a contract: the arithmetic is simple on purpose, and only shapes and sizes are realistic.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from isomargin.record import (
    BlockRow,
    CheckRow,
    EventRow,
    KeeperRow,
    LiquidationPriceRow,
    MarginRatioRow,
    Moment,
    PositionRow,
    Recorder,
    RunInfo,
    RunRecord,
    Side,
    TransactionRow,
)
from isomargin.units import WAD, from_wad, to_wad

START = 1_583_992_800  # 12 March 2020, 06:00 UTC
TOKEN = 10**6
POOL_DEPOSITED = 8_000_000 * TOKEN
HOURS = (
    "181.82/172/173.8 174.22/167.61/171.61 172.36/166.61/169.54 170.23/167.44/167.97 168.89/125/132.91 "
    "150/123/136.59 142.52/134.01/136.99 139.47/126.75/135.03 142.97/134/139.66 141.53/136.35/141.1 "
    "142.65/134.41/139.35 145.22/138.5/141.96 142.95/136.85/137.23 139.75/136.87/138.37 139.09/125/128.84 "
    "132.8/125.05/130.99 134.95/126.2/127.26 127.32/101.2/107.82 116.36/104.2/106.89 112/96/96.62 "
    "120.2/86/111.12 138/110/124.24 124.24/106/109.7 123.32/109.15/116.63 127/114.22/126.13 "
    "128.47/120/127.28 132.85/119.99/125.33 133.5/125/129.46 133/126.78/131.13 131.21/124.48/127.6 "
    "132.36/125.26/129.26"
)


@dataclass
class _Trader:
    """A position while it is open; amounts in WAD."""

    id: int
    side: Side
    leverage: int
    size: int
    entry: int
    margin: int
    liquidation: int

    def equity(self, price: int) -> int:
        return self.margin + self.size * (price - self.entry) // WAD


def crash_prices() -> list[int]:
    """WAD prices every ten minutes: open, high, low and close of each hour with the points between them."""
    corners = [to_wad("179.5")]
    for hour in HOURS.split():
        corners += [to_wad(price) for price in hour.split("/")]
    prices = [corners[0]]
    for before, after in pairwise(corners):
        prices += [(before + after) // 2, after]
    return prices


def crash_record(positions: int = 220, seed: int = 7, scenario: str = "Black Thursday") -> RunRecord:
    """A finished record; the same arguments give the same record."""
    rng = np.random.default_rng(seed)
    prices = crash_prices()
    traders = [_trader(id, prices[0], rng) for id in range(1, positions + 1)]
    recorder = Recorder()
    ended: dict[int, PositionRow] = {}
    bad_debt, pool, insurance = 0, POOL_DEPOSITED, 25_000 * TOKEN
    for number, price in enumerate(prices, start=1):
        due = [trader for trader in traders if _due(trader, price)]
        leaving = [trader for trader in traders if trader not in due and number > 2 and rng.random() < 0.0012]
        for trader in due + leaving:
            traders.remove(trader)
            row = _ended(trader, number, price, liquidated=trader in due)
            ended[trader.id] = row
            pool -= trader.size * (price - trader.entry) // WAD * TOKEN // WAD
            cover = min(insurance, row.bad_debt * TOKEN // WAD)
            pool += cover - row.bad_debt * TOKEN // WAD
            insurance += row.penalty // 2 - cover
            bad_debt += row.bad_debt
        gas_price = 10**9 * (20 + 180 * len(due) // 12)
        recorder.append(_block(number, price, gas_price, traders, due, pool, insurance, bad_debt))
        recorder.append(_ratios(number, price, traders))
        if number == 1:
            recorder.extend(_liquidation_prices("most open", number, price, traders))
        recorder.extend(_keepers(number, due, gas_price, ended))
        recorder.extend(_transactions(number, due, gas_price))
        recorder.extend(CheckRow(number, f"I{k}", len(traders) + 1, 0, "") for k in (1, 2, 4, 5, 7, 16))
    for trader in traders:
        ended[trader.id] = _opened(trader)
    recorder.extend(_liquidation_prices("end", len(prices), prices[-1], traders))
    recorder.extend(ended[id] for id in sorted(ended))
    info = RunInfo(
        scenario=scenario,
        engine="py-evm",
        seed=seed,
        token_decimals=6,
        versions={"isomargin": "0.1.0", "py-evm": "0.12.1b1", "python": "3.11.7", "vyper": "0.4.3"},
        parameters={
            "market": {"trade_fee_ratio": "0.0005", "skew_scale": "1000000", "decimals": 6},
            "traders": {"count": positions, "leverage": ["2", "50"], "long_share": "0.7"},
            "tiers": [{"floor": "0", "imr": "0.01", "mmr": "0.005"}, {"floor": "50000", "imr": "0.02"}],
        },
        command=f"isomargin run examples/black_thursday.toml --seed {seed}",
        base_symbol="ETH",
        token_symbol="USDC",
    )
    return recorder.finish(info, pool_deposited=POOL_DEPOSITED)


def _trader(id: int, price: int, rng: np.random.Generator) -> _Trader:
    side: Side = "long" if rng.random() < 0.7 else "short"
    leverage = int(min(50, 2 + rng.gamma(2.0, 3.5)))
    notional = int(rng.lognormal(9.5, 1.2) * 100) * WAD // 100
    sign = 1 if side == "long" else -1
    entry = price + price * sign * int(rng.integers(0, 20)) // 10_000
    margin = notional // leverage
    move = entry // leverage * 9 // 10
    return _Trader(id, side, leverage, sign * notional * WAD // entry, entry, margin, entry - sign * move)


def _due(trader: _Trader, price: int) -> bool:
    return price <= trader.liquidation if trader.side == "long" else price >= trader.liquidation


def _opened(trader: _Trader) -> PositionRow:
    notional = abs(trader.size) * trader.entry // WAD
    return PositionRow(
        id=trader.id, owner=f"0x{trader.id:040x}", actor=f"trader {trader.id}", side=trader.side,
        opened_block=1, opened_at=START, entry_price=trader.entry, size=trader.size, notional=notional,
        leverage=str(trader.leverage), margin=trader.margin * TOKEN // WAD,
        liquidation_price_at_open=trader.liquidation, closed_block=None, closed_at=None, exit_price=None,
        outcome="open", bankrupt=False, partial_liquidations=0, penalty=0, keeper_reward=0, bad_debt=0,
        payout=0, fees=notional // 2000, funding=0,
    )  # fmt: skip


def _ended(trader: _Trader, number: int, price: int, *, liquidated: bool) -> PositionRow:
    opened = _opened(trader)
    if liquidated:  # somewhere between its liquidation price and the block's
        price = (3 * trader.liquidation + price) // 4
    equity = trader.equity(price)
    closed_notional = abs(trader.size) * price // WAD
    penalty = max(0, min(closed_notional // 200, equity * 95 // 100)) * TOKEN // WAD if liquidated else 0
    values = {name: getattr(opened, name) for name in PositionRow.__dataclass_fields__}
    values |= {
        "closed_block": number,
        "closed_at": START + 600 * (number - 1),
        "exit_price": price,
        "outcome": "liquidated" if liquidated else "closed",
        "bankrupt": equity < 0,
        "penalty": penalty,
        "keeper_reward": penalty // 2 + 5 * TOKEN if liquidated else 0,
        "bad_debt": max(0, -equity),
        "payout": max(0, equity * TOKEN // WAD - penalty),
        "fees": opened.fees * (1 if liquidated else 2),
        "funding": closed_notional // 10_000 * (1 if trader.side == "long" else -1),
    }
    return PositionRow(**values)


def _block(
    number: int,
    price: int,
    gas_price: int,
    traders: list[_Trader],
    due: list[_Trader],
    pool: int,
    insurance: int,
    bad_debt: int,
) -> BlockRow:
    longs = sum(trader.size for trader in traders if trader.side == "long")
    shorts = -sum(trader.size for trader in traders if trader.side == "short")
    profit = sum(trader.size * (price - trader.entry) // WAD for trader in traders)
    return BlockRow(
        block=number, timestamp=START + 600 * (number - 1), price=price, gas_price=gas_price,
        long_open_interest=longs, short_open_interest=shorts, skew=longs - shorts,
        funding_index=number * WAD // 1000, open_positions=len(traders), liquidatable=0,
        trader_equity=sum(max(0, trader.equity(price)) for trader in traders),
        margin=sum(trader.margin * TOKEN // WAD for trader in traders),
        pool_cash=pool, pool_assets=pool - profit * TOKEN // WAD, insurance_fund=insurance, bad_debt=bad_debt,
        liquidations=len(due), liquidated_notional=sum(abs(trader.size) * price // WAD for trader in due),
        hash=_digest("block", number), state_root=_digest("state", number),
    )  # fmt: skip


def _ratios(number: int, price: int, traders: list[_Trader]) -> MarginRatioRow:
    ratios = sorted(
        trader.equity(price) * WAD // (abs(trader.size) * price // WAD // 200) for trader in traders
    )
    count = len(ratios)
    ranked = [ratios[max(0, -(-count * percent // 100) - 1)] for percent in (0, 5, 25, 50, 75, 95)]
    return MarginRatioRow(number, count, *ranked)


def _liquidation_prices(
    moment: Moment, number: int, price: int, traders: list[_Trader]
) -> list[LiquidationPriceRow]:
    return [
        LiquidationPriceRow(
            moment=moment, block=number, position=trader.id, side=trader.side, size=trader.size,
            notional=abs(trader.size) * price // WAD, margin=trader.margin * TOKEN // WAD,
            equity=trader.equity(price), liquidation_price=trader.liquidation,
        )
        for trader in sorted(traders, key=lambda trader: trader.id)
    ]  # fmt: skip


def _keepers(
    number: int, due: list[_Trader], gas_price: int, ended: dict[int, PositionRow]
) -> list[KeeperRow]:
    rows = []
    for place, name in enumerate(("keeper north", "keeper south", "keeper late")):
        mine = [trader for trader in due if trader.id % 5 in ((0, 1, 2), (3,), (4,))[place]]
        if not mine:
            continue
        gas_used = 60_000 + 110_000 * len(mine)
        gas_cost_wei = gas_used * gas_price
        reward = sum(ended[trader.id].keeper_reward for trader in mine)
        gas_cost = gas_cost_wei * 200 * TOKEN // 10**18
        failed = place // 2
        rows.append(
            KeeperRow(
                keeper=name,
                block=number,
                transactions=1 + failed,
                liquidations=len(mine),
                failed=failed,
                rewards=reward,
                gas_used=gas_used,
                gas_cost_wei=gas_cost_wei,
                gas_cost=gas_cost,
                won=len(mine),
                lost=2 * failed,
                wasted_gas=60_000 * failed,
                wasted_gas_cost=60_000 * failed * gas_price * 200 * TOKEN // 10**18,
            )
        )
    return rows


def _transactions(number: int, due: list[_Trader], gas_price: int) -> list[TransactionRow | EventRow]:
    rows: list[TransactionRow | EventRow] = []
    for index, trader in enumerate(due):
        rows.append(
            TransactionRow(
                block=number, index=index, hash=_digest("transaction", number * 1000 + index),
                sender="0x" + "11" * 20, actor="keeper north", role="keeper", action="liquidate",
                position=trader.id, gas_used=170_000, gas_price=gas_price, success=True, reason="",
            )
        )  # fmt: skip
        arguments = f'{{"id": "{trader.id}", "price": "{from_wad(trader.entry)}"}}'
        rows.append(EventRow(number, index, index, "market", "Liquidated", arguments))
    return rows


def _digest(kind: str, number: int) -> str:
    return "0x" + hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
