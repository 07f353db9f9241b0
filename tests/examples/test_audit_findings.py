"""The library of findings: harm with the defence off, none with it on, by bounds worked out by hand."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from isomargin.audit import Case, Settings, find_cases, play

FINDINGS = Path(__file__).parents[2] / "examples" / "audit" / "findings"
FILES = sorted(FINDINGS.glob("*.toml"))
CLASSES = {
    "blocked_receiver",
    "callback_token",
    "dust_delays_liquidation",
    "equality_is_safe",
    "false_returning_token",
    "fee_on_transfer",
    "fee_precision",
    "first_share_inflation",
    "funding_outgrew_the_position",
    "funding_paid_is_received",
    "funding_precision",
    "funding_rounds_to_zero",
    "liquidation_while_paused",
    "lp_flees_a_loss",
    "lp_withdraws_into_a_loss",
    "margin_pulled_before",
    "no_return_token",
    "own_close_sandwich",
    "parameter_change_liquidates",
    "rebasing_token",
    "revert_near_zero_equity",
    "reward_paid_twice",
    "self_liquidation",
    "stale_aggregates",
    "tiny_position",
    "whale_on_both_sides",
}


CASES, BAD = find_cases([FINDINGS])
ROUNDING = Decimal("0.00001")
"""Tokens; every harm is above it."""


def test_library__of_findings__has_every_class_with_the_defence_on_and_off():
    assert BAD == []
    assert {file.stem for file in FILES} == CLASSES
    for name in CLASSES:
        defences = [case.choices["defence"] for case in CASES if case.scenario == name]
        assert set(defences) == {"on", "off"}
        assert defences.count("on") == defences.count("off")


@pytest.mark.parametrize("case", CASES, ids=[f"{case.scenario} {case.variant}" for case in CASES])
def test_finding__each_variant__ends_as_expected_and_loses_without_its_defence_only(case: Case):
    result = play(case, Settings(engine="revm"))
    assert result.error == ""
    assert [failure.sentence() for failure in result.failures] == []
    assert (Decimal(result.loss) > ROUNDING) == (case.choices["defence"] == "off")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_finding__its_file__begins_with_prose_and_gives_reasons(file: Path):
    text = file.read_text(encoding="utf-8")
    head = text.split("\n\nname = ")[0].splitlines()
    assert 5 <= len(head) <= 10
    assert all(line.startswith("#") and len(line) <= 120 for line in head)
    expectations = tomllib.loads(text)["expect"]
    off = [one for one in expectations if one.get("variant", {}).get("defence") == "off"]
    assert any("because" in one for one in off)
