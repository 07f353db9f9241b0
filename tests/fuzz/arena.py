"""One market under fire: chain and model in step, the monitor watching, everything told to the counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace
from typing import Any

from isomargin.chain import Contract, Receipt, Transaction
from isomargin.chain.abi import decode_arguments
from isomargin.contracts import compile_contract
from isomargin.invariants import Monitor
from isomargin.model import (
    INSURANCE_FUND,
    FeedModel,
    MarketModel,
    Moment,
    OracleModel,
    OrderKind,
    OrderOutcome,
    Parameters,
    Rejected,
    TriggerOrdersModel,
)
from isomargin.protocol import OracleGuards, Sources, System, SystemTerms, deploy
from isomargin.units import WAD
from tests.fuzz.agreement import Agreement, token_says
from tests.fuzz.call_model import CALL_FIELDS, CallModel
from tests.fuzz.counts import DONE, Counts
from tests.fuzz.recording import Disagreement, RecordedChain
from tests.fuzz.replay import Call
from tests.fuzz.share_model import ShareModel
from tests.market.parity import (
    ACCRUAL_FIELDS,
    EVENT_FIELDS,
    TOKEN_REASONS,
    Operation,
    Round,
    expected_accrual,
    expected_events,
)

__all__ = ["BLOCK", "PEOPLE", "Arena", "GuardedRound"]

BLOCK = 12
"""Seconds to the next block where nothing is asked."""

TRADERS = ("trader 0", "trader 1", "trader 2", "trader 3")
PROVIDERS = ("lp 0", "lp 1")
PEOPLE = (*TRADERS, *PROVIDERS, "keeper", "stranger", "attacker")
"""Accounts that hold tokens; the stranger gives them away, the attacker owns no position and no share."""

FOR_A_MANAGER = {"increase", "decrease", "close", "withdraw_margin", "approve", "claim"}
"""Actions that are counted apart when a manager tries them; the last two are for the owner alone."""

ATTENDING = {"open", "increase", "withdraw_margin", "liquidate", "liquidate_batch", "deleverage"}
"""Actions that ask for a price to enter or to force at, so that the oracle remembers outages it finds."""

NEVER_DUE = ("orders: deadline passed", "orders: oracle replaced")
"""Why a limit order ends before anybody asks for the price."""

ORDER_FIELDS = {
    "OrderExecuted": ("order_id", "executor", "id", "price", "fee"),
    "OrderCancelled": ("order_id", "by", "reason", "fee"),
}

PURSE, LIQUIDITY, INSURANCE = 10_000_000, 500_000, 2_000  # whole tokens


@dataclass(frozen=True)
class GuardedRound(Round):
    """A round of the feed and the answer before it, None for the first."""

    previous: int | None = None

    def refusal(self, guards: OracleGuards, now: int) -> str:
        """Why the oracle refuses it now, the move since the round before included."""
        reason = super().refusal(guards, now)
        if reason or self.previous is None or guards.max_deviation == 0:
            return reason
        moved = abs(self.price - self.previous) * WAD
        too_far = self.previous <= 0 or moved > guards.max_deviation * self.previous
        return "oracle: price deviates" if too_far else ""


class Arena(Agreement):
    """A funded market and its models; `begin` puts both back to the start.

    Parameters
    ----------
    terms : SystemTerms
        What is deployed.
    sources : Sources, optional
        Replaces contracts, by broken ones for instance.
    compares : bool
        Whether the model is compared with and the monitor asked: without them it is seen what other checks
        are worth. Moves are then still drawn from the model; `diverged` tells when it decided otherwise.
    """

    def __init__(
        self, terms: SystemTerms, counts: Counts, sources: Sources | None = None, *, compares: bool = True
    ) -> None:
        self.terms, self.sources, self.counts, self.compares = terms, sources, counts, compares
        chain = RecordedChain()
        system = deploy(chain, terms, sources)
        chain.forget()
        self.chain = chain
        self.unit = 10**terms.token_decimals
        self.people = {name: chain.account(name) for name in PEOPLE}
        people = self.people.values()
        fund = [each for person in people for each in system.fund(person, PURSE * self.unit)]
        fund += [system.approve(person, system.trigger_orders) for person in people]
        first_lp = self.people["lp 0"]
        insurance = system.mint(system.insurance_fund.address, INSURANCE * self.unit)
        chain.mine([*fund, system.deposit(first_lp, LIQUIDITY * self.unit), insurance])
        pushed_at = system.feed.call("latestRoundData")[3]
        self.first_round = GuardedRound(terms.first_price, pushed_at)
        super().__init__(
            system,
            model=self._new_model(system),
            traders=tuple(self.people[name] for name in TRADERS),
            keeper=self.people["keeper"],
            lp=first_lp,
            round=self.first_round,
        )
        self.providers = tuple(self.people[name] for name in PROVIDERS)
        self.stranger, self.attacker = self.people["stranger"], self.people["attacker"]
        self.monitor = Monitor(system, full_every=25)
        self.accounts = list(self.people.values())
        known = [*self.accounts, system.trigger_orders.address]
        self._by_number = {int(account, 16): account for account in known}
        self._start = chain.snapshot()
        self.begin()

    def begin(self) -> None:
        """Go back to the start: everybody funded, liquidity and insurance paid in, no position."""
        self.chain.revert(self._start)
        self.model = self._new_model(self.system)
        for person in self.people.values():
            self.model.token.mint(person, PURSE * self.unit)
        self.model.token.mint(INSURANCE_FUND, INSURANCE * self.unit)
        self.round: Round = self.first_round
        self.oracle = self._new_oracle()
        self.shares = ShareModel(self.model, self.terms.pool)
        self.shares.deposit(self.lp, LIQUIDITY * self.unit, self.moment(self.chain.timestamp))
        self.margin_calls = CallModel(self.model)
        self.orders = TriggerOrdersModel(self.model, self.terms.min_order_fee)
        self.vaults.clear()
        self.diverged = False
        self.steps = 0

    def _new_model(self, system: System) -> MarketModel:
        return MarketModel(
            self.terms.parameters,
            self.terms.risk,
            self.terms.policy,
            token_decimals=self.terms.token_decimals,
            started_at=system.chain.timestamp,
            adjustment=self.terms.adjustment,
            admin=system.admin,
            guardian=system.guardian,
        )

    def _new_oracle(self) -> OracleModel:
        feed, system, first = FeedModel(), self.system, self.first_round
        feed.push(first.price, first.pushed_at)
        people = {"owner": system.admin, "guardian": system.guardian}
        return OracleModel(self.terms.oracle, feed, first.pushed_at, **people)

    def account_named(self, number: int) -> str:
        """The account whose address is this number; an address of its own if it is nobody's here."""
        return self._by_number.get(number, f"0x{number:040x}")

    # What happens

    def push(self, price: int, *, after: int = BLOCK) -> None:
        """Mine a new round of the feed, good or bad."""
        now = self.chain.timestamp + after
        (receipt,) = self.chain.mine([self.system.push_price(price)], timestamp=now).receipts
        assert receipt.success, receipt.revert_reason
        self.round = GuardedRound(price, now, self.round.price)
        self.oracle.feed.push(price, now)
        self.counts.note("push", self.moment(now).price_reason or DONE)
        self.check("push")

    def wait(self, seconds: int) -> None:
        """Mine an empty block."""
        self.chain.mine(timestamp=self.chain.timestamp + seconds)
        self.check("wait")

    def act(self, operation: Operation, *, after: int = BLOCK, name: str = "") -> Any:
        """Try an action of the market on both sides; returns the model's result, None when refused."""
        books = self.model.books
        receipt, result = self._attempt(
            name or self.name_of(operation),
            self.transaction(operation),
            lambda at: self._act_in_model(operation, at),
            after,
        )
        if receipt.success:
            self._note_what_happened(receipt)
        if receipt.success and operation.action in ATTENDING:
            self.oracle.attend(self.chain.timestamp)
        if self.compares and receipt.success:
            events = [self._addressed(each) for each in expected_events(self.model, operation, result)]
            self.compare_told(operation, "market", EVENT_FIELDS, receipt, events)
            accruals = expected_accrual(books, self.model.books, self.moment(self.chain.timestamp))
            told = [("FundingAccrued", *accrual) for accrual in accruals]
            self.compare_told(operation, "market", {"FundingAccrued": ACCRUAL_FIELDS}, receipt, told)
        if self.compares:
            with self.explained(operation):
                self.compare_touched(operation)
        self.check(operation)
        return result

    def name_of(self, operation: Operation) -> str:
        """What it is counted as: managers, and who opens for another, apart."""
        action, caller, args = operation.action, operation.caller, operation.args
        if action == "open" and len(args) > 4 and args[4] != caller:
            return "open for another"
        if action in FOR_A_MANAGER:
            record = self.model.record(args[0])
            if record is not None and record.manager == caller != record.owner:
                return f"{action} by manager"
        return action

    def call_margin(self, caller: str, id: int) -> None:
        """Try a margin call on both sides."""
        receipt, told = self._attempt(
            "call_margin",
            self.system.call_margin(caller, id),
            lambda at: self.margin_calls.call_margin(caller, id, at),
            BLOCK,
        )
        for name, *_ in told or ():
            self.counts.seen[{"MarginCalled": "margin called", "MarginRestored": "call lifted"}[name]] += 1
        if told is not None and self.compares:
            self.compare_told(f"call of {id}", "margin_calls", CALL_FIELDS, receipt, told)
        self.check(f"call of {id}")

    def ask_oracle(self, name: str, caller: str) -> None:
        """Try to let the oracle watch, pause or resume."""
        oracle = self.oracle
        acts: dict[str, Callable[[Moment], None]] = {
            "watch": lambda at: oracle.attend(at.now),
            "pause": lambda at: oracle.pause(caller, at.now),
            "resume": lambda at: oracle.resume(caller, at.now),
        }
        transaction = self.system.oracle.transaction(name, sender=caller)
        self.provide(f"{name} the oracle", transaction, acts[name])

    def order(self, name: str, transaction: Transaction, caller: str, *args: Any, action: str = "") -> None:
        """Try something with trigger orders on both sides; `action` is the model's name for it."""
        act, before = getattr(self.orders, action or name), dict(self.orders.orders)
        timeless = name not in ("place_reduce", "place_limit", "execute", "execute_batch")

        def in_model(at: Moment) -> Any:
            return act(caller, *args) if timeless else act(caller, *args, at, self.oracle.feed.newest_id)

        receipt, result = self._attempt(name, transaction, in_model, BLOCK)
        outcomes = [each for each in _each(result) if isinstance(each, OrderOutcome)]
        told = [self._told_of(outcome, caller) for outcome in outcomes]
        if name == "cancel":
            told = [("OrderCancelled", *args, caller, "orders: cancelled", 0)]
        if receipt.success and self.compares:
            self.compare_told(name, "trigger_orders", ORDER_FIELDS, receipt, told)
        for outcome in outcomes:
            self.counts.seen[f"order: {outcome.reason or 'executed'}"] += 1
            if before[outcome.order_id].kind is OrderKind.LIMIT and outcome.reason not in NEVER_DUE:
                self.oracle.attend(self.chain.timestamp)
        self.check(name)

    def _told_of(self, outcome: OrderOutcome, caller: str) -> tuple[Any, ...]:
        if outcome.trade is None:
            return ("OrderCancelled", outcome.order_id, caller, token_says(outcome.reason), outcome.fee)
        id, price = outcome.trade.position_id, self.moment(self.chain.timestamp).price
        return ("OrderExecuted", outcome.order_id, caller, id, price, outcome.fee)

    def provide(
        self, name: str, transaction: Transaction, action: Callable[[Moment], Any], *, after: int = BLOCK
    ) -> Any:
        """Try something beside the market, of which `action` is the model's side."""
        _, result = self._attempt(name, transaction, action, after)
        self.check(name)
        return result

    def give(self, account: str, amount: int) -> None:
        """A stranger sends tokens to an account of the model."""
        token, receiver = self.system.token, self.on_chain(account)
        self.provide(
            "give",
            token.transaction("transfer", receiver, amount, sender=self.stranger),
            lambda at: self.model.token.transfer(self.stranger, account, amount),
        )

    def intrude(self, name: str, transaction: Transaction) -> None:
        """Send what must be refused, for whatever reason."""
        (receipt,) = self.chain.mine([transaction]).receipts
        self.counts.note("intrude", DONE if receipt.success else receipt.revert_reason)
        if receipt.success:
            raise Disagreement(f"{name} was open to the attacker", ["assert not block.receipts[-1].success"])
        self.check(name)

    def _attempt(
        self, name: str, transaction: Transaction, action: Callable[[Moment], Any], after: int
    ) -> tuple[Receipt, Any]:
        """Let chain and model do the same; their outcomes must be the same."""
        now = self.chain.timestamp + after
        (receipt,) = self.chain.mine([transaction], timestamp=now).receipts
        said = DONE if receipt.success else TOKEN_REASONS.get(receipt.revert_reason, receipt.revert_reason)
        result = None
        try:
            result = action(self.moment(now))
            expected = DONE
        except Rejected as rejection:
            expected = rejection.reason
        self.counts.note(name, said)
        self.diverged |= said != expected
        if said != expected and self.compares:
            raise Disagreement(
                f"{name}: the contract says {said!r}, the model {expected!r}",
                [
                    "receipt = block.receipts[-1]",
                    f"assert receipt.success is {expected == DONE}, receipt.revert_reason",
                    *(
                        []
                        if expected == DONE
                        else [f"assert receipt.revert_reason == {token_says(expected)!r}"]
                    ),
                ],
            )
        return receipt, result

    def _note_what_happened(self, receipt: Receipt) -> None:
        seen = self.counts.seen
        for event in self.system.market.events(receipt.logs):
            if event.name == "PositionLiquidated":
                seen["liquidated in part" if event.args["size"] else "liquidated in full"] += 1
            elif event.name == "BadDebt":
                seen["bad debt"] += 1
                seen["bad debt for the pool"] += event.args["pool_loss"] >= self.terms.token_scale
            elif event.name == "FundingAccrued":
                rate = event.args["scaled_rate"]
                seen["funding rate at its bound"] += rate != 0 and self._is_at_bound(rate)

    def transaction(self, operation: Operation) -> Transaction:
        """Write the transaction of an operation; that of the risk admin goes to the risk engine."""
        if operation.action == "set_system_multiplier":
            engine = self.system.risk_engine
            return engine.transaction(operation.action, *operation.args, sender=operation.caller)
        return super().transaction(replace(operation, args=self._addressed(operation.args)))

    def _addressed(self, figures: tuple[Any, ...]) -> tuple[Any, ...]:
        """The same with addresses for accounts of the model."""
        return tuple(self.on_chain(each) if isinstance(each, str) else each for each in figures)

    def _administrative(self, operation: Operation) -> Transaction:
        args = [astuple(each) if isinstance(each, Parameters) else each for each in operation.args]
        return self.system.market.transaction(operation.action, *args, sender=operation.caller)

    def calls(self) -> Iterator[Call]:
        """Tell all blocks since the deployment as calls by name; an empty block is a call of nothing."""
        system = self.system
        names = {address: name for name, address in self.people.items()}
        names |= {system.admin: "deployer", system.price_pusher: "oracle", system.guardian: "guardian"}
        contracts = {contract.address: (name, contract) for name, contract in system.contracts.items()}
        vault = compile_contract(self.sources.vault if self.sources else "custody/PositionVault")
        for timestamp, transactions in self.chain.blocks:
            if not transactions:
                yield Call(timestamp, "", "", "", (), 0)
            for each in transactions:
                assert each.to is not None
                name, contract = contracts.get(each.to) or (each.to, self.chain.at(each.to, vault))
                function, arguments = decoded_call(contract, each.data)
                yield Call(timestamp, names[each.sender], name, function, arguments, each.gas)


def _each(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


def decoded_call(contract: Contract, data: bytes) -> tuple[str, tuple[Any, ...]]:
    """The function and the arguments of call data."""
    for entry in contract.compiled.abi:
        if entry["type"] == "function":
            function = contract.abi.function(entry["name"], len(entry["inputs"]))
            if function.selector == data[:4]:
                return function.name, decode_arguments(function.inputs, data[4:])
    raise AssertionError(f"no function with selector 0x{data[:4].hex()}")
