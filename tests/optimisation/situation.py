"""A market in the middle of its life, every other contract beside it, and calls that succeed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from eth_account import Account

from isomargin.chain import Contract, private_key_of
from isomargin.contracts import compile_contract
from isomargin.protocol import market_parameters
from isomargin.units import WAD
from tests.levels import deployables
from tests.system_helpers import ANY_BUY, ANY_SALE, FOREVER, Stage

__all__ = ["Call", "Situation", "Subject"]

UNLIMITED = 2**256 - 1
BRACKETS = [(0, WAD // 10, WAD // 20), (10**6 * WAD, WAD // 5, WAD // 10)]


class Call(NamedTuple):
    """Who calls which function of the contract, with what."""

    sender: str
    function: str
    args: tuple[Any, ...]


class Subject(NamedTuple):
    """A contract, and for functions that refuse almost everything what leads to a success."""

    contract: Contract
    sensible: Mapping[str, Sequence[Call]]


class Situation:
    """Puts a stage where every function can succeed.

    The holder is short and sound; the gambler's long is below maintenance; the leaver closed, and was sent
    tokens afterwards; the winner's short is in profit, and traders together are.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage, self.chain, self.system = stage, stage.chain, stage.system
        self.admin, self.unit = stage.system.admin, stage.unit
        self.holder = stage.person("holder")
        stage.push("100")
        self.sound = stage.open_one("holder", -20, 1_000)
        self.gone = stage.open_one("leaver", 10, 500)
        stage.mine(stage.closing("leaver", self.gone))
        stage.mine(
            self.system.token.transaction(
                "transfer", stage.vault(self.gone).address, 5 * self.unit, sender=self.holder
            )
        )
        self.unsound = stage.open_one("gambler", 20, 90)
        self.winning = stage.open_one("winner", -15, 1_000)
        stage.push("96")

    def subjects(self) -> list[Subject]:
        """Every deployable, some more than once."""
        system = self.system
        vault = self.stage.vault(self.sound)
        return [
            Subject(system.token, {**self.permitted_token(system.token, "holder"), **self.owning()}),
            Subject(system.feed, self.feed()),
            Subject(system.oracle, self.oracle()),
            Subject(system.risk_engine, self.risk_engine()),
            Subject(system.policy, {}),
            Subject(system.pool, self.pool()),
            Subject(system.insurance_fund, self.insurance_fund()),
            Subject(system.market, self.market()),
            Subject(system.lens, {"liquidatable": [self.own("liquidatable", 1, 10)]}),
            Subject(system.what_if_lens, {}),
            Subject(system.trigger_orders, self.orders()),
            Subject(
                system.margin_calls, {"call_margin": [Call(self.holder, "call_margin", (self.unsound,))]}
            ),
            Subject(
                vault,
                {name: [Call(system.market.address, name, (self.holder, 1))] for name in ("pay", "try_pay")},
            ),
            *self.outside(),
        ]

    def own(self, function: str, *args: Any) -> Call:
        return Call(self.admin, function, args)

    def owning(self) -> dict[str, list[Call]]:
        """Of every contract with an owner in two steps."""
        hand_over = self.own("transfer_ownership", self.holder)
        return {
            "transfer_ownership": [hand_over],
            "renounce_ownership": [self.own("renounce_ownership")],
            "accept_ownership": [hand_over, Call(self.holder, "accept_ownership", ())],
        }

    # Contracts of the system

    def market(self) -> dict[str, list[Call]]:
        system, holder, keeper = self.system, self.holder, self.stage.keeper

        def act(sender: str, function: str, *args: Any) -> list[Call]:
            return [Call(sender, function, args)]

        return {
            "open": [
                *act(holder, "open", 20 * WAD, 1_000 * self.unit, ANY_BUY, FOREVER),
                *act(holder, "open", -20 * WAD, 1_000 * self.unit, ANY_SALE, FOREVER, keeper),
            ],
            "approve": act(holder, "approve", self.sound, keeper),
            "deleverage": [
                self.own("set_parameters", self.parameters(adl_threshold=1)),
                *act(keeper, "deleverage", self.winning, ANY_BUY),
            ],
            "increase": act(holder, "increase", self.sound, WAD, ANY_SALE, FOREVER),
            "decrease": act(holder, "decrease", self.sound, WAD, ANY_BUY, FOREVER),
            "close": act(holder, "close", self.sound, ANY_BUY, FOREVER),
            "withdraw_margin": act(holder, "withdraw_margin", self.sound, self.unit),
            "add_margin": act(holder, "add_margin", self.sound, self.unit),
            "claim": act(self.stage.person("leaver"), "claim", self.gone, holder),
            "liquidate": act(keeper, "liquidate", self.unsound),
            "liquidate_batch": act(keeper, "liquidate_batch", [self.sound, self.unsound, self.gone]),
            "pause_opening": act(system.guardian, "pause_opening"),
            "resume_opening": [self.own("pause_opening"), self.own("resume_opening")],
            "set_parameters": [self.own("set_parameters", self.parameters(max_funding_velocity=WAD))],
            "set_oracle": [self.own("set_oracle", system.oracle.address)],
            "set_risk_engine": [self.own("set_risk_engine", system.risk_engine.address)],
            "set_liquidation_policy": [self.own("set_liquidation_policy", system.policy.address)],
            "set_guardian": [self.own("set_guardian", holder)],
            **self.owning(),
        }

    def parameters(self, **changed: int) -> tuple[int, ...]:
        terms = self.system.terms
        return market_parameters(replace(terms, parameters=replace(terms.parameters, **changed)))

    def orders(self) -> dict[str, list[Call]]:
        """Of the contract of orders, which the holder's position lets manage it."""
        system, holder, orders = self.system, self.holder, self.system.trigger_orders.address
        self.chain.send(system.approve_manager(holder, self.sound, orders))
        self.chain.send(system.token.transaction("approve", orders, UNLIMITED, sender=holder))
        deadline, fee = self.chain.timestamp + 10**6, max(system.terms.min_order_fee, self.unit)
        stop_loss, due = 1, 100 * WAD  # above the price: at which a long opens and a short closes in profit
        reduce = self.sound, stop_loss, 0, 2 * due, ANY_BUY, deadline, fee
        limit = 20 * WAD, 1_000 * self.unit, due, ANY_BUY, deadline, fee
        place = Call(holder, "place_limit", limit)
        first = int(system.trigger_orders.call("last_id")) + 1
        system.trigger_orders.transact("place_limit", *limit, sender=holder)
        self.chain.send(system.push_price(96 * WAD))  # no order is due in the round that it was placed in
        return {
            "place_reduce": [Call(holder, "place_reduce", reduce)],
            "place_limit": [place],
            "cancel": [Call(holder, "cancel", (first,))],
            "execute": [Call(self.stage.keeper, "execute", (first,))],
            "execute_batch": [Call(self.stage.keeper, "execute_batch", ([first],))],
        }

    def refused_order(self) -> Subject:
        """Orders in a token that refused to give one back, so that there is something to claim."""
        token = self.deploy("BlacklistToken", "USD", "USD", 6)
        orders = self.deploy("TriggerOrders", self.system.market.address, token.address, 1)
        token.transact("mint", self.holder, 10_000 * self.unit, sender=self.admin)
        token.transact("approve", orders.address, UNLIMITED, sender=self.holder)
        deadline = self.chain.timestamp + 10**6
        limit = 20 * WAD, 1_000 * self.unit, 100 * WAD, ANY_BUY, deadline, self.unit
        orders.transact("place_limit", *limit, sender=self.holder)
        token.transact("set_blacklisted", self.holder, True, sender=self.admin)
        orders.transact("cancel", orders.call("last_id"), sender=self.holder)
        token.transact("set_blacklisted", self.holder, False, sender=self.admin)
        return Subject(orders, {"claim": [Call(self.holder, "claim", (self.holder,))]})

    def planner(self) -> dict[str, list[Call]]:
        """A long of 20 at 96 with nearly nothing left, of which a policy closes a part."""
        figures = (
            20 * WAD,
            2_000 * WAD,
            96 * WAD,
            90 * self.unit,
            1_920 * WAD,
            0,
            10 * WAD,
            39 * WAD,
            100 * WAD,
        )
        money = WAD // self.unit, 10**6 * self.unit
        case = (*figures, *money, self.system.risk_engine.address, self.system.policy.address)
        return {"plan": [self.own("plan", case)]}

    def pool(self) -> dict[str, list[Call]]:
        lp, market = self.stage.lp, self.system.market.address
        shares = int(self.system.pool.call("balanceOf", lp)) // 100
        return {
            **self.permitted_token(self.system.pool, "lp"),
            "pay": [Call(market, "pay", (self.holder, 1))],
            "deposit": [Call(self.holder, "deposit", (self.unit, self.holder))],
            "mint": [Call(self.holder, "mint", (shares // 1_000, self.holder))],
            "redeem": [Call(lp, "redeem", (shares, lp, lp))],
            "withdraw": [Call(lp, "withdraw", (self.unit, lp, lp))],
            "request_withdrawal": [Call(lp, "request_withdrawal", (shares,))],
            "set_withdrawal_terms": [self.own("set_withdrawal_terms", 3_600, 86_400)],
            **self.owning(),
        }

    def insurance_fund(self) -> dict[str, list[Call]]:
        fund = self.system.insurance_fund.address
        approved = self.system.token.transaction("approve", fund, UNLIMITED, sender=self.holder)
        self.chain.send(approved)
        return {
            "deposit": [Call(self.holder, "deposit", (self.unit,))],
            "cover": [Call(self.system.market.address, "cover", (self.holder, self.unit))],
            "withdraw": [self.own("withdraw", self.holder, self.unit)],
            **self.owning(),
        }

    def feed(self) -> dict[str, list[Call]]:
        push = Call(self.system.price_pusher, "push", (95 * WAD,))
        newest = self.system.feed.call("latest_round")
        return {
            "push": [push],
            "getRoundData": [self.own("getRoundData", newest)],
            "set_pusher": [self.own("set_pusher", self.holder, True)],
            **self.owning(),
        }

    def oracle(self) -> dict[str, list[Call]]:
        guards = self.system.terms.oracle
        bounds = guards.max_age, guards.min_price, guards.max_price, guards.max_deviation
        feed = self.system.feed.address
        return {
            "set_guards": [self.own("set_guards", *bounds)],
            "set_grace_period": [self.own("set_grace_period", 600)],
            "set_sequencer_feed": [self.own("set_sequencer_feed", feed)],
            "set_second_source": [self.own("set_second_source", feed, WAD // 10)],
            "set_guardian": [self.own("set_guardian", self.holder)],
            "pause": [self.own("pause")],
            "resume": [self.own("pause"), self.own("resume")],
            **self.owning(),
        }

    def risk_engine(self) -> dict[str, list[Call]]:
        looser = (BRACKETS, 10**6 * WAD, WAD // 100, 0)
        return {
            "set_risk_table": [
                self.own(
                    "set_risk_table", self.system.risk_engine.call("brackets"), 10**6 * WAD, WAD // 200, 0
                )
            ],
            "announce_risk_table": [self.own("announce_risk_table", *looser)],
            "set_adjustment": [self.own("set_adjustment", (WAD, 86_400, 3 * WAD, WAD, 4 * WAD, 3_600))],
            "set_system_multiplier": [self.own("set_system_multiplier", WAD)],
            "set_oracle": [self.own("set_oracle", self.system.oracle.address)],
            "set_call_ratio": [self.own("set_call_ratio", 2 * WAD)],
            **self.owning(),
        }

    def token(self, holder: str) -> dict[str, list[Call]]:
        """Of a token of which `holder` has some."""
        spender, some = self.stage.person("spender"), 7
        approved = Call(holder, "approve", (spender, some))
        return {
            "transfer": [Call(holder, "transfer", (spender, some))],
            "transferFrom": [approved, Call(spender, "transferFrom", (holder, spender, some))],
            "burn_from": [approved, Call(spender, "burn_from", (holder, some))],
            "mint": [self.own("mint", holder, some)],
            "set_minter": [self.own("set_minter", holder, True)],
        }

    def permitted_token(self, token: Contract, holder: str) -> dict[str, list[Call]]:
        """Of a token that takes signed approvals, and of which the person with this name has some."""
        spender = self.stage.person("spender")
        signed = signed_permit(token, holder, spender)
        owner = self.chain.account(holder)
        return {**self.token(owner), "permit": [Call(spender, "permit", signed)]}

    # Contracts beside it

    def outside(self) -> list[Subject]:
        """Contracts that this system has no use for, and some of its own before they know their market."""
        stub = self.deploy("MarketStub")
        pool, fund = self.new_pool(), self.deploy("InsuranceFund", self.system.token.address)
        for contract in (pool, fund):
            contract.transact("set_market", stub.address, sender=self.admin)
            self.chain.send(self.system.mint(contract.address, self.unit))
        set_market = {"set_market": [self.own("set_market", stub.address)]}
        return [
            Subject(self.new_pool(), set_market),
            Subject(self.deploy("InsuranceFund", self.system.token.address), set_market),
            Subject(
                stub,
                {
                    "pay_from_pool": [self.own("pay_from_pool", pool.address, self.holder, 1)],
                    "cover_from_fund": [self.own("cover_from_fund", fund.address, self.holder, 1)],
                },
            ),
            Subject(self.deploy("LiquidationPlanner"), self.planner()),
            Subject(self.deploy("FullLiquidation"), {}),
            Subject(self.deploy("HalfThenAll", 1_000 * WAD), {}),
            Subject(self.deploy("FeedStub", 18), self.feed_stub()),
            Subject(self.deploy("TiersHarness"), self.tiers()),
            self.other_token("BlacklistToken", "USD", "USD", 6),
            self.other_token("ReturnlessToken", "USD", "USD", 6),
            self.other_token("TaxedToken", "USD", "USD", 6),
            self.other_token("CallbackToken", "USD", "USD", 6),
            self.other_token("FalseToken", "USD", "USD", 6),
            self.other_token("RebasingToken", "USD", "USD", 6),
            Subject(self.deploy("Reenterer"), self.reenterer()),
            self.refused_order(),
        ]

    def deploy(self, name: str, *args: Any) -> Contract:
        return self.chain.deploy(compile_contract(deployables()[name]), *args, sender=self.admin)

    def new_pool(self) -> Contract:
        return self.deploy("LiquidityPool", self.system.token.address, "Pool share", "LP", 0, 86_400)

    def other_token(self, name: str, *args: Any) -> Subject:
        token = self.deploy(name, *args)
        token.transact("mint", self.holder, 100, sender=self.admin)
        shut_out = self.own("set_blacklisted", self.holder, True)
        sensible = {
            "set_blacklisted": [shut_out],
            "set_answers_false": [self.own("set_answers_false", True)],
            "rebase": [self.own("rebase", WAD // 2)],
        }
        return Subject(token, {**sensible, **self.token(self.holder)})

    def feed_stub(self) -> dict[str, list[Call]]:
        round_ = self.own("set_round", 1, 100 * WAD, self.chain.timestamp)
        return {
            "latestRoundData": [round_, self.own("latestRoundData")],
            "getRoundData": [round_, self.own("getRoundData", 1)],
        }

    def reenterer(self) -> dict[str, list[Call]]:
        """Of an account that makes calls of others; one that it cannot make is noted, and does no harm."""
        token = self.system.token
        asked, refused = (
            token.transaction(function, *args, sender=self.admin).data
            for function, args in (("balanceOf", (self.holder,)), ("transfer", (self.holder, 1)))
        )
        prepare = self.own("prepare", [(token.address, asked), (token.address, refused)], 1)
        notified = (self.admin, self.holder, 1)
        return {
            "act": [self.own("act", token.address, asked)],
            "prepare": [prepare],
            "tokens_received": [prepare, self.own("tokens_received", *notified)],
            "tokens_to_send": [prepare, self.own("tokens_to_send", *notified)],
            "times_entered": [prepare, self.own("times_entered", 0)],
        }

    def tiers(self) -> dict[str, list[Call]]:
        """Of the harness of the risk table, which has none at first."""
        table = self.own("set_table", BRACKETS, 2 * 10**6 * WAD, WAD // 100, 0)
        questions: dict[str, list[tuple[Any, ...]]] = {
            "initial": [(1_000 * WAD,), (1_500_000 * WAD, 2 * WAD)],
            "maintenance": [(1_000 * WAD,), (1_500_000 * WAD, 2 * WAD)],
            "liquidation_price": [(WAD, -90 * WAD), (-WAD, 110 * WAD, 2 * WAD)],
            "raises": [([(0, WAD // 2, WAD // 4)],)],
        }
        asked = {name: [table, *(self.own(name, *one) for one in each)] for name, each in questions.items()}
        return {"set_table": [table], **asked}


def signed_permit(token: Contract, holder: str, spender: str) -> tuple[Any, ...]:
    """The arguments of `permit` for one token unit, signed by the person of this name (EIP-2612)."""
    owner, value, nonce = token.chain.account(holder), 1, 0
    _, name, version, chain_id, contract, *_ = token.call("eip712Domain")
    fields = ("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256")
    signature = Account.sign_typed_data(
        private_key_of(holder),
        {"name": name, "version": version, "chainId": chain_id, "verifyingContract": contract},
        {"Permit": [{"name": name, "type": kind} for name, kind in (*fields, ("deadline", "uint256"))]},
        {"owner": owner, "spender": spender, "value": value, "nonce": nonce, "deadline": FOREVER},
    )
    r, s = (number.to_bytes(32, "big") for number in (signature.r, signature.s))
    return owner, spender, value, FOREVER, signature.v, r, s
