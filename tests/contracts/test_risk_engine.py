"""RiskEngine: the table behind its owner, and the margins that the market reads."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract
from isomargin.units import WAD

PERCENT = WAD // 100
TABLE = (
    (0, 2 * PERCENT, 1 * PERCENT),
    (1_000 * WAD, 4 * PERCENT, 2 * PERCENT),
)
MAX_NOTIONAL = 20_000 * WAD
FEE = PERCENT // 2
MAX_MOVE = PERCENT // 4
CALL_RATIO = 5 * WAD // 4
RAMP = 1_000  # seconds
ADJUSTMENT = (0, 86_400, 3 * WAD, WAD, 4 * WAD, RAMP)


@pytest.fixture(scope="module")
def oracle(chain: Chain, owner: str) -> Contract:
    feed = chain.deploy(compile_contract("oracle/PriceFeed"), 18, "ETH / USD", sender=owner)
    return chain.deploy(
        compile_contract("oracle/Oracle"), feed.address, 86_400, 1, 10**9 * WAD, 0, 0, sender=owner
    )


@pytest.fixture(scope="module")
def engine(chain: Chain, owner: str, oracle: Contract) -> Contract:
    terms = (TABLE, MAX_NOTIONAL, FEE, MAX_MOVE, CALL_RATIO, oracle.address, ADJUSTMENT)
    return chain.deploy(compile_contract("risk/RiskEngine"), *terms, sender=owner)


def test_views__when_deployed__then_as_given(engine, owner):
    assert engine.call("brackets") == TABLE
    assert engine.call("max_notional") == MAX_NOTIONAL
    assert engine.call("liquidation_fee_ratio") == FEE
    assert engine.call("max_move") == MAX_MOVE
    assert engine.call("call_ratio") == CALL_RATIO
    assert engine.call("owner") == owner


def test_deploy__when_sound__then_events_tell_the_whole_table(chain, engine):
    announced = {event.name: dict(event.args) for event in engine.events(chain.logs(address=engine.address))}
    assert announced["CallRatioSet"] == {"call_ratio": CALL_RATIO}
    assert announced["RiskTableSet"] == {
        "brackets": TABLE,
        "max_notional": MAX_NOTIONAL,
        "liquidation_fee_ratio": FEE,
        "max_move": MAX_MOVE,
    }


def test_margins__when_read__then_by_the_table(engine):
    # the second bracket's deductions are 1,000 * 2% and 1,000 * 1%
    assert engine.call("initial_margin", 20_000 * WAD) == 780 * WAD
    assert engine.call("maintenance_margin", 20_000 * WAD) == 390 * WAD
    assert engine.call("maintenance_margin", 40_000 * WAD) == 790 * WAD


def test_liquidation_price__when_read__then_by_the_table(engine):
    # 20 * P - 1,980 = 0.02 * 20 * P - 10 at P = 1,970 / 19.6 = 100.51..
    price = engine.call("liquidation_price", 20 * WAD, -1_980 * WAD)
    assert price == 1_970 * WAD * 10 // 196


def test_initial_margin__when_above_max_notional__then_refused(engine, refused):
    with refused("risk: above max notional"):
        engine.call("initial_margin", MAX_NOTIONAL + 1)


def test_liquidation_price__when_size_is_zero__then_refused(engine, refused):
    with refused("risk: size is zero"):
        engine.call("liquidation_price", 0, WAD)


LENIENT = ([(0, 10 * PERCENT, PERCENT)], 7 * WAD, FEE, 0)
STRICT = ([(0, 10 * PERCENT, 5 * PERCENT)], 7 * WAD, PERCENT, 0)


def test_set_risk_table__when_nobody_needs_more_maintenance__then_binds_at_once(engine, owner):
    engine.transact("set_risk_table", *LENIENT, sender=owner)
    assert engine.call("brackets") == ((0, 10 * PERCENT, PERCENT),)
    assert engine.call("maintenance_margin", 20_000 * WAD) == 200 * WAD  # of 390 before
    assert engine.call("initial_margin", 7 * WAD) == 7 * WAD // 10
    assert (engine.call("liquidation_fee_ratio"), engine.call("max_move")) == (FEE, 0)


@pytest.mark.parametrize(
    "brackets",
    [
        [(0, 2 * PERCENT, PERCENT + 1)],  # more from the first unit on
        [(0, 2 * PERCENT, PERCENT // 2 + 1), (1, 4 * PERCENT, 2 * PERCENT)],  # more in the middle
        [(0, 2 * PERCENT, PERCENT // 2 + 1), (10**9 * WAD, 4 * PERCENT, 2 * PERCENT + 1)],  # in the end
    ],
)
def test_set_risk_table__when_anybody_needs_more__then_only_as_announced_and_due(
    chain, engine, owner, refused, brackets
):
    table = (brackets, 10**10 * WAD, FEE, 0)
    with refused("risk: table not announced"):
        engine.transact("set_risk_table", *table, sender=owner)
    engine.transact("announce_risk_table", *STRICT, sender=owner)
    with refused("risk: table not announced"):
        engine.transact("set_risk_table", *table, sender=owner)
    receipt = engine.transact("announce_risk_table", *table, sender=owner)
    (event,) = engine.events(receipt.logs)
    due = chain.timestamp + RAMP
    assert event.name == "RiskTableAnnounced"
    assert (event.args["brackets"], event.args["due"]) == (tuple(brackets), due)
    assert engine.call("table_due") == due
    assert engine.call("brackets") == TABLE
    setting = engine.transaction("set_risk_table", *table, sender=owner)
    (early,) = chain.mine([setting], timestamp=due - 1).receipts
    (late,) = chain.mine([setting], timestamp=due).receipts
    assert (early.revert_reason, late.success) == ("risk: table not due", True)
    assert engine.call("brackets") == tuple(brackets)
    engine.transact("set_risk_table", [(0, 2 * PERCENT, PERCENT // 2 + 1)], WAD, FEE, 0, sender=owner)
    with refused("risk: table not announced"):  # an announcement serves once
        engine.transact("set_risk_table", *table, sender=owner)


def test_announce_risk_table__when_out_of_order__then_refused(engine, owner, refused):
    with refused("risk: mmr not below imr"):
        engine.transact("announce_risk_table", [(0, PERCENT, PERCENT)], WAD, 0, 0, sender=owner)


def test_set_risk_table__when_multiplier_could_reach_the_notional__then_refused(
    chain, engine, owner, refused
):
    table = ([(0, WAD // 2, WAD // 4)], MAX_NOTIONAL, FEE, 0)  # 4 times a quarter
    engine.transact("announce_risk_table", *table, sender=owner)
    chain.mine(timestamp=engine.call("table_due"))
    with refused("risk: multiplier too high"):
        engine.transact("set_risk_table", *table, sender=owner)
    below = ([(0, WAD // 2, WAD // 4 - 1)], MAX_NOTIONAL, FEE, 0)
    engine.transact("announce_risk_table", *below, sender=owner)
    chain.mine(timestamp=engine.call("table_due"))
    engine.transact("set_risk_table", *below, sender=owner)


def test_set_risk_table__when_unsound__then_refused_here_and_at_deployment(chain, engine, owner, refused):
    unsound = (TABLE, MAX_NOTIONAL, FEE, PERCENT)
    with refused("risk: envelope above mmr"):
        engine.transact("set_risk_table", *unsound, sender=owner)
    with refused("risk: envelope above mmr"):
        rest = (CALL_RATIO, engine.call("oracle"), ADJUSTMENT)
        chain.deploy(compile_contract("risk/RiskEngine"), *unsound, *rest)


@pytest.mark.parametrize("ratio", [WAD, 10 * WAD])
def test_set_call_ratio__when_owner__then_stored_and_announced(engine, owner, ratio):
    receipt = engine.transact("set_call_ratio", ratio, sender=owner)
    assert engine.call("call_ratio") == ratio
    (event,) = engine.events(receipt.logs)
    assert (event.name, event.args) == ("CallRatioSet", {"call_ratio": ratio})


@pytest.mark.parametrize(
    ("ratio", "reason"),
    [(WAD - 1, "risk: call ratio below one"), (10 * WAD + 1, "risk: call ratio too high")],
)
def test_set_call_ratio__when_senseless__then_refused(chain, engine, owner, refused, ratio, reason):
    with refused(reason):
        engine.transact("set_call_ratio", ratio, sender=owner)
    with refused(reason):
        rest = (ratio, engine.call("oracle"), ADJUSTMENT)
        chain.deploy(compile_contract("risk/RiskEngine"), TABLE, MAX_NOTIONAL, FEE, MAX_MOVE, *rest)


def test_setters__when_not_owner__then_refused(engine, stranger, refused):
    with refused("ownable: caller is not the owner"):
        engine.transact("set_risk_table", TABLE, MAX_NOTIONAL, FEE, MAX_MOVE, sender=stranger)
    with refused("ownable: caller is not the owner"):
        engine.transact("announce_risk_table", TABLE, MAX_NOTIONAL, FEE, MAX_MOVE, sender=stranger)
    with refused("ownable: caller is not the owner"):
        engine.transact("set_adjustment", ADJUSTMENT, sender=stranger)
    with refused("ownable: caller is not the owner"):
        engine.transact("set_system_multiplier", WAD, sender=stranger)
    with refused("ownable: caller is not the owner"):
        engine.transact("set_oracle", engine.address, sender=stranger)
    with refused("ownable: caller is not the owner"):
        engine.transact("set_call_ratio", CALL_RATIO, sender=stranger)


def test_ownership__when_transferred__then_only_acceptance_moves_it(engine, owner, stranger):
    engine.transact("transfer_ownership", stranger, sender=owner)
    assert (engine.call("owner"), engine.call("pending_owner")) == (owner, stranger)
    engine.transact("accept_ownership", sender=stranger)
    engine.transact("set_call_ratio", CALL_RATIO, sender=stranger)


def test_set_adjustment__multiplier_above_ten__is_refused_though_the_table_would_bear_it(
    engine, owner, refused
):
    # ten times the last mmr of 2% is a fifth: of the two limits this is the nearer
    at_most = (*ADJUSTMENT[:4], 10 * WAD, RAMP)
    engine.transact("set_adjustment", at_most, sender=owner)
    assert engine.call("adjustment")[4] == 10 * WAD
    with refused("risk: multiplier too high"):
        engine.transact("set_adjustment", (*ADJUSTMENT[:4], 10 * WAD + 1, RAMP), sender=owner)
