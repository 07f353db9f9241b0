"""The whole market as the page of rules tells it: each action checks, accrues, trades, pays in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from isomargin.model import arithmetic
from isomargin.model.adjustment import NO_ADJUSTMENT, Adjustment
from isomargin.model.arithmetic import to_tokens
from isomargin.model.ledger import INSURANCE_FUND, POOL, Ledger, PositionRecord, vault_of
from isomargin.model.liquidation import plan_liquidation
from isomargin.model.policies import Policy, target_health
from isomargin.model.results import LiquidationResult, TradeResult
from isomargin.model.risk import RiskTable
from isomargin.model.terms import Moment, Parameters, Rejected

__all__ = ["BATCH_LIMIT", "MarketModel"]

BATCH_LIMIT = 64
"""Positions that one batch takes."""


class MarketModel(Ledger):
    """One market: parameters and risk table as in `Ledger`, and what people can do.

    Every action takes the caller's account first and the `Moment` last, and either returns what it did or
    raises `Rejected` with the contract's reason and changes nothing. Sizes, quantities and price limits are
    WAD, amounts token units, deadlines unix seconds. Actions that ask neither price nor time do without the
    moment, and take it only to be called like the others.

    Parameters
    ----------
    policy : Policy
        How much a liquidation closes.
    admin, guardian : str
        Who sets parameters; who besides may pause opening.
    """

    def __init__(
        self,
        parameters: Parameters,
        risk: RiskTable,
        policy: Policy = target_health,
        *,
        token_decimals: int = 6,
        started_at: int = 0,
        token_fee_ratio: int = 0,
        adjustment: Adjustment = NO_ADJUSTMENT,
        admin: str = "admin",
        guardian: str = "guardian",
    ) -> None:
        super().__init__(
            parameters,
            risk,
            token_decimals=token_decimals,
            started_at=started_at,
            token_fee_ratio=token_fee_ratio,
            adjustment=adjustment,
        )
        self.policy = policy
        self.admin = admin
        self.guardian = guardian
        self.opening_paused = False

    # Open and enlarge

    def open(
        self, caller: str, size: int, margin: int, price_limit: int, deadline: int, at: Moment
    ) -> TradeResult:
        """Open a position of a signed size with margin from the caller's wallet."""
        with self._all_or_nothing():
            _check_deadline(deadline, at)
            self._check_opening()
            if size == 0:
                raise Rejected("market: size is zero")
            price = self._accrue(at.entry_price(), at.now)
            position_id = self._create(caller, margin)
            return self._enlarge(position_id, size, price_limit, price)

    def increase(
        self, caller: str, position_id: int, quantity: int, price_limit: int, deadline: int, at: Moment
    ) -> TradeResult:
        """Enlarge a position on its side."""
        with self._all_or_nothing():
            _check_deadline(deadline, at)
            self._check_opening()
            record = self._owned(caller, position_id)
            if quantity == 0:
                raise Rejected("market: size is zero")
            price = self._accrue(at.entry_price(), at.now)
            return self._enlarge(position_id, _signed(quantity, record.size), price_limit, price)

    # Reduce and close

    def decrease(
        self, caller: str, position_id: int, quantity: int, price_limit: int, deadline: int, at: Moment
    ) -> TradeResult:
        """Close a part of a position; never capped."""
        with self._all_or_nothing():
            _check_deadline(deadline, at)
            record = self._owned(caller, position_id)
            if quantity == 0:
                raise Rejected("market: size is zero")
            if quantity >= abs(record.size):
                raise Rejected("market: decrease exceeds size")
            price = self._accrue(at.good_price(), at.now)
            trade = self._price_trade(position_id, -_signed(quantity, record.size), price_limit, price)
            removed = arithmetic.cost_removed(record.cost, quantity, record.size)
            trade = replace(trade, realised_pnl=arithmetic.realised_pnl(trade.trade_cost, removed))
            settlement = self._settle(position_id, _net_of(trade))
            rest = replace(
                record,
                size=record.size + trade.delta,
                cost=record.cost - removed,
                funding_index=self.books.funding_index,
            )
            self._write(position_id, rest)
            self._check_min_notional(position_id, price)
            if self.is_liquidatable(position_id, price, at.now):
                raise Rejected("market: below maintenance")
            return replace(trade, settlement=settlement)

    def close(
        self, caller: str, position_id: int, price_limit: int, deadline: int, at: Moment
    ) -> TradeResult:
        """Close a position and pay its owner; impact and fee are cut to what is there."""
        with self._all_or_nothing():
            _check_deadline(deadline, at)
            record = self._owned(caller, position_id)
            price = self._accrue(at.good_price(), at.now)
            if self.equity(position_id, price, at.now) <= 0:
                raise Rejected("market: insolvent")
            trade = self._price_trade(position_id, -record.size, price_limit, price)
            trade = replace(trade, realised_pnl=arithmetic.realised_pnl(trade.trade_cost, record.cost))
            settlement = max(-self.margin(position_id), to_tokens(_net_of(trade), self.token_scale))
            self._move_if_pool_can(position_id, settlement)
            self._write(position_id, PositionRecord(record.owner))
            due = self.token.balance(vault_of(position_id))
            payout = self._pay_out(position_id, record.owner, due)
            return replace(trade, settlement=settlement, payout=payout)

    # Margin

    def add_margin(self, caller: str, position_id: int, amount: int, at: Moment | None = None) -> int:
        """Top up any open position; returns what arrived. Needs no price, and accrues nothing."""
        with self._all_or_nothing():
            self._existing(position_id)
            _check_amount(amount)
            return self.token.transfer(caller, vault_of(position_id), amount)

    def withdraw_margin(self, caller: str, position_id: int, amount: int, at: Moment) -> int:
        """Take margin out to the owner; unrealised profit cannot leave. Returns what left the vault."""
        with self._all_or_nothing():
            record = self._owned(caller, position_id)
            _check_amount(amount)
            price = self._accrue(at.entry_price(), at.now)
            margin, equity = self.margin(position_id), self.equity(position_id, price, at.now)
            if amount > margin:
                raise Rejected("market: amount above margin")
            backing = min(equity, margin * self.token_scale) - amount * self.token_scale
            if backing < self.initial_margin(position_id, price):
                raise Rejected("market: below initial margin")
            self.token.transfer(vault_of(position_id), record.owner, amount)
            return amount

    def claim(self, caller: str, position_id: int, receiver: str, at: Moment | None = None) -> int:
        """Take out what the token refused to pay when the position ended; returns what left the vault."""
        with self._all_or_nothing():
            record = self.record(position_id)
            if record is None or record.owner != caller:
                raise Rejected("market: not owner")
            if record.size != 0:
                raise Rejected("market: position is open")
            due = self.token.balance(vault_of(position_id))
            if due == 0:
                raise Rejected("market: nothing to claim")
            self.token.transfer(vault_of(position_id), receiver, due)
            return due

    # Liquidation

    def liquidate(self, caller: str, position_id: int, at: Moment) -> LiquidationResult:
        """Liquidate one position; the caller is the keeper."""
        with self._all_or_nothing():
            self._existing(position_id)
            price = self._accrue(at.forced_price(), at.now)
            return self._liquidate(caller, position_id, price)

    def liquidate_batch(
        self, caller: str, position_ids: Sequence[int], at: Moment
    ) -> tuple[LiquidationResult, ...]:
        """Liquidate what is below maintenance of at most `BATCH_LIMIT` positions; the rest is skipped."""
        with self._all_or_nothing():
            if len(position_ids) > BATCH_LIMIT:
                raise Rejected("")
            price = self._accrue(at.forced_price(), at.now)
            return tuple(
                self._liquidate(caller, position_id, price)
                for position_id in position_ids
                if self.is_open(position_id) and self.is_liquidatable(position_id, price, at.now)
            )

    # Administration

    def pause_opening(self, caller: str, at: Moment | None = None) -> None:
        """Stop opening and enlarging; guardian and admin may."""
        if caller not in (self.guardian, self.admin):
            raise Rejected("market: not guardian")
        self.opening_paused = True

    def resume_opening(self, caller: str, at: Moment | None = None) -> None:
        """Allow opening again; only the admin may."""
        self._check_admin(caller)
        self.opening_paused = False

    def set_parameters(self, caller: str, parameters: Parameters, at: Moment) -> None:
        """Replace the parameters; only the admin may. Funding accrues first: no change works backwards."""
        self._check_admin(caller)
        self._accrue(at.good_price(), at.now)
        self.parameters = parameters

    # Risk

    def set_system_multiplier(self, caller: str, multiplier: int, at: Moment) -> None:
        """Multiply all requirements, WAD; only the admin may. Maintenance rises in a ramp."""
        self._check_admin(caller)
        self.multipliers = self.multipliers.with_system_multiplier(multiplier, at.now)

    # Steps of the actions

    def _create(self, owner: str, margin: int) -> int:
        """Make a new position without a size and fill its vault from the owner's wallet."""
        reserve = self.parameters.keeper_reserve
        position_id = self.books.last_id + 1
        self.books = replace(self.books, last_id=position_id)
        self._positions[position_id] = PositionRecord(owner, keeper_reserve=reserve)
        self.token.transfer(owner, vault_of(position_id), margin + reserve)
        if self.token.balance(vault_of(position_id)) < reserve:
            raise Rejected("market: margin below reserve")
        return position_id

    def _enlarge(self, position_id: int, delta: int, price_limit: int, price: int) -> TradeResult:
        """Trade away from zero, pay for it, and check everything that guards against too much."""
        trade = self._price_trade(position_id, delta, price_limit, price)
        skew_before = self.books.skew
        settlement = self._settle(position_id, _net_of(trade))
        record = self._positions[position_id]
        larger = replace(
            record,
            size=record.size + delta,
            cost=record.cost + trade.trade_cost,
            funding_index=self.books.funding_index,
        )
        self._write(position_id, larger)
        self._check_caps(delta, skew_before)
        self._check_min_notional(position_id, price)
        self._check_initial_margin(position_id, price)
        self._check_pool_reserve(price)
        return replace(trade, settlement=settlement)

    def _price_trade(self, position_id: int, delta: int, price_limit: int, price: int) -> TradeResult:
        """What a trade costs at its fill price; nothing is realised or settled yet."""
        terms = self.parameters
        fill = arithmetic.fill_price(price, self.books.skew, delta, terms.skew_scale)
        if (fill > price_limit) if delta > 0 else (fill < price_limit):
            raise Rejected("market: price limit")
        cost = arithmetic.trade_cost(delta, fill)
        return TradeResult(
            position_id=position_id,
            delta=delta,
            fill_price=fill,
            trade_cost=cost,
            trade_fee=arithmetic.trade_fee(cost, terms.trade_fee_ratio),
            accrued_funding=self.holding(position_id).accrued_funding(self.books.funding_index),
            realised_pnl=0,
            settlement=0,
        )

    def _settle(self, position_id: int, net: int) -> int:
        """Settle WAD quote between pool and vault, if both can; returns token units."""
        tokens = to_tokens(net, self.token_scale)
        if self.margin(position_id) + tokens < 0:
            raise Rejected("market: margin below costs")
        self._move_if_pool_can(position_id, tokens)
        return tokens

    def _move_if_pool_can(self, position_id: int, tokens: int) -> None:
        if tokens > self.pool_cash:
            raise Rejected("market: pool short of cash")
        self._move(position_id, tokens)

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
            size=record.size - _signed(outcome.quantity, record.size),
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

    def _pay_out_rest(self, position_id: int) -> int:
        """Pay the owner of an ended position all that its vault holds, as far as the token lets it."""
        left = self.token.balance(vault_of(position_id))
        return self._pay_out(position_id, self._positions[position_id].owner, left)

    def _bear_bad_debt(self, bad_debt: int) -> int:
        """Write a bad debt down; the insurance fund pays what it can and the pool bears the rest."""
        self.books = replace(self.books, bad_debt=self.books.bad_debt + bad_debt)
        covered = min(self.insurance_balance, to_tokens(bad_debt, self.token_scale))
        self.token.transfer(INSURANCE_FUND, POOL, covered)
        return covered

    # Checks

    def _check_opening(self) -> None:
        if self.opening_paused:
            raise Rejected("market: opening paused")

    def _check_admin(self, caller: str) -> None:
        if caller != self.admin:
            raise Rejected("ownable: caller is not the owner")

    def _existing(self, position_id: int) -> PositionRecord:
        record = self.record(position_id)
        if record is None or record.size == 0:
            raise Rejected("market: no such position")
        return record

    def _owned(self, caller: str, position_id: int) -> PositionRecord:
        record = self._existing(position_id)
        if record.owner != caller:
            raise Rejected("market: not owner")
        return record

    def _check_caps(self, delta: int, skew_before: int) -> None:
        books, terms = self.books, self.parameters
        side = books.long_open_interest if delta > 0 else books.short_open_interest
        if side > terms.max_open_interest:
            raise Rejected("market: open interest cap")
        if abs(books.skew) > max(terms.max_skew, abs(skew_before)):
            raise Rejected("market: skew cap")

    def _check_min_notional(self, position_id: int, price: int) -> None:
        if self.holding(position_id).notional(price) < self.parameters.min_notional:
            raise Rejected("market: below min notional")

    def _check_initial_margin(self, position_id: int, price: int) -> None:
        if self.equity(position_id, price, self.books.accrued_at) < self.initial_margin(position_id, price):
            raise Rejected("market: below initial margin")

    def _check_pool_reserve(self, price: int) -> None:
        claims = self.trader_claims(price, self.books.accrued_at)
        if self.reserved(price) > self.pool_cash * self.token_scale - claims:
            raise Rejected("market: pool reserve")


def _net_of(trade: TradeResult) -> int:
    """What the pool owes the vault for a trade, WAD quote."""
    return trade.realised_pnl - trade.accrued_funding - trade.trade_fee


def _signed(quantity: int, size: int) -> int:
    """A quantity on the side of a position."""
    return quantity if size > 0 else -quantity


def _check_deadline(deadline: int, at: Moment) -> None:
    if at.now > deadline:
        raise Rejected("market: deadline passed")


def _check_amount(amount: int) -> None:
    if amount == 0:
        raise Rejected("market: amount is zero")
