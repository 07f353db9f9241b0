"""Deploys a system: compiles its sources, creates the contracts in their order and joins them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract
from isomargin.protocol.system import SEQUENCER_UP, System
from isomargin.protocol.terms import Sources, SystemTerms

__all__ = ["deploy", "market_parameters"]

_FEED_DECIMALS = 18  # so that a WAD price is pushed exactly


def deploy(chain: Chain, terms: SystemTerms, sources: Sources | None = None) -> System:
    """Deploy all contracts of one market and push its first price.

    The accounts "deployer" (owns everything), "oracle" (pushes prices) and "guardian" run it.

    Parameters
    ----------
    chain : Chain
        Where to.
    terms : SystemTerms
        What the constructors take.
    sources : Sources, optional
        Replaces parts by other sources; a replacement takes the constructor arguments of the original.

    Raises
    ------
    InputError
        If the largest multiplier could lift the last maintenance ratio to one.
    TransactionReverted
        If a constructor refuses its terms; carries the contract's reason.
    """
    used = sources or Sources()
    admin, pusher, guardian = chain.account("deployer"), chain.account("oracle"), chain.account("guardian")

    def create(source: str | Path, *args: Any) -> Contract:
        return chain.deploy(compile_contract(source), *args, sender=admin)

    def create_feed(decimals: int, description: str, first_answer: int) -> Contract:
        return _start_feed(create(used.feed, decimals, description), first_answer, admin, pusher)

    symbol = terms.token_symbol
    token = create(used.token, symbol, symbol, terms.token_decimals)
    feed = create_feed(_FEED_DECIMALS, terms.market_name, terms.first_price)
    oracle = create(used.oracle, feed.address, *astuple(terms.oracle))
    oracle.transact("set_guardian", guardian, sender=admin)
    sequencer_feed, second_feed = _create_companions(create_feed, oracle, terms, admin)
    risk_engine = create(used.risk_engine, *_risk_arguments(terms, oracle.address))
    policy = _create_policy(create, used, terms)
    pool = create(
        used.pool, token.address, "Pool share", "LP", terms.pool.cooldown, terms.pool.withdrawal_window
    )
    insurance_fund = create(used.insurance_fund, token.address)
    planner = create(used.planner)
    market = create(
        used.market,
        token.address,
        pool.address,
        insurance_fund.address,
        oracle.address,
        risk_engine.address,
        policy.address,
        planner.address,
        chain.deploy_blueprint(compile_contract(used.vault), sender=admin),
        market_parameters(terms),
    )
    pool.transact("set_market", market.address, sender=admin)
    insurance_fund.transact("set_market", market.address, sender=admin)
    market.transact("set_guardian", guardian, sender=admin)
    lens = create(used.lens, market.address, token.address, pool.address, insurance_fund.address)
    margin_calls = create(used.margin_calls, market.address, lens.address)
    return System(
        chain=chain,
        terms=terms,
        admin=admin,
        price_pusher=pusher,
        guardian=guardian,
        token=token,
        feed=feed,
        sequencer_feed=sequencer_feed,
        second_feed=second_feed,
        oracle=oracle,
        risk_engine=risk_engine,
        policy=policy,
        planner=planner,
        pool=pool,
        insurance_fund=insurance_fund,
        market=market,
        lens=lens,
        margin_calls=margin_calls,
    )


def market_parameters(terms: SystemTerms) -> tuple[int, ...]:
    """Return the market's `Parameters` struct in the order of the contract."""
    chosen = terms.parameters
    return (
        chosen.trade_fee_ratio,
        chosen.keeper_share,
        chosen.max_funding_rate,
        chosen.reserve_ratio,
        chosen.skew_scale,
        chosen.max_open_interest,
        chosen.max_skew,
        chosen.min_notional,
        chosen.keeper_reserve,
        chosen.max_funding_velocity,
        chosen.adl_threshold,
    )


def _start_feed(feed: Contract, first_answer: int, admin: str, pusher: str) -> Contract:
    feed.transact("set_pusher", pusher, True, sender=admin)
    feed.transact("push", first_answer, sender=pusher)
    return feed


def _create_companions(
    create_feed: Callable[[int, str, int], Contract], oracle: Contract, terms: SystemTerms, admin: str
) -> tuple[Contract | None, Contract | None]:
    """Create the uptime feed and the second source, where the terms want them, and tell the oracle."""
    sequencer_feed = second_feed = None
    if terms.sequencer:
        sequencer_feed = create_feed(0, "Sequencer uptime", SEQUENCER_UP)
        oracle.transact("set_sequencer_feed", sequencer_feed.address, sender=admin)
    if terms.second_source is not None:
        decimals = terms.second_source.decimals
        answer = terms.first_price // 10 ** (_FEED_DECIMALS - decimals)
        second_feed = create_feed(decimals, terms.market_name, answer)
        difference = terms.second_source.max_difference
        oracle.transact("set_second_source", second_feed.address, difference, sender=admin)
    return sequencer_feed, second_feed


def _risk_arguments(terms: SystemTerms, oracle: str) -> tuple[Any, ...]:
    risk = terms.risk
    risk.check_multiplier(terms.adjustment.max_multiplier)
    brackets = [(bracket.notional_floor, bracket.imr, bracket.mmr) for bracket in risk.brackets]
    limits = (risk.max_notional, risk.liquidation_fee_ratio, risk.max_move, risk.call_ratio)
    return (brackets, *limits, oracle, astuple(terms.adjustment))


def _create_policy(create: Callable[..., Contract], used: Sources, terms: SystemTerms) -> Contract:
    if terms.small_notional is not None:
        return create(used.half_then_all, terms.small_notional)
    if terms.health_target is None:
        return create(used.full_liquidation)
    return create(used.target_health, terms.health_target)
