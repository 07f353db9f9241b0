"""RiskEngine's multiplier: volatility as observed, the ramp of maintenance, and both equal to the model."""

from __future__ import annotations

from dataclasses import astuple, replace
from math import exp, isclose, isqrt

import numpy as np
import pytest

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract
from isomargin.model import Adjustment, Bracket, Climb, Multipliers, RiskTable
from isomargin.units import WAD, to_wad

DAY = 86_400
RAMP = 1_000
PRICE = 100 * WAD
RISK = RiskTable(
    brackets=(
        Bracket(0, imr=to_wad("0.02"), mmr=to_wad("0.01")),
        Bracket(1_000 * WAD, imr=to_wad("0.2"), mmr=to_wad("0.1")),
    ),
    max_notional=20_000 * WAD,
    liquidation_fee_ratio=to_wad("0.005"),
)
TERMS = Adjustment(
    volatility_reference=to_wad("0.05"),
    volatility_memory=DAY,
    volatility_cap=3 * WAD,
    max_multiplier=5 * WAD,
    ramp_seconds=RAMP,
)
SMALL = 500 * WAD  # needs 10 to open and 5 to stay


@pytest.fixture(scope="module")
def feed(chain: Chain, owner: str) -> Contract:
    feed = chain.deploy(compile_contract("oracle/PriceFeed"), 18, "ETH / USD", sender=owner)
    feed.transact("set_pusher", owner, True, sender=owner)
    feed.transact("push", PRICE, sender=owner)
    return feed


@pytest.fixture(scope="module")
def oracle(chain: Chain, owner: str, feed: Contract) -> Contract:
    return deploy_oracle(chain, owner, feed)


@pytest.fixture(scope="module")
def engine(chain: Chain, owner: str, oracle: Contract) -> Contract:
    return deploy_engine(chain, owner, oracle, TERMS)


def deploy_oracle(chain: Chain, owner: str, feed: Contract) -> Contract:
    oracle = compile_contract("oracle/Oracle")
    return chain.deploy(oracle, feed.address, 30 * DAY, WAD, 10**6 * WAD, 0, 0, sender=owner)


def deploy_engine(chain: Chain, owner: str, oracle: Contract, terms: Adjustment) -> Contract:
    brackets = [astuple(bracket) for bracket in RISK.brackets]
    limits = (RISK.max_notional, RISK.liquidation_fee_ratio, RISK.max_move, RISK.call_ratio)
    engine = compile_contract("risk/RiskEngine")
    return chain.deploy(engine, brackets, *limits, oracle.address, astuple(terms), sender=owner)


def maintenance_multiplier(engine: Contract) -> int:
    return engine.call("margin_multipliers")[1]


def observe_at(
    chain: Chain, engine: Contract, feed: Contract, timestamp: int, price: int, owner: str
) -> None:
    """Push and observe in one block."""
    transactions = [
        feed.transaction("push", price, sender=owner),
        engine.transaction("observe", sender=owner),
    ]
    block = chain.mine(transactions, timestamp=timestamp)
    assert all(receipt.success for receipt in block.receipts)


# Terms


def test_deploy__when_sound__then_terms_and_logs_say_so(chain, engine, oracle):
    assert engine.call("adjustment") == astuple(TERMS)
    assert engine.call("oracle") == oracle.address
    assert engine.call("margin_multipliers") == (WAD, WAD, WAD, WAD, 0)
    announced = {event.name: dict(event.args) for event in engine.events(chain.logs(address=engine.address))}
    assert announced["AdjustmentSet"]["adjustment"] == astuple(TERMS)
    climb = announced["MultiplierChanged"]
    assert (climb["start"], climb["target"], climb["rise"]) == (WAD, WAD, 0)


