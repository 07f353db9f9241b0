"""The market that is held against formulas, twice: the contracts on revm, and the model in integers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from isomargin.chain import Chain
from isomargin.model import Bracket, MarketModel, Moment, Parameters, RiskTable
from isomargin.protocol import OracleGuards, System, SystemTerms, deploy
from isomargin.units import WAD, to_wad

__all__ = ["FIRST_PRICE", "FOREVER", "LONG", "SHORT", "SIZES", "Contracts", "Integers", "terms"]

FIRST_PRICE = 100 * WAD
FOREVER = 2**63
LONG, SHORT = 1, 2
"""Ids of the two positions."""

SIZES = {LONG: 10 * WAD, SHORT: -4 * WAD}
"""WAD base."""

_MARGINS = {LONG: 60, SHORT: 24}  # tokens: 6% of the notional
_TOKEN = 10**6
_PURSE = 1_000_000 * _TOKEN
_LIMITS = {LONG: 2**255, SHORT: 0}


def terms(**parameters: int) -> SystemTerms:
    """One bracket, all fees, no funding; `parameters` replaces some of the market's own."""
    usual = Parameters(
        trade_fee_ratio=to_wad("0.0005"),
        keeper_share=to_wad("0.5"),
        max_funding_rate=0,
        reserve_ratio=to_wad("0.2"),
        skew_scale=1_000 * WAD,
        max_open_interest=500 * WAD,
        max_skew=500 * WAD,
        min_notional=100 * WAD,
        keeper_reserve=_TOKEN,
    )
    return SystemTerms(
        first_price=FIRST_PRICE,
        oracle=OracleGuards(max_age=365 * 86_400, min_price=1, max_price=10**9 * WAD, max_deviation=0),
        risk=RiskTable(
            brackets=(Bracket(0, to_wad("0.04"), to_wad("0.02")),),
            max_notional=1_000_000 * WAD,
            liquidation_fee_ratio=to_wad("0.005"),
        ),
        parameters=replace(usual, **parameters),
        health_target=None,
    )


@dataclass(frozen=True)
class Contracts:
    """A deployed market with a long and a short, opened in one block; and who acts in it."""

    system: System
    trader: str
    keeper: str

    @classmethod
    def begin(cls, terms: SystemTerms, engine: str = "revm") -> Contracts:
        """Deploy, fund and open."""
        chain = Chain(engine)
        system = deploy(chain, terms)
        trader, keeper, provider = (chain.account(name) for name in ("trader", "keeper", "lp"))
        for account in (trader, provider):
            for transaction in system.fund(account, _PURSE):
                chain.send(transaction)
        chain.send(system.deposit(provider, _PURSE))
        opened = chain.mine(
            [
                system.open(trader, SIZES[one], _MARGINS[one] * _TOKEN, _LIMITS[one], FOREVER)
                for one in (LONG, SHORT)
            ]
        )
        assert all(receipt.success for receipt in opened.receipts)
        return cls(system, trader, keeper)

    @property
    def chain(self) -> Chain:
        """Whose newest block opened the positions."""
        return self.system.chain


class Integers:
    """The same market in the model, opened at the same second."""

    def __init__(self, terms: SystemTerms, now: int) -> None:
        self.market = MarketModel(
            terms.parameters,
            terms.risk,
            terms.policy,
            token_decimals=terms.token_decimals,
            started_at=now,
        )
        self.market.token.mint("trader", _PURSE)
        self.market.pool_deposit(_PURSE)
        for one in (LONG, SHORT):
            at = Moment(now, FIRST_PRICE)
            self.market.open("trader", SIZES[one], _MARGINS[one] * _TOKEN, _LIMITS[one], FOREVER, at)
