"""Four crashes, three policies, three tables of margins: writes the sweep of them all, and the page about it.

python examples/crashes/crashes.py prepare DATA OUT [--seeds N] [--traders N] [--only CRASH ...]
python examples/crashes/crashes.py show DATA OUT

`scripts/crashes` does both, and the sweep in between. DATA is a folder of candles.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tomllib
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any

from isomargin.errors import IsomarginError

HERE = Path(__file__).parent
MARKET, SWEEP = HERE / "market.toml", "crashes.toml"
CRASHES = {  # candles, and what the main network paid for gas meanwhile, where that is known
    "black_thursday": ("ethusd_10m_2020-03-12.csv", "gas_10m_2020-03-12.csv"),
    "may_2021": ("ethusd_10m_2021-05-19.csv", "gas_10m_2021-05-19.csv"),
    "terra_2022": ("ethusdt_30m_2022-05-09.csv", None),
    "october_2025": ("ethusdt_15m_2025-10-10.csv", None),
}
TIERS = "binance_usdm_leverage_tiers.csv"


def prepare(data: Path, out: Path, seeds: int, traders: int | None, only: list[str]) -> None:
    """Write the sweep file."""
    chosen = {name: files for name, files in CRASHES.items() if not only or name in only}
    check(data, chosen)
    market = read(MARKET)
    variants = market["variants"]
    variants["tiers"]["exchange"]["risk"]["brackets"] = exchange_brackets(
        data / TIERS, market["risk"]["max_notional"]
    )
    crashes = {name: crash(name, files, data) for name, files in chosen.items()}
    if traders is not None:
        for overrides in crashes.values():
            overrides["traders"] = {**overrides["traders"], "count": traders}
    choices = {"crash": crashes, **variants}
    first = {axis: next(iter(names)) for axis, names in variants.items()}
    lines = [
        f"scenario = {text(os.path.relpath(MARKET, out))}",
        f"variant = {text(first)}",
        f"seeds = {seeds}",
    ]
    for axis, names in choices.items():
        lines += ["", "[[parameters]]", f"name = {text(axis)}"]
        for name, overrides in names.items():
            lines += [f"choices.{name}.{key} = {text(value)}" for key, value in overrides.items()]
    out.mkdir(parents=True, exist_ok=True)
    (out / SWEEP).write_text("\n".join(lines) + "\n", encoding="utf-8")


def check(data: Path, chosen: dict[str, Any]) -> None:
    """Refuse a folder that lacks any of the files, in one line."""
    wanted = [TIERS, *(name for files in chosen.values() for name in files if name)]
    missing = [name for name in wanted if not (data / name).is_file()]
    if missing:
        raise IsomarginError(f"{data}: expected the market data of the crashes, found no {missing[0]}")


def crash(name: str, files: tuple[str, str | None], data: Path) -> dict[str, Any]:
    """What a crash lays over the market: its own file's tables, its candles and its gas."""
    candles, gas = files
    told = read(HERE / f"{name}.toml")
    overrides = {key: told[key] for key in ("name", "traders", "gas") if key in told}
    overrides["prices"] = {"file": str((data / candles).resolve())}
    if gas is not None:
        overrides["gas"] = {"file": str((data / gas).resolve()), "column": "p60_gwei"}
    return overrides


def exchange_brackets(file: Path, max_notional: int) -> list[dict[str, Decimal]]:
    """The brackets of the ETH contract: initial margin is one over its largest leverage, rounded up."""
    with file.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["symbol"] == "ETH/USDT"]
    digits = Decimal(1).scaleb(-18)
    return [
        {
            "notional_floor": Decimal(row["min_notional_usdt"]),
            "imr": (1 / Decimal(row["max_leverage"])).quantize(digits, rounding=ROUND_UP),
            "mmr": Decimal(row["maintenance_margin_rate"]),
        }
        for row in rows
        if Decimal(row["min_notional_usdt"]) < max_notional
    ]


def show(data: Path, out: Path) -> None:
    """Write the page about what the sweep left."""
    # Only here: whoever is refused for missing data need not wait for the plots to load.
    from isomargin.prices import candle_path, read_candles
    from isomargin.sweep.matrix_page import Event, MatrixPage, write_matrix_page
    from isomargin.sweep.results import read_results

    results = read_results(out / "sweep")
    names = {info.name: info.values for info in results.info.parameters}["crash"]
    check(data, {name: CRASHES[name] for name in names})
    events = [
        Event(
            key=name,
            title=(told := read(HERE / f"{name}.toml"))["name"],
            text=told["description"],
            path=candle_path(read_candles(data / CRASHES[name][0]), "olhc"),
        )
        for name in names
    ]
    page = MatrixPage(
        title="Four crashes" if len(events) == len(CRASHES) else "Crashes",
        events=tuple(events),
        event_axis="crash",
        rows_axis="policy",
        columns_axis="tiers",
        command="scripts/crashes",
    )
    write_matrix_page(results, out / "report.html", page)


def read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)


def text(value: Any) -> str:
    """A value of TOML, tables inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {text(held)}" for key, held in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(text(held) for held in value) + "]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["prepare", "show"])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--traders", type=int)
    parser.add_argument("--only", nargs="+", choices=list(CRASHES), default=[])
    options = parser.parse_args()
    try:
        if options.action == "prepare":
            prepare(options.data, options.out, options.seeds, options.traders, options.only)
        else:
            show(options.data, options.out)
    except (IsomarginError, OSError) as error:
        print(f"isomargin: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
