"""A deployed system: from terms to contracts, from typed calls to transactions, from logs to events."""

from isomargin.protocol.artefacts import compiled_source
from isomargin.protocol.deployment import deploy, market_parameters
from isomargin.protocol.deployment_file import (
    DeployedAccount,
    DeployedContract,
    Deployment,
    deployment_document,
    named_account,
    read_deployment,
    system_at,
)
from isomargin.protocol.event_reader import ProtocolEvent
from isomargin.protocol.gas import reckoned_gas
from isomargin.protocol.system import BATCH_LIMIT, ORDER_BATCH_LIMIT, PAGE_LIMIT, System
from isomargin.protocol.terms import OracleGuards, PoolTerms, SecondSource, Sources, SystemTerms
from isomargin.protocol.views import MarketState, PositionView
from isomargin.protocol.what_if import Action, Answer

__all__ = [
    "BATCH_LIMIT",
    "ORDER_BATCH_LIMIT",
    "PAGE_LIMIT",
    "Action",
    "Answer",
    "DeployedAccount",
    "DeployedContract",
    "Deployment",
    "MarketState",
    "OracleGuards",
    "PoolTerms",
    "PositionView",
    "ProtocolEvent",
    "SecondSource",
    "Sources",
    "System",
    "SystemTerms",
    "compiled_source",
    "deploy",
    "deployment_document",
    "market_parameters",
    "named_account",
    "read_deployment",
    "reckoned_gas",
    "system_at",
]
