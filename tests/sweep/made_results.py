"""Tables of results as a sweep leaves them, with numbers of a known law in place of played runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

import numpy as np
import pyarrow as pa

from isomargin.sweep.results import ParameterInfo, SweepInfo, SweepResults

__all__ = ["grid_results", "made_sweep", "point_results"]

MONEY = pa.decimal128(38, 18)
_TEXTS = {"state_root", "error"}
_COUNTS = [
    "opened", "liquidated", "bankrupt", "deleveraged", "liquidations", "missed", "waited_most", "blocks",
    "transactions", "violations",
]  # fmt: skip
_FLOATS = {"pool_return", "pool_drawdown", "share_liquidated"}
_COLUMNS = [
    "bad_debt", "insurance_drawdown", "insurance_end", "pool_pnl", "pool_return", "pool_drawdown",
    "keeper_profit", "keeper_gas_cost", "opened", "liquidated", "bankrupt", "deleveraged", "share_liquidated",
    "liquidations", "liquidated_notional", "margin", "notional", "missed", "waited_most", "price_first",
    "price_low", "price_high", "price_last", "blocks", "transactions", "violations", "state_root", "error",
]  # fmt: skip

Setting = Mapping[str, float | str]
Law = Callable[[Setting, float, float], float]
"""From the setting, what chance the seed brings, and what only this run brings: both standard normal."""


def _type(name: str) -> pa.DataType:
    if name in _TEXTS:
        return pa.string()
    return pa.int64() if name in _COUNTS else pa.float64() if name in _FLOATS else MONEY


def point_results(
    settings: Sequence[Setting], seeds: int, law: Law, *, failed: Sequence[int] = (), generator_seed: int = 0
) -> pa.Table:
    """One row a run: `law` is the loss, in quote; all else follows from it in some plain way.

    Parameters
    ----------
    failed : sequence of int
        Runs that have an error in place of results.
    """
    generator = np.random.default_rng(generator_seed)
    common = generator.standard_normal(seeds)
    own = generator.standard_normal((len(settings), seeds))
    rows: list[dict[str, object]] = []
    for point, setting in enumerate(settings):
        for seed in range(seeds):
            run = len(rows)
            row: dict[str, object] = {"run": run, "point": point, "seed": seed + 1}
            row |= {f"parameter.{name}": value for name, value in setting.items()}
            loss = law(setting, float(common[seed]), float(own[point, seed]))
            rows.append(row | (_failure() if run in failed else _played(loss, float(common[seed]))))
    kinds = [pa.field(name, pa.int64()) for name in ("run", "point", "seed")]
    for name, value in (settings[0] if settings else {}).items():
        kinds.append(pa.field(f"parameter.{name}", pa.string() if isinstance(value, str) else pa.float64()))
    kinds += [pa.field(name, _type(name)) for name in _COLUMNS]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def grid_results(axes: Mapping[str, Sequence[float | str]], seeds: int, law: Law, **more: object) -> pa.Table:
    """The same over every combination of the values, the last parameter fastest."""
    settings = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    return point_results(settings, seeds, law, **more)  # type: ignore[arg-type]


def _money(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


def _played(loss: float, chance: float) -> dict[str, object]:
    debt = max(0.0, loss)
    row: dict[str, object] = {name: _money(0) for name in _COLUMNS if _type(name) == MONEY}
    row |= dict.fromkeys(_COUNTS, 0)
    share = min(1.0, max(0.0, 0.1 + loss / 10_000))
    return row | {
        "bad_debt": _money(debt),
        "insurance_drawdown": _money(min(debt, 500.0)),
        "pool_pnl": _money(100 - loss),
        "pool_return": (100 - loss) / 100_000,
        "pool_drawdown": debt / 100_000,
        "keeper_profit": _money(20 + loss / 50),
        "opened": 200,
        "liquidated": round(200 * share),
        "share_liquidated": share,
        "margin": _money(5_000 - loss / 10),
        "price_first": _money(200),
        "price_low": _money(200 * float(np.exp(-0.1 - 0.1 * abs(chance)))),
        "price_high": _money(200 * float(np.exp(0.1 + 0.1 * abs(chance)))),
        "price_last": _money(200 * float(np.exp(0.1 * chance))),
        "blocks": 96,
        "transactions": 900,
        "state_root": "0x00",
        "error": "",
    }


def _failure() -> dict[str, object]:
    return dict.fromkeys(_COLUMNS) | {"state_root": "", "error": "market: price stale"}


def made_sweep(
    table: pa.Table, *, design: str = "grid", complete: bool = True, **more: object
) -> SweepResults:
    """A table of this module as a sweep that was read, with the definition that it would have."""
    columns = [name for name in table.column_names if name.startswith("parameter.")]
    points = len(set(table["point"].to_pylist()))
    seeds = tuple(sorted(set(table["seed"].to_pylist())))
    parameters = []
    for column in columns:
        values = dict.fromkeys(table[column].to_pylist())
        is_text = pa.types.is_string(table[column].type)
        parameters.append(
            ParameterInfo(
                name=column.removeprefix("parameter."),
                kind="choice" if is_text else "number",
                key="" if is_text else f"risk.{column.removeprefix('parameter.')}",
                values=tuple(map(str, values)),
            )
        )
    info = SweepInfo(
        name="margins",
        scenario="Small market",
        base_symbol="ETH",
        token_symbol="USD",
        token_decimals=6,
        engine="revm",
        checks="end",
        design=design,
        confidence=0.95,
        points=points,
        runs=table.num_rows,
        seeds=seeds,
        parameters=tuple(parameters),
        versions={"isomargin": "0.1.0", "numpy": "2.3"},
        fingerprint="ab" * 16,
        file="margins.toml",
    )
    return SweepResults(replace(info, **more), table, complete)  # type: ignore[arg-type]
