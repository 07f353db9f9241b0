"""Deploys a system: compiles its sources, creates the contracts in their order and joins them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from isomargin.chain import Chain, Contract
from isomargin.protocol.artefacts import compiled_source
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
    site = _Site(chain, terms, sources or Sources())
    contracts: dict[str, Any] = _price_sources(site)
    contracts |= _risk(site, contracts["oracle"])
    contracts |= _custody(site)
    contracts["market"] = _market(site, contracts)
    contracts |= _periphery(site, contracts)
    return System(
        chain=chain,
        terms=terms,
        admin=site.admin,
        price_pusher=site.pusher,
        guardian=site.guardian,
        **contracts,
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


@dataclass(frozen=True)
class _Site:
    """Where a system is being built, and from what."""

    chain: Chain
    terms: SystemTerms
    sources: Sources

    @property
    def admin(self) -> str:
        return self.chain.account("deployer")

    @property
    def pusher(self) -> str:
        return self.chain.account("oracle")

    @property
    def guardian(self) -> str:
        return self.chain.account("guardian")

    def create(self, source: str | Path, *args: Any) -> Contract:
        return self.chain.deploy(compiled_source(source), *args, sender=self.admin)

    def create_feed(self, decimals: int, description: str, first_answer: int) -> Contract:
        feed = self.create(self.sources.feed, decimals, description)
        feed.transact("set_pusher", self.pusher, True, sender=self.admin)
        feed.transact("push", first_answer, sender=self.pusher)
        return feed


def _price_sources(site: _Site) -> dict[str, Contract | None]:
    """Feed and oracle; uptime feed and second source where the terms want them."""
    terms, admin = site.terms, site.admin
    feed = site.create_feed(_FEED_DECIMALS, terms.market_name, terms.first_price)
    oracle = site.create(site.sources.oracle, feed.address, *astuple(terms.oracle))
    oracle.transact("set_guardian", site.guardian, sender=admin)
    sequencer_feed = second_feed = None
    if terms.sequencer:
        sequencer_feed = site.create_feed(0, "Sequencer uptime", SEQUENCER_UP)
        oracle.transact("set_sequencer_feed", sequencer_feed.address, sender=admin)
    if (second := terms.second_source) is not None:
        answer = terms.first_price // 10 ** (_FEED_DECIMALS - second.decimals)
        second_feed = site.create_feed(second.decimals, terms.market_name, answer)
        oracle.transact("set_second_source", second_feed.address, second.max_difference, sender=admin)
    return {"feed": feed, "oracle": oracle, "sequencer_feed": sequencer_feed, "second_feed": second_feed}


def _risk(site: _Site, oracle: Contract) -> dict[str, Contract]:
    """What a position must hold, and how much of it a liquidation closes."""
    return {
        "risk_engine": site.create(site.sources.risk_engine, *_risk_arguments(site.terms, oracle.address)),
        "policy": _create_policy(site.create, site.sources, site.terms),
        "planner": site.create(site.sources.planner),
    }


def _custody(site: _Site) -> dict[str, Contract]:
    """The token, and who holds it besides the vaults."""
    terms, used = site.terms, site.sources
    token = site.create(used.token, terms.token_symbol, terms.token_symbol, terms.token_decimals)
    waits = (terms.pool.cooldown, terms.pool.withdrawal_window)
    return {
        "token": token,
        "pool": site.create(used.pool, token.address, "Pool share", "LP", *waits),
        "insurance_fund": site.create(used.insurance_fund, token.address),
    }


def _market(site: _Site, made: Mapping[str, Contract]) -> Contract:
    """The market, and what has to know it."""
    parts = ("token", "pool", "insurance_fund", "oracle", "risk_engine", "policy", "planner")
    market = site.create(
        site.sources.market,
        *(made[part].address for part in parts),
        site.chain.deploy_blueprint(compiled_source(site.sources.vault), sender=site.admin),
        market_parameters(site.terms),
    )
    for part in ("pool", "insurance_fund"):
        made[part].transact("set_market", market.address, sender=site.admin)
    market.transact("set_guardian", site.guardian, sender=site.admin)
    return market


def _periphery(site: _Site, made: Mapping[str, Contract]) -> dict[str, Contract]:
    """What reads the market, and what acts on it for others."""
    used = site.sources
    market, token, pool, fund = (made[part].address for part in ("market", "token", "pool", "insurance_fund"))
    lens = site.create(used.lens, market, token, pool, fund)
    return {
        "lens": lens,
        "what_if_lens": site.create(used.what_if, market, token, pool),
        "margin_calls": site.create(used.margin_calls, market, lens.address),
        "trigger_orders": site.create(used.trigger_orders, market, token, site.terms.min_order_fee),
    }


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
