"""A scenario: market, people, prices and costs of a run, from TOML or Python, checked before it starts."""

from isomargin.scenario.fault_section import FaultSection
from isomargin.scenario.keeper_section import KeeperSection
from isomargin.scenario.loading import (
    Outline,
    Variant,
    load_scenario,
    outline,
    scenario_from,
    scenario_schema,
    scenario_variants,
    variant_choices,
)
from isomargin.scenario.scenario import Scenario

__all__ = [
    "FaultSection",
    "KeeperSection",
    "Outline",
    "Scenario",
    "Variant",
    "load_scenario",
    "outline",
    "scenario_from",
    "scenario_schema",
    "scenario_variants",
    "variant_choices",
]
