"""Drives the contracts and the model side by side: every operation goes to both, and both are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from typing import Any

from isomargin.chain import Chain, Receipt, Transaction
from isomargin.model import (
    INSURANCE_FUND,
    POOL,
    SECONDS_A_DAY,
    Books,
    DeleverageResult,
    LiquidationResult,
    MarketModel,
    Moment,
    Parameters,
    Rejected,
    TradeResult,
    rate_a_day,
    vault_of,
)
from isomargin.protocol import OracleGuards, System, SystemTerms, deploy
from tests.market.storage import balance_of, manager_of, position_state, running_sums

__all__ = ["Operation", "Twins"]

TOKEN_REASONS = {"erc20: transfer amount exceeds balance": "token: insufficient balance"}
"""What the token says, in the words of the model."""


@dataclass(frozen=True)
class Operation:
    """One call of the market: an action by its name in both, who sends it, and its arguments."""

    action: str
    caller: str
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Round:
    """The feed's newest round: its answer, WAD, and when it was pushed, unix seconds."""

    price: int
    pushed_at: int

    def refusal(self, guards: OracleGuards, now: int) -> str:
        """Why the oracle refuses it now; empty when it does not. Deviation is not guarded here."""
        if self.price <= 0:
            return "oracle: price not positive"
        if now - self.pushed_at > guards.max_age:
            return "oracle: price stale"
        if not guards.min_price < self.price < guards.max_price:
            return "oracle: price out of bounds"
        return ""


