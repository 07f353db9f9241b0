"""What a bot has earned and spent, transaction by transaction, so that a reorganisation can take it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from isomargin.bot.actions import effects_of
from isomargin.bot.wallet import Sent
from isomargin.chain import Receipt
from isomargin.protocol import System

__all__ = ["Entry", "Ledger"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One mined transaction: the positions or orders that it was first at; amounts WAD quote."""

    success: bool
    done: tuple[int, ...]
    reward: int
    gas_cost: int

    @property
    def profit(self) -> int:
        """What is left of the reward."""
        return self.reward - self.gas_cost


@dataclass
class Ledger:
    """Entries by nonce, of which a chain has one each, and counts of what was sent."""

    sent: int = 0
    replaced: int = 0
    lost: int = 0
    entries: dict[int, Entry] = field(default_factory=dict)

    def enter(
        self,
        system: System,
        account: str,
        sent: Sent,
        receipt: Receipt,
        gas_cost: Callable[[int], int],
    ) -> Entry:
        """Enter what a transaction came to, in place of what was known of its nonce; `gas_cost` of wei."""
        effects = effects_of(system, account, receipt.logs)
        cost = gas_cost((receipt.gas_used or 0) * receipt.gas_price)
        entry = Entry(receipt.success, effects.entries, effects.reward, cost)
        self.entries[sent.nonce] = entry
        return entry

    def forget(self, nonce: int) -> None:
        """Take an entry back whose block is gone."""
        self.entries.pop(nonce, None)

    @property
    def mined(self) -> int:
        """Transactions in blocks."""
        return len(self.entries)

    @property
    def failed(self) -> int:
        """Those of them that reverted."""
        return sum(not entry.success for entry in self.entries.values())

    @property
    def done(self) -> int:
        """Positions liquidated, called or deleveraged, or orders executed."""
        return sum(len(entry.done) for entry in self.entries.values())

    @property
    def reward(self) -> int:
        """WAD quote."""
        return sum(entry.reward for entry in self.entries.values())

    @property
    def gas_cost(self) -> int:
        """WAD quote."""
        return sum(entry.gas_cost for entry in self.entries.values())
