"""Which cases an audit finds, and which a filter leaves."""

from pathlib import Path

import pytest

from isomargin.audit import Case, filter_of, find_cases
from isomargin.errors import InputError
from tests.audit.scenarios import PUMP, QUIET, write


def test_find__folder__has_every_variant_of_every_file_by_name(tmp_path):
    write(tmp_path, "b.toml", PUMP)
    write(tmp_path, "inner/a.toml", QUIET)
    write(tmp_path, "notes.txt", "no scenario")

    cases, bad = find_cases([tmp_path])

    assert [(case.scenario, case.variant) for case in cases] == [
        ("b", "defence=off"),
        ("b", "defence=on"),
        ("a", ""),
    ]
    assert bad == []


def test_find__file_that_another_includes__is_a_case_only_by_its_own_name(tmp_path):
    base = write(tmp_path, "base.toml", QUIET)
    write(tmp_path, "top.toml", 'include = "base.toml"\n')

    assert [case.scenario for case in find_cases([tmp_path])[0]] == ["top"]
    assert [case.scenario for case in find_cases([tmp_path, base])[0]] == ["top", "base"]
    assert [case.scenario for case in find_cases([base, base])[0]] == ["base"]


def test_find__bad_file__is_told_and_leaves_the_others(tmp_path):
    write(tmp_path, "good.toml", QUIET)
    wrong = write(tmp_path, "wrong.toml", "x = = 1\n")

    cases, [bad] = find_cases([tmp_path])

    assert [case.scenario for case in cases] == ["good"]
    assert bad.file == wrong
    assert bad.message.startswith(f"{wrong}:1: not TOML")


def test_find__nothing_there__is_refused(tmp_path):
    with pytest.raises(InputError, match="expected scenario files in it, found none"):
        find_cases([tmp_path])
    with pytest.raises(InputError, match="no such file or folder"):
        find_cases([tmp_path / "none"])


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("pump", ["off full", "off target", "on full", "on target"]),
        ("defence=ON", ["on full", "on target"]),
        ("off and full", ["off full"]),
        ("not off", ["on full", "on target"]),
        ("off and not full or on and not target", ["off target", "on full"]),
        ("not (off or full)", ["on target"]),
        ("nothing", []),
    ],
)
def test_filter__parts_of_names__leaves_what_has_them(expression, names):
    cases = [
        Case(Path("x/pump.toml"), {}, f"defence={defence} policy={policy}")
        for defence in ("off", "on")
        for policy in ("full", "target")
    ]

    wanted = filter_of(expression)

    found = [case.variant.replace("defence=", "").replace("policy=", "") for case in cases if wanted(case)]
    assert found == names


@pytest.mark.parametrize("expression", ["", "a and", "or b", "(a", "a b", "a)", "not", "()"])
def test_filter__no_expression__is_refused(expression):
    with pytest.raises(InputError, match="expected parts of names joined by and, or, not"):
        filter_of(expression)
