"""Runs a scenario: builds its world, and plays one block after another."""

from isomargin.simulation.building import build_world, system_terms
from isomargin.simulation.interruption import interruption_held
from isomargin.simulation.loop import simulate
from isomargin.simulation.progress import Progress
from isomargin.simulation.recording import Detail
from isomargin.simulation.world import MinedBlock, World

__all__ = [
    "Detail",
    "MinedBlock",
    "Progress",
    "World",
    "build_world",
    "interruption_held",
    "simulate",
    "system_terms",
]