def test_deploy__when_system_multiplier_is_two__then_maintenance_is_there_at_once(chain, owner, oracle):
    engine = deploy_engine(chain, owner, oracle, replace(TERMS, system_multiplier=2 * WAD))
    assert engine.call("margin_multipliers") == (2 * WAD, 2 * WAD, WAD, 2 * WAD, 0)
    assert engine.call("initial_margin", SMALL) == 20 * WAD


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({0: 10 * WAD + 1}, "risk: reference too high"),
        ({1: 0}, "risk: memory is zero"),
        ({1: 2**32}, "risk: memory too long"),
        ({2: WAD - 1}, "risk: cap below one"),
        ({2: 10 * WAD + 1}, "risk: cap too high"),
        ({3: WAD - 1}, "risk: multiplier below one"),
        ({3: 10 * WAD + 1}, "risk: system multiplier too high"),
        ({4: WAD - 1}, "risk: max multiplier below one"),
        ({4: 10 * WAD}, "risk: multiplier too high"),  # times the last mmr of a tenth is one
        ({5: 0}, "risk: ramp is zero"),
        ({5: 2**32}, "risk: ramp too long"),
    ],
)
def test_set_adjustment__when_senseless__then_refused(engine, owner, refused, changed, reason):
    terms = tuple(changed.get(place, term) for place, term in enumerate(astuple(TERMS)))
    with refused(reason):
        engine.transact("set_adjustment", terms, sender=owner)


def test_set_adjustment__when_multiplier_just_below_the_limit__then_set(engine, owner):
    engine.transact("set_adjustment", astuple(replace(TERMS, max_multiplier=10 * WAD - 1)), sender=owner)
    assert engine.call("adjustment")[4] == 10 * WAD - 1


# The ramp


