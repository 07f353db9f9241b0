"""Simulates isolated-margin perpetual markets: the real Vyper contracts, real prices, real liquidation keepers."""

__version__ = "0.1.0"

__all__ = ["__version__"]
