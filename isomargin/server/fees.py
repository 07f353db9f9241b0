"""What gas costs: a base fee that follows the scenario's price of gas and moves with how full blocks are."""

from __future__ import annotations

from collections.abc import Callable

from isomargin.chain import Block

__all__ = ["Fees"]

_GWEI = 10**9
_TIP_SHARE = 10  # of the going price, at most a gwei, is left to whoever builds the block
_CHANGE = 8  # EIP-1559: an eighth a block at most
_SCALE = 10**18


class Fees:
    """The base fee of blocks to come.

    The scenario's gas price is what a transaction costs while this market alone would not fill a block: base
    fee and tip together. Blocks above half their gas limit lift the base fee above that, blocks below let it
    come back, by the rule of EIP-1559 applied to the ratio of the two.

    Parameters
    ----------
    going_price : callable
        Wei a gas by the scenario, at a time in unix seconds.
    gas_limit : int
        Of a block.
    """

    def __init__(self, going_price: Callable[[int], int], gas_limit: int) -> None:
        self._going_price = going_price
        self._target = gas_limit // 2
        self._pressure = _SCALE  # base fee over that of the scenario
        self._chosen: int | None = None
        self.spike = 1
        """How many times the scenario's price gas costs for the time being."""

    def base_fee(self, timestamp: int) -> int:
        """Return the base fee of the next block if it is made at this time, wei a gas."""
        if self._chosen is not None:
            return self._chosen
        price = self._going_price(timestamp) * self.spike
        return (price - _tip(price)) * self._pressure // _SCALE

    def priority_fee(self, timestamp: int) -> int:
        """Return the tip that is usual at this time, wei a gas."""
        return _tip(self._going_price(timestamp) * self.spike)

    def choose(self, base_fee: int) -> None:
        """Set the base fee of the next block, for that block alone."""
        self._chosen = base_fee

    def move_on(self, block: Block) -> None:
        """Let a sealed block press on the fees of the next."""
        self._chosen = None
        if block.gas_used is None:
            return
        change = self._pressure * (block.gas_used - self._target) // self._target // _CHANGE
        self._pressure = max(_SCALE, self._pressure + change)

    def memory(self) -> tuple[int, int | None]:
        """Return what `recall` needs to come back to this point."""
        return self._pressure, self._chosen

    def recall(self, memory: tuple[int, int | None]) -> None:
        """Come back to a point."""
        self._pressure, self._chosen = memory


def _tip(price: int) -> int:
    return min(_GWEI, price // _TIP_SHARE)
