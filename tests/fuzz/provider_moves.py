"""Moves of liquidity providers: in and out, at once or after a request, as much as the reserve lets go."""

from __future__ import annotations

from tests.fuzz.arena import BLOCK
from tests.fuzz.drawing import Drawing

__all__ = ["ProviderMoves"]


class ProviderMoves(Drawing):
    """What holders of shares do."""

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
        before = arena.balance(provider)
        self.leave_as_free(provider)
        back = (arena.balance(provider) - before) * 9 // 10
        if back > 0 and self.chance(0.8):
            self.pay_in(provider, back)

    def leave_as_free(self, provider: str) -> None:
        """Take out what the reserve lets go, as far as shares go, at times a token unit more."""
        arena, shares = self.arena, self.arena.shares
        self.ask_for(provider, shares.balances[provider])
        at = arena.moment(arena.chain.timestamp + BLOCK)
        if at.price_reason:
            return
        wanted = shares.free_assets(at) + self.pick([0, 0, 1])
        part = min(shares.balances[provider], shares.worth_at_least(wanted, at))
        arena.provide(
            "redeem all that is free",
            arena.system.redeem(provider, part),
            lambda moment: shares.redeem(provider, part, moment),
        )

    def give_shares(self) -> None:
        """Shares from one provider to the other."""
        arena, (provider, shares) = self.arena, self.some_shares()
        (receiver,) = {*arena.providers} - {provider}
        arena.provide(
            "give shares",
            arena.system.pool.transaction("transfer", receiver, shares, sender=provider),
            lambda at: arena.shares.transfer(provider, receiver, shares),
        )
