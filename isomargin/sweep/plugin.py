"""Brings the cargo of a sweep to each worker of a Dask cluster, also to those that come later."""

from __future__ import annotations

from typing import Any

from distributed import WorkerPlugin

from isomargin.sweep.plan import Cargo
from isomargin.sweep.workers import install

__all__ = ["CargoPlugin"]


class CargoPlugin(WorkerPlugin):
    """Installs a cargo where it is set up.

    Parameters
    ----------
    cargo : Cargo
    """

    def __init__(self, cargo: Cargo) -> None:
        self.cargo = cargo

    def setup(self, worker: Any) -> None:
        """Make a worker one that can play the runs of the sweep."""
        install(self.cargo)
