"""Chain and model held together: what is compared after every step, and how a difference is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from isomargin.chain import Receipt
from isomargin.invariants import Monitor, raise_on_violation
from isomargin.model import (
    INSURANCE_FUND,
    POOL,
    TRIGGER_ORDERS,
    Moment,
    OracleModel,
    TriggerOrdersModel,
    vault_of,
)
from tests.fuzz.call_model import CallModel
from tests.fuzz.counts import Counts
from tests.fuzz.recording import Disagreement
from tests.fuzz.share_model import ShareModel
from tests.market.parity import TOKEN_REASONS, Twins

__all__ = ["Agreement", "token_says"]

MARKET_COMPARISON_EVERY = 12
MONITOR_LOOKS_EVERY = 6
"""Steps; its reading of the chain's totals is what takes most of the time."""


class Agreement(Twins):
    """Twins that explain how they differ, with a monitor that looks at the chain on its own account."""

    compares: bool
    counts: Counts
    monitor: Monitor
    accounts: list[str]
    providers: tuple[str, ...]
    shares: ShareModel
    margin_calls: CallModel
    oracle: OracleModel
    orders: TriggerOrdersModel
    steps: int

    def moment(self, now: int) -> Moment:
        """What the oracle says at a time, by all of its faces."""
        oracle = self.oracle
        price, reason = oracle.peek(now)
        ends_at, price_before = oracle.peek_grace(now)
        paused = "oracle: paused" if oracle.is_paused else ""
        in_grace = ends_at > 0
        entry = paused or ("oracle: grace after outage" if in_grace else "")
        return Moment(now, price, reason, entry, paused, in_grace, price_before)

    def on_chain(self, account: str) -> str:
        """The address of an account of the model."""
        return self.system.trigger_orders.address if account == TRIGGER_ORDERS else super().on_chain(account)

    def check(self, context: object) -> None:
        """Compare sums and balances; at intervals the whole market, and let the monitor catch up.

        The monitor goes through the events of every block, however late it looks.
        """
        self.steps += 1
        if not self.compares:
            return
        with self.explained(context):
            self.compare_sums(context)
            for account in (*self.accounts, TRIGGER_ORDERS):
                assert self.balance(account) == self.model.token.balance(account), context
            if self.steps % MARKET_COMPARISON_EVERY == 0:
                self.compare_market(context)
        if self.steps % MONITOR_LOOKS_EVERY == 0:
            self.look(self.monitor.observe())

    def compare_market(self, context: object) -> None:
        """Compare everything that is one number for the whole market, the multipliers too."""
        super().compare_market(context)
        state, multipliers = self.system.market_state(), self.model.multipliers
        assert (state.opening_multiplier, state.maintenance_multiplier, state.volatility) == (
            multipliers.for_opening,
            multipliers.for_maintenance(self.chain_time),
            multipliers.deviation,
        ), context
        grace = self.oracle.peek_grace(self.chain_time)
        assert tuple(self.system.oracle.call("peek_grace")) == grace, context

    def compare_everything(self) -> None:
        """Compare the market, every position ever opened with its health, and the supply."""
        self.compare_market("everything")
        model, now = self.model, self.chain_time
        price, multiplier = self.system.market_state().price, model.multipliers.for_maintenance(now)
        for id in range(1, model.books.last_id + 1):
            self.compare_position(id, "everything")
        for view in self.system.open_positions():
            cash = model.holding(view.id).net_cash(
                price, model.funding_index_at(price, now), model.token_scale
            )
            assert view.margin == model.margin(view.id)
            assert view.equity == model.equity(view.id, price, now)
            assert view.maintenance_margin == model.maintenance(view.id, price, now)
            assert view.status is model.status(view.id, price, now)
            assert view.liquidation_price == model.risk.liquidation_price(view.size, cash, multiplier)
            assert self.system.margin_calls.call("is_called", view.id) is (
                view.id in self.margin_calls.called
            )
        assert self.system.token.call("totalSupply") == model.token.total_supply

    def finish(self) -> None:
        """Compare everything that there is."""
        if not self.compares:
            return
        with self.explained("the end"):
            self.compare_everything()
            for provider in self.providers:
                assert self.system.pool.call("balanceOf", provider) == self.shares.balances[provider]
            self.compare_orders()
        self.look(self.monitor.finish())

    def compare_orders(self) -> None:
        """Compare every open order, and that the escrow of all is there."""
        contract, model = self.system.trigger_orders, self.orders
        assert contract.call("last_id") == model.last_id
        for id, order in model.orders.items():
            amounts = (order.quantity, order.deposit, order.fee)
            prices = (order.trigger_price, order.price_limit, order.deadline, order.placed_round)
            written = (order.owner, order.kind, order.is_long, order.position_id, *amounts, *prices)
            assert contract.call("order", id)[:11] == written
        assert model.holdings == self.model.token.balance(TRIGGER_ORDERS)

    def look(self, findings: Sequence[Any]) -> None:
        """Fail on what the monitor found; a pool bankrupt at this price owes more than there is (I5)."""
        model, at = self.model, self.moment(self.chain_time)
        price = max(at.price, 0)
        if model.trader_claims(price, at.now) > model.pool_cash * model.token_scale:
            self.counts.seen["pool bankrupt"] += 1
            findings = [finding for finding in findings if finding.invariant != "I5"]
        raise_on_violation(findings)

    @property
    def chain_time(self) -> int:
        """Of the newest block, unix seconds."""
        return self.system.chain.timestamp

    # Telling a difference

    @contextmanager
    def explained(self, context: object) -> Iterator[None]:
        """Turn a failed comparison into one that a script can repeat."""
        try:
            yield
        except AssertionError as failure:
            message = f"{context}: chain and model differ: {failure}"
            raise Disagreement(message, self._differences()) from failure

    def compare_told(
        self,
        context: object,
        contract: str,
        fields: Mapping[str, tuple[str, ...]],
        receipt: Receipt,
        expected: list[tuple[Any, ...]],
    ) -> None:
        """Compare what a contract's events say in some fields with what they must say."""
        events = [
            each for each in self.system.contracts[contract].events(receipt.logs) if each.name in fields
        ]
        told = [(event.name, *(event.args[field] for field in fields[event.name])) for event in events]
        if told != expected:
            asked = {name: fields[name] for name, *_ in [*told, *expected]}
            raise Disagreement(
                f"{context}: the events say {told}, the model {expected}",
                [
                    f"fields = {asked!r}",
                    f'events = system.contracts["{contract}"].events(block.receipts[-1].logs)',
                    "told = [(event.name, event.args) for event in events if event.name in fields]",
                    "told = [(name, *(args[field] for field in fields[name])) for name, args in told]",
                    f"assert told == {expected!r}",
                ],
            )

    def _differences(self) -> list[str]:
        """Assertions, in terms of views, that fail now."""
        names = {"system": self.system}
        expected = {**self._expected_of_market(), **self._expected_of_positions()}
        return [
            f"assert {view} == {value!r}" for view, value in expected.items() if eval(view, names) != value
        ]

    def _expected_of_market(self) -> dict[str, Any]:
        """Views of what is one number for all, and of all balances, with what they must show."""
        model, books = self.model, self.model.books
        balances = {self.on_chain(account): model.token.balance(account) for account in self._all_accounts()}
        at = self.moment(self.chain_time)
        return {
            **{f'system.token.call("balanceOf", "{each}")': amount for each, amount in balances.items()},
            'system.market.call("open_interest")': (books.long_open_interest, books.short_open_interest),
            'system.market.call("aggregates")': (books.skew, books.cost_sum, books.funding_basis),
            'system.market.call("funding_accrual")': (
                books.funding_index,
                books.scaled_rate,
                books.accrued_at,
            ),
            'system.market.call("bad_debt")': books.bad_debt,
            'system.market.call("last_id")': books.last_id,
            'system.pool.call("totalAssets")': model.total_assets(max(at.price, 0), at.now),
            **{
                f'system.pool.call("balanceOf", "{provider}")': self.shares.balances[provider]
                for provider in self.providers
            },
        }

    def _expected_of_positions(self) -> dict[str, Any]:
        """Views of every position ever opened, with what they must show."""
        model, expected = self.model, dict[str, Any]()
        for id in range(1, model.books.last_id + 1):
            record = model.record(id)
            assert record is not None
            margin = model.margin(id) if record.size else 0
            figures = (record.size, record.cost, record.funding_index, record.keeper_reserve, margin)
            state = (record.owner, self.on_chain(vault_of(id)), *figures)
            expected[f'system.market.call("position", {id})'] = state
            if record.size:
                expected[f'system.market.call("approved", {id})'] = self.on_chain(record.manager)
        return expected

    def _all_accounts(self) -> list[str]:
        vaults = [vault_of(id) for id in range(1, self.model.books.last_id + 1)]
        return [*self.accounts, POOL, INSURANCE_FUND, TRIGGER_ORDERS, *vaults]


def token_says(reason: str) -> str:
    """The contract's words for a reason of the model."""
    words = {ours: theirs for theirs, ours in TOKEN_REASONS.items()}
    return words.get(reason, reason)
