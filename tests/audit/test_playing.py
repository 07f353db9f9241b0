"""What an audit makes of a case: verdict, loss, what was found where another was expected, and traces."""

import pytest

from isomargin.audit import Case, Result, Settings, find_cases, play, play_all
from isomargin.audit import playing as module
from tests.audit.scenarios import PUMP, QUIET, REFUSED, write

REVM = Settings(engine="revm")


def played(folder, text, settings=REVM):
    write(folder, "case.toml", text)
    cases, bad = find_cases([folder / "case.toml"])
    assert not bad
    return [play(case, settings) for case in cases]


@pytest.fixture(scope="module")
def pump(tmp_path_factory):
    return played(tmp_path_factory.mktemp("pump"), PUMP)


def test_play__exploit_and_defence__fails_and_passes(pump):
    off, on = pump

    assert (off.verdict, off.variant, on.verdict, on.variant) == ("FAIL", "defence=off", "pass", "defence=on")
    [failure] = off.failures
    assert failure.what == "at the end"
    assert failure.expected == "profit(attacker) <= 0"
    assert failure.because == "nobody earns by a price of his own"
    assert float(failure.found.split(" against ")[0]) > 1_900
    assert off.expected == on.expected == "nobody earns by a price of his own"
    assert on.failures == ()


def test_play__loss__is_what_pool_and_insurance_have_less(pump, tmp_path):
    off, on = pump
    same = "at_start(pool_assets) + at_start(insurance_fund) - pool_assets - insurance_fund"

    assert float(off.loss) > 1_900  # of the attacker's long of 100 from 100 to 120, at least
    assert float(on.loss) < 0
    assert [one.loss for one in played(tmp_path, PUMP + f'[audit]\nloss = "{same}"\n')] == [off.loss, on.loss]
    assert (off.token, off.seed, off.engine) == ("USD", 3, "revm")


def test_play__loss_of_the_scenarios_own__is_read_at_the_end(tmp_path):
    [result] = played(
        tmp_path, QUIET + '[audit]\nloss = "2 * price - at_start(insurance_fund) + profit(trader-1)"\n'
    )
    [fees] = played(tmp_path, QUIET + '[audit]\nloss = "profit(trader-1)"\n')

    assert float(result.loss) == pytest.approx(2 * 100 - 250_000 + float(fees.loss))
    assert float(fees.loss) < 0


def test_play__without_expectations__is_about_the_books(tmp_path):
    [result] = played(tmp_path, QUIET)

    assert (result.verdict, result.expected, result.loss != "") == ("pass", "the books balance", True)


def test_play__step_that_is_refused__has_its_trace(tmp_path):
    [result] = played(tmp_path, REFUSED)

    [failure] = result.failures
    assert failure.sentence() == (
        'step 1 "greed", open by eve: expected success, found a revert: market: below initial margin'
    )
    lines = failure.trace.splitlines()
    assert lines[0].startswith("eve: market.open(size=100e18, margin=10_000_000")
    assert lines[0].endswith('reverted "market: below initial margin"')
    assert any(line.startswith("  at contracts/") for line in lines)


def test_play__trace_on_either_engine__is_the_same(tmp_path):
    [quick] = played(tmp_path, REFUSED)
    [exact] = played(tmp_path, REFUSED, Settings(engine="py-evm"))

    assert quick.failures == exact.failures


def test_play__step_that_must_be_refused_and_is_not__says_so(tmp_path):
    sound = REFUSED.replace("size = 100", "size = 10").replace("margin = 10 }", "margin = 400 }")
    [result] = played(tmp_path, sound + 'reverts = "no"\n')

    [failure] = result.failures
    assert failure.sentence() == 'step 1 "greed", open by eve: expected a revert with "no", found success'
    assert failure.trace.startswith("eve: market.open(")


def test_play__scenario_that_is_wrong__is_an_error_of_its_file(tmp_path):
    [result] = played(tmp_path, QUIET.replace("step = 60", "stp = 60"))

    assert (result.verdict, result.is_bad_input) == ("ERROR", True)
    assert result.error == f'{tmp_path}/case.toml:4: prices.stp: unknown key; did you mean "step"?'


def test_play__what_only_contracts_can_tell__is_an_error_of_its_file(tmp_path):
    [result] = played(tmp_path, QUIET + "[audit]\nloss = 'read(market, last_idd)'\n")

    assert (result.verdict, result.is_bad_input) == ("ERROR", True)
    assert result.error.startswith(f"{tmp_path}/case.toml:9: audit.loss: expected the name of a function")


def test_play__bug__is_an_error_of_the_run(tmp_path, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(module, "simulate", broken)
    [result] = played(tmp_path, QUIET)

    assert (result.verdict, result.is_bad_input) == ("ERROR", False)
    assert result.error.startswith("RuntimeError: two lines (test_playing.py:")


def test_play__seed_given__replaces_the_files_and_is_in_the_command(tmp_path):
    file = write(tmp_path, "a case.toml", PUMP)
    [case, _] = find_cases([file])[0]

    result = play(case, Settings("revm", seed=9))

    assert result.seed == 9
    assert result.command == (f"isomargin run '{file}' --variant defence=off --seed 9 --engine revm")


def test_play_all__several_processes__give_the_same_in_the_same_order(tmp_path):
    write(tmp_path, "a.toml", PUMP)
    write(tmp_path, "b.toml", REFUSED)
    write(tmp_path, "c.toml", QUIET.replace("step", "stp"))
    cases, _ = find_cases([tmp_path])
    told: list[Result] = []

    alone, whole = play_all(cases, REVM, on_result=told.append)
    together, whole_too = play_all(cases, REVM, processes=2)

    def same(results):
        return [(one.file, one.variant, one.verdict, one.loss, one.failures, one.error) for one in results]

    assert (whole, whole_too) == (True, True)
    assert [one.verdict for one in alone] == ["FAIL", "pass", "FAIL", "ERROR"]
    assert same(alone) == same(together)
    assert told == alone


def test_play_all__interrupted__has_what_was_done(tmp_path, monkeypatch):
    cases = [Case(write(tmp_path, f"{number}.toml", QUIET), {}) for number in range(3)]
    begun = []

    def interrupted(case, settings):
        begun.append(case)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return module.unplayed(case, settings)

    monkeypatch.setattr("isomargin.audit.matrix.play", interrupted)

    results, complete = play_all(cases, REVM)

    assert ([result.scenario for result in results], complete) == (["0"], False)
