"""`isomargin audit` in this process: what it prints and writes, and how it ends."""

import json

import pytest

from isomargin.audit import Case, play
from tests.audit.scenarios import PUMP, QUIET, REFUSED, write
from tests.cli.conftest import Ended


@pytest.fixture
def audit(command, tmp_path, monkeypatch):
    """Run the command in a folder of its own, on revm."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments) -> Ended:
        return command("audit", *arguments, "--engine", "revm")

    return run


def test_audit__all_as_expected__ends_with_0_and_a_table(audit, tmp_path):
    write(tmp_path, "quiet.toml", QUIET)

    ended = audit("quiet.toml")

    assert (ended.code, ended.err) == (0, "")
    head, row, *_, last = ended.out.splitlines()
    assert head.split() == ["scenario", "variant", "loss", "expected", "verdict"]
    assert row.split()[0] == "quiet"
    assert row.split()[-1] == "pass"
    assert last == "1 as expected"
    assert not (tmp_path / "out").exists()


def test_audit__long_reason__gives_way_and_the_other_columns_do_not(audit, tmp_path):
    reason = "a reason that is far too long for the width of a table that goes into a pipe " * 5
    expectation = f'[[expect]]\nthat = "bad_debt == 0"\nbecause = "{reason.strip()}"\n'
    write(tmp_path, "quiet.toml", f"{QUIET}\n{expectation}")

    ended = audit("quiet.toml")

    head, row, last = ended.out.splitlines()
    assert head.split() == ["scenario", "variant", "loss", "expected", "verdict"]
    assert row.split()[0] == "quiet"
    assert row.split()[-1] == "pass"
    assert "..." in row
    assert last == "1 as expected"


def test_audit__failure__has_a_paragraph_a_command_and_a_bundle(audit, command, tmp_path):
    write(tmp_path, "scenarios/pump.toml", PUMP)

    ended = audit("scenarios", "-j", "1")

    assert ended.code == 1
    assert "FAIL scenarios/pump.toml [defence=off]" in ended.out
    assert "at the end: expected profit(attacker) <= 0, found " in ended.out
    assert "1 as expected, 1 failed" in ended.out
    lines = [line.strip() for line in ended.out.splitlines()]
    again = next(line for line in lines if line.startswith("replay: ")).split()
    alone = command(*again[2:])
    assert alone.code == 1
    assert "expected at the end: profit(attacker) <= 0" in alone.err
    bundle = next(line for line in lines if line.startswith("bundle: ")).split()
    same = command(*bundle[2:])
    assert same.code == 0
    assert "the same to the byte" in same.out


def test_audit__step_that_fails__is_traced_below(audit, tmp_path):
    write(tmp_path, "refused.toml", REFUSED)

    ended = audit("refused.toml")

    assert ended.code == 1
    assert "\n    eve: market.open(size=100e18" in ended.out
    assert '"market: below initial margin"' in ended.out
    assert "\n      at contracts/" in ended.out


def test_audit__bad_files__are_a_line_each_and_the_others_run(audit, tmp_path):
    write(tmp_path, "all/bad.toml", "x = = 1\n")
    write(tmp_path, "all/good.toml", QUIET)
    write(tmp_path, "all/wrong.toml", QUIET.replace("step", "stp"))

    ended = audit("all", "--json", "a.json")

    assert ended.code == 2
    first, second = ended.err.splitlines()
    assert first.startswith("isomargin: all/bad.toml:1: not TOML")
    assert second == 'isomargin: all/wrong.toml:4: prices.stp: unknown key; did you mean "step"?'
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["counts"] == {"passed": 1, "failed": 0, "errors": 1}
    assert [one["file"] for one in document["bad_files"]] == ["all/bad.toml"]


def test_audit__twice__writes_the_same_bytes(audit, tmp_path):
    write(tmp_path, "pump.toml", PUMP)

    audit("pump.toml", "--json", "x/1.json", "--junit", "x/1.xml")
    audit("pump.toml", "--json", "x/2.json", "--junit", "x/2.xml", "-j", "2")

    for kind in ("json", "xml"):
        assert (tmp_path / f"x/1.{kind}").read_bytes() == (tmp_path / f"x/2.{kind}").read_bytes()


def test_audit__filter__plays_what_it_leaves(audit, tmp_path):
    write(tmp_path, "pump.toml", PUMP)

    ended = audit("pump.toml", "-k", "not off", "--durations")

    assert ended.code == 0
    assert "defence=on" in ended.out
    assert "defence=off" not in ended.out
    assert "seconds" in ended.out.splitlines()[0]


def test_audit__no_files_given__takes_the_examples(audit, tmp_path):
    write(tmp_path, "examples/audit/quiet.toml", QUIET)

    assert audit().code == 0


def test_audit__interrupted__shows_what_was_done(audit, tmp_path, monkeypatch):
    write(tmp_path, "a.toml", QUIET)
    write(tmp_path, "b.toml", QUIET)
    played: list[Case] = []

    def interrupted(case, settings):
        if played:
            raise KeyboardInterrupt
        played.append(case)
        return play(case, settings)

    monkeypatch.setattr("isomargin.audit.matrix.play", interrupted)

    ended = audit(".", "--json", "a.json")

    assert ended.code == 130
    assert ended.err == "isomargin: interrupted after 1 of 2 cases\n"
    assert ended.out.splitlines()[-1] == "1 as expected"
    assert json.loads((tmp_path / "a.json").read_text())["complete"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected scenario files or folders: there is no examples/audit"),
        (("none.toml",), "none.toml: no such file or folder"),
        (("quiet.toml", "-k", "and"), "-k 'and': expected parts of names"),
        (("quiet.toml", "-k", "loud"), "-k 'loud': expected a part of the name of one of 1 cases"),
        (("quiet.toml", "-j", "0"), "Invalid value for '-j'"),
        (("quiet.toml", "--json", "quiet.toml/x"), "--json quiet.toml/x: cannot be written"),
        (("quiet.toml", "--replay", "x.json"), "--replay: a bundle says it all"),
        (("--replay", "none.json"), "--replay: a bundle says it all"),
    ],
)
def test_audit__wrong_options__are_one_line_and_2(audit, tmp_path, arguments, message):
    write(tmp_path, "quiet.toml", QUIET)

    ended = audit(*arguments)

    assert ended.code == 2
    [line] = ended.err.splitlines()
    assert message in line


def test_audit__replay_of_no_bundle__is_one_line_and_2(command, small):
    ended = command("audit", "--replay", small)

    assert ended.code == 2
    [line] = ended.err.splitlines()
    assert f"{small}: expected a bundle of an audit" in line


def test_run__variant__is_chosen_by_an_option(command, tmp_path):
    file = write(tmp_path, "pump.toml", PUMP)

    chosen = command("run", file, "--variant", "defence=on", "--engine", "revm")
    unchosen = command("run", file, "--engine", "revm")

    assert chosen.code == 0
    assert unchosen.code == 2
    assert unchosen.err == (f"isomargin: {file}: has variants; expected a choice: --variant defence=off|on\n")


@pytest.mark.parametrize("name", ["run", "serve"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--variant", "defence"), "--variant defence: expected an axis and a name, as in defence=off"),
        (("--variant", "defence="), "--variant defence=: expected an axis and a name"),
        (("--variant", "a=b", "--variant", "a=c"), "--variant a=c: expected each axis once, found a again"),
        (("--variant", "defence=of"), "no variant 'of' of defence; did you mean \"off\"?"),
        (("--variant", "defense=off"), "no axis 'defense' of variants; did you mean \"defence\"?"),
    ],
)
def test_command__wrong_choice_of_variant__is_one_line_and_2(command, tmp_path, name, options, message):
    ended = command(name, write(tmp_path, "pump.toml", PUMP), *options)

    assert ended.code == 2
    [line] = ended.err.splitlines()
    assert message in line
