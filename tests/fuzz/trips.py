"""There and back at one price: whoever goes, alone or in company, may not come home with more (I12)."""

from __future__ import annotations

from collections.abc import Sequence

from isomargin.model import TradeResult
from tests.fuzz.drawing import NEVER
from tests.fuzz.moves import Moves
from tests.fuzz.recording import Disagreement
from tests.market.generator import ANY_BUY, ANY_SALE
from tests.market.parity import Operation

__all__ = ["TRIPS", "Trips"]

TRIPS = (
    "round_trip",
    "round_trip_in_parts",
    "round_trip_of_two",
    "margin_round_trip",
    "liquidity_round_trip",
)


class Trips(Moves):
    """Moves, and sequences of moves that end where they began."""

    def round_trip(self) -> None:
        """Open and close."""
        trader = self.trader()
        before = self.balance(trader)
        id = self.enter(trader)
        if id and self.leave(trader, id):
            self.come_home("round trip", [trader], before)

    def round_trip_in_parts(self) -> None:
        """Open, enlarge, reduce, close; also by several openings."""
        trader = self.trader()
        before = self.balance(trader)
        id = self.enter(trader)
        if not id:
            return
        for name in ("increase", "decrease"):
            size = self.size_of(id)
            buys = (size > 0) is (name == "increase")
            limit = ANY_BUY if buys else ANY_SALE
            self.arena.act(Operation(name, trader, (id, self.quantity(size, most=0.9), limit, NEVER)))
        if self.leave(trader, id):
            self.come_home("round trip in parts", [trader], before)

    def round_trip_of_two(self) -> None:
        """Two of a coalition open, in either direction, and close in either order."""
        one, other = (self.arena.traders[int(each)] for each in self.rng.permutation(4)[:2])
        before = self.balance(one) + self.balance(other)
        positions = [(trader, self.enter(trader)) for trader in (one, other)]
        if self.chance(0.5):
            positions.reverse()
        left = [self.leave(trader, id) for trader, id in positions if id]
        if all(left):
            self.come_home("round trip of two", [one, other], before)

    def margin_round_trip(self) -> None:
        """Add margin, and take the same out again."""
        id = self.position()
        record = self.arena.model.record(id)
        if record is None or record.size == 0:
            return
        before, amount = self.balance(record.owner), self.up_to(1_000 * self.arena.unit)
        self.arena.act(Operation("add_margin", record.owner, (id, amount)))
        if self.arena.act(Operation("withdraw_margin", record.owner, (id, amount))) is not None:
            self.come_home("margin round trip", [record.owner], before)

    def liquidity_round_trip(self) -> None:
        """Deposit, and redeem the shares at once, in one or two parts."""
        arena, provider = self.arena, self.provider()
        before, amount = self.balance(provider), int(self.between(1e-3, 100_000) * self.arena.unit)
        shares = arena.provide(
            "deposit",
            arena.system.deposit(provider, amount),
            lambda at: arena.shares.deposit(provider, amount, at),
        )
        if shares is None:
            return
        part = int(shares * self.rng.uniform(0, 1)) if self.chance(0.5) else shares
        for each in (part, shares - part):
            if each:
                self.redeem_exactly(provider, each)
        self.come_home("liquidity round trip", [provider], before)

    # The legs

    def balance(self, account: str) -> int:
        """What an account holds on the chain, token units."""
        return self.arena.balance(account)

    def enter(self, trader: str) -> int:
        """Open something that is likely to be allowed; returns its id, 0 when it was not."""
        size, margin, *_ = self.open().args
        limit = ANY_BUY if size > 0 else ANY_SALE
        opening = Operation("open", trader, (size, 2 * margin, limit, NEVER))
        done: TradeResult | None = self.arena.act(opening)
        return done.position_id if done else 0

    def leave(self, trader: str, id: int) -> bool:
        """Close; returns whether it was allowed."""
        limit = ANY_SALE if self.size_of(id) > 0 else ANY_BUY
        return self.arena.act(Operation("close", trader, (id, limit, NEVER))) is not None

    def redeem_exactly(self, provider: str, shares: int) -> None:
        arena = self.arena
        arena.provide(
            "redeem",
            arena.system.redeem(provider, shares),
            lambda at: arena.shares.redeem(provider, shares, at),
        )

    def come_home(self, trip: str, travellers: Sequence[str], before: int) -> None:
        """Count the money."""
        self.arena.counts.seen[trip] += 1
        after = sum(self.balance(traveller) for traveller in travellers)
        if after > before:
            held = " + ".join(f'system.token_balance("{traveller}")' for traveller in travellers)
            raise Disagreement(f"{trip}: gained {after - before}", [f"assert {held} <= {before}"])
