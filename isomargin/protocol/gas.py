"""What keepers' transactions take in gas, as measured: for the accounts of an engine that counts none."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

__all__ = ["GAS_TABLE", "reckoned_gas"]

GAS_TABLE = Path(__file__).with_name("gas.json")
"""By action: gas of doing it once, and of each time more in a batch. From the gas snapshot."""

_SAME = {"liquidate": "liquidate_batch", "execute": "execute_orders", "execute_batch": "execute_orders"}
_LEAST = 21_000  # of any transaction


def reckoned_gas(action: str, effects: int = 1, *, sound: int = 0, gone: int = 0) -> int:
    """Reckon the gas of a keeper's transaction in a market in use.

    Parameters
    ----------
    action : str
        ``"liquidate_batch"``, ``"execute_orders"``, ``"deleverage"`` or ``"call_margin"``, or the contracts'
        own ``"liquidate"``, ``"execute"`` and ``"execute_batch"``. Anything else is reckoned as the least
        that a transaction takes.
    effects : int
        How many positions or orders it really ended.
    sound, gone : int
        How many it asked for that were not due, or not there any more.

    Returns
    -------
    int
        Gas; within a few per cent of what py-evm and anvil count for the usual kinds of liquidation.
    """
    row = _table().get(_SAME.get(action, action))
    if row is None:
        return _LEAST
    first, each = row["first"], row["each_more"]
    done = first + each * (effects - 1) if effects else row.get("none", first - each)
    return done + row.get("each_sound", 0) * sound + row.get("each_gone", 0) * gone


@cache
def _table() -> dict[str, dict[str, int]]:
    read: dict[str, dict[str, int]] = json.loads(GAS_TABLE.read_text(encoding="utf-8"))
    return read
