"""Moves of those who act on others' positions: batches, margin calls, winners that are deleveraged."""

from __future__ import annotations

from isomargin.model import Status
from isomargin.units import WAD
from tests.fuzz.arena import BLOCK
from tests.fuzz.drawing import NEVER
from tests.fuzz.price_moves import PriceMoves
from tests.fuzz.provider_moves import ProviderMoves
from tests.market.generator import ANY_BUY, ANY_SALE
from tests.market.parity import Operation

__all__ = ["KeeperMoves"]

RUBBISH_IDS = (0, 2**256 - 1, 2**128, 10**9)


class KeeperMoves(PriceMoves, ProviderMoves):
    """What anybody may do to anybody's position."""

    def sweep(self) -> None:
        """A batch of everything that is below maintenance, rubbish between it, some of it twice."""
        rubbish = [int(each) for each in self.rng.integers(0, self.arena.model.books.last_id + 3, size=2)]
        ids = [*self.unsound[:20], *rubbish, *RUBBISH_IDS, *self.unsound[:2]]
        order = self.rng.permutation(len(ids))
        batch = [ids[int(place)] for place in order]
        self.arena.act(Operation("liquidate_batch", self.arena.keeper, (batch,)), name="sweep")

    # Margin calls

    def call(self) -> None:
        """Call one that is below its call level, or lift the call of one that is healthy, or try any."""
        model, called, now = self.arena.model, self.arena.margin_calls.called, self.arena.chain.timestamp
        news = [
            id
            for id in model.open_ids()
            if (model.status(id, self.price, now + BLOCK) is Status.HEALTHY) is (id in called)
        ]
        id = self.pick(news) if news and self.chance(0.85) else self.position()
        self.arena.call_margin(self.arena.keeper if self.chance(0.5) else self.trader(), id)

    # Deleveraging

    def deleverage(self) -> Operation:
        """Mostly a winner: the largest, or one whose end widens the skew; at times at its limit."""
        skew = self.arena.model.books.skew
        gains = {id: self.gain(id) for id in self.arena.model.open_ids()}
        winners = [id for id, gain in gains.items() if gain > 0]
        widening = [id for id in winners if self.size_of(id) * skew < 0]
        which = self.rng.random()
        if widening and which < 0.3:
            id = min(widening, key=lambda each: gains[each] / abs(self.size_of(each)))
        elif winners and which < 0.8:
            id = max(winners, key=lambda each: gains[each])
        else:
            id = self.position()
        limit = self.limit(-self.size_of(id))
        if self.chance(0.25):
            limit = max(0, self.price + self.pick([-1, 0, 1]))
        return Operation("deleverage", self.arena.keeper if self.chance(0.5) else self.trader(), (id, limit))

    def gain(self, id: int) -> int:
        """What a position would be paid beyond its margin in the next block, WAD quote."""
        model = self.arena.model
        equity = model.equity(id, self.price, self.arena.chain.timestamp + BLOCK)
        return equity - model.margin(id) * model.token_scale

    def squeeze(self) -> None:
        """The price runs with the larger side; then winners are closed until they are not owed too much."""
        way = 1 if self.arena.model.books.skew > 0 else -1
        self.move_to(int(self.price * (1 + way * self.between(0.05, 0.28))))
        self.look_around()
        for _ in range(self.pick([1, 2, 4])):
            self.arena.act(self.deleverage())

    def break_the_pool(self) -> None:
        """A large position, a run on the pool, a price that runs as well: more profit than there is cash."""
        arena, trader = self.arena, self.trader()
        way = 1 if self.price < 1.2 * self.base_price else -1
        size = way * 90_000 * WAD * WAD // self.price
        limit = ANY_BUY if way > 0 else ANY_SALE
        opening = Operation("open", trader, (size, 40_000 * arena.unit, limit, NEVER))
        done = arena.act(opening)
        if done is None:
            return
        for provider in arena.providers:
            self.leave_as_free(provider)
        for _ in range(3):
            self.price = int(self.price * (1 + way * 0.27))
            self.move_to(self.price)
        self.look_around()
        arena.act(Operation("deleverage", arena.keeper, (done.position_id, ANY_SALE if way > 0 else ANY_BUY)))
        for provider in arena.providers:
            self.pay_in(provider, 300_000 * arena.unit)
