"""Every malformed scenario that the loader knows, through the real command: one line, exit code 2."""

from __future__ import annotations

import pytest

from tests.audit.scenarios import QUIET
from tests.scenario import test_keeper_section, test_variants, test_wrong_prices, test_wrong_scripts
from tests.scenario import test_wrong_values as wrong_values
from tests.scenario.files import SMALLEST, write

# By name: what stands in the file, and how the message goes on after it.
MALFORMED: dict[str, tuple[str | bytes, str]] = {
    **test_wrong_prices.WRONG_PRICES,
    **{name: (SMALLEST + text, message) for name, (text, message) in wrong_values.WRONG.items()},
    **{
        name: (text if "[prices]" in text else SMALLEST + text, message)
        for name, (text, message) in test_wrong_scripts.WRONG.items()
    },
    **{
        name: (f"{SMALLEST}[[keepers]]\n{text}\n", message)
        for name, (text, message) in test_keeper_section.WRONG.items()
    },
    **test_variants.WRONG,
    "audit misspelt": (SMALLEST + "[audits]\n", ':3: audits: unknown key; did you mean "audit"?'),
    "loss misspelt": (
        SMALLEST + "[audit]\nlos = 'price'\n",
        ':4: audit.los: unknown key; did you mean "loss"?',
    ),
    "loss that is no text": (
        SMALLEST + "[audit]\nloss = 5\n",
        ":4: audit.loss: expected an expression as text, found 5",
    ),
    "loss that compares": (
        SMALLEST + "[audit]\nloss = 'price > 1'\n",
        ":4: audit.loss: column 7: expected the end, found '>'",
    ),
    "loss that is a status": (
        SMALLEST + "[audit]\nloss = 'HEALTHY'\n",
        ":4: audit.loss: column 1: expected an amount, found HEALTHY",
    ),
    "loss of an unknown term": (
        SMALLEST + "[audit]\nloss = '1 + profits(admin)'\n",
        ":4: audit.loss: column 5: unknown term 'profits'; did you mean \"profit\"?",
    ),
    "loss of nobody": (
        SMALLEST + "[audit]\nloss = 'profit(nobody)'\n",
        ":4: audit.loss: column 8: expected the name of an account, found 'nobody'",
    ),
}


@pytest.fixture
def good_one(tmp_path):
    """Something that an audit includes besides."""
    return write(tmp_path, SMALLEST, "good.toml")


def test_malformed__all__are_many():
    assert len(MALFORMED) >= 200


@pytest.mark.parametrize("case", MALFORMED)
def test_audit__malformed_file__is_one_line_and_exit_code_2(command, tmp_path, good_one, case):
    content, message = MALFORMED[case]
    file = write(tmp_path, content)

    ended = command("audit", file, "--engine", "revm", "--bundles", tmp_path / "bundles")

    assert ended.code == 2
    [line] = ended.err.splitlines()
    assert line.startswith(f"isomargin: {file}{' '.join(message.split(' '))}".rstrip())


def test_audit__one_malformed_among_others__lets_them_run(command, tmp_path):
    bad = write(tmp_path, "[prices]\nvalues = [0]\n", "bad.toml")
    good = write(tmp_path, QUIET, "good.toml")

    ended = command("audit", bad, good, "--engine", "revm")

    assert ended.code == 2
    assert ended.err == f"isomargin: {bad}:2: prices.values[0]: expected a price above zero, found '0'\n"
    assert ended.out.splitlines()[-1] == "1 as expected, 1 not played"
