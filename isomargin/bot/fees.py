"""What a transaction offers for its gas by EIP-1559, and the least that takes the place of another."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Fees"]


@dataclass(frozen=True, slots=True)
class Fees:
    """The most that a unit of gas may cost, and the most of it for whoever makes the block; wei."""

    max_fee: int
    max_priority_fee: int

    @classmethod
    def at(cls, price: int, base_fee: int) -> Fees:
        """Pay `price` while the base fee stays, less if it falls, and never more."""
        return cls(price, max(0, price - base_fee))

    def raised(self) -> Fees:
        """An eighth more of both: nodes let nothing cheaper take the place of a transaction that waits."""
        return Fees(_eighth_more(self.max_fee), _eighth_more(self.max_priority_fee))

    def at_least(self, floor: Fees) -> Fees:
        """The larger of each."""
        tip = max(self.max_priority_fee, floor.max_priority_fee)
        return Fees(max(self.max_fee, floor.max_fee, tip), tip)


def _eighth_more(fee: int) -> int:
    return max(fee + 1, -(-fee * 9 // 8))