@dataclass
class Twins:
    """A deployed market and its model in the same state."""

    system: System
    model: MarketModel
    traders: tuple[str, ...]
    keeper: str
    lp: str
    round: Round
    vaults: dict[int, str] = field(default_factory=dict)
    succeeded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    at_bound: int = 0  # accruals that left a moving rate at its bound

    @classmethod
    def create(cls, terms: SystemTerms, *, purse: int, pool: int, insurance: int) -> Twins:
        """Deploy, fund both alike (token units), and start the model where the chain is."""
        chain = Chain()
        born = chain.timestamp
        system = deploy(chain, terms)
        model = MarketModel(
            terms.parameters,
            terms.risk,
            token_decimals=terms.token_decimals,
            started_at=chain.timestamp,
            admin=system.admin,
            guardian=system.guardian,
        )
        traders = tuple(chain.account(f"trader {number}") for number in range(4))
        keeper, lp = chain.account("keeper"), chain.account("lp")
        for person in (*traders, lp):
            chain.mine(system.fund(person, purse))
            model.token.mint(person, purse)
        twins = cls(system, model, traders, keeper, lp, Round(terms.first_price, born))
        twins.deposit(pool)
        twins.give(INSURANCE_FUND, insurance)
        return twins

    # Operations of the market

    def apply(self, operation: Operation, *, after: int, price: int | None = None) -> None:
        """Send an operation `after` seconds, behind a new price if there is one; compare all it did."""
        chain = self.system.chain
        now = chain.timestamp + after
        before = []
        if price is not None:
            before = [self.system.push_price(price)]
            self.round = Round(price, now)
        receipt = chain.mine([*before, self.transaction(operation)], timestamp=now).receipts[-1]
        moment = Moment(now, self.round.price, self.round.refusal(self.system.terms.oracle, now))
        books = self.model.books
        try:
            result = self._act_in_model(operation, moment)
        except Rejected as rejection:
            reason = rejection.reason
            assert not receipt.success, f"{operation}: the model refuses: {reason}"
            said = TOKEN_REASONS.get(receipt.revert_reason, receipt.revert_reason)
            assert said == reason, operation
            self.refused[operation.action] += 1
            self.reasons[f"{operation.action}: {reason or 'no reason'}"] += 1
        else:
            assert receipt.success, f"{operation}: the contract refuses: {receipt.revert_reason}"
            assert self.told(receipt) == expected_events(self.model, operation, result), operation
            accruals = expected_accrual(books, self.model.books, moment)
            assert self.accrual_told(receipt) == accruals, operation
            self.at_bound += sum(self._is_at_bound(scaled_rate) for _, _, scaled_rate, _ in accruals)
            self.succeeded[operation.action] += 1
        self.compare_touched(operation)
        self.compare_sums(operation)

    def transaction(self, operation: Operation) -> Transaction:
        name = SYSTEM_NAMES.get(operation.action, operation.action)
        write: Callable[..., Transaction] = getattr(self.system, name, self._administrative)
        if write == self._administrative:
            return write(operation)
        return write(operation.caller, *operation.args)

    def _is_at_bound(self, scaled_rate: int) -> bool:
        terms = self.model.parameters
        bound = terms.max_funding_rate * SECONDS_A_DAY
        return terms.max_funding_velocity > 0 and abs(scaled_rate) == bound

    def _act_in_model(self, operation: Operation, moment: Moment) -> Any:
        act, args = getattr(self.model, operation.action), operation.args
        terms, owner = (args[:4], args[4:]) if operation.action == "open" else (args, ())
        return act(operation.caller, *terms, moment, *owner)

    def _administrative(self, operation: Operation) -> Transaction:
        args = [astuple(arg) if isinstance(arg, Parameters) else arg for arg in operation.args]
        return self.system.market.transaction(operation.action, *args, sender=operation.caller)

    def told(self, receipt: Receipt) -> list[tuple[Any, ...]]:
        """What the market's events say of amounts, the accrual of funding left out."""
        told = []
        for event in self.system.market.events(receipt.logs):
            wanted = EVENT_FIELDS.get(event.name)
            if wanted is not None:
                told.append((event.name, *(event.args[name] for name in wanted)))
        return told

    def accrual_told(self, receipt: Receipt) -> list[tuple[int, ...]]:
        """Index, rate, scaled rate and price of each accrual."""
        events = [
            event for event in self.system.market.events(receipt.logs) if event.name == "FundingAccrued"
        ]
        return [tuple(event.args[name] for name in ACCRUAL_FIELDS) for event in events]

    # Money that comes and goes beside the market

    def give(self, account: str, amount: int) -> None:
        """Mint to an account of the model, and to the one on the chain that it stands for."""
        self.system.chain.send(self.system.mint(self.on_chain(account), amount))
        self.model.token.mint(account, amount)

    def deposit(self, amount: int) -> None:
        """The liquidity provider puts tokens into the pool, if it takes any at this price."""
        (receipt,) = self.system.chain.mine([self.system.deposit(self.lp, amount)]).receipts
        if receipt.success:
            self.model.token.burn(self.lp, amount)
            self.model.pool_deposit(amount)

    def leave_pool(self, share: float) -> None:
        """The liquidity provider takes out a share of what may leave."""
        pool, before = self.system.pool, self.system.token_balance(self.lp)
        shares = int(pool.call("maxRedeem", self.lp) * share)
        (receipt,) = self.system.chain.mine([self.system.redeem(self.lp, shares)]).receipts
        if receipt.success:
            paid = self.system.token_balance(self.lp) - before
            self.model.pool_withdraw(paid)
            self.model.token.mint(self.lp, paid)

    def on_chain(self, account: str) -> str:
        """The address of an account of the model."""
        if account.startswith("vault "):
            id = int(account.removeprefix("vault "))
            if id not in self.vaults:
                self.vaults[id] = self.system.market.call("position", id)[1]
            return self.vaults[id]
        named = {POOL: self.system.pool.address, INSURANCE_FUND: self.system.insurance_fund.address}
        return named.get(account, account)

    # Comparing

    def compare_sums(self, context: object) -> None:
        """Compare the running sums as they are stored, and the money of pool and fund."""
        books = self.model.books
        assert running_sums(self.system.market) == (
            books.long_open_interest,
            books.short_open_interest,
            books.cost_sum,
            books.last_id,
            books.funding_basis,
            books.funding_index,
            books.bad_debt,
        ), context
        for account in (POOL, INSURANCE_FUND):
            assert self.balance(account) == self.model.token.balance(account), context

    def balance(self, account: str) -> int:
        """What an account of the model holds on the chain, token units."""
        return balance_of(self.system.token, self.on_chain(account))

    def compare_market(self, context: object) -> None:
        """Compare everything that is one number for the whole market, to the unit."""
        state, model = self.system.market_state(), self.model
        price, now, books = state.price, self.system.chain.timestamp, model.books
        accrual = (books.funding_index, books.scaled_rate, books.accrued_at)
        assert tuple(self.system.market.call("funding_accrual")) == accrual, context
        assert state.price_reason == self.round.refusal(self.system.terms.oracle, now), context
        assert (
            state.long_open_interest,
            state.short_open_interest,
            state.skew,
            state.cost_sum,
            state.funding_basis,
            state.funding_index,
            state.trader_claims,
            state.reserved,
            state.bad_debt,
            state.pool_cash,
            state.pool_assets,
            state.insurance_fund,
            state.last_id,
        ) == (
            books.long_open_interest,
            books.short_open_interest,
            books.skew,
            books.cost_sum,
            books.funding_basis,
            model.funding_index_at(price, now),
            model.trader_claims(price, now),
            model.reserved(price),
            books.bad_debt,
            model.pool_cash,
            model.total_assets(price, now),
            model.insurance_balance,
            books.last_id,
        ), context

    def compare_touched(self, operation: Operation) -> None:
        """Compare the position that an operation named, its owner and its caller; a new one if it opened."""
        model, touched = self.model, operation.args[0] if operation.args else None
        if operation.action == "open":
            touched = model.books.last_id
        ids = touched if isinstance(touched, list) else [touched]
        for position_id in ids:
            if isinstance(position_id, int) and model.record(position_id) is not None:
                self.compare_position(position_id, operation)
        assert self.balance(operation.caller) == model.token.balance(operation.caller), operation

    def compare_position(self, position_id: int, context: object) -> None:
        """Compare one position as it is stored, its vault's balance and its owner's."""
        record = self.model.record(position_id)
        assert record is not None
        owner, *figures = position_state(self.system.market, position_id)
        assert owner == int(record.owner, 16), context
        written = (record.size, record.cost, record.funding_index, record.keeper_reserve)
        assert tuple(figures) == written, context
        if record.size:
            assert manager_of(self.system.market, position_id) == int(self.on_chain(record.manager), 16), (
                context
            )
        for account in (vault_of(position_id), record.owner):
            assert self.balance(account) == self.model.token.balance(account), context

    def compare_everything(self) -> None:
        """Compare the market, every position ever opened with its health, and everybody's balance."""
        self.compare_market("everything")
        model, now = self.model, self.system.chain.timestamp
        state = self.system.market_state()
        for position_id in range(1, model.books.last_id + 1):
            self.compare_position(position_id, "everything")
        for view in self.system.open_positions():
            assert view.margin == model.margin(view.id)
            holding = model.holding(view.id)
            index = model.funding_index_at(state.price, now)
            cash = holding.net_cash(state.price, index, model.token_scale)
            assert view.equity == model.equity(view.id, state.price, now)
            assert view.maintenance_margin == model.risk.maintenance(view.notional)
            assert view.status is model.status(view.id, state.price, now)
            assert view.liquidation_price == model.risk.liquidation_price(view.size, cash)
        assert self.system.token.call("totalSupply") == model.token.total_supply


