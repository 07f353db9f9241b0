"""A position's own trades: open, increase, decrease, close, and the checks against too much risk."""

from __future__ import annotations

from dataclasses import replace

from isomargin.model import arithmetic
from isomargin.model.acting import Acting
from isomargin.model.arithmetic import to_tokens
from isomargin.model.ledger import NOBODY, PositionRecord, vault_of
from isomargin.model.results import TradeResult
from isomargin.model.terms import Moment, Rejected

__all__ = ["Trading"]


class Trading(Acting):
    """What owners and managers trade against the pool, at a fill price."""

    opening_paused: bool

    # Open and enlarge

    def open(
        self,
        caller: str,
        size: int,
        margin: int,
        price_limit: int,
        deadline: int,
        at: Moment,
        owner: str | None = None,
    ) -> TradeResult:
        """Open a position of a signed size with margin from the caller's wallet.

        It is the owner's, who need not be the caller: whatever it ever pays out is paid to the owner.
        """
        with self._all_or_nothing():
            owner = caller if owner is None else owner
            _check_deadline(deadline, at)
            self._check_opening()
            if size == 0:
                raise Rejected("market: size is zero")
            if owner == NOBODY:
                raise Rejected("market: owner is zero")
            price = self._accrue(at.entry_price(), at.now)
            position_id = self._create(caller, owner, margin)
            return self._enlarge(position_id, size, price_limit, price)

    def increase(
        self, caller: str, position_id: int, quantity: int, price_limit: int, deadline: int, at: Moment
    ) -> TradeResult:
        """Enlarge a position on its side."""
        with self._all_or_nothing():
            _check_deadline(deadline, at)
            self._check_opening()
            record = self._managed(caller, position_id)
            if quantity == 0:
                raise Rejected("market: size is zero")
            price = self._accrue(at.entry_price(), at.now)
            delta = quantity if record.size > 0 else -quantity
            return self._enlarge(position_id, delta, price_limit, price)

    # Reduce and close

    def decrease(
        self, caller: str, position_id: int, quantity: int, price_limit: int, deadline: int, at: Moment
    ) -> TradeResult:
        """Close a part of a position; never capped."""
        with self._all_or_nothing():
            _check_deadline(deadline, at)
            record = self._managed(caller, position_id)
            if quantity == 0:
                raise Rejected("market: size is zero")
            if quantity >= abs(record.size):
                raise Rejected("market: decrease exceeds size")
            price = self._accrue(at.good_price(), at.now)
            delta = -quantity if record.size > 0 else quantity
            trade = self._price_trade(position_id, delta, price_limit, price)
            removed = arithmetic.cost_removed(record.cost, quantity, record.size)
            trade = replace(trade, realised_pnl=arithmetic.realised_pnl(trade.trade_cost, removed))
            settlement = self._settle(position_id, _net_of(trade))
            rest = replace(
                record,
                size=record.size + delta,
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
            record = self._managed(caller, position_id)
            price = self._accrue(at.good_price(), at.now)
            if self.equity(position_id, price, at.now) <= 0:
                raise Rejected("market: insolvent")
            trade = self._price_trade(position_id, -record.size, price_limit, price)
            trade = replace(trade, realised_pnl=arithmetic.realised_pnl(trade.trade_cost, record.cost))
            settlement = max(-self.margin(position_id), to_tokens(_net_of(trade), self.token_scale))
            self._move_if_pool_can(position_id, settlement)
            self._write(position_id, PositionRecord(record.owner))
            return replace(trade, settlement=settlement, payout=self._pay_out_rest(position_id))

    # Steps

    def _create(self, payer: str, owner: str, margin: int) -> int:
        """Make a new position without a size and fill its vault from the payer's wallet."""
        reserve = self.parameters.keeper_reserve
        position_id = self.books.last_id + 1
        self.books = replace(self.books, last_id=position_id)
        self._positions[position_id] = PositionRecord(owner, keeper_reserve=reserve)
        self.token.transfer(payer, vault_of(position_id), margin + reserve)
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

    # Checks

    def _check_opening(self) -> None:
        if self.opening_paused:
            raise Rejected("market: opening paused")

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


def _check_deadline(deadline: int, at: Moment) -> None:
    if at.now > deadline:
        raise Rejected("market: deadline passed")
