"""The pool's shares in plain integers: what liquidity providers may do, and why they may not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from isomargin.model import POOL, MarketModel, Moment, Rejected, ceil_div, floor_div
from isomargin.protocol import PoolTerms

__all__ = ["ShareModel"]

VIRTUAL_SHARES = 10**6
VIRTUAL_ASSETS = 1


@dataclass(frozen=True)
class Request:
    """Shares that may leave while `opens <= now < closes`."""

    shares: int
    opens: int
    closes: int


class ShareModel:
    """Shares of the pool of a market model; tokens move in the model's own ledger."""

    def __init__(self, model: MarketModel, terms: PoolTerms) -> None:
        self.model = model
        self.terms = terms
        self.balances: Counter[str] = Counter()
        self.requests: dict[str, Request] = {}

    @property
    def supply(self) -> int:
        """All shares."""
        return self.balances.total()

    def deposit(self, caller: str, amount: int, at: Moment) -> int:
        """Buy shares; returns how many, rounded down."""
        if amount > self.model.token.balance(caller):
            raise Rejected("token: insufficient balance")
        at.good_price()
        assets = self._net_assets(at)
        if assets < 0:
            raise Rejected("pool: insolvent")
        shares = floor_div(amount * (self.supply + VIRTUAL_SHARES), assets + VIRTUAL_ASSETS)
        if shares == 0:
            raise Rejected("pool: zero shares")
        self.model.token.transfer(caller, POOL, amount)
        self.balances[caller] += shares
        return shares

    def request_withdrawal(self, caller: str, shares: int, at: Moment) -> None:
        """Start the cooldown; replaces an earlier request."""
        if shares == 0:
            raise Rejected("pool: zero shares")
        if shares > self.balances[caller]:
            raise Rejected("pool: above balance")
        opens = at.now + self.terms.cooldown
        self.requests[caller] = Request(shares, opens, opens + self.terms.withdrawal_window)

    def redeem(self, caller: str, shares: int, at: Moment) -> int:
        """Sell shares; returns the token units paid, rounded down."""
        if shares == 0:
            raise Rejected("pool: zero shares")
        at.good_price()
        assets = max(0, self._net_assets(at))
        paid = floor_div(shares * (assets + VIRTUAL_ASSETS), self.supply + VIRTUAL_SHARES)
        if paid == 0:
            raise Rejected("pool: zero assets")
        self._check_request(caller, shares, at.now)
        if paid > self.model.pool_cash:
            raise Rejected("pool: short of cash")
        reserve = ceil_div(self.model.reserved(at.price), self.model.token_scale)
        if paid > assets - min(reserve, assets):
            raise Rejected("pool: reserve")
        if shares > self.balances[caller]:
            raise Rejected("erc20: burn amount exceeds balance")
        self.balances[caller] -= shares
        self._use_up(caller, shares)
        self.model.token.transfer(POOL, caller, paid)
        return paid

    def transfer(self, caller: str, receiver: str, shares: int) -> None:
        """Give shares away; a share refuses in the words of the token."""
        if shares > self.balances[caller]:
            raise Rejected("token: insufficient balance")
        self.balances[caller] -= shares
        self.balances[receiver] += shares
        self._trim(caller)

    def free_assets(self, at: Moment) -> int:
        """Token units that the reserve lets go, as far as there is cash."""
        assets = max(0, self._net_assets(at))
        reserve = ceil_div(self.model.reserved(at.price), self.model.token_scale)
        return min(assets - min(reserve, assets), self.model.pool_cash)

    def worth_at_least(self, amount: int, at: Moment) -> int:
        """The least shares that are worth so many token units."""
        assets = max(0, self._net_assets(at))
        return ceil_div(amount * (self.supply + VIRTUAL_SHARES), assets + VIRTUAL_ASSETS)

    def _net_assets(self, at: Moment) -> int:
        """Cash less trader claims, token units, down; negative when claims exceed the cash."""
        model = self.model
        worth = model.pool_cash * model.token_scale - model.trader_claims(at.price, at.now)
        return floor_div(worth, model.token_scale)

    def _check_request(self, caller: str, shares: int, now: int) -> None:
        if self.terms.cooldown == 0:
            return
        request = self.requests.get(caller, Request(0, 0, 0))
        if request.shares == 0:
            raise Rejected("pool: no withdrawal request")
        if now < request.opens:
            raise Rejected("pool: cooldown")
        if now >= request.closes:
            raise Rejected("pool: window closed")
        if shares > request.shares:
            raise Rejected("pool: above request")

    def _use_up(self, caller: str, shares: int) -> None:
        if self.terms.cooldown:
            request = self.requests[caller]
            self.requests[caller] = Request(request.shares - shares, request.opens, request.closes)
        self._trim(caller)

    def _trim(self, caller: str) -> None:
        """A request keeps no more than its owner still has."""
        request = self.requests.get(caller)
        if request is not None and request.shares > self.balances[caller]:
            self.requests[caller] = Request(self.balances[caller], request.opens, request.closes)
