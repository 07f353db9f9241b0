"""What whoever starts a bot may choose, in words; apart, so that a command line loads quickly."""

from __future__ import annotations

from typing import Literal

__all__ = ["Kind", "StrategyName", "Style"]

Kind = Literal["liquidation", "margin-call", "trigger-orders", "deleverage"]
"""What a bot does for the market."""

StrategyName = Literal["patient", "aggressive", "profit-share"]
"""How it bids."""

Style = Literal["json", "text"]
"""How it tells of itself: one JSON object a line, or words."""