SYSTEM_NAMES = {"approve": "approve_manager"}
"""What the system calls an action, where it has another name there."""

ACCRUAL_FIELDS = ("funding_index", "rate", "scaled_rate", "price")

EVENT_FIELDS = {
    "PositionOpened": ("id", "owner", "size", "cost", "margin", "keeper_reserve", "fill_price", "fee"),
    "PositionModified": (
        "id", "size_delta", "margin", "fill_price", "realised_pnl", "funding", "fee", "settlement",
    ),
    "PositionClosed": (
        "id", "size_delta", "fill_price", "realised_pnl", "funding", "fee", "settlement", "payout",
    ),
    "MarginAdded": ("id", "payer", "amount", "margin"),
    "MarginWithdrawn": ("id", "amount", "margin"),
    "Claimed": ("id", "receiver", "amount"),
    "Approved": ("id", "manager"),
    "PositionDeleveraged": (
        "id", "owner", "caller", "size_delta", "price", "realised_pnl", "funding", "settlement", "payout",
    ),
    "BadDebt": ("id", "amount", "insurance_paid"),
    "PositionLiquidated": (
        "id", "keeper", "size_delta", "size", "cost", "margin", "realised_pnl", "funding", "settlement",
        "penalty", "reward", "payout",
    ),
}  # fmt: skip


