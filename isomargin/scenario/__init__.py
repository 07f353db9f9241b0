"""A scenario: market, people, prices and costs of a run, from TOML or Python, checked before it starts."""

from isomargin.scenario.fault_section import FaultSection
from isomargin.scenario.keeper_section import KeeperSection
from isomargin.scenario.loading import (
    Variant,
    load_scenario,
    scenario_from,
    scenario_variants,
    variant_choices,
)
from isomargin.scenario.scenario import Scenario

__all__ = [
    "FaultSection",
    "KeeperSection",
    "Scenario",
    "Variant",
    "load_scenario",
    "scenario_from",
    "scenario_variants",
    "variant_choices",
]
