"""Moves of traders: with just enough margin, to the last unit, at the limit, through a manager."""

from __future__ import annotations

from isomargin.model import (
    Rejected,
    ceil_div,
    fill_price,
    trade_cost,
    trade_fee,
    value,
    vault_of,
)
from tests.fuzz.arena import BLOCK
from tests.fuzz.drawing import NEVER, Drawing
from tests.market.generator import ANY_BUY, ANY_SALE
from tests.market.parity import Operation

__all__ = ["TraderMoves"]


class TraderMoves(Drawing):
    """What owners and their managers do."""

    def open_tightly(self) -> None:
        """Open with no more margin than it takes, give or take a little."""
        arena = self.arena
        wish = self.open()
        size, _, *terms = wish.args
        try:
            needed = self.least_margin(size, self.price)
        except Rejected:  # above the largest notional
            needed = 10**6 * arena.unit
        margin = max(0, needed + self.pick([-1, 0, 0, 1, arena.unit]))
        arena.act(Operation("open", wish.caller, (size, margin, *terms)), name="open tightly")

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

    # What ended positions still hold

    # Through a manager

    def manage(self) -> None:
        """What a manager may do, and now and then what only the owner may."""
        model = self.arena.model
        records = {id: record for id in model.open_ids() if (record := model.record(id)) is not None}
        if not records:
            return
        people = {*self.arena.traders}
        managed = [id for id, record in records.items() if record.manager in people - {record.owner}]
        id = self.pick(managed or list(records))
        owner, manager = records[id].owner, records[id].manager
        if manager not in people - {owner}:
            others = [trader for trader in self.arena.traders if trader != owner]
            manager = str(self.rng.choice(others))
            self.arena.act(Operation("approve", owner, (id, manager)))
        self.arena.act(self.by_manager(id, manager))
        if not model.is_open(id):
            self.arena.give(vault_of(id), self.up_to(self.arena.unit))
            self.arena.act(Operation("claim", manager, (id, manager)), name="claim by manager")

    def by_manager(self, id: int, manager: str) -> Operation:
        """Something that a manager tries; naming another manager is not for managers."""
        size, which = self.size_of(id), self.rng.random()
        worst_in, worst_out = (ANY_BUY, ANY_SALE) if size > 0 else (ANY_SALE, ANY_BUY)
        free = self.free_margin(id)
        if which < 0.35 and free > 0:
            return Operation("withdraw_margin", manager, (id, self.up_to(free)))
        if which < 0.55:
            return Operation("decrease", manager, (id, self.quantity(size, most=0.9), worst_out, NEVER))
        if which < 0.7:
            return Operation("increase", manager, (id, self.quantity(size, most=0.5), worst_in, NEVER))
        if which < 0.85:
            return Operation("close", manager, (id, worst_out, NEVER))
        return Operation("approve", manager, (id, self.trader()))

    # After the end

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
