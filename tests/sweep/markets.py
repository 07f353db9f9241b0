"""Small sweeps: a market of a few traders and prices, which a run plays in a fraction of a second."""

from __future__ import annotations

from pathlib import Path

__all__ = ["MARKET", "SWEEP", "write_sweep"]

MARKET = """\
name = "small market"

[prices]
step = 3_600

[prices.gbm]
start_price = 200
volatility = 2.5
steps = 6

[traders]
count = 5
notional = { min = 5_000, max = 20_000 }
leverage = { min = 15, max = 30 }
open_over = 1

[gas]
price = 10
ether_price = 200
"""

SWEEP = """\
scenario = "market.toml"
engine = "revm"
seeds = 3

[[parameters]]
name = "health"
key = "risk.health_target"
values = [1.1, 1.5]

[[parameters]]
name = "prices"
choices.calm.prices.gbm.volatility = 0.3
choices.wild.prices.gbm.volatility = 4
"""


def write_sweep(folder: Path, text: str = SWEEP, *, market: str = MARKET) -> Path:
    """Put a sweep and its scenario into a folder, and return the file of the sweep."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "market.toml").write_text(market)
    file = folder / "sweep.toml"
    file.write_text(text)
    return file
