"""One market under fire: chain and model in step, the monitor watching, everything told to the counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import Any

from isomargin.chain import Contract, Receipt, Transaction
from isomargin.chain.abi import decode_arguments
from isomargin.contracts import compile_contract
from isomargin.invariants import Monitor, raise_on_violation
from isomargin.model import INSURANCE_FUND, POOL, MarketModel, Moment, Parameters, Rejected, vault_of
from isomargin.protocol import OracleGuards, Sources, System, SystemTerms, deploy
from isomargin.units import WAD
from tests.fuzz.counts import DONE, Counts
from tests.fuzz.recording import Disagreement, RecordedChain
from tests.fuzz.replay import Call
from tests.fuzz.share_model import ShareModel
from tests.market.parity import EVENT_FIELDS, TOKEN_REASONS, Operation, Round, Twins, expected_events

__all__ = ["BLOCK", "PEOPLE", "Arena", "GuardedRound"]

BLOCK = 12
"""Seconds to the next block where nothing is asked."""

MARKET_COMPARISON_EVERY = 10
MONITOR_LOOKS_EVERY = 3
"""Steps; its reading of the chain's totals is what takes most of the time."""

TRADERS = ("trader 0", "trader 1", "trader 2", "trader 3")
PROVIDERS = ("lp 0", "lp 1")
PEOPLE = (*TRADERS, *PROVIDERS, "keeper", "stranger", "attacker")
"""Accounts that hold tokens; the stranger gives them away, the attacker owns no position and no share."""

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


