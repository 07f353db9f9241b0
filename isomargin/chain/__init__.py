"""The chain: one `Chain` over exchangeable engines, and the records that it gives and takes."""

import os

os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")  # before anything hashes: half the cost of the default

from isomargin.chain.accounts import address_of, address_of_key, private_key_of
from isomargin.chain.call_trace import CallFrame, Stop
from isomargin.chain.chain import BLOCK_INTERVAL, ENDOWMENT, Chain
from isomargin.chain.contract import Contract, Deployable, View
from isomargin.chain.history import History, replayed, replayed_trace, trace_of
from isomargin.chain.types import (
    DEFAULT_GAS,
    Block,
    Event,
    Frame,
    Log,
    Receipt,
    Rehearsal,
    SignedTransaction,
    Transaction,
    TransactionTrace,
)

__all__ = [
    "BLOCK_INTERVAL",
    "DEFAULT_GAS",
    "ENDOWMENT",
    "Block",
    "CallFrame",
    "Chain",
    "Contract",
    "Deployable",
    "Event",
    "Frame",
    "History",
    "Log",
    "Receipt",
    "Rehearsal",
    "SignedTransaction",
    "Stop",
    "Transaction",
    "TransactionTrace",
    "View",
    "address_of",
    "address_of_key",
    "private_key_of",
    "replayed",
    "replayed_trace",
    "trace_of",
]
