"""What a step can do: one table for each action of people, keepers and those who run the market."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from isomargin.prices.parsing import shown
from isomargin.protocol import BATCH_LIMIT, ORDER_BATCH_LIMIT
from isomargin.scenario.values import (
    Amount,
    Fraction,
    Human,
    KeyProblem,
    Name,
    PositiveAmount,
    PositiveSeconds,
    Section,
    find_number,
    number_between,
    text_of,
    whole_between,
)
from isomargin.units import from_wad, to_wad

__all__ = [
    "ActionSection",
    "AmountAction",
    "ApproveAction",
    "CallAction",
    "CancelAction",
    "CloseAction",
    "DeleverageAction",
    "ExecuteAction",
    "LiquidateAction",
    "MarginAction",
    "MultiplierAction",
    "OpenAction",
    "ParametersAction",
    "PlaceLimitAction",
    "PlaceReduceAction",
    "PositionAction",
    "PushPriceAction",
    "Reference",
    "ResizeAction",
    "SharesAction",
    "TransferAction",
]

_DAY = 86_400
_WEEK = 604_800


def _reference(value: Any) -> int | str:
    """A name that a step gave with `as`, or the id on the chain."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            raise ValueError(f"expected a name or an id of at least 1, found {value}")
        return value
    if not isinstance(value, str) or not 0 < len(value.encode()) <= 40 or not value.isprintable():
        raise ValueError(f"expected a name or an id, found {shown(value)}")
    return value


def _signed(value: Any) -> int:
    number = find_number(value)
    if not number or abs(number) > 10**20:
        raise ValueError(f"expected a number above or below zero, found {shown(number)}")
    if number.as_tuple().exponent < -18:  # type: ignore[operator]  # finite by now
        raise ValueError(f"expected at most 18 digits behind the point, found {shown(number)}")
    return to_wad(number)


def _shares(value: Any) -> int | Literal["all"]:
    if value == "all":
        return "all"
    try:
        number = find_number(value)
    except ValueError:
        raise ValueError(f'expected a number of shares or "all", found {shown(value)}') from None
    if not 0 < number <= 10**20 or number.as_tuple().exponent < -18:  # type: ignore[operator]
        raise ValueError(f'expected a number of shares or "all", found {shown(value)}')
    return to_wad(number)


def _shares_text(value: int | Literal["all"]) -> str:
    return value if value == "all" else from_wad(value)


def _calldata(value: Any) -> str:
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return f"0x{bytes.fromhex(value[2:]).hex()}"
        except ValueError:
            pass
    raise ValueError(f"expected 0x and an even number of hex digits, found {shown(value)}")


Reference = Annotated[int | str, BeforeValidator(_reference)]
"""Of a position or a trigger order."""

_SignedSize = Annotated[int, Human(_signed, from_wad)]
_Price = Annotated[int, number_between(above=True)]
_Shares = Annotated[int | Literal["all"], Human(_shares, _shares_text)]


class ActionSection(Section):
    """A table of an action.

    `TOKENS` are its keys that become token units, `POSITIONS` those that name positions, `ORDERS` those that
    name trigger orders, and `ACCOUNTS` those that name accounts.
    """

    TOKENS: ClassVar[tuple[str, ...]] = ()
    POSITIONS: ClassVar[tuple[str, ...]] = ()
    ORDERS: ClassVar[tuple[str, ...]] = ()
    ACCOUNTS: ClassVar[tuple[str, ...]] = ()


class OpenAction(ActionSection):
    """`open`: size WAD base, long above zero; margin WAD quote; price limit WAD, none for any price."""

    TOKENS: ClassVar[tuple[str, ...]] = ("margin",)
    ACCOUNTS: ClassVar[tuple[str, ...]] = ("owner",)

    size: _SignedSize
    margin: Amount
    price_limit: _Price | None = None
    owner: Name | None = None
    deadline: PositiveSeconds = _DAY
    named: Name | None = Field(default=None, alias="as")


class ResizeAction(ActionSection):
    """`increase` and `decrease`."""

    POSITIONS: ClassVar[tuple[str, ...]] = ("position",)

    position: Reference
    size: PositiveAmount
    price_limit: _Price | None = None
    deadline: PositiveSeconds = _DAY


class CloseAction(ActionSection):
    """`close`."""

    POSITIONS: ClassVar[tuple[str, ...]] = ("position",)

    position: Reference
    price_limit: _Price | None = None
    deadline: PositiveSeconds = _DAY


class MarginAction(ActionSection):
    """`add_margin` and `withdraw_margin`."""

    TOKENS: ClassVar[tuple[str, ...]] = ("amount",)
    POSITIONS: ClassVar[tuple[str, ...]] = ("position",)

    position: Reference
    amount: Amount


