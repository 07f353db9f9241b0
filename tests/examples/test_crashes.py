"""Four crashes, policies and tables of margins: the sweep that is written, and what two of them come to."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pa_parquet
import pytest

from isomargin.scenario import load_scenario, scenario_variants
from isomargin.sweep.matrix import MEASURES
from tests.report.page_reader import read_page

ROOT = Path(__file__).parents[2]
CRASHES = ROOT / "examples" / "crashes"
DATA = ROOT.parent / "shared" / "data"
NAMES = ("black_thursday", "may_2021", "terra_2022", "october_2025")

needs_data = pytest.mark.skipif(
    not (DATA / "binance_usdm_leverage_tiers.csv").is_file(), reason=f"no market data in {DATA}"
)


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, CRASHES / "crashes.py", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)


@pytest.mark.parametrize("name", ["market", *NAMES])
def test_scenario__each_variant__can_be_played_without_data(name: str):
    variants = scenario_variants(CRASHES / f"{name}.toml")
    assert len(variants) == 9
    assert {variant.choices["policy"] for variant in variants} == {"full", "target-health", "half-then-all"}


@pytest.mark.parametrize("action", ["prepare", "show"])
def test_crashes__folder_without_data__ends_with_one_line(action: str, tmp_path: Path):
    ended = run(action, tmp_path / "nowhere", tmp_path / "out")
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    if action == "prepare":
        assert line.startswith(
            f"isomargin: {tmp_path / 'nowhere'}: expected the market data of the crashes, found no"
        )
        assert not (tmp_path / "out").exists()
    else:
        assert line.startswith(f"isomargin: {tmp_path / 'out' / 'sweep'}: expected the folder of a sweep")


@needs_data
def test_prepare__tiers_of_the_exchange__are_the_published_ones(tmp_path: Path):
    assert run("prepare", DATA, tmp_path).returncode == 0
    [tiers] = [
        parameter
        for parameter in tomllib.loads((tmp_path / "crashes.toml").read_text(), parse_float=Decimal)[
            "parameters"
        ]
        if parameter["name"] == "tiers"
    ]
    brackets = tiers["choices"]["exchange"]["risk"]["brackets"]
    with (DATA / "binance_usdm_leverage_tiers.csv").open() as lines:
        published = [row for row in csv.DictReader(lines) if row["symbol"] == "ETH/USDT"]
    assert len(brackets) == 5
    for bracket, row in zip(brackets, published, strict=False):
        assert bracket["notional_floor"] == Decimal(row["min_notional_usdt"])
        assert bracket["mmr"] == Decimal(row["maintenance_margin_rate"])
        assert 0 <= bracket["imr"] * Decimal(row["max_leverage"]) - 1 < Decimal("1e-15")

    # and the file that is played without the data says the same, with the deductions that were published
    choices = {"policy": "full", "tiers": "exchange"}
    table = load_scenario(CRASHES / "market.toml", variant=choices).risk.table()
    assert [bracket.mmr for bracket in table.brackets] == [int(each["mmr"] * 10**18) for each in brackets]
    assert list(table.deductions()) == [
        int(Decimal(row["cum_maintenance_deduction"]) * 10**18) for row in published[:5]
    ]


@needs_data
def test_crashes__two_of_them_with_few_traders__make_a_table_and_a_page(tmp_path: Path):
    chosen = ("black_thursday", "october_2025")
    options = ("--seeds", "1", "--traders", "12", "--only", *chosen)
    assert run("prepare", DATA, tmp_path, *options).returncode == 0
    command = [sys.executable, "-m", "isomargin", "sweep", str(tmp_path / "crashes.toml")]
    command += ["--out", str(tmp_path / "sweep"), "-j", "1"]
    subprocess.run(command, check=True, timeout=900, cwd=ROOT)
    assert run("show", DATA, tmp_path).stderr == ""

    rows = pa_parquet.read_table(tmp_path / "sweep" / "results.parquet").to_pylist()
    assert len(rows) == 2 * 3 * 3
    assert {row["error"] for row in rows} == {""}
    assert sum(row["violations"] for row in rows) == 0
    assert {row["parameter.crash"] for row in rows} == set(chosen)
    assert {float(row["price_low"]) for row in rows} == {101.01, 3435.0}
    assert all(row["opened"] <= 12 for row in rows)
    assert sum(row["liquidated"] for row in rows) > 0

    page = read_page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [section.attributes["id"] for section in page.all("section")] == [
        "findings", "overview", *chosen, "sweep",
    ]  # fmt: skip
    assert len(list(page.all("table"))) == 3
    for name in chosen:
        figures = list(page.by_id(name).all("data"))
        assert len(figures) == 9 * len(MEASURES)
