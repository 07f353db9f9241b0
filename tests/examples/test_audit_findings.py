"""The library of findings: harm with the defence off, none with it on, by bounds worked out by hand."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from isomargin.record import RunRecord
from isomargin.scenario import Variant, scenario_variants
from isomargin.scenario.variants import variant_name
from isomargin.simulation import simulate

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


@cache
def variants_of(file: Path) -> dict[str, Variant]:
    return {variant.name: variant for variant in scenario_variants(file)}


def cases() -> list[object]:
    return [
        pytest.param(file, name, id=f"{file.stem} {name}") for file in FILES for name in variants_of(file)
    ]


def broken(record: RunRecord) -> list[str]:
    return [f"{row.that}: {row.left} against {row.right}" for row in record.expectations if not row.holds]


def test_library__of_findings__has_every_class():
    assert {file.stem for file in FILES} == CLASSES


@pytest.mark.parametrize(("file", "name"), cases())
def test_finding__each_variant__ends_as_expected(file: Path, name: str):
    """A scenario whose books are found at fault expects that, too."""
    record = simulate(variants_of(file)[name].scenario, engine="revm")
    assert broken(record) == []
    violations = [check.message for check in record.checks if check.violations]
    assert not violations or any("violations" in row.that for row in record.expectations)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_finding__with_the_defence_on__does_not_do_what_it_does_without(file: Path):
    """What is expected of the flawed contracts does not hold of the sound ones: it is harm, and can fail."""
    for flawed in variants_of(file).values():
        if flawed.choices["defence"] == "on":
            continue
        sound = variants_of(file)[variant_name({**flawed.choices, "defence": "on"})].scenario
        harm = [
            row for row in flawed.scenario.expect if row not in sound.expect and "violations" not in row.that
        ]
        record = simulate(sound.model_copy(update={"expect": tuple(harm)}), engine="revm")
        wanted = {row.that for row in harm}
        assert any(row.that in wanted and not row.holds for row in record.expectations)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_finding__its_file__begins_with_prose_and_gives_reasons(file: Path):
    text = file.read_text(encoding="utf-8")
    head = text.split("\n\nname = ")[0].splitlines()
    assert 5 <= len(head) <= 10
    assert all(line.startswith("#") and len(line) <= 120 for line in head)
    expectations = tomllib.loads(text)["expect"]
    off = [one for one in expectations if one.get("variant", {}).get("defence") == "off"]
    assert any("because" in one for one in off)