def expected_events(model: MarketModel, operation: Operation, result: Any) -> list[tuple[Any, ...]]:
    """What the events must say, from what the model did."""
    if isinstance(result, TradeResult):
        return [expected_trade(model, operation, result)]
    if isinstance(result, LiquidationResult):
        return expected_liquidation(model, operation.caller, result)
    if isinstance(result, DeleverageResult):
        return [expected_deleveraging(model, operation.caller, result)]
    if operation.action == "liquidate_batch":
        each = (expected_liquidation(model, operation.caller, one) for one in result)
        return [event for events in each for event in events]
    if operation.action == "add_margin":
        id, _ = operation.args
        return [("MarginAdded", id, operation.caller, result, model.margin(id))]
    if operation.action == "withdraw_margin":
        id, _ = operation.args
        return [("MarginWithdrawn", id, result, model.margin(id))]
    if operation.action == "approve":
        return [("Approved", *operation.args)]
    if operation.action == "claim":
        return [("Claimed", *operation.args, result)]
    return []


def expected_trade(model: MarketModel, operation: Operation, done: TradeResult) -> tuple[Any, ...]:
    if operation.action == "open":
        record = model.record(done.position_id)
        assert record is not None
        margin = model.margin(done.position_id)
        terms = (record.size, record.cost, margin, record.keeper_reserve, done.fill_price, done.trade_fee)
        return ("PositionOpened", done.position_id, record.owner, *terms)
    settled = (done.realised_pnl, done.accrued_funding, done.trade_fee, done.settlement)
    if operation.action == "close":
        return ("PositionClosed", done.position_id, done.delta, done.fill_price, *settled, done.payout)
    margin = model.margin(done.position_id)
    return ("PositionModified", done.position_id, done.delta, margin, done.fill_price, *settled)


def expected_accrual(before: Books, after: Books, at: Moment) -> list[tuple[int, ...]]:
    """One accrual if the model has moved its clock on, none otherwise."""
    if after.accrued_at == before.accrued_at:
        return []
    return [(after.funding_index, rate_a_day(after.scaled_rate), after.scaled_rate, at.price)]


def expected_deleveraging(model: MarketModel, caller: str, done: DeleverageResult) -> tuple[Any, ...]:
    record = model.record(done.position_id)
    assert record is not None
    amounts = (done.realised_pnl, done.accrued_funding, done.settlement, done.payout)
    return ("PositionDeleveraged", done.position_id, record.owner, caller, done.delta, done.price, *amounts)


def expected_liquidation(model: MarketModel, keeper: str, done: LiquidationResult) -> list[tuple[Any, ...]]:
    plan, id = done.outcome, done.position_id
    record = model.record(id)
    assert record is not None
    delta = plan.quantity if plan.trade_cost > 0 else -plan.quantity
    margin = 0 if plan.full else model.margin(id)
    pnl = -plan.trade_cost - plan.cost_removed
    paid = (plan.settlement, plan.penalty, done.reward, done.payout)
    rest = (record.size, record.cost, margin)
    event = ("PositionLiquidated", id, keeper, delta, *rest, pnl, done.accrued_funding, *paid)
    debt = [("BadDebt", id, plan.bad_debt, done.covered)] if plan.bad_debt else []
    return [*debt, event]
