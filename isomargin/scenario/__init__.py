"""A scenario: market, people, prices and costs of a run, from TOML or Python, checked before it starts."""

from isomargin.scenario.loading import load_scenario, scenario_from
from isomargin.scenario.resolved import Bracket, MarketParameters, OracleGuards, RiskTerms
from isomargin.scenario.scenario import Scenario

__all__ = [
    "Bracket",
    "MarketParameters",
    "OracleGuards",
    "RiskTerms",
    "Scenario",
    "load_scenario",
    "scenario_from",
]
