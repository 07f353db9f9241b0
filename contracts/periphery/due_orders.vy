# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Due orders
@notice When an order is due, when it has to wait, and when it never can be executed.
"""
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..market import settings
from . import open_orders
from . import refusals

uses: open_orders


interface Managed:
    def approved(id: uint256) -> address: view
    def opening_paused() -> bool: view
    def parameters() -> settings.Parameters: view


# What all orders of one transaction are held against.
struct Moment:
    oracle: IOracle
    round_id: uint256
    price: uint256
    price_refusal: String[32]
    opening_paused: bool

STOP_LOSS: public(constant(uint256)) = 1
TAKE_PROFIT: public(constant(uint256)) = 2
LIMIT: public(constant(uint256)) = 3

EXPIRED: constant(String[32]) = "orders: deadline passed"
MAX_PAGE: constant(uint256) = 256

market: public(immutable(IMarket))


@deploy
def __init__(market_: address):
    market = IMarket(market_)


@external
@view
def executable(first_id: uint256, count: uint256) -> DynArray[uint256, MAX_PAGE]:
    """
    @notice The orders of one page of ids that `execute` would execute or end now. Whether the oracle gives limit
            orders a price to enter at is left out, because the oracle may write when it is asked.
    @param first_id Where the page begins; ids count from 1.
    @param count Ids looked at, at most 256.
    @return Their ids.
    """
    moment: Moment = self.moment()
    due: DynArray[uint256, MAX_PAGE] = []
    for offset: uint256 in range(count, bound=MAX_PAGE):
        order: open_orders.Order = open_orders.read(first_id + offset)
        if order.owner == empty(address):
            continue
        if self.ending(order, moment) != "" or self.obstacle(order, moment) == "":
            due.append(first_id + offset)
    return due


@internal
@view
def moment() -> Moment:
    oracle: IOracle = staticcall market.oracle()
    price: uint256 = 0
    refusal: String[32] = ""
    price, refusal = staticcall oracle.peek()
    return Moment(
        oracle=oracle,
        round_id=staticcall oracle.round_id(),
        price=price,
        price_refusal=refusal,
        opening_paused=staticcall Managed(market.address).opening_paused(),
    )


@internal
@view
def keeper_reserve() -> uint256:
    return (staticcall Managed(market.address).parameters()).keeper_reserve


@internal
@view
def ending(order: open_orders.Order, moment: Moment) -> String[32]:
    """
    @dev Why the order can never execute; empty if it can.
    """
    if block.timestamp > order.deadline:
        return EXPIRED
    if order.oracle != moment.oracle.address:
        return "orders: oracle replaced"
    if order.kind != LIMIT and self.size_left(order) == 0:
        return "orders: position gone"
    return ""


@internal
@view
def size_left(order: open_orders.Order) -> uint256:
    """
    @dev What the order's position has on the order's side.
    """
    size: int256 = (staticcall market.position(order.id)).size
    if order.is_long:
        return convert(max(size, 0), uint256)
    return convert(-min(size, 0), uint256)


@internal
@view
def obstacle(order: open_orders.Order, moment: Moment) -> String[32]:
    """
    @dev Why the order has to wait; empty if it is due.
    """
    if moment.round_id <= order.placed_round:
        return "orders: needs a later round"
    if moment.price_refusal != "":
        return moment.price_refusal
    if not self.is_triggered(order, moment.price):
        return "orders: not triggered"
    if order.kind == LIMIT and moment.opening_paused:
        return "market: opening paused"
    return ""


@internal
@pure
def is_triggered(order: open_orders.Order, price: uint256) -> bool:
    if order.is_long != (order.kind == TAKE_PROFIT):
        return price <= order.trigger_price
    return price >= order.trigger_price


@internal
def entry_refusal(oracle: IOracle) -> String[32]:
    """
    @dev Asked here, because the market's refusal would end the order, and a pause or a grace will pass.
    """
    success: bool = False
    answer: Bytes[100] = b""
    success, answer = raw_call(
        oracle.address, method_id("entry_price()"), max_outsize=100, revert_on_failure=False
    )
    if success:
        return ""
    return refusals.reason(answer, "orders: no entry price")
