"""Turns a seed into an action that means something here and now: near limits, where contracts go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from isomargin.model import (
    INSURANCE_FUND,
    POOL,
    Rejected,
    ceil_div,
    fill_price,
    trade_cost,
    trade_fee,
    value,
    vault_of,
)
from isomargin.units import WAD, to_wad
from tests.fuzz.arena import BLOCK, Arena
from tests.market.generator import ANY_BUY, ANY_SALE, OperationGenerator
from tests.market.parity import Operation

__all__ = ["NEVER", "Moves"]

LOWEST, HIGHEST = 0.3, 3.0  # prices stay between these multiples of the first one, bad ones apart
NEVER = 2**63
"""A deadline that does not pass."""
RUBBISH_IDS = (0, 2**256 - 1, 2**128, 10**9)


class Moves(OperationGenerator):
    """All that may happen in an arena; `name(seed)` draws an action from the seed and does it."""

    def __init__(self, arena: Arena) -> None:
        super().__init__(arena, np.random.default_rng(0))
        self.arena = arena

    def do(self, name: str, seed: int) -> None:
        """Draw from the seed and act."""
        self.rng = np.random.default_rng([seed, 1])
        if self.arena.round.price > 0:
            self.price = self.arena.round.price
        self.unsound = self.positions_below_maintenance()
        if name in self.draw:
            self.arena.act(self.draw[name](), after=self.pause())
        else:
            getattr(self, name)()

    def pick(self, choices: Sequence[int]) -> int:
        """One of some numbers of any size."""
        return choices[int(self.rng.integers(len(choices)))]

    def up_to(self, most: int) -> int:
        """A number from 1 to one of any size."""
        return 1 + (most - 1) * int(self.rng.integers(0, 10**12, endpoint=True)) // 10**12

    def pause(self) -> int:
        """Seconds to the next block."""
        return BLOCK if self.chance(0.5) else int(self.rng.integers(1, 400))

    def administrator(self) -> str:
        """One who may resume opening, one who may only pause, or anybody; the first more often."""
        return self.arena.system.admin if self.chance(0.5) else super().administrator()

    # Prices and time

    def drift(self) -> None:
        """A small move."""
        self.move_to(int(self.price * float(np.exp(self.rng.normal(0, 0.01)))))

    def jump(self) -> None:
        """A crash, or the opposite, often further than the oracle believes at once."""
        self.move_to(int(self.price * float(np.exp(self.rng.normal(0, 0.25)))))

    def lie(self) -> None:
        """A round that the oracle refuses, or one at the edge of what it believes."""
        guards, before = self.arena.terms.oracle, self.arena.round.price
        step = guards.max_deviation * before // WAD
        edges = [
            guards.min_price,
            guards.max_price,
            before + step,
            before - step,
            before + step + 1,
            before - step - 1,
        ]
        edges += [guards.min_price + 1, guards.max_price - 1, 0, -1]
        self.arena.push(self.pick(edges), after=self.pause())

    def wait(self) -> None:
        """Time passes, at times until the price is stale."""
        age = self.arena.terms.oracle.max_age
        seconds = self.between(60, 4_000) if self.chance(0.8) else self.rng.integers(age - 1, age + 2)
        self.arena.wait(int(seconds))

    def move_to(self, price: int) -> None:
        """Push a price, twice where the oracle waits for a second round to believe it."""
        price = max(int(self.base_price * LOWEST), min(price, int(self.base_price * HIGHEST)))
        self.arena.push(price, after=self.pause())
        if self.arena.moment(self.arena.chain.timestamp).price_reason and self.chance(0.8):
            self.arena.push(price)

    def press(self) -> None:
        """Bring the price to where a position can just be liquidated, or just not, or long ago; then try."""
        open_ids = self.arena.model.open_ids()
        if not open_ids:
            self.drift()
            return
        id = int(self.rng.choice(open_ids))
        price, direction = self.liquidation_price(id)
        if self.chance(0.4):
            price += direction * self.pick([-1, 0, 1])
        else:
            price += direction * int(price * self.between(1e-6, 0.06))
        if LOWEST < price / self.base_price < HIGHEST:
            self.arena.push(price)
            if self.arena.moment(self.arena.chain.timestamp + BLOCK).price_reason:
                self.arena.push(price)
        self.arena.act(Operation("liquidate", self.arena.keeper, (id,)))

    def liquidation_price(self, id: int) -> tuple[int, int]:
        """The first price that liquidates a position two blocks from now, and which way is worse."""
        model, at = self.arena.model, self.arena.chain.timestamp + 2 * BLOCK
        holding, price = model.holding(id), self.price
        for _ in range(3):  # funding depends on the price a little
            cash = holding.net_cash(price, model.funding_index_at(price, at), model.token_scale)
            multiplier = model.multipliers.for_maintenance(at)
            price = max(1, model.risk.liquidation_price(holding.size, cash, multiplier))
        return price, -1 if holding.size > 0 else 1

    # Traders at the limit

    def open_tightly(self) -> None:
        """Open with no more margin than it takes, give or take a little."""
        arena = self.arena
        wish = self.open()
        size, _, limit, deadline = wish.args
        try:
            needed = self.least_margin(size, self.price)
        except Rejected:  # above the largest notional
            needed = 10**6 * arena.unit
        margin = max(0, needed + self.pick([-1, 0, 0, 1, arena.unit]))
        arena.act(Operation("open", wish.caller, (size, margin, limit, deadline)), name="open tightly")

    def least_margin(self, size: int, price: int) -> int:
        """Token units that cover the initial margin of a new position and what it costs to open it."""
        model = self.arena.model
        terms = model.parameters
        cost = trade_cost(size, fill_price(price, model.books.skew, size, terms.skew_scale))
        fee = trade_fee(cost, terms.trade_fee_ratio)
        worth = value(size, price)
        fee_tokens = ceil_div(fee, model.token_scale)
        return fee_tokens + ceil_div(
            model.risk.initial(abs(worth), model.multipliers.for_opening) + cost - worth, model.token_scale
        )

    def withdraw_all_that_is_free(self) -> None:
        """Take out to the last unit, and at times one more; rarely where nothing is free."""
        open_ids = self.arena.model.open_ids()
        rich = [id for id in open_ids if self.free_margin(id) > 0]
        if not rich or self.chance(0.1):
            id, amount = self.position(), 1
        else:
            id = self.pick(rich)
            amount = self.free_margin(id) + self.pick([0, 0, 1])
        operation = Operation("withdraw_margin", self.owner_of(id), (id, amount))
        self.arena.act(operation, name="withdraw all")

    def free_margin(self, id: int) -> int:
        """Token units that may leave a vault in the next block, below zero where some are missing."""
        model, now = self.arena.model, self.arena.chain.timestamp + BLOCK
        scale = model.token_scale
        free = min(model.equity(id, self.price, now), model.margin(id) * scale)
        try:
            return (free - model.initial_margin(id, self.price)) // scale
        except Rejected:  # above the largest notional
            return -1

    def close_at_a_limit(self) -> None:
        """Close with a limit that is met exactly, or missed by one."""
        id = self.position()
        model = self.arena.model
        size = self.size_of(id)
        limit = ANY_BUY if size < 0 else ANY_SALE
        if size and abs(size) < model.parameters.skew_scale:
            limit = fill_price(self.price, model.books.skew, -size, model.parameters.skew_scale)
            limit += self.pick([-1, 0, 1])
        operation = Operation("close", self.owner_of(id), (id, max(0, limit), self.deadline()))
        self.arena.act(operation, name="close at a limit")

    # Keepers

    def sweep(self) -> None:
        """A batch of everything that is below maintenance, rubbish between it, some of it twice."""
        rubbish = [int(each) for each in self.rng.integers(0, self.arena.model.books.last_id + 3, size=2)]
        ids = [*self.unsound[:20], *rubbish, *RUBBISH_IDS, *self.unsound[:2]]
        order = self.rng.permutation(len(ids))
        batch = [ids[int(place)] for place in order]
        self.arena.act(Operation("liquidate_batch", self.arena.keeper, (batch,)), name="sweep")

    # Gifts

    def donate(self) -> None:
        """Tokens for a vault, open or ended, for the pool or the insurance fund."""
        last = self.arena.model.books.last_id
        receivers = [POOL, INSURANCE_FUND, *(vault_of(id) for id in range(1, last + 1))]
        self.arena.give(str(self.rng.choice(receivers)), self.up_to(30 * self.arena.unit))

    def top_up_by_a_stranger(self) -> None:
        """Anyone may add margin to any position."""
        amount = self.tokens(self.between(1e-5, 500))
        operation = Operation("add_margin", self.arena.stranger, (self.position(), amount))
        self.arena.act(operation, name="add margin by stranger")

    def pause_and_try(self) -> None:
        """Pause, and try what must not go on, and what must."""
        system = self.arena.system
        self.arena.act(Operation("pause_opening", system.guardian, ()))
        open_ids = self.arena.model.open_ids()
        if open_ids:
            id = self.pick(open_ids)
            owner, size = self.owner_of(id), self.size_of(id)
            small, buy, sale = max(1, abs(size) // 1_000), ANY_BUY, ANY_SALE
            worst = (buy, sale) if size > 0 else (sale, buy)
            self.arena.act(Operation("increase", owner, (id, small, worst[0], NEVER)))
            self.arena.act(Operation("decrease", owner, (id, small, worst[1], NEVER)))
        if self.chance(0.7):
            self.arena.act(Operation("resume_opening", system.admin, ()))

    # What ended positions still hold

    def claim_what_is_left(self) -> None:
        """Claim from a vault that holds something after its end; a gift sees to it where none does."""
        model = self.arena.model
        ended = [id for id in range(1, model.books.last_id + 1) if not model.is_open(id)]
        if ended:
            holding = [id for id in ended if model.token.balance(vault_of(id))]
            id = self.pick(holding or ended)
            if not holding and self.chance(0.7):
                self.arena.give(vault_of(id), self.up_to(self.arena.unit))
            self.arena.act(Operation("claim", self.owner_of(id), (id, self.trader())))

    # Liquidity providers

    def provider(self) -> str:
        return str(self.rng.choice(self.arena.providers))

    def some_shares(self, most: float = 1.02) -> tuple[str, int]:
        """A provider and a part of its shares, at times all of them, none or more."""
        provider = self.provider()
        held = self.arena.shares.balances[provider]
        request = self.arena.shares.requests.get(provider)
        if request is not None and request.shares and self.chance(0.7):
            held = request.shares
        edge = self.rng.random()
        if edge < 0.1:
            return provider, self.pick([0, 1, held, held + 1])
        return provider, int(held * self.rng.uniform(0.01, most if edge < 0.2 else 0.4))

    def deposit(self) -> None:
        """Tokens into the pool."""
        arena, provider = self.arena, self.provider()
        amount = int(self.between(1e-6, 100_000) * arena.unit) if self.chance(0.95) else 10**9 * arena.unit
        self.pay_in(provider, amount)

    def pay_in(self, provider: str, amount: int) -> None:
        """Deposit token units."""
        arena = self.arena
        arena.provide(
            "deposit",
            arena.system.deposit(provider, amount),
            lambda at: arena.shares.deposit(provider, amount, at),
            after=self.pause(),
        )

    def ask_for(self, provider: str, shares: int) -> None:
        """Request a withdrawal and wait until it may happen."""
        arena = self.arena
        arena.provide(
            "request",
            arena.system.request_withdrawal(provider, shares),
            lambda at: arena.shares.request_withdrawal(provider, shares, at),
        )
        arena.wait(arena.terms.pool.cooldown + 1)

    def request(self) -> None:
        """The start of a cooldown."""
        arena, (provider, shares) = self.arena, self.some_shares()
        arena.provide(
            "request",
            arena.system.request_withdrawal(provider, shares),
            lambda at: arena.shares.request_withdrawal(provider, shares, at),
        )
        if self.chance(0.6):
            arena.wait(self.pick([arena.terms.pool.cooldown - BLOCK, arena.terms.pool.cooldown, 1]))

    def redeem(self) -> None:
        """Shares for tokens, at times after a request that was waited for."""
        arena, (provider, shares) = self.arena, self.some_shares()
        if shares and self.chance(0.5):
            self.ask_for(provider, shares)
        arena.provide(
            "redeem",
            arena.system.redeem(provider, shares),
            lambda at: arena.shares.redeem(provider, shares, at),
        )

    def run_on_the_pool(self) -> None:
        """The largest provider takes all that the reserve lets go, at times one more; most comes back."""
        arena, shares = self.arena, self.arena.shares
        provider = max(arena.providers, key=lambda each: shares.balances[each])
        self.ask_for(provider, shares.balances[provider])
        at = arena.moment(arena.chain.timestamp + BLOCK)
        if at.price_reason:
            return
        wanted = shares.free_assets(at) + self.pick([0, 0, 1])
        part = min(shares.balances[provider], shares.worth_at_least(wanted, at))
        before = arena.balance(provider)
        arena.provide(
            "redeem all that is free",
            arena.system.redeem(provider, part),
            lambda moment: shares.redeem(provider, part, moment),
        )
        back = (arena.balance(provider) - before) * 9 // 10
        if back > 0 and self.chance(0.8):
            self.pay_in(provider, back)

    def give_shares(self) -> None:
        """Shares from one provider to the other."""
        arena, (provider, shares) = self.arena, self.some_shares()
        (receiver,) = {*arena.providers} - {provider}
        arena.provide(
            "give shares",
            arena.system.pool.transaction("transfer", receiver, shares, sender=provider),
            lambda at: arena.shares.transfer(provider, receiver, shares),
        )

    # Administration

    def tune(self) -> None:
        """Other parameters, by one who may or may not."""
        now, first = self.arena.model.parameters, self.arena.terms.parameters
        scale = int(self.rng.integers(80, 130))
        unit = self.arena.unit
        changes = [
            {"trade_fee_ratio": self.up_to(to_wad("0.003"))},
            {"keeper_share": self.pick([0, WAD, to_wad("0.37")])},
            {"max_funding_rate": self.up_to(to_wad("0.9")) if first.max_funding_rate else 0},
            {"reserve_ratio": self.up_to(to_wad("0.6"))},
            {"max_open_interest": first.max_open_interest * scale // 100},
            {"max_skew": first.max_skew * scale // 100},
            {"min_notional": int(self.rng.integers(1, 120)) * WAD},
            {"keeper_reserve": self.up_to(5 * unit)},
        ]
        if first.max_funding_rate:
            changes.append({"skew_scale": first.skew_scale * scale // 100})
        change: dict[str, int] = changes[int(self.rng.integers(len(changes)))]
        operation = Operation("set_parameters", self.administrator(), (replace(now, **change),))
        self.arena.act(operation, after=self.pause())

    # Volatility and the risk admin

    def observe(self) -> None:
        """The risk engine takes the price in; anyone may ask it to."""
        caller = self.arena.stranger if self.chance(0.5) else self.trader()
        self.arena.act(Operation("observe", caller, ()), after=self.pause())

    def raise_requirements(self) -> None:
        """Another system multiplier, by one who may or may not."""
        multiplier = WAD + self.up_to(WAD // 2) if self.chance(0.6) else WAD
        operation = Operation("set_system_multiplier", self.administrator(), (multiplier,))
        self.arena.act(operation, after=self.pause())

    # The attacker, within the rules of the market

    def usurp(self) -> None:
        """Whatever a trader does, done to somebody else's position by the attacker."""
        names = ("increase", "decrease", "close", "withdraw_margin", "claim")
        wish = self.draw[str(self.rng.choice(names))]()
        operation = Operation(wish.action, self.arena.attacker, wish.args)
        self.arena.act(operation, name="usurp")
