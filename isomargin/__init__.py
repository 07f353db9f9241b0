"""Simulates isolated-margin perpetual markets: real Vyper contracts, real prices, real keepers."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("isomargin")
