"""Deploying: every part is there, joined to the others, owned by the right account, and as the terms say."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import pytest

from isomargin.chain import Chain
from isomargin.contracts import contracts_root
from isomargin.errors import InputError, TransactionReverted
from isomargin.protocol import (
    PoolTerms,
    SecondSource,
    Sources,
    System,
    SystemTerms,
    deploy,
    market_parameters,
)
from isomargin.units import WAD, to_wad
from tests.market.world import PRICE, RISK, terms_of

OWNED = ("feed", "oracle", "risk_engine", "pool", "insurance_fund", "market")


def test_deploy__parts__are_joined(system: System):
    market, pool, fund, lens = system.market, system.pool, system.insurance_fund, system.lens
    for part in (market, pool, fund, lens):
        assert part.call("asset") == system.token.address
    assert pool.call("market") == fund.call("market") == lens.call("market") == market.address
    assert market.call("pool") == lens.call("pool") == pool.address
    assert market.call("insurance_fund") == lens.call("insurance_fund") == fund.address
    assert market.call("oracle") == system.oracle.address
    assert system.oracle.call("feed") == system.feed.address
    assert market.call("risk_engine") == system.risk_engine.address
    assert market.call("liquidation_policy") == system.policy.address


def test_deploy__accounts__have_their_roles(system: System):
    for name in OWNED:
        assert system.contracts[name].call("owner") == system.admin
    assert system.market.call("guardian") == system.guardian
    assert system.feed.call("is_pusher", system.price_pusher) is True
    assert len({system.admin, system.guardian, system.price_pusher}) == 3


def test_deploy__terms__are_in_force():
    terms = replace(
        terms_of(18, keeper_share=to_wad("0.3")),
        token_symbol="DAI",
        market_name="BTC / DAI",
        pool=PoolTerms(cooldown=3_600, withdrawal_window=7_200),
        health_target=to_wad("1.5"),
    )
    system = deploy(Chain(), terms)
    assert system.price() == PRICE
    assert system.market.call("parameters") == market_parameters(terms)
    assert (*system.oracle.call("guards"), system.oracle.call("grace_period")) == astuple(terms.oracle)
    assert system.risk_engine.call("brackets") == tuple(astuple(bracket) for bracket in RISK.brackets)
    assert system.risk_engine.call("max_notional") == RISK.max_notional
    assert system.risk_engine.call("liquidation_fee_ratio") == RISK.liquidation_fee_ratio
    assert system.risk_engine.call("call_ratio") == RISK.call_ratio
    assert (system.token.call("symbol"), system.token.call("decimals")) == ("DAI", 18)
    assert system.feed.call("description") == "BTC / DAI"
    assert system.pool.call("cooldown") == 3_600
    assert system.pool.call("withdrawal_window") == 7_200
    assert system.policy.call("health_target") == to_wad("1.5")


def test_deploy__no_health_target__liquidates_in_full():
    system = deploy(Chain(), replace(terms_of(6), health_target=None))
    context = (10 * WAD, PRICE, 1_000 * WAD, 1, 50 * WAD, to_wad("0.01"))
    assert system.policy.call("size_to_close", context) == 10 * WAD


@pytest.mark.parametrize(("decimals", "scale"), [(6, 10**12), (18, 1), (0, 10**18)])
def test_token_scale__decimals__is_wad_per_unit(decimals: int, scale: int):
    terms: SystemTerms = terms_of(decimals)
    assert terms.token_scale == scale


def test_deploy__same_terms_twice__give_the_same_chain():
    first, second = Chain(), Chain()
    assert deploy(first, terms_of(6)).market.address == deploy(second, terms_of(6)).market.address
    assert first.state_root == second.state_root
    assert first.block_hash(first.block_number) == second.block_hash(second.block_number)


def test_deploy__source_of_the_users_own__takes_the_place_of_the_part(tmp_path: Path):
    policy = tmp_path / "Half.vy"
    original = (contracts_root() / "risk" / "policies" / "FullLiquidation.vy").read_text(encoding="utf-8")
    own = original.replace("from ...interfaces", "from interfaces").replace(
        "return context.size", "return context.size // 2"
    )
    assert own.count("// 2") == 1
    policy.write_text(own, encoding="utf-8")
    system = deploy(Chain(), replace(terms_of(6), health_target=None), Sources(full_liquidation=policy))
    context = (10 * WAD, PRICE, 1_000 * WAD, 1, 50 * WAD, to_wad("0.01"))
    assert system.policy.call("size_to_close", context) == 5 * WAD


def test_deploy__terms_that_a_constructor_refuses__raise_its_reason():
    with pytest.raises(TransactionReverted, match=r"^market: skew scale below cap$"):
        deploy(Chain(), terms_of(6, skew_scale=1_000 * WAD))


def test_deploy__first_price_outside_the_bounds__deploys_but_has_no_price():
    terms = terms_of(6)
    system = deploy(Chain(), replace(terms, oracle=replace(terms.oracle, max_price=PRICE)))
    with pytest.raises(TransactionReverted, match=r"^oracle: price out of bounds$"):
        system.price()
    assert system.market_state().price_reason == "oracle: price out of bounds"


def test_deploy__guardian__can_pause_the_oracle():
    system = deploy(Chain(), terms_of(6))
    assert system.oracle.call("guardian") == system.guardian
    system.chain.send(system.pause())
    assert system.oracle.call("paused") is True
    system.chain.send(system.resume())
    assert system.oracle.call("paused") is False


def test_deploy__no_sequencer_and_no_second_source__has_no_feeds_for_them():
    system = deploy(Chain(), terms_of(6))
    assert system.sequencer_feed is None
    assert system.second_feed is None
    assert not {"sequencer_feed", "second_feed"} & set(system.contracts)
    with pytest.raises(InputError, match=r"^push_sequencer: the terms have no sequencer$"):
        system.push_sequencer(is_up=True)
    with pytest.raises(InputError, match=r"^push_second_price: the terms have no second source$"):
        system.push_second_price(PRICE)


def test_deploy__sequencer_and_second_source__bind_the_oracle():
    terms = replace(
        terms_of(6), sequencer=True, second_source=SecondSource(max_difference=to_wad("0.02"), decimals=8)
    )
    system = deploy(Chain(), replace(terms, oracle=replace(terms.oracle, grace_period=1_800)))
    assert {"sequencer_feed", "second_feed"} <= set(system.contracts)
    assert system.price() == PRICE
    system.chain.send(system.push_sequencer(is_up=False))
    with pytest.raises(TransactionReverted, match=r"^oracle: sequencer down$"):
        system.price()
    system.chain.send(system.push_sequencer(is_up=True))
    up_since = system.chain.timestamp
    assert system.oracle.call("forced_price") == (PRICE, True, PRICE)
    system.chain.send(system.push_second_price(PRICE * 103 // 100))
    with pytest.raises(TransactionReverted, match=r"^oracle: sources disagree$"):
        system.price()
    system.chain.send(system.push_second_price(PRICE * 102 // 100))
    system.chain.send(system.watch(system.admin))
    assert system.oracle.call("peek_grace") == (up_since + 1_800, PRICE)
