"""Turns a seed into an action that means something here and now: near limits, where contracts go wrong."""

from __future__ import annotations

from dataclasses import replace

from isomargin.model import INSURANCE_FUND, POOL, vault_of
from isomargin.units import WAD, to_wad
from tests.fuzz.drawing import NEVER
from tests.fuzz.keeper_moves import KeeperMoves
from tests.fuzz.oracle_moves import OracleMoves
from tests.fuzz.order_moves import OrderMoves
from tests.fuzz.trader_moves import TraderMoves
from tests.market.generator import ANY_BUY, ANY_SALE
from tests.market.parity import Operation

__all__ = ["Moves"]


class Moves(KeeperMoves, OracleMoves, OrderMoves, TraderMoves):
    """All that may happen in an arena; `do(name, seed)` draws an action from the seed and does it."""

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

    # Administration

    def tune(self) -> None:
        """Other parameters, by one who may or may not."""
        now, first = self.arena.model.parameters, self.arena.terms.parameters
        scale = int(self.rng.integers(80, 130))
        unit = self.arena.unit
        changes = [
            {"trade_fee_ratio": self.up_to(to_wad("0.003"))},
            {"keeper_share": self.pick([0, WAD, to_wad("0.37")])},
            {"max_funding_rate": self.up_to(3 * first.max_funding_rate) if first.max_funding_rate else 0},
            {"reserve_ratio": self.up_to(to_wad("0.6"))},
            {"max_open_interest": first.max_open_interest * scale // 100},
            {"max_skew": first.max_skew * scale // 100},
            {"min_notional": int(self.rng.integers(1, 120)) * WAD},
            {"keeper_reserve": self.up_to(5 * unit)},
            {"adl_threshold": self.pick([0, 1, first.adl_threshold, 2 * first.adl_threshold])},
        ]
        if first.max_funding_rate:
            changes.append({"skew_scale": first.skew_scale * scale // 100})
            velocity = self.pick([0, self.up_to(10 * WAD), 10 * WAD])
            changes.append({"max_funding_velocity": velocity})
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
        """Whatever a trader does, done to somebody else's position or order by the attacker."""
        orders, attacker = self.arena.orders.orders, self.arena.attacker
        if orders and self.chance(0.2):
            id = self.pick(list(orders))
            cancel = self.arena.system.cancel_order(attacker, id)
            self.arena.order("usurp", cancel, attacker, id, action="cancel")
            return
        names = ("increase", "decrease", "close", "withdraw_margin", "approve", "claim")
        wish = self.draw[str(self.rng.choice(names))]()
        operation = Operation(wish.action, attacker, wish.args)
        self.arena.act(operation, name="usurp")

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
