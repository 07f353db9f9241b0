"""The `isomargin` command."""

from isomargin.cli.app import main

__all__ = ["main"]