class PositionAction(ActionSection):
    """`claim` and `call_margin`."""

    POSITIONS: ClassVar[tuple[str, ...]] = ("position",)

    position: Reference


class LiquidateAction(ActionSection):
    """`liquidate`: one position, which must be due, or what is due of several."""

    POSITIONS: ClassVar[tuple[str, ...]] = ("positions",)

    positions: Annotated[tuple[Reference, ...], Field(min_length=1, max_length=BATCH_LIMIT)]


class DeleverageAction(ActionSection):
    """`deleverage`."""

    POSITIONS: ClassVar[tuple[str, ...]] = ("position",)

    position: Reference
    price_limit: _Price | None = None


class AmountAction(ActionSection):
    """`deposit`, into the pool."""

    TOKENS: ClassVar[tuple[str, ...]] = ("amount",)

    amount: Amount


class SharesAction(ActionSection):
    """`request_withdrawal` and `redeem`: WAD shares, or all that one has."""

    shares: _Shares


class PlaceReduceAction(ActionSection):
    """`place_stop_loss` and `place_take_profit`; without a size the whole position."""

    TOKENS: ClassVar[tuple[str, ...]] = ("fee",)
    POSITIONS: ClassVar[tuple[str, ...]] = ("position",)

    position: Reference
    trigger: _Price
    size: PositiveAmount | None = None
    price_limit: _Price | None = None
    fee: Amount = 0
    lifetime: PositiveSeconds = _WEEK
    named: Name | None = Field(default=None, alias="as")


class PlaceLimitAction(ActionSection):
    """`place_limit`."""

    TOKENS: ClassVar[tuple[str, ...]] = ("margin", "fee")

    size: _SignedSize
    margin: Amount
    trigger: _Price
    price_limit: _Price | None = None
    fee: Amount = 0
    lifetime: PositiveSeconds = _WEEK
    named: Name | None = Field(default=None, alias="as")


class CancelAction(ActionSection):
    """`cancel_order`."""

    ORDERS: ClassVar[tuple[str, ...]] = ("order",)

    order: Reference


class ExecuteAction(ActionSection):
    """`execute`: one order, which must be due, or what is due of several."""

    ORDERS: ClassVar[tuple[str, ...]] = ("orders",)

    orders: Annotated[tuple[Reference, ...], Field(min_length=1, max_length=ORDER_BATCH_LIMIT)]


class ApproveAction(ActionSection):
    """`approve`: let another account act for the owner of a position."""

    POSITIONS: ClassVar[tuple[str, ...]] = ("position",)
    ACCOUNTS: ClassVar[tuple[str, ...]] = ("manager",)

    position: Reference
    manager: Name = "trigger_orders"


class TransferAction(ActionSection):
    """`transfer`, of collateral."""

    TOKENS: ClassVar[tuple[str, ...]] = ("amount",)
    ACCOUNTS: ClassVar[tuple[str, ...]] = ("to",)

    to: Name
    amount: Amount


class PushPriceAction(ActionSection):
    """`push_price`."""

    price: Annotated[int, number_between("0", "79228162514")]


class MultiplierAction(ActionSection):
    """`set_system_multiplier`."""

    multiplier: Annotated[int, number_between("0", "1000")]


class ParametersAction(ActionSection):
    """`set_parameters`: those that are not given stay as they are; units as in `[market]`."""

    TOKENS: ClassVar[tuple[str, ...]] = ("keeper_reserve",)

    trade_fee_ratio: Fraction | None = None
    keeper_share: Fraction | None = None
    max_funding_rate: Amount | None = None
    reserve_ratio: Amount | None = None
    skew_scale: PositiveAmount | None = None
    max_open_interest: PositiveAmount | None = None
    max_skew: PositiveAmount | None = None
    min_notional: Amount | None = None
    keeper_reserve: Amount | None = None
    max_funding_velocity: Amount | None = None
    adl_threshold: Amount | None = None


class CallAction(ActionSection):
    """`call`: anything; arguments in units, by the ABI, or raw data.

    Attributes
    ----------
    args : tuple
        Whole numbers, text, true or false, and arrays of them for arrays and structs.
    value : int
        Wei.
    """

    contract: Name
    function: Annotated[str, text_of(80)] | None = None
    args: tuple[Any, ...] = ()
    data: Annotated[str, BeforeValidator(_calldata)] | None = None
    value: Annotated[int, whole_between(0, 10**30)] = 0
    named: Name | None = Field(default=None, alias="as")

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if self.function is None and self.data is None:
            raise KeyProblem("missing; expected this key, or data", "function")
        if self.data is not None and (self.function is not None or self.args):
            raise KeyProblem("expected either function or data, found both", "data")
        return self
