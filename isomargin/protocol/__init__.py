"""A deployed system: from terms to contracts, from typed calls to transactions, from logs to events."""

from isomargin.protocol.deployment import deploy, market_parameters
from isomargin.protocol.system import BATCH_LIMIT, PAGE_LIMIT, ProtocolEvent, System
from isomargin.protocol.terms import OracleGuards, PoolTerms, SecondSource, Sources, SystemTerms
from isomargin.protocol.views import MarketState, PositionView

__all__ = [
    "BATCH_LIMIT",
    "PAGE_LIMIT",
    "MarketState",
    "OracleGuards",
    "PoolTerms",
    "PositionView",
    "ProtocolEvent",
    "SecondSource",
    "Sources",
    "System",
    "SystemTerms",
    "deploy",
    "market_parameters",
]
