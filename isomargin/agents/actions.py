"""What people and keepers can propose: one frozen record for each action of market, pool and trigger orders.

Sizes and quantities are WAD base, price limits and triggers WAD quote per base, deadlines unix seconds,
margins, fees and amounts token units, shares the pool's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.model import OrderKind

__all__ = [
    "Action",
    "AddMargin",
    "ApproveOrders",
    "CallMargin",
    "CancelOrder",
    "Claim",
    "Close",
    "Decrease",
    "Deleverage",
    "DepositLiquidity",
    "ExecuteOrders",
    "Increase",
    "LiquidateBatch",
    "Open",
    "PlaceLimit",
    "PlaceReduce",
    "RequestWithdrawal",
    "WithdrawLiquidity",
    "WithdrawMargin",
]


@dataclass(frozen=True, slots=True)
class Open:
    """Open a position; `size` is signed, long above zero. The keeper reserve is taken besides `margin`."""

    size: int
    margin: int
    price_limit: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Increase:
    """Add `quantity` to a position, on its own side."""

    id: int
    quantity: int
    price_limit: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Decrease:
    """Take `quantity`, less than all, off a position."""

    id: int
    quantity: int
    price_limit: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Close:
    """Leave a position and take out what is due."""

    id: int
    price_limit: int
    deadline: int


@dataclass(frozen=True, slots=True)
class AddMargin:
    """Put `amount` into a position's vault; anyone may."""

    id: int
    amount: int


@dataclass(frozen=True, slots=True)
class WithdrawMargin:
    """Take `amount` out of a position's vault."""

    id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Take what a closed position's vault still holds for its owner."""

    id: int


@dataclass(frozen=True, slots=True)
class LiquidateBatch:
    """Liquidate each of `ids`, at most 64, that is below its maintenance margin."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallMargin:
    """Tell the owner of a position that it is below its call level, or note that it is healthy again."""

    id: int


@dataclass(frozen=True, slots=True)
class Deleverage:
    """Close a winner at the oracle price, at no worse a price than `price_limit`."""

    id: int
    price_limit: int


@dataclass(frozen=True, slots=True)
class DepositLiquidity:
    """Put `amount` into the pool for shares."""

    amount: int


@dataclass(frozen=True, slots=True)
class RequestWithdrawal:
    """Start the cooldown of `shares`."""

    shares: int


@dataclass(frozen=True, slots=True)
class WithdrawLiquidity:
    """Give back `shares`, whose cooldown is over, for tokens."""

    shares: int


@dataclass(frozen=True, slots=True)
class ApproveOrders:
    """Let trigger orders reduce a position for its owner: make them its manager."""

    id: int


@dataclass(frozen=True, slots=True)
class PlaceReduce:
    """Place a stop-loss or a take-profit; a quantity of 0 closes the position, `fee` is the executor's."""

    id: int
    kind: OrderKind
    quantity: int
    trigger_price: int
    price_limit: int
    deadline: int
    fee: int


@dataclass(frozen=True, slots=True)
class PlaceLimit:
    """Place an order to open a position; `size` is signed, margin, keeper reserve and fee are put aside."""

    size: int
    margin: int
    trigger_price: int
    price_limit: int
    deadline: int
    fee: int


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Take an order back."""

    order: int


@dataclass(frozen=True, slots=True)
class ExecuteOrders:
    """Execute or end each of `orders`, at most 32, that is due."""

    orders: tuple[int, ...]


Action = (
    Open
    | Increase
    | Decrease
    | Close
    | AddMargin
    | WithdrawMargin
    | Claim
    | LiquidateBatch
    | CallMargin
    | Deleverage
    | DepositLiquidity
    | RequestWithdrawal
    | WithdrawLiquidity
    | ApproveOrders
    | PlaceReduce
    | PlaceLimit
    | CancelOrder
    | ExecuteOrders
)
