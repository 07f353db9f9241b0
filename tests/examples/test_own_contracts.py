"""A user's own risk engine in a scenario: it decides who may open, and the books balance all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.audit import Settings, find_cases, play

FOLDER = Path(__file__).parents[2] / "examples" / "own_contracts"
CASES, BAD = find_cases([FOLDER])
LOSSES = {"engine=flat": "1340.8", "engine=tiers": "0"}  # bad debt


@pytest.mark.parametrize("engine", ["revm", "py-evm"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.variant)
def test_own_risk_engine__each_variant__is_as_expected(case, engine):
    result = play(case, Settings(engine=engine))
    assert result.failures == ()
    assert (result.verdict, result.loss) == (
        "pass",
        {"engine=flat": "1340.8", "engine=tiers": "0"}[case.variant],
    )


def test_own_risk_engine__both_variants__are_there():
    assert BAD == []
    assert [case.variant for case in CASES] == ["engine=flat", "engine=tiers"]
