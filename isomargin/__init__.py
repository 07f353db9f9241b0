"""Simulates isolated-margin perpetual markets: the real Vyper contracts, real prices, real liquidation keepers."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("isomargin")
