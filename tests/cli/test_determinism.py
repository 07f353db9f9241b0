"""I22: the same scenario and seed in another process, with another hash seed, gives the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CANDLES = ROOT.parent / "shared" / "data" / "ethusd_10m_2020-03-12.csv"

LIVELY = """\
name = "lively"
seed = 11

[prices]
gbm = { start_price = 200, volatility = 4, steps = 12 }

[traders]
count = 10
leverage = { min = 5, max = 40 }
open_over = 3
close_probability = 0.05
top_up = { share = 0.5 }

[[keepers]]
name = "swift"
gas_bid = 1.2

[[keepers]]
name = "slow"
latency = 1

[[keepers]]
name = "rival"
gas_bid = 1.2

[gas]
price = 5
"""


def start(folder, hash_seed, *arguments):
    """A process of its own, with a hash seed that would show any dependence on the order of sets."""
    return subprocess.Popen(
        [sys.executable, "-m", "isomargin", "run", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    out, err = process.communicate(timeout=900)
    assert (process.returncode, err) == (0, "")
    return out


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_run__twice_in_fresh_processes__writes_the_same_bytes(tmp_path):
    """JSON, tables with every block hash and state root, and the report."""
    (tmp_path / "lively.toml").write_text(LIVELY)
    first, second = (
        start(tmp_path, hash_seed, "lively.toml", "--out", f"out{hash_seed}", "--json")
        for hash_seed in (1, 2)
    )

    assert ended(first) == ended(second)
    kept, again = contents(tmp_path / "out1"), contents(tmp_path / "out2")
    assert kept.keys() == again.keys() >= {"report.html", "summary.json", "run.json", "blocks.csv"}
    for name, content in kept.items():
        assert content == again[name], name


def test_run__another_seed__writes_another_story(tmp_path):
    """Otherwise the test above could not fail."""
    (tmp_path / "lively.toml").write_text(LIVELY)
    first, second = (start(tmp_path, 1, "lively.toml", "--seed", seed, "--json") for seed in (11, 12))

    assert ended(first) != ended(second)


@pytest.mark.slow
@pytest.mark.skipif(not CANDLES.exists(), reason=f"REAL MARKET DATA NOT TESTED: no {CANDLES}")
def test_run__example_on_real_candles_twice__prints_the_same_json(tmp_path):
    """A day of ten-minute candles, at one block a price and with fewer checks than the example asks for."""
    example = (ROOT / "examples" / "black_thursday.toml").read_text()
    for wanted, instead in (("blocks_per_price = 3", "blocks_per_price = 1"), ("every = 1 ", "every = 50 ")):
        assert example.count(wanted) == 1
        example = example.replace(wanted, instead)
    (tmp_path / "example.toml").write_text(example)
    first, second = (
        start(tmp_path, hash_seed, "example.toml", "--prices", CANDLES, "--json") for hash_seed in (3, 4)
    )

    summary = ended(first)
    assert summary == ended(second)
    assert '"blocks": 576,' in summary
    assert '"opened": 240,' in summary
