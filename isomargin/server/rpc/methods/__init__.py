"""The methods, a file for each topic, and the table of them all."""

from __future__ import annotations

from isomargin.server.rpc.methods import (
    blocks,
    calls,
    development,
    fees,
    logs,
    network,
    pool,
    scenario,
    sending,
    state,
    transactions,
    watching,
)
from isomargin.server.rpc.parameters import Method

__all__ = ["all_methods"]

_TOPICS = (
    blocks, calls, development, fees, logs, network, pool, scenario, sending, state, transactions, watching,
)  # fmt: skip


def all_methods() -> dict[str, Method]:
    """Return every method by its name."""
    return {name: method for topic in _TOPICS for name, method in topic.METHODS.items()}