def test_set_system_multiplier__when_raised__then_opening_at_once_and_maintenance_in_a_ramp(
    chain, engine, owner
):
    receipt = engine.transact("set_system_multiplier", 3 * WAD, sender=owner)
    start = chain.timestamp
    assert engine.call("margin_multipliers")[:2] == (3 * WAD, WAD)
    assert engine.call("initial_margin", SMALL) == 30 * WAD
    assert engine.call("maintenance_margin", SMALL) == 5 * WAD
    (change,) = [event for event in engine.events(receipt.logs) if event.name == "MultiplierChanged"]
    assert change.args == {"start": WAD, "target": 3 * WAD, "started_at": start, "rise": 2 * WAD // RAMP}
    chain.mine(timestamp=start + RAMP // 4)
    assert maintenance_multiplier(engine) == 3 * WAD // 2
    assert engine.call("maintenance_margin", SMALL) == to_wad("7.5")
    chain.mine(timestamp=start + RAMP)
    assert maintenance_multiplier(engine) == 3 * WAD
    chain.mine(timestamp=start + 10 * RAMP)
    assert maintenance_multiplier(engine) == 3 * WAD


def test_set_system_multiplier__when_lowered__then_both_at_once(chain, engine, owner):
    engine.transact("set_system_multiplier", 3 * WAD, sender=owner)
    chain.mine(timestamp=chain.timestamp + RAMP)
    engine.transact("set_system_multiplier", 2 * WAD, sender=owner)
    assert engine.call("margin_multipliers")[:2] == (2 * WAD, 2 * WAD)


def test_set_system_multiplier__when_above_the_largest_product__then_counts_up_to_it(engine, owner):
    engine.transact("set_system_multiplier", 9 * WAD, sender=owner)
    assert engine.call("margin_multipliers")[0] == TERMS.max_multiplier


def test_set_system_multiplier__when_nudged_every_second__then_ramp_is_not_held_up(chain, engine, owner):
    start = chain.timestamp + 1
    for second in range(100):
        nudge = engine.transaction("set_system_multiplier", 3 * WAD + second, sender=owner)
        (receipt,) = chain.mine([nudge], timestamp=start + second).receipts
        assert receipt.success
        assert maintenance_multiplier(engine) == WAD + 2 * WAD // RAMP * second
    chain.mine(timestamp=start + RAMP + 1)
    assert maintenance_multiplier(engine) == 3 * WAD + 99


def test_set_system_multiplier__when_set_often_in_a_block__then_maintenance_stays_within_it(
    chain, engine, owner
):
    engine.transact("set_system_multiplier", 2 * WAD, sender=owner)
    before = chain.timestamp
    raises = [engine.transaction("set_system_multiplier", k * WAD // 2, sender=owner) for k in range(5, 11)]
    chain.mine(raises, timestamp=before + 1)
    assert maintenance_multiplier(engine) == WAD + WAD // RAMP
    assert engine.call("margin_multipliers")[0] == 5 * WAD


# Volatility


def test_observe__when_first__then_only_remembers(chain, engine, feed, owner):
    observe_at(chain, engine, feed, chain.timestamp + 12, 200 * WAD, owner)
    assert engine.call("variance") == 0
    assert engine.call("margin_multipliers") == (WAD, WAD, WAD, WAD, 0)


def test_observe__when_a_day_at_ten_percent__then_as_worked_by_hand(chain, engine, feed, owner):
    observe_at(chain, engine, feed, chain.timestamp + 12, PRICE, owner)
    observe_at(chain, engine, feed, chain.timestamp + DAY, 110 * WAD, owner)
    # a memory of one day keeps 1/e of nothing and takes the rest of 0.1^2
    variance = engine.call("variance")
    assert isclose(variance / WAD, 0.01 * (1 - exp(-1)), rel_tol=1e-5)
    deviation = isqrt(variance * WAD)
    demanded = -(-deviation * WAD // TERMS.volatility_reference)
    assert engine.call("margin_multipliers") == (demanded, WAD, demanded, WAD, deviation)
    assert isclose(demanded / WAD, 0.0795 / 0.05, rel_tol=1e-3)


def test_observe__when_one_jump_is_seen_early_or_late__then_weighs_the_same(chain, engine, feed, owner):
    observe_at(chain, engine, feed, chain.timestamp + 12, PRICE, owner)
    snapshot, start = chain.snapshot(), chain.timestamp
    observe_at(chain, engine, feed, start + 600, 110 * WAD, owner)
    seldom = engine.call("variance")
    chain.revert(snapshot)
    for second in range(60, 600, 60):
        chain.mine([engine.transaction("observe", sender=owner)], timestamp=start + second)
    observe_at(chain, engine, feed, start + 600, 110 * WAD, owner)
    assert isclose(engine.call("variance"), seldom, rel_tol=600 / DAY)


def test_observe__when_twice_in_a_block__then_counts_once(chain, engine, feed, owner):
    observe_at(chain, engine, feed, chain.timestamp + 12, PRICE, owner)
    calls = [engine.transaction("observe", sender=owner) for _ in range(2)]
    block = chain.mine(calls)
    told = [[event.name for event in engine.events(receipt.logs)] for receipt in block.receipts]
    assert told == [["VolatilityObserved"], []]


def test_observe__when_price_is_bad__then_changes_nothing(chain, engine, feed, owner):
    observe_at(chain, engine, feed, chain.timestamp + 12, PRICE, owner)
    chain.mine(timestamp=chain.timestamp + 31 * DAY)
    assert engine.call("observe") is False
    receipt = engine.transact("observe", sender=owner)
    assert receipt.success
    assert receipt.logs == ()


def test_observe__when_price_has_its_largest_jump__then_capped(chain, engine, feed, owner):
    observe_at(chain, engine, feed, chain.timestamp + 12, 2 * WAD, owner)
    for price in (10**5 * WAD, 2 * WAD, 10**5 * WAD):
        observe_at(chain, engine, feed, chain.timestamp + 1_000, price, owner)
    assert engine.call("variance") <= 100 * WAD
    assert engine.call("margin_multipliers")[0] == 3 * WAD  # the volatility cap


def test_set_oracle__when_prices_differ__then_the_step_does_not_count(chain, engine, feed, owner):
    observe_at(chain, engine, feed, chain.timestamp + 12, PRICE, owner)
    other = deploy_oracle(chain, owner, feed)
    engine.transact("set_oracle", other.address, sender=owner)
    observe_at(chain, engine, feed, chain.timestamp + 12, 3 * PRICE, owner)
    assert engine.call("variance") == 0
    assert engine.call("oracle") == other.address


def test_set_oracle__when_not_a_contract__then_refused(engine, owner, refused):
    with refused("risk: not a contract"):
        engine.transact("set_oracle", owner, sender=owner)


# Parity


@pytest.mark.parametrize("seed", range(4))
def test_engine__when_anything_happens__then_equals_the_model_to_the_unit(chain, owner, oracle, feed, seed):
    luck = np.random.default_rng(seed)
    terms = replace(TERMS, volatility_memory=int(luck.integers(60, 3 * DAY)))
    engine = deploy_engine(chain, owner, oracle, terms)
    model = Multipliers.begin(terms, chain.timestamp)
    price, rises, falls = PRICE, 0, 0
    for _ in range(60):
        now = chain.timestamp + int(luck.choice([1, 12, 700, 40_000]))
        before = model
        match luck.choice(["observe", "observe", "observe", "system", "terms"]):
            case "observe":
                change = luck.normal() * luck.choice([0.0, 0.01, 0.1])
                price = min(max(price * int(10**6 * (1 + change)) // 10**6, 2 * WAD), 10**5 * WAD)
                observe_at(chain, engine, feed, now, price, owner)
                model = model.observed(price, now)
            case "system":
                multiplier = int(luck.integers(WAD, 3 * WAD))
                send = engine.transaction("set_system_multiplier", multiplier, sender=owner)
                assert chain.mine([send], timestamp=now).receipts[0].success
                model = model.with_system_multiplier(multiplier, now)
            case "terms":
                changed = replace(
                    model.terms,
                    ramp_seconds=int(luck.integers(1, 5_000)),
                    volatility_reference=int(luck.integers(0, to_wad("0.1"))),
                    max_multiplier=int(luck.integers(WAD, 9 * WAD)),
                )
                send = engine.transaction("set_adjustment", astuple(changed), sender=owner)
                assert chain.mine([send], timestamp=now).receipts[0].success
                model = model.with_terms(changed, now)
        assert model.for_maintenance(now) <= before.for_maintenance(now)  # never higher by an action
        rises += model.for_opening > before.for_opening
        falls += model.for_opening < before.for_opening
        assert engine.call("variance") == model.variance
        assert Climb(*engine.call("climb")) == model.climb
        multiplier = model.for_maintenance(now)
        demanded = (model.terms.volatility_multiplier(model.deviation), model.terms.system_multiplier)
        assert engine.call("margin_multipliers") == (
            model.for_opening, multiplier, *demanded, model.deviation,
        )  # fmt: skip
        notional = int(luck.integers(0, 20_000 * 10**9)) * 10**9 + 7
        size = int(luck.choice([-1, 1])) * 10 * WAD
        cash = -size * price // WAD + int(luck.integers(0, 500)) * WAD
        assert engine.call("maintenance_margin", notional) == RISK.maintenance(notional, multiplier)
        assert engine.call("initial_margin", notional) == RISK.initial(notional, model.for_opening)
        liquidation_price = RISK.liquidation_price(size, cash, multiplier)
        assert engine.call("liquidation_price", size, cash) == liquidation_price
        if 1 < liquidation_price < 10**9 * WAD:
            check_bound(engine, size, cash, liquidation_price)
    assert min(rises, falls) > 3


def check_bound(engine: Contract, size: int, cash: int, price: int) -> None:
    """At the liquidation price equity is below maintenance, one unit to the sound side it is not."""

    def is_below(at: int) -> bool:
        value = size * at // WAD
        return cash + value < engine.call("maintenance_margin", abs(value))

    assert is_below(price)
    assert not is_below(price + 1 if size > 0 else price - 1)


def test_maintenance_margin__when_notional_is_beyond_all_bounds__then_still_answers(chain, engine, owner):
    engine.transact("set_system_multiplier", 5 * WAD, sender=owner)
    chain.mine(timestamp=chain.timestamp + RAMP)
    notional = 2**192 - 1
    assert engine.call("maintenance_margin", notional) == RISK.maintenance(notional, 5 * WAD)
