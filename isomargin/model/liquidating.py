"""What is done to a position against its owner's will: liquidation and deleveraging, at the oracle price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from isomargin.model.acting import Acting
from isomargin.model.arithmetic import claims_are_excessive, to_tokens
from isomargin.model.ledger import INSURANCE_FUND, POOL, PositionRecord, vault_of
from isomargin.model.liquidation import plan_liquidation
from isomargin.model.policies import Policy
from isomargin.model.results import DeleverageResult, LiquidationResult
from isomargin.model.terms import Moment, Rejected

__all__ = ["BATCH_LIMIT", "Liquidating"]

BATCH_LIMIT = 64
"""Positions that one batch takes."""


class Liquidating(Acting):
    """What anyone may do to a position that is below maintenance, or wins more than the pool can bear."""

    policy: Policy

    # Below maintenance

    def liquidate(self, caller: str, position_id: int, at: Moment) -> LiquidationResult:
        """Liquidate one position; the caller is the keeper."""
        with self._all_or_nothing():
            self._existing(position_id)
            price = self._accrue(at.forced_price(), at.now)
            if not self.is_liquidatable(position_id, price, at.now):
                raise Rejected("market: position is sound")
            if self._has_grace(position_id, at):
                raise Rejected("market: top-up grace")
            return self._liquidate(caller, position_id, price)

    def liquidate_batch(
        self, caller: str, position_ids: Sequence[int], at: Moment
    ) -> tuple[LiquidationResult, ...]:
        """Liquidate what may be liquidated of at most `BATCH_LIMIT` positions; the rest is skipped."""
        with self._all_or_nothing():
            if len(position_ids) > BATCH_LIMIT:
                raise Rejected("")
            price = self._accrue(at.forced_price(), at.now)
            return tuple(
                self._liquidate(caller, position_id, price)
                for position_id in position_ids
                if self.is_open(position_id)
                and self.is_liquidatable(position_id, price, at.now)
                and not self._has_grace(position_id, at)
            )

    def _has_grace(self, position_id: int, at: Moment) -> bool:
        """Whether its owner may still top up: after an outage, who was sound at the price before it."""
        if not at.in_grace:
            return False
        return at.price_before == 0 or not self.is_liquidatable(position_id, at.price_before, at.now)

    def _liquidate(self, keeper: str, position_id: int, price: int) -> LiquidationResult:
        """Carry out the plan: settle, pay the penalty, then whoever is due something."""
        record, holding = self._positions[position_id], self.holding(position_id)
        index = self.books.funding_index
        outcome = plan_liquidation(
            holding,
            price=price,
            index=index,
            risk=self.risk,
            policy=self.policy,
            parameters=self.parameters,
            pool_cash=self.pool_cash,
            token_scale=self.token_scale,
            multiplier=self.multipliers.for_maintenance(self.books.accrued_at),
        )
        self._move(position_id, outcome.settlement)
        rest = replace(
            record,
            size=record.size - (outcome.quantity if record.size > 0 else -outcome.quantity),
            cost=record.cost - outcome.cost_removed,
            funding_index=index,
        )
        self._write(position_id, PositionRecord(record.owner) if outcome.full else rest)
        covered = self._bear_bad_debt(outcome.bad_debt)
        self.token.transfer(vault_of(position_id), INSURANCE_FUND, outcome.insurance_share)
        return LiquidationResult(
            position_id=position_id,
            outcome=outcome,
            accrued_funding=holding.accrued_funding(index),
            covered=covered,
            reward=self._pay_out(position_id, keeper, outcome.reward),
            payout=self._pay_out_rest(position_id) if outcome.full else 0,
        )

    def _bear_bad_debt(self, bad_debt: int) -> int:
        """Write a bad debt down; the insurance fund pays what it can and the pool bears the rest."""
        self.books = replace(self.books, bad_debt=self.books.bad_debt + bad_debt)
        covered = min(self.insurance_balance, to_tokens(bad_debt, self.token_scale))
        self.token.transfer(INSURANCE_FUND, POOL, covered)
        return covered

    # In profit, while traders' claims weigh too much on the pool

    def deleverage(self, caller: str, position_id: int, price_limit: int, at: Moment) -> DeleverageResult:
        """Close a position in profit at the oracle price and pay its owner; without fee or penalty."""
        with self._all_or_nothing():
            record = self._existing(position_id)
            price = self._accrue(at.forced_price(), at.now)
            claims = self.trader_claims(price, at.now)
            if not self._is_overclaimed(claims):
                raise Rejected("market: deleverage not needed")
            holding = self.holding(position_id)
            pnl, funding = holding.unrealised_pnl(price), holding.accrued_funding(self.books.funding_index)
            if pnl - funding <= 0:
                raise Rejected("market: position not in profit")
            if (price < price_limit) if record.size > 0 else (price > price_limit):
                raise Rejected("market: price limit")
            settlement = to_tokens(pnl - funding, self.token_scale)
            self._move_if_pool_can(position_id, settlement)
            self._write(position_id, PositionRecord(record.owner))
            payout = self._pay_out_rest(position_id)
            if self.trader_claims(price, at.now) >= claims:
                raise Rejected("market: deleverage does not help")
            return DeleverageResult(
                position_id=position_id,
                delta=-record.size,
                price=price,
                realised_pnl=pnl,
                accrued_funding=funding,
                settlement=settlement,
                payout=payout,
            )

    def _is_overclaimed(self, claims: int) -> bool:
        """Whether traders would take more than the tolerated share of what the pool would have left."""
        cash = self.pool_cash * self.token_scale
        return claims_are_excessive(claims, cash, self.parameters.adl_threshold)
