import dataclasses
import json

import pytest

from isomargin.errors import InputError
from isomargin.record import BlockRow, CheckRow, KeeperRow, Recorder, RunInfo
from isomargin.units import WAD
from tests.record.crash import POOL_DEPOSITED, crash_record

RUN = RunInfo("small", "py-evm", seed=3, token_decimals=6)

SUMMARY_KEYS = [
    "scenario", "engine", "seed", "blocks", "transactions", "positions", "liquidations", "bad_debt",
    "insurance_fund", "pool", "keeper", "keepers", "missed", "waited", "invariants", "expectations",
    "steps", "state_root",
]  # fmt: skip


def _block(number: int, **values: object) -> BlockRow:
    cells: dict[str, object] = dict.fromkeys(BlockRow.__dataclass_fields__, 0)
    cells |= {"block": number, "hash": "0x01", "state_root": f"0x{number:02x}", **values}
    return BlockRow(**cells)  # type: ignore[arg-type]


def _keeper(rewards: int, gas_cost: int) -> KeeperRow:
    return KeeperRow("keeper", 1, 1, 1, 0, rewards, 100_000, 10**15, gas_cost)


def test_summary__of_two_blocks__takes_the_end_for_balances_and_the_sum_for_flows() -> None:
    recorder = Recorder()
    recorder.append(_block(1, bad_debt=5 * WAD, pool_assets=90, liquidations=2, liquidated_notional=WAD))
    recorder.append(_block(2, bad_debt=7 * WAD + 1, pool_assets=80, insurance_fund=3, liquidations=1))
    recorder.extend([_keeper(4_000_000, 1_500_000), _keeper(0, 3_000_001)])
    recorder.extend([CheckRow(1, "I4", 10, 0, ""), CheckRow(2, "I4", 11, 2, "off by one")])

    summary = recorder.finish(RUN, pool_deposited=100).summary.as_object()

    assert summary["blocks"] == 2
    assert summary["bad_debt"] == "7.000000000000000001"
    assert summary["insurance_fund"] == "0.000003"
    assert summary["pool"] == {"deposited": "0.0001", "assets_end": "0.00008", "pnl": "-0.00002"}
    assert summary["liquidations"] == {"count": 3, "notional": "1"}
    assert summary["keeper"] == {
        "rewards": "4", "gas_used": 200_000, "gas_cost": "4.500001", "profit": "-0.500001",
    }  # fmt: skip
    assert summary["invariants"] == {"checked": 21, "violations": 2}
    assert summary["state_root"] == "0x02"


def test_summary__of_a_crash__counts_each_position_once() -> None:
    record = crash_record()
    counts = record.summary.positions

    assert counts.opened == len(record.positions) == 220
    assert counts.closed + counts.liquidated + counts.open_at_end == counts.opened
    assert counts.liquidated > counts.bankrupt > 0
    assert record.summary.pool.deposited == POOL_DEPOSITED


def test_summary__as_json__is_one_object_with_stable_keys_and_a_newline() -> None:
    text = crash_record().summary.as_json()

    assert text.endswith("}\n")
    assert list(json.loads(text)) == SUMMARY_KEYS
    assert text == crash_record().summary.as_json()


def test_summary__of_nothing__is_all_zero() -> None:
    summary = Recorder().finish(RUN, pool_deposited=5).summary

    assert (summary.blocks, summary.bad_debt, summary.state_root) == (0, 0, "")
    assert (summary.pool.assets_end, summary.pool.pnl) == (5, 0)


def test_append__row_with_a_float__is_refused_at_once() -> None:
    with pytest.raises(InputError, match=r"table blocks, column price: expected int, found 1\.5 \(float\)"):
        Recorder().append(_block(1, price=1.5))


def test_rows__once_made__cannot_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _block(1).price = 2  # type: ignore[misc]


@pytest.mark.parametrize("decimals", [-1, 19])
def test_run_info__token_decimals_out_of_range__is_refused(decimals: int) -> None:
    with pytest.raises(InputError, match="token_decimals: expected 0 to 18"):
        dataclasses.replace(RUN, token_decimals=decimals)
