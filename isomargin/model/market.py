"""The whole market as the page of rules tells it: each action checks, accrues, trades and pays in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from isomargin.model import arithmetic
from isomargin.model.arithmetic import to_tokens
from isomargin.model.ledger import INSURANCE_FUND, POOL, Ledger, PositionRecord, vault_of
from isomargin.model.liquidation import LiquidationOutcome, plan_liquidation
from isomargin.model.policies import Policy, target_health
from isomargin.model.risk import RiskTable
from isomargin.model.terms import Moment, Parameters, Rejected

__all__ = ["BATCH_LIMIT", "LiquidationResult", "MarketModel", "TradeResult"]

BATCH_LIMIT = 64
"""Positions that one batch takes."""


@dataclass(frozen=True, slots=True)
class TradeResult:
    """What a trade did.

    Attributes
    ----------
    position_id : int
        The position.
    delta : int
        Signed base traded, WAD.
    fill_price : int
        WAD quote per base.
    trade_cost, trade_fee, accrued_funding, realised_pnl : int
        WAD quote; no profit is realised while a position grows.
    settlement : int
        Token units from pool to vault; negative from vault to pool.
    payout : int
        Token units to the owner at the close; 0 where the token refused, and for other trades.
    """

    position_id: int
    delta: int
    fill_price: int
    trade_cost: int
    trade_fee: int
    accrued_funding: int
    realised_pnl: int
    settlement: int
    payout: int = 0


@dataclass(frozen=True, slots=True)
class LiquidationResult:
    """What a liquidation did.

    Attributes
    ----------
    position_id : int
        The position.
    outcome : LiquidationOutcome
        As planned.
    accrued_funding : int
        Settled with it, WAD quote.
    covered : int
        Of the bad debt, paid by the insurance fund to the pool, token units.
    reward, payout : int
        What left the vault for the keeper and for the owner, token units; 0 where the token refused.
    """

    position_id: int
    outcome: LiquidationOutcome
    accrued_funding: int
    covered: int
    reward: int
    payout: int


class MarketModel(Ledger):
    """One market: parameters and risk table as in `Ledger`, and what people can do.

    Every action takes the caller's account first and the `Moment` last, and either returns what it did or
    raises `Rejected` with the contract's reason and changes nothing. Sizes, quantities and price limits are
    WAD, amounts token units, deadlines unix seconds.

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
        admin: str = "admin",
        guardian: str = "guardian",
    ) -> None:
        super().__init__(
            parameters,
            risk,
            token_decimals=token_decimals,
            started_at=started_at,
            token_fee_ratio=token_fee_ratio,
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
            price = self._accrue(at)
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
            price = self._accrue(at)
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
            price = self._accrue(at)
            removed = arithmetic.cost_removed(record.cost, quantity, record.size)
            trade = self._price_trade(position_id, -_signed(quantity, record.size), removed, price_limit, price)
            settlement = self._settle(position_id, _net_of(trade))
            index = self.books.funding_index
            rest = replace(
                record, size=record.size + trade.delta, cost=record.cost - removed, funding_index=index
            )
            self._write(position_id, rest)
            self._check_min_notional(position_id, price)
            holding = self.holding(position_id)
            if holding.equity(price, index, self.token_scale) < self.risk.maintenance(holding.notional(price)):
                raise Rejected("market: below maintenance")
            return replace(trade, settlement=settlement)

    def close(
        self, caller: str, position_id: int, price_limit: int, deadline: int, at: Moment
    ) -> TradeResult:
        """Close a position and pay its owner; impact and fee are cut to what is there."""
        with self._all_or_nothing():
            _check_deadline(deadline, at)
            record = self._owned(caller, position_id)
            price = self._accrue(at)
            holding = self.holding(position_id)
            if holding.equity(price, self.books.funding_index, self.token_scale) <= 0:
                raise Rejected("market: insolvent")
            trade = self._price_trade(position_id, -record.size, record.cost, price_limit, price)
            settlement = max(-holding.margin, to_tokens(_net_of(trade), self.token_scale))
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
            price = self._accrue(at)
            holding = self.holding(position_id)
            if amount > holding.margin:
                raise Rejected("market: amount above margin")
            equity = holding.equity(price, self.books.funding_index, self.token_scale)
            backing = min(equity, holding.margin * self.token_scale) - amount * self.token_scale
            if backing < self.risk.initial(holding.notional(price)):
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
            price = self._accrue(at)
            return self._liquidate(caller, position_id, price)

    def liquidate_batch(
        self, caller: str, position_ids: Sequence[int], at: Moment
    ) -> tuple[LiquidationResult, ...]:
        """Liquidate what is below maintenance of at most `BATCH_LIMIT` positions; the rest is skipped."""
        with self._all_or_nothing():
            if len(position_ids) > BATCH_LIMIT:
                raise Rejected("")
            price = self._accrue(at)
            return tuple(
                self._liquidate(caller, position_id, price)
                for position_id in position_ids
                if self._is_liquidatable(position_id, price)
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

    def set_parameters(self, caller: str, parameters: Parameters, at: Moment | None = None) -> None:
        """Replace the parameters; only the admin may. Accrues nothing, for it reads no price."""
        self._check_admin(caller)
        self.parameters = parameters
