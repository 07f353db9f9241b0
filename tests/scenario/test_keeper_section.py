"""What a scenario says about a keeper becomes a bid, bounds and hours; contradictions name their key."""

from __future__ import annotations

from typing import Any

import pytest

from isomargin.errors import ScenarioError
from isomargin.keepers import EscalatingBid, FixedBid, ProfitShareBid
from isomargin.scenario import KeeperSection, load_scenario, scenario_from
from isomargin.units import WAD, to_wad
from tests.scenario.files import SMALLEST, refusal_of, write

GWEI = 10**9
ETHER = 10**18


def keeper(**keys: Any) -> KeeperSection:
    (only,) = scenario_from({"prices": {"values": [100]}, "keepers": [keys]}).keepers
    return only


@pytest.mark.parametrize(
    ("keys", "strategy"),
    [
        ({}, FixedBid()),
        ({"bidding": "fixed"}, FixedBid()),
        ({"bidding": "escalate"}, EscalatingBid(to_wad("1.25"))),
        ({"bidding": "escalate", "escalation": 2}, EscalatingBid(2 * WAD)),
        ({"bidding": "profit-share"}, ProfitShareBid(WAD // 2)),
        ({"bidding": "profit-share", "profit_share": "0.9"}, ProfitShareBid(to_wad("0.9"))),
        ({"bidding": "escalate", "kind": "trigger-orders"}, EscalatingBid(to_wad("1.25"))),
    ],
)
def test_strategy__of_a_file__is_what_it_names(keys, strategy):
    assert keeper(**keys).strategy() == strategy


def test_bounds__of_a_file__are_wei_and_seconds():
    found = keeper(capital="0.25", max_gas_price="80.5", downtime=[[0, "0.5"], {"start": 2, "end": 3}])

    assert found.capital == ETHER // 4
    assert found.highest_gas_price() == 80_500_000_000
    assert found.outages() == ((0, 1_800), (7_200, 10_800))


def test_bounds__of_a_file_without__are_none():
    found = keeper()

    assert (found.capital, found.highest_gas_price(), found.outages()) == (None, None, ())


def test_as_parameters__of_keepers__can_be_read_again():
    keys = {
        "bidding": "escalate",
        "capital": "1.5",
        "refill": True,
        "max_gas_price": 90,
        "downtime": [[1, 2]],
    }
    written = scenario_from({"prices": {"values": [100]}, "keepers": [keys]}).as_parameters()["keepers"]

    assert (written[0]["capital"], written[0]["max_gas_price"]) == ("1.5", "90")
    assert keeper(**written[0]) == keeper(**keys)


WRONG = {
    "bidding": ('bidding = "high"', ":4: keepers[0].bidding: expected 'fixed', 'escalate' or 'profit-share'"),
    "escalation alone": (
        "escalation = 2",
        ':4: keepers[0].escalation: belongs to bidding = "escalate", found "fixed"',
    ),
    "escalation of nothing": (
        'bidding = "escalate"\nescalation = 1',
        ":5: keepers[0].escalation: expected a number above 1, at most 10, found '1'",
    ),
    "share alone": (
        'bidding = "escalate"\nprofit_share = 0.1',
        ':5: keepers[0].profit_share: belongs to bidding = "profit-share", found "escalate"',
    ),
    "share above all": (
        'bidding = "profit-share"\nprofit_share = 1.1',
        ":5: keepers[0].profit_share: expected a number from 0 to 1, found '1.1'",
    ),
    "bidding for nothing": (
        'kind = "margin-call"\nbidding = "escalate"',
        ':5: keepers[0].bidding: belongs to kinds that earn rewards, found "margin-call"',
    ),
    "capital": ("capital = -1", ":4: keepers[0].capital: expected a number of zero or more, found '-1'"),
    "refill of no end": (
        "refill = true",
        ":4: keepers[0].refill: belongs to a keeper with a capital, found none",
    ),
    "refill perhaps": ("refill = 1", ":4: keepers[0].refill: expected true or false, found 1"),
    "downtime backwards": (
        "downtime = [[3, 2]]",
        ":4: keepers[0].downtime[0].end: expected after the start of 3, found 2",
    ),
    "downtime of three": (
        "downtime = [[1, 2, 3]]",
        ":4: keepers[0].downtime[0]: expected start and end, found 3 cells",
    ),
    "downtimes that overlap": (
        "downtime = [\n  [1, 3],\n  [2, 4],\n]",
        ":6: keepers[0].downtime[1]: expected a start at or after the end before it, 3, found 2",
    ),
    "highest price": (
        'max_gas_price = "1e12"',
        ":4: keepers[0].max_gas_price: expected a number from 0 to 1000000000, found '1E+12'",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_load__wrong_keeper__names_file_line_and_key(tmp_path, case):
    addition, message = WRONG[case]
    file = write(tmp_path, f"{SMALLEST}[[keepers]]\n{addition}\n")

    error = refusal_of(load_scenario, file)

    assert isinstance(error, ScenarioError)
    assert str(error).startswith(f"{file}{message}")
