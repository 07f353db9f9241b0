"""A seeded random walk through all actions of the market, which checks the books after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from isomargin.model import (
    INSURANCE_FUND,
    NOBODY,
    POOL,
    Holding,
    LiquidationResult,
    MarketModel,
    Moment,
    Rejected,
    TradeResult,
    premium,
    vault_of,
)
from isomargin.units import WAD
from tests.model.helpers import FAR, NO_LIMIT, state_of, whole

ACCOUNTS = ("alice", "bob", "carol", "dora", "keeper")
_Result = TypeVar("_Result")
_LOWEST, _HIGHEST = 20 * WAD, 2_000 * WAD


@dataclass
class Walk:
    """One market, its moment, and what has happened so far."""

    market: MarketModel
    rng: np.random.Generator
    price: int = 200 * WAD
    now: int = 0
    supply: int = 0
    funding_for_pool: int = 0  # sum of skew x index increment, WAD squared, as accrued
    funding_settled: int = 0  # WAD quote
    settlements: int = 0
    succeeded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        unit = WAD // self.market.token_scale
        for account in ACCOUNTS:
            self.market.token.mint(account, 10**6 * unit)
        self.market.token.mint(INSURANCE_FUND, 10**4 * unit)
        self.market.token.mint(POOL, 10**7 * unit)
        self.supply = self.market.token.total_supply

    def step(self) -> None:
        """Let time and price move now and then, try one action, and check everything."""
        self._move_time_and_price()
        actions = (
            *[self._open] * 5,
            self._increase,
            self._decrease,
            self._close,
            self._add_margin,
            self._withdraw,
            self._approve,
            *[self._liquidate] * 2,
            self._liquidate_batch,
            self._deleverage,
            self._set_funding,
            self._donate,
            self._block_or_claim,
        )
        self._attempt(actions[int(self.rng.integers(len(actions)))])
        self._check_books()

    def _moment(self) -> Moment:
        """Mostly a good price by every face; at times none, a pause, or the grace after an outage."""
        chance, good = self.rng.random(), Moment(self.now, self.price)
        if chance < 0.03:
            return replace(good, price_reason="oracle: price stale")
        if chance < 0.06:
            return replace(good, entry_reason="oracle: paused", forced_reason="oracle: paused")
        if chance < 0.16:
            known = self.rng.random() < 0.9
            before = self.price * int(self.rng.integers(80, 120)) // 100 if known else 0
            grace = "oracle: grace after outage"
            return replace(good, entry_reason=grace, in_grace=True, price_before=before)
        return good

    def _move_time_and_price(self) -> None:
        if self.rng.random() < 0.5:
            self.now += int(self.rng.integers(0, 20_000))
            factor = int(self.rng.normal(WAD, WAD * 0.02))
            self.price = min(_HIGHEST, max(_LOWEST, self.price * factor // WAD))

    def _attempt(self, action: Callable[[Moment], None]) -> None:
        at, market = self._moment(), self.market
        before, books = state_of(market), market.books
        try:
            action(at)
        except Rejected as refusal:
            self.refused[refusal.reason] += 1
            assert state_of(market) == before
            return
        self.succeeded[action.__name__.removeprefix("_")] += 1
        self.funding_for_pool += books.skew * (market.books.funding_index - books.funding_index)
        if "liquidate" not in action.__name__:
            assert market.books.bad_debt == books.bad_debt

    # The actions

    def _open(self, at: Moment) -> None:
        size = whole(self.rng, 1, 2 * 10**20) * self._sign()
        if self.rng.random() < 0.7:
            size = whole(self.rng, WAD, 100 * WAD) * self._sign()
        leverage = int(self.rng.integers(2, 60))
        margin = abs(size) * self.price // WAD // leverage // self.market.token_scale + 1
        limit = NO_LIMIT if size > 0 else 0
        payer = self._account()
        owner = self._account() if self.rng.random() < 0.2 else None
        before = self.market.token.balance(owner) if owner else 0
        self._isolated(None, lambda: self.market.open(payer, size, margin, limit, FAR, at, owner))
        if owner not in (None, payer):
            assert self.market.token.balance(str(owner)) == before
            self.succeeded["open for another"] += 1

    def _increase(self, at: Moment) -> None:
        position_id, caller, holding = self._some_position()
        quantity = whole(self.rng, 1, abs(holding.size))
        limit = NO_LIMIT if holding.size > 0 else 0
        self._traded(
            caller,
            position_id,
            lambda: self.market.increase(caller, position_id, quantity, limit, FAR, at),
        )

    def _decrease(self, at: Moment) -> None:
        position_id, caller, holding = self._some_position()
        quantity = whole(self.rng, 1, abs(holding.size))
        limit = 0 if holding.size > 0 else NO_LIMIT
        self._traded(
            caller,
            position_id,
            lambda: self.market.decrease(caller, position_id, quantity, limit, FAR, at),
        )

    def _close(self, at: Moment) -> None:
        position_id, caller, holding = self._some_position()
        limit = 0 if holding.size > 0 else NO_LIMIT
        self._traded(caller, position_id, lambda: self.market.close(caller, position_id, limit, FAR, at))

    def _add_margin(self, at: Moment) -> None:
        position_id, _, _ = self._some_position()
        amount = whole(self.rng, 1, 10**3 * WAD // self.market.token_scale)
        self._isolated(position_id, lambda: self.market.add_margin(self._account(), position_id, amount, at))

    def _withdraw(self, at: Moment) -> None:
        position_id, caller, holding = self._some_position()
        amount = whole(self.rng, 1, max(1, holding.margin))
        self._isolated(position_id, lambda: self.market.withdraw_margin(caller, position_id, amount, at))

    def _approve(self, at: Moment) -> None:
        position_id, caller, _ = self._some_position()
        manager = self._account() if self.rng.random() < 0.9 else NOBODY
        self._isolated(position_id, lambda: self.market.approve(caller, position_id, manager))

    def _liquidate(self, at: Moment) -> None:
        position_id, _, holding = self._some_position(sick=at.in_grace)
        index = self.market.funding_index_at(self.price, self.now)
        equity = holding.equity(self.price, index, self.market.token_scale)
        result = self._isolated(position_id, lambda: self.market.liquidate("keeper", position_id, at))
        self._assert_was_due(holding, index, at)
        assert result.outcome.bad_debt == max(0, -equity)
        self._note_liquidation(result)

    def _liquidate_batch(self, at: Moment) -> None:
        ids = self.market.open_ids()[:64]
        holdings = {position_id: self.market.holding(position_id) for position_id in ids}
        index = self.market.funding_index_at(self.price, self.now)
        bad_debt = self.market.books.bad_debt
        results = self.market.liquidate_batch("keeper", ids, at)
        for result in results:
            self._assert_was_due(holdings[result.position_id], index, at)
            self._note_liquidation(result)
        assert self.market.books.bad_debt - bad_debt == sum(result.outcome.bad_debt for result in results)

    def _assert_was_due(self, holding: Holding, index: int, at: Moment) -> None:
        """It was below maintenance, in the grace after an outage at the price before as well."""
        scale, risk = self.market.token_scale, self.market.risk
        prices = [at.price, at.price_before] if at.in_grace else [at.price]
        assert all(
            price and holding.equity(price, index, scale) < risk.maintenance(holding.notional(price))
            for price in prices
        )
        self.succeeded["liquidated in the grace"] += at.in_grace

    def _deleverage(self, at: Moment) -> None:
        position_id, _, holding = self._some_position()
        market, index = self.market, self.market.funding_index_at(self.price, self.now)
        claims, assets = (read(self.price, self.now) for read in (market.trader_claims, market.total_assets))
        limit = 0 if holding.size > 0 else NO_LIMIT
        result = self._isolated(position_id, lambda: market.deleverage("keeper", position_id, limit, at))
        profit = holding.unrealised_pnl(self.price) - holding.accrued_funding(index)
        assert profit > 0
        assert 0 <= profit - result.settlement * market.token_scale < market.token_scale
        assert market.trader_claims(self.price, self.now) < claims
        # All that the premium has changed by and the fraction of a token unit stay with the pool.
        moved = claims - market.trader_claims(self.price, self.now) - result.settlement * market.token_scale
        after = market.total_assets(self.price, self.now)
        assert abs((after - assets) * market.token_scale - moved) <= market.token_scale
        self._note_funding(result.accrued_funding)

    def _set_funding(self, at: Moment) -> None:
        """Choose a mode: proportional, at a velocity, none."""
        rate = whole(self.rng, 1, WAD // 5) if self.rng.random() < 0.8 else 0
        velocity = whole(self.rng, 1, 3 * WAD) if self.rng.random() < 0.6 else 0
        terms = replace(self.market.parameters, max_funding_rate=rate, max_funding_velocity=velocity)
        self.market.set_parameters("admin", terms, at)
        self.succeeded["velocity" if rate and velocity else "proportional" if rate else "none"] += 1

    def _donate(self, at: Moment) -> None:
        if self.market.books.last_id:
            position_id = int(self.rng.integers(1, self.market.books.last_id + 1))
            self.market.token.transfer("dora", vault_of(position_id), int(self.rng.integers(1, 1000)))

    def _block_or_claim(self, at: Moment) -> None:
        blocked = self.market.token.blocked
        if self.rng.random() < 0.5:
            blocked ^= {self._account()}
        for position_id in range(1, self.market.books.last_id + 1):
            record = self.market.record(position_id)
            left = self.market.token.balance(vault_of(position_id))
            if record is not None and record.size == 0 and left:
                assert self.market.claim(record.owner, position_id, "somewhere else") == left
                self.succeeded["claim"] += 1

    # What they share

    def _account(self) -> str:
        return ACCOUNTS[int(self.rng.integers(len(ACCOUNTS)))]

    def _sign(self) -> int:
        return 1 if self.rng.random() < 0.5 else -1

    def _some_position(self, *, sick: bool = False) -> tuple[int, str, Holding]:
        """An open position, one below maintenance if asked for, and mostly its owner or manager."""
        ids = self.market.open_ids()
        if sick:
            ids = [each for each in ids if self.market.is_liquidatable(each, self.price, self.now)]
        if not ids:
            raise Rejected("walk: nothing is open")
        position_id = ids[int(self.rng.integers(len(ids)))]
        record = self.market.record(position_id)
        assert record is not None
        chance = self.rng.random()
        caller = record.owner if chance < 0.7 else record.manager if chance < 0.95 else self._account()
        return position_id, caller, self.market.holding(position_id)

    def _isolated(self, position_id: int | None, action: Callable[[], _Result]) -> _Result:
        """Act on one position, and see that no other has noticed."""
        others = [other for other in self.market.open_ids() if other != position_id]
        before = [self.market.holding(other) for other in others]
        result = action()
        assert [self.market.holding(other) for other in others] == before
        return result

    def _traded(self, caller: str, position_id: int, action: Callable[[], TradeResult]) -> None:
        """Trade one position; a manager who does gets nothing of it."""
        record, before = self.market.record(position_id), self.market.token.balance(caller)
        result = self._isolated(position_id, action)
        if record is not None and caller != record.owner:
            assert caller == record.manager
            assert self.market.token.balance(caller) == before
            self.succeeded["by a manager"] += 1
        self._note_funding(result.accrued_funding)

    def _note_liquidation(self, result: LiquidationResult) -> None:
        self.succeeded["liquidated in full" if result.outcome.full else "liquidated in part"] += 1
        self.succeeded["bankrupt"] += 1 if result.outcome.bad_debt else 0
        self._note_funding(result.accrued_funding)

    def _note_funding(self, amount: int) -> None:
        self.funding_settled += amount
        self.settlements += 1

    # The books

    def _check_books(self) -> None:
        market, books = self.market, self.market.books
        holdings = [market.holding(position_id) for position_id in market.open_ids()]
        assert market.token.total_supply == self.supply
        assert min(market.token.balances.values()) >= 0
        assert all(holding.margin >= 0 for holding in holdings)
        sizes = [holding.size for holding in holdings]
        assert books.long_open_interest == sum(size for size in sizes if size > 0)
        assert books.short_open_interest == -sum(size for size in sizes if size < 0)
        assert books.skew == sum(sizes)
        assert books.cost_sum == sum(holding.cost for holding in holdings)
        assert books.funding_basis == sum(holding.size * holding.funding_index for holding in holdings)
        self._check_solvency(holdings)
        self._check_funding(holdings)

    def _check_solvency(self, holdings: list[Holding]) -> None:
        """Balances and latent bad debt back everyone's claim; what is over is dust of roundings."""
        market, scale = self.market, self.market.token_scale
        index = market.funding_index_at(self.price, self.now)
        equities = [holding.equity(self.price, index, scale) for holding in holdings]
        vaults = [vault_of(position_id) for position_id in range(1, market.books.last_id + 1)]
        in_vaults = sum(market.token.balance(vault) for vault in vaults)
        margins_and_reserves = sum(holding.margin + holding.keeper_reserve for holding in holdings)
        left_over = in_vaults - margins_and_reserves
        reserves = sum(holding.keeper_reserve for holding in holdings)
        fund = market.insurance_balance
        assets = market.total_assets(self.price, self.now)
        assert assets > 0
        assert left_over >= 0
        balances = (in_vaults + market.pool_cash + fund) * scale + sum(max(0, -each) for each in equities)
        claims = sum(max(0, each) for each in equities) + (assets + fund + reserves + left_over) * scale
        claims += premium(market.books.skew, self.price, market.parameters.skew_scale)
        assert 0 <= balances - claims < scale + 2 * len(holdings) + 2

    def _check_funding(self, holdings: list[Holding]) -> None:
        """What positions have paid and owe covers what the pool is due, but for a unit each time."""
        index = self.market.books.funding_index
        paid = self.funding_settled + sum(holding.accrued_funding(index) for holding in holdings)
        dust = paid * WAD - self.funding_for_pool
        assert 0 <= dust <= (self.settlements + len(holdings)) * WAD