class Arena(Twins):
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
        fund = [each for person in self.people.values() for each in system.fund(person, PURSE * self.unit)]
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
        self._by_number = {int(account, 16): account for account in self.accounts}
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
        self.shares = ShareModel(self.model, self.terms.pool)
        self.shares.deposit(self.lp, LIQUIDITY * self.unit, self.moment(self.chain.timestamp))
        self.vaults.clear()
        self.diverged = False
        self._steps = 0

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

    def owner_named(self, number: int) -> str:
        """The account whose address is this number; an address of its own if it is nobody's here."""
        return self._by_number.get(number, f"0x{number:040x}")

    def moment(self, now: int) -> Moment:
        """What the oracle says at a time."""
        return Moment(now, self.round.price, self.round.refusal(self.terms.oracle, now))

    # What happens

    def push(self, price: int, *, after: int = BLOCK) -> None:
        """Mine a new round of the feed, good or bad."""
        now = self.chain.timestamp + after
        (receipt,) = self.chain.mine([self.system.push_price(price)], timestamp=now).receipts
        assert receipt.success, receipt.revert_reason
        self.round = GuardedRound(price, now, self.round.price)
        self.counts.note("push", self.moment(now).price_reason or DONE)
        self.check("push")

    def wait(self, seconds: int) -> None:
        """Mine an empty block."""
        self.chain.mine(timestamp=self.chain.timestamp + seconds)
        self.check("wait")

    def act(self, operation: Operation, *, after: int = BLOCK, name: str = "") -> Any:
        """Try an action of the market on both sides; returns the model's result, None when refused."""
        receipt, result = self._attempt(
            name or operation.action,
            self.transaction(operation),
            lambda at: self._act_in_model(operation, at),
            after,
        )
        if receipt.success:
            self._note_liquidations(receipt)
        if result is not None and self.compares:
            self._compare_events(operation, receipt, expected_events(self.model, operation, result))
        if self.compares:
            with self._explained(operation):
                self.compare_touched(operation)
        self.check(operation)
        return result

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
                        else [f"assert receipt.revert_reason == {_token_says(expected)!r}"]
                    ),
                ],
            )
        return receipt, result

    def _note_liquidations(self, receipt: Receipt) -> None:
        for event in self.system.market.events(receipt.logs):
            if event.name == "PositionLiquidated":
                self.counts.seen["liquidated in part" if event.args["size"] else "liquidated in full"] += 1
            elif event.name == "BadDebt":
                self.counts.seen["bad debt"] += 1
                self.counts.seen["bad debt for the pool"] += event.args["pool_loss"] >= self.terms.token_scale

    def transaction(self, operation: Operation) -> Transaction:
        """Write the transaction of an operation; that of the risk admin goes to the risk engine."""
        if operation.action == "set_system_multiplier":
            engine = self.system.risk_engine
            return engine.transaction(operation.action, *operation.args, sender=operation.caller)
        return super().transaction(operation)

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

    # What must hold after it

    def check(self, context: object) -> None:
        """Compare sums and balances; at intervals the whole market, and let the monitor catch up.

        The monitor goes through the events of every block, however late it looks.
        """
        self._steps += 1
        if not self.compares:
            return
        with self._explained(context):
            self.compare_sums(context)
            for account in self.accounts:
                assert self.balance(account) == self.model.token.balance(account), context
            if self._steps % MARKET_COMPARISON_EVERY == 0:
                self.compare_market(context)
        if self._steps % MONITOR_LOOKS_EVERY == 0:
            self.look(self.monitor.observe())

    def compare_market(self, context: object) -> None:
        """Compare everything that is one number for the whole market, the multipliers too."""
        super().compare_market(context)
        state, multipliers = self.system.market_state(), self.model.multipliers
        assert (state.opening_multiplier, state.maintenance_multiplier, state.volatility) == (
            multipliers.for_opening,
            multipliers.for_maintenance(self.chain.timestamp),
            multipliers.deviation,
        ), context

    def compare_everything(self) -> None:
        """Compare the market, every position ever opened with its health, and the supply."""
        self.compare_market("everything")
        model, now = self.model, self.chain.timestamp
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
        assert self.system.token.call("totalSupply") == model.token.total_supply

    def finish(self) -> None:
        """Compare everything that there is."""
        if not self.compares:
            return
        with self._explained("the end"):
            self.compare_everything()
            for provider in self.providers:
                assert self.system.pool.call("balanceOf", provider) == self.shares.balances[provider]
        self.look(self.monitor.finish())

    def look(self, findings: Sequence[Any]) -> None:
        """Fail on what the monitor found; a pool bankrupt at this price owes more than there is (I5)."""
        model, at = self.model, self.moment(self.chain.timestamp)
        price = max(at.price, 0)
        if model.trader_claims(price, at.now) > model.pool_cash * model.token_scale:
            self.counts.seen["pool bankrupt"] += 1
            findings = [finding for finding in findings if finding.invariant != "I5"]
        raise_on_violation(findings)

    @contextmanager
    def _explained(self, context: object) -> Iterator[None]:
        """Turn a failed comparison into one that a script can repeat."""
        try:
            yield
        except AssertionError as failure:
            message = f"{context}: chain and model differ: {failure}"
            raise Disagreement(message, self._differences()) from failure

    def _compare_events(
        self, operation: Operation, receipt: Receipt, expected: list[tuple[Any, ...]]
    ) -> None:
        told = self.told(receipt)
        if told != expected:
            fields = {name: EVENT_FIELDS[name] for name, *_ in [*told, *expected]}
            raise Disagreement(
                f"{operation}: the events say {told}, the model {expected}",
                [
                    f"fields = {fields!r}",
                    "events = system.market.events(block.receipts[-1].logs)",
                    "told = [(event.name, event.args) for event in events if event.name in fields]",
                    "told = [(name, *(args[field] for field in fields[name])) for name, args in told]",
                    f"assert told == {expected!r}",
                ],
            )

    def _differences(self) -> list[str]:
        """Assertions, in terms of views, that fail now."""
        model, system = self.model, self.system
        balances = {self.on_chain(account): model.token.balance(account) for account in self._all_accounts()}
        books = model.books
        expected: dict[str, Any] = {
            f'system.token.call("balanceOf", "{address}")': amount for address, amount in balances.items()
        }
        for id in range(1, books.last_id + 1):
            record = model.record(id)
            assert record is not None
            margin = model.margin(id) if record.size else 0
            figures = (record.size, record.cost, record.funding_index, record.keeper_reserve, margin)
            state = (record.owner, self.on_chain(vault_of(id)), *figures)
            expected[f'system.market.call("position", {id})'] = state
        sides = (books.long_open_interest, books.short_open_interest)
        expected['system.market.call("open_interest")'] = sides
        expected['system.market.call("aggregates")'] = (books.skew, books.cost_sum, books.funding_basis)
        expected['system.market.call("funding_index")'] = books.funding_index
        expected['system.market.call("bad_debt")'] = books.bad_debt
        expected['system.market.call("last_id")'] = books.last_id
        at = self.moment(self.chain.timestamp)
        expected['system.pool.call("totalAssets")'] = model.total_assets(max(at.price, 0), at.now)
        for provider in self.providers:
            expected[f'system.pool.call("balanceOf", "{provider}")'] = self.shares.balances[provider]
        names = {"system": system}
        return [
            f"assert {view} == {value!r}" for view, value in expected.items() if eval(view, names) != value
        ]

    def _all_accounts(self) -> list[str]:
        vaults = [vault_of(id) for id in range(1, self.model.books.last_id + 1)]
        return [*self.accounts, POOL, INSURANCE_FUND, *vaults]


def _token_says(reason: str) -> str:
    """The contract's words for a reason of the model."""
    words = {ours: theirs for theirs, ours in TOKEN_REASONS.items()}
    return words.get(reason, reason)


def decoded_call(contract: Contract, data: bytes) -> tuple[str, tuple[Any, ...]]:
    """The function and the arguments of call data."""
    for entry in contract.compiled.abi:
        if entry["type"] == "function":
            function = contract.abi.function(entry["name"], len(entry["inputs"]))
            if function.selector == data[:4]:
                return function.name, decode_arguments(function.inputs, data[4:])
    raise AssertionError(f"no function with selector 0x{data[:4].hex()}")
