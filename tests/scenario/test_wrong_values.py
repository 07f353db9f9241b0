"""Wrong values in a scenario: one line with file, line and key, what was found and what was expected."""

import pytest

from isomargin.errors import ScenarioError
from isomargin.scenario import load_scenario
from tests.scenario.files import SMALLEST, refusal_of, write

# What is appended to the smallest scenario, whose last line is 2, and how the message goes on after the file.
WRONG = {
    "unknown section": ("[trader]\ncount = 1\n", ':3: trader: unknown key; did you mean "traders"?'),
    "unknown key": ("[traders]\nlevrage = 2\n", ':4: traders.levrage: unknown key; did you mean "leverage"?'),
    "unknown key far from all": (
        "[insurance]\nxyz = 2\n",
        ":4: insurance.xyz: unknown key; expected one of deposit",
    ),
    "unknown inner key": (
        "[traders.leverage]\nmaxi = 2\n",
        ':4: traders.leverage.maxi: unknown key; did you mean "max"?',
    ),
    "unknown key of an element": (
        "[[keepers]]\n[[keepers]]\nmin_proft = 2\n",
        ':5: keepers[1].min_proft: unknown key; did you mean "min_profit"?',
    ),
    "unknown key before what follows from it": (
        "[risk]\nmax_notional = -1\n[traders]\ncuont = 2\n",
        ':6: traders.cuont: unknown key; did you mean "count"?',
    ),
    "section that is no table": (
        "[traders]\nleverage = 5\n",
        ":4: traders.leverage: expected a table, found 5",
    ),
    "array that is none": ("[pool]\nproviders = 5\n", ":4: pool.providers: expected an array, found 5"),
    "element that is no table": (
        "[pool]\nproviders = [5]\n",
        ":4: pool.providers[0]: expected a table, found 5",
    ),
    "no providers": ("[pool]\nproviders = []\n", ":4: pool.providers: expected at least 1 elements, found 0"),
    "negative leverage": (
        "[traders]\nleverage = { min = -2, max = 5 }\n",
        ":4: traders.leverage.min: expected a number from 1 to 1000, found '-2'",
    ),
    "leverage of one": (
        "[traders.leverage]\nmin = 1\nmax = 1\n",
        ":5: traders.leverage.max: expected a number above 1, at most 1000, found '1'",
    ),
    "leverage upside down": (
        "[traders.leverage]\nmin = 20.5\nmax = 10\n",
        ":5: traders.leverage.max: expected at least the min of 20.5, found 10",
    ),
    "notional upside down": (
        "[traders.notional]\nmin = 2_000\nmax = 1_500\n",
        ":5: traders.notional.max: expected at least the min of 2,000, found 1,500",
    ),
    "notional above the table": (
        "[traders.notional]\nmax = 60_000_000\n",
        ":4: traders.notional.max: expected at most the risk.max_notional of 50,000,000, found 60,000,000",
    ),
    "notional below the market": (
        "[market]\nmin_notional = 1_000\n",
        ": traders.notional.min: expected above the market.min_notional of 1,000, found 1,000",
    ),
    "count below none": (
        "[traders]\ncount = -1\n",
        ":4: traders.count: expected a whole number from 0 to 100000",
    ),
    "count with a fraction": (
        "[traders]\ncount = 2.5\n",
        ":4: traders.count: expected a whole number, found '2.5'",
    ),
    "count of truth": ("[traders]\ncount = true\n", ":4: traders.count: expected a whole number, found True"),
    "share above one": (
        "[traders]\nlong_share = 1.2\n",
        ":4: traders.long_share: expected a number from 0 to 1, found '1.2'",
    ),
    "share of nan": (
        "[traders]\nlong_share = nan\n",
        ":4: traders.long_share: expected a finite number, found NaN",
    ),
    "infinite amount": ("[insurance]\ndeposit = inf\n", ":4: insurance.deposit: expected a finite number"),
    "text for a number": (
        '[insurance]\ndeposit = "a lot"\n',
        ":4: insurance.deposit: expected a number, found 'a lot'",
    ),
    "date for a number": (
        "[insurance]\ndeposit = 2020-01-01\n",
        ":4: insurance.deposit: expected a number, found",
    ),
    "negative amount": (
        "[insurance]\ndeposit = -1\n",
        ":4: insurance.deposit: expected a number of zero or more, found '-1'",
    ),
    "amount beyond all": (
        "[insurance]\ndeposit = 1e999999\n",
        ":4: insurance.deposit: expected a number of zero",
    ),
    "amount below a wad": (
        "[insurance]\ndeposit = 1e-999999\n",
        ":4: insurance.deposit: expected at most 18 digits",
    ),
    "amount finer than the token": (
        "[insurance]\ndeposit = 0.0000001\n",
        ":4: insurance.deposit: expected at most the token's 6 digits behind the point, found 0.0000001",
    ),
    "provider finer than the token": (
        "[[pool.providers]]\ndeposit = 1.5\n[token]\ndecimals = 0\n",
        ":4: pool.providers[0].deposit: expected at most the token's 0 digits behind the point, found 1.5",
    ),
    "decimals": (
        "[token]\ndecimals = 19\n",
        ":4: token.decimals: expected a whole number from 0 to 18, found 19",
    ),
    "long symbol": (
        '[token]\nsymbol = "DOLLAR"\n',
        ":4: token.symbol: expected one to 5 printable characters",
    ),
    "number for a name": ("[[keepers]]\nname = 7\n", ":4: keepers[0].name: expected text, found 7"),
    "same name twice": (
        '[[keepers]]\nname = "lp"\n',
        ":4: keepers[0].name: expected a name of its own, found 'lp', which is another account's",
    ),
    "name of a trader": (
        '[[keepers]]\nname = "trader-1"\n',
        ":4: keepers[0].name: expected a name of its own, found 'trader-1', which is the traders'",
    ),
    "batch too large": (
        "[[keepers]]\nbatch_size = 65\n",
        ":4: keepers[0].batch_size: expected a whole number from 1",
    ),
    "unknown policy": (
        '[risk]\npolicy = "half"\n',
        ":4: risk.policy: expected 'target-health', 'full' or 'half-then-all', found 'half'",
    ),
    "target of another policy": (
        '[risk]\npolicy = "full"\nhealth_target = 2\n',
        ':5: risk.health_target: belongs to the policy "target-health", found "full"',
    ),
    "velocity of another funding": (
        "[market]\nmax_funding_velocity = 1\n",
        ':4: market.max_funding_velocity: belongs to the funding "velocity", found "proportional"',
    ),
    "rate without funding": (
        '[market]\nfunding = "none"\nmax_funding_rate = 0.1\n',
        ':5: market.max_funding_rate: belongs to the funding "proportional" or "velocity", found "none"',
    ),
    "size of another policy": (
        "[risk]\nsmall_notional = 2\n",
        ':4: risk.small_notional: belongs to the policy "half-then-all", found "target-health"',
    ),
    "nothing to multiply": (
        "[risk.adjustment]\nsystem_multiplier = 2\n",
        ":3: risk.adjustment.max_multiplier: expected above 1, as something asks for more, found 1",
    ),
    "multiplier too high": (
        "[risk]\nbrackets = [{ notional_floor = 0, imr = 0.5, mmr = 0.25 }]\n"
        "[risk.adjustment]\nmax_multiplier = 4\n",
        ":6: risk.adjustment.max_multiplier: expected below 4, one over the last mmr, found 4",
    ),
    "profit of a margin call": (
        '[[keepers]]\nkind = "margin-call"\nmin_profit = 2\n',
        ':5: keepers[0].min_profit: belongs to kinds that earn rewards, found "margin-call"',
    ),
    "batch of orders": (
        '[[keepers]]\nkind = "trigger-orders"\nbatch_size = 33\n',
        ":5: keepers[0].batch_size: expected at most 32 orders a transaction, found 33",
    ),
    "orders without a use": (
        "[traders.orders]\nshare = 0.5\n",
        ":4: traders.orders.share: expected a stop_loss, take_profit or entry as well, found none",
    ),
    "fee of orders finer than the token": (
        "[traders.orders]\nfee = 0.0000001\n",
        ":4: traders.orders.fee: expected at most the token's 6 digits behind the point, found 0.0000001",
    ),
    "first floor": (
        "[[risk.brackets]]\nnotional_floor = 5\nimr = 0.2\nmmr = 0.1\n",
        ":4: risk.brackets[0].notional_floor: expected 0, found 5",
    ),
    "brackets unsorted": (
        "[risk]\nbrackets = [\n  { notional_floor = 0, imr = 0.2, mmr = 0.1 },\n"
        "  { notional_floor = 0, imr = 0.4, mmr = 0.2 },\n]\n",
        ":6: risk.brackets[1].notional_floor: expected above the 0 before it, found 0",
    ),
    "ratios not rising": (
        "[risk]\nbrackets = [\n  { notional_floor = 0, imr = 0.2, mmr = 0.1 },\n"
        "  { notional_floor = 9, imr = 0.4, mmr = 0.1 },\n]\n",
        ":6: risk.brackets[1].mmr: expected above the 0.1 before it, found 0.1",
    ),
    "mmr above imr": (
        "[[risk.brackets]]\nnotional_floor = 0\nimr = 0.1\nmmr = 0.2\n",
        ":3: risk.brackets[0]: expected 0 < mmr < imr <= 1, found mmr 0.2 and imr 0.1",
    ),
    "bracket without mmr": (
        "[[risk.brackets]]\nnotional_floor = 0\nimr = 0.1\n",
        ":3: risk.brackets[0].mmr: missing; expected this key",
    ),
    "bracket too fine": (
        "[[risk.brackets]]\nnotional_floor = 0\nimr = 0.1\nmmr = 0.0123456789012345678\n",
        ":6: risk.brackets[0].mmr: 0.0123456789012345678 has more than 18 digits behind the point",
    ),
    "too many brackets": (
        "[risk]\nbrackets = [" + ", ".join(["{ notional_floor = 0, imr = 1, mmr = 0.5 }"] * 17) + "]\n",
        ":4: risk.brackets: expected at most 16 elements, found 17",
    ),
    "largest notional below the table": (
        "[risk]\nmax_notional = 5_000_000\n",
        ":4: risk.max_notional: expected above the last bracket's floor 5000000, found 5000000",
    ),
    "fee above mmr": (
        "[risk]\nliquidation_fee_ratio = 0.005\n",
        ":4: risk.liquidation_fee_ratio: expected from 0 to below the first mmr 0.005, found 0.005",
    ),
    "envelope": (
        "[risk]\nmax_move = 0.0021\n",
        ":4: risk.max_move: 0.0021 plus liquidation_fee_ratio 0.003 is 0.0051: expected 0, or together",
    ),
    "open interest above the scale": (
        "[market]\nskew_scale = 1_000\nmax_open_interest = 1_000\n",
        ":5: market.max_open_interest: expected below the skew_scale of 1,000, found 1,000",
    ),
    "skew above open interest": (
        "[market]\nmax_skew = 200_000_000\n",
        ":4: market.max_skew: expected at most the max_open_interest of 100,000,000, found 200,000,000",
    ),
    "oracle too strict": (
        "[oracle]\nmax_age = 3_599\n",
        ":4: oracle.max_age: expected at least the 3600 s between two prices, found 3599",
    ),
    "oracle bound": (
        "[oracle]\nmin_ratio = 0\n",
        ":4: oracle.min_ratio: expected a number above 0, at most 1",
    ),
    "oracle bound at the price": (
        "[oracle]\nmax_ratio = 1\n",
        ":4: oracle.max_ratio: expected a bound away from the first price, found a ratio of 1",
    ),
    "oracle too fine": (
        "[oracle]\nmax_deviation = 0.1234567891\n",
        ":4: oracle.max_deviation: expected at most 9 digits behind the point, found '0.1234567891'",
    ),
    "blocks that do not fit": (
        "[chain]\nblock_time = 1_000\nblocks_per_price = 4\n",
        ":5: chain.blocks_per_price: expected its blocks to fit into the 3600 s between two prices from "
        "2021-01-01T00:00:00Z, found 4 blocks of 1000 s",
    ),
    "gas twice": (
        "[gas]\nprice = 5\nschedule = [[0, 5]]\n",
        ":5: gas.schedule: expected either price or schedule, found both",
    ),
    "gas rows unsorted": (
        "[gas]\nschedule = [\n  [0, 5],\n  [2, 5],\n  [1, 5],\n]\n",
        ":7: gas.schedule[2]: expected rising hours, found 1 after 2",
    ),
    "gas row of three": (
        "[gas]\nschedule = [[0, 5, 6]]\n",
        ":4: gas.schedule[0]: expected hour and gwei, found 3",
    ),
    "gas rows that are none": (
        "[gas]\nschedule = 5\n",
        ":4: gas.schedule: expected rows of hour and gwei, found 5",
    ),
    "gas price": ("[gas]\nschedule = [[0, -5]]\n", ":4: gas.schedule[0].gwei: expected a number from 0 to"),
    "ether price": (
        '[gas]\nether_price = "spot"\n',
        ":4: gas.ether_price: expected a price or \"index\", found 'spot'",
    ),
    "ether for nothing": (
        "[gas]\nether_price = 0\n",
        ':4: gas.ether_price: expected a price above zero or "index"',
    ),
    "probe perhaps": ("[invariants]\nprobe = 1\n", ":4: invariants.probe: expected true or false, found 1"),
    "checks never": ("[invariants]\nevery = 0\n", ":4: invariants.every: expected a whole number from 1 to"),
}


@pytest.mark.parametrize("case", WRONG)
def test_load__wrong_value__names_file_line_and_key_on_one_line(tmp_path, case):
    addition, message = WRONG[case]
    file = write(tmp_path, SMALLEST + addition)

    error = refusal_of(load_scenario, file)

    assert isinstance(error, ScenarioError)
    assert str(error).startswith(f"{file}{message}")
