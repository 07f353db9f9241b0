"""Liquidations as the chain's own logs tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from tests.server.serve_command import Served

__all__ = ["Paid", "liquidations"]


@dataclass(frozen=True)
class Paid:
    """A liquidation, as the chain's own logs tell it."""

    keeper: str
    position: int
    transaction: str


def liquidations(served: Served) -> list[Paid]:
    """All of them, oldest first."""
    market = served.deployment.contracts["market"]
    [event] = [entry for entry in market.abi if entry.get("name") == "PositionLiquidated"]
    assert [field["name"] for field in event["inputs"] if field["indexed"]] == ["id", "keeper"]
    logs = served.ask(
        "eth_getLogs", {"fromBlock": "0x0", "address": market.address, "topics": [topic_of(event)]}
    )
    return [
        Paid("0x" + log["topics"][2][26:], int(log["topics"][1], 16), log["transactionHash"]) for log in logs
    ]


def topic_of(event: dict[str, Any]) -> str:
    types = ",".join(field["type"] for field in event["inputs"])
    return "0x" + keccak(text=f"{event['name']}({types})").hex()
