"""The machines can fail: each contract broken on purpose is found within a short run."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import Phase, settings

from isomargin.errors import InvariantViolation
from tests.fuzz.campaign import CI, run
from tests.fuzz.dynamic_machine import DynamicMachine
from tests.fuzz.ground import VARIANTS
from tests.fuzz.mutants import FOUND_BY_STILLNESS_ALONE, MUTANTS, PLACES, sources_of
from tests.fuzz.recording import Disagreement
from tests.fuzz.static_machine import StaticMachine

pytestmark = pytest.mark.fuzz

QUICK = settings(CI, max_examples=25, phases=[Phase.generate])


def fault_of(mutant):
    return mutant.fault


@pytest.mark.parametrize("mutant", MUTANTS, ids=fault_of)
def test_dynamic_machine__contract_broken_on_purpose__notices(mutant, tmp_path):
    variants = [each for each in VARIANTS if each.funding == "velocity" or "moving" not in mutant.fault]
    machine = DynamicMachine.with_sources(
        sources_of(mutant), variants=tuple(variants), steered_to=PLACES.get(mutant.fault, ())
    )
    with pytest.raises((Disagreement, InvariantViolation)):
        run(machine, QUICK, folder=tmp_path)
    assert machine.failure is not None
    print(f"after {machine.counts.attempts} actions: {machine.failure.message}")


@pytest.mark.parametrize("mutant", FOUND_BY_STILLNESS_ALONE, ids=fault_of)
def test_static_machine__without_model_and_monitor__still_notices(mutant, tmp_path):
    places = tuple(name for name in PLACES.get(mutant.fault, ()) if name in StaticMachine.actions)
    machine = StaticMachine.with_sources(sources_of(mutant), compares=False, steered_to=places)
    with pytest.raises(Disagreement):
        run(machine, QUICK, folder=tmp_path)
    assert machine.failure is not None
    print(f"after {machine.counts.attempts} actions: {machine.failure.message}")


def test_static_machine__sound_contracts_without_model_and_monitor__finds_nothing():
    machine = StaticMachine.with_sources(None, compares=False)
    run(machine, settings(QUICK, max_examples=5))
    assert machine.counts.attempts > 100


@pytest.mark.parametrize(
    ("machine", "fault"),
    [
        (DynamicMachine, "short open interest never falls"),
        (StaticMachine, "a trade fills at the skew before it"),
    ],
)
def test_script__of_a_failure__fails_on_the_broken_contract_alone(machine, fault, tmp_path):
    (mutant,) = [each for each in MUTANTS if each.fault == fault]
    broken = machine.with_sources(
        sources_of(mutant), compares=machine is DynamicMachine, steered_to=PLACES.get(fault, ())
    )
    with pytest.raises((Disagreement, InvariantViolation)):
        run(broken, QUICK, folder=tmp_path)
    (path,) = tmp_path.iterdir()
    text = path.read_text()
    assert "tests" not in [
        line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith("from ")
    ]
    assert failing(path) == "AssertionError"
    (sources,) = [line for line in text.splitlines() if line.startswith("SOURCES = ")]
    path.write_text(text.replace(sources, "SOURCES = None"))
    assert failing(path) == ""


def failing(path):
    """The exception that ends a script, empty when none does."""
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert ": token.mint(" in done.stdout, done.stderr
    return done.stderr.splitlines()[-1].split(":")[0] if done.returncode else ""
