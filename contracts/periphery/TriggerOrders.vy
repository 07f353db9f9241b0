# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Trigger orders
@notice Stop-loss, take-profit and limit orders, executed by anyone for a fee once the oracle's price reaches their
        trigger, in a later round than the one known when they were placed. It holds what orders have put aside
        and acts for owners as the market lets anybody: as the manager of a position, or paying for another's.
        Prices are WAD quote per base, quantities WAD base, amounts token units.
"""
from ..interfaces import IMarket
from ..interfaces import IOracle
from . import due_orders
from . import escrow
from . import open_orders
from . import refusals

initializes: open_orders
initializes: due_orders[open_orders := open_orders]
initializes: escrow
exports: (
    due_orders.STOP_LOSS,
    due_orders.TAKE_PROFIT,
    due_orders.LIMIT,
    due_orders.market,
    due_orders.executable,
    escrow.asset,
    escrow.claim,
    escrow.claimable,
    open_orders.last_id,
    open_orders.order,
)


event OrderExecuted:
    order_id: indexed(uint256)
    executor: indexed(address)
    id: indexed(uint256)  # the position
    price: uint256  # of the oracle
    fee: uint256  # to the executor

event OrderCancelled:
    order_id: indexed(uint256)
    by: indexed(address)
    reason: String[32]
    fee: uint256  # to `by` for having ended it; 0 if the owner took it back

GAS_TO_EXECUTE: public(constant(uint256)) = 1_000_000  # must be left for each order
MAX_SIZE: constant(int256) = 2**127
MAX_BATCH: constant(uint256) = 32

NO_SUCH_ORDER: constant(String[32]) = "orders: no such order"
NOT_OWNER: constant(String[32]) = "orders: not owner"

min_fee: public(immutable(uint256))


@deploy
def __init__(market_: address, asset_: address, min_fee_: uint256):
    """
    @param market_ The market to trade at.
    @param asset_ Its collateral token.
    @param min_fee_ Least fee of an order, token units.
    """
    due_orders.__init__(market_)
    min_fee = min_fee_
    escrow.__init__(asset_, market_)


# Place


@external
def place_reduce(
    id: uint256,
    kind: uint256,
    quantity: uint256,
    trigger_price: uint256,
    price_limit: uint256,
    deadline: uint256,
    fee: uint256,
) -> uint256:
    """
    @notice Places a stop-loss or take-profit. Owner of a position whose manager is this contract.
    @param id The position.
    @param kind STOP_LOSS or TAKE_PROFIT.
    @param quantity Base to close; 0, or as much as there is by then or more, to close the position.
    @param trigger_price The oracle's price at which it is due.
    @param price_limit Worst fill price accepted.
    @param deadline Last timestamp at which it may execute, seconds.
    @param fee For whoever executes it, put aside now; what arrives counts.
    @return The order's id.
    """
    assert kind == due_orders.STOP_LOSS or kind == due_orders.TAKE_PROFIT, "orders: wrong kind"
    self.check_terms(trigger_price, deadline)
    position: IMarket.Position = staticcall due_orders.market.position(id)
    assert position.size != 0, "orders: no such position"
    assert position.owner == msg.sender, NOT_OWNER
    assert staticcall due_orders.Managed(due_orders.market.address).approved(id) == self, "orders: not manager"
    order: open_orders.Order = self.draft(kind, position.size > 0, quantity, trigger_price, price_limit, deadline)
    order.id = id
    order.fee = escrow.take(msg.sender, fee)
    self.check_fee(order.fee)
    return open_orders.add(order)


@external
def place_limit(
    size: int256,
    margin: uint256,
    trigger_price: uint256,
    price_limit: uint256,
    deadline: uint256,
    fee: uint256,
) -> uint256:
    """
    @notice Places an order to open a position for the caller, who pays margin, keeper reserve and fee now.
    @param size Signed base quantity; long if positive.
    @param margin Of the position; what arrives above the fee is put aside for margin and keeper reserve.
    @param trigger_price The oracle's price at which it is due.
    @param price_limit Worst fill price accepted.
    @param deadline Last timestamp at which it may execute, seconds.
    @param fee For whoever executes it.
    @return The order's id.
    """
    assert size != 0, "orders: size is zero"
    assert size > -MAX_SIZE and size < MAX_SIZE, "orders: size too large"
    self.check_terms(trigger_price, deadline)
    self.check_fee(fee)
    quantity: uint256 = convert(abs(size), uint256)
    order: open_orders.Order = self.draft(due_orders.LIMIT, size > 0, quantity, trigger_price, price_limit, deadline)
    reserve: uint256 = due_orders.keeper_reserve()
    arrived: uint256 = escrow.take(msg.sender, margin + reserve + fee)
    assert arrived >= fee + reserve, "orders: margin below reserve"
    order.fee = fee
    order.deposit = arrived - fee
    return open_orders.add(order)


# Execute


@external
def execute(order_id: uint256):
    """
    @notice Executes an order that is due, or ends one that never can be, for its fee. Anyone. Reverts, with a
            reason, while the order has to wait.
    @param order_id The order.
    """
    refusal: String[32] = self.attempt(order_id, due_orders.moment())
    assert refusal == "", refusal


@external
def execute_batch(order_ids: DynArray[uint256, MAX_BATCH]) -> uint256:
    """
    @notice Executes or ends what is due of many orders, and skips the rest. Anyone.
    @param order_ids The orders.
    @return How many were executed or ended.
    """
    moment: due_orders.Moment = due_orders.moment()
    count: uint256 = 0
    for order_id: uint256 in order_ids:
        if self.attempt(order_id, moment) == "":
            count += 1
    return count


# Cancel


@external
def cancel(order_id: uint256):
    """
    @notice Takes an order back, with all that was put aside for it. Owner of the order, at any time.
    @param order_id The order.
    """
    order: open_orders.Order = open_orders.read(order_id)
    assert order.owner != empty(address), NO_SUCH_ORDER
    assert order.owner == msg.sender, NOT_OWNER
    open_orders.remove(order_id)
    log OrderCancelled(order_id=order_id, by=msg.sender, reason="orders: cancelled", fee=0)
    escrow.pay(order.owner, order.deposit + order.fee)


# Steps of placing


@internal
@view
def check_terms(trigger_price: uint256, deadline: uint256):
    assert block.timestamp <= deadline, due_orders.EXPIRED
    assert trigger_price > 0 and trigger_price < 2**96, "orders: trigger out of range"


@internal
@view
def check_fee(fee: uint256):
    assert fee >= min_fee, "orders: fee too low"


@internal
@view
def draft(
    kind: uint256, is_long: bool, quantity: uint256, trigger_price: uint256, price_limit: uint256, deadline: uint256
) -> open_orders.Order:
    """
    @dev An order of the caller for which nothing is paid yet, with the round that is known now.
    """
    oracle: IOracle = staticcall due_orders.market.oracle()
    order: open_orders.Order = empty(open_orders.Order)
    order.owner = msg.sender
    order.kind = kind
    order.is_long = is_long
    order.quantity = quantity
    order.trigger_price = trigger_price
    order.price_limit = price_limit
    order.deadline = deadline
    order.placed_round = staticcall oracle.round_id()
    assert order.placed_round != 0, "orders: no round known"
    order.oracle = oracle.address
    return order


# Steps of executing


@internal
def attempt(order_id: uint256, moment: due_orders.Moment) -> String[32]:
    """
    @dev Executes the order, or ends it, or says why it has to wait.
    """
    order: open_orders.Order = open_orders.read(order_id)
    if order.owner == empty(address):
        return NO_SUCH_ORDER
    if msg.gas < GAS_TO_EXECUTE:
        return "orders: too little gas"
    reason: String[32] = due_orders.ending(order, moment)
    if reason == "":
        reason = due_orders.obstacle(order, moment)
        if reason == "" and order.kind == due_orders.LIMIT:
            reason = due_orders.entry_refusal(moment.oracle)
        if reason != "":
            return reason
        reason = self.trade(order_id, order, moment.price)
    if reason != "":
        self.end(order_id, order, reason)
    return ""


@internal
def trade(order_id: uint256, order: open_orders.Order, price: uint256) -> String[32]:
    """
    @dev Asks the market; says why not if it refuses. The order is gone before, so that nothing can use it twice.
    """
    open_orders.remove(order_id)
    request: Bytes[164] = b""
    if order.kind != due_orders.LIMIT:
        request = self.reduction(order)
    else:
        reserve: uint256 = due_orders.keeper_reserve()
        if order.deposit < reserve:
            return "orders: deposit below reserve"
        request = self.opening(order, order.deposit - reserve)
    success: bool = False
    answer: Bytes[100] = b""
    success, answer = raw_call(due_orders.market.address, request, max_outsize=100, revert_on_failure=False)
    if not success:
        return refusals.reason(answer, "orders: market refused")
    id: uint256 = order.id
    if order.kind == due_orders.LIMIT:
        id = extract32(answer, 0, output_type=uint256)
    log OrderExecuted(order_id=order_id, executor=msg.sender, id=id, price=price, fee=order.fee)
    escrow.pay(msg.sender, order.fee)
    return ""


@internal
@view
def reduction(order: open_orders.Order) -> Bytes[164]:
    if order.quantity != 0 and order.quantity < due_orders.size_left(order):
        return abi_encode(
            order.id,
            order.quantity,
            order.price_limit,
            order.deadline,
            method_id=method_id("decrease(uint256,uint256,uint256,uint256)"),
        )
    return abi_encode(
        order.id, order.price_limit, order.deadline, method_id=method_id("close(uint256,uint256,uint256)")
    )


@internal
@pure
def opening(order: open_orders.Order, margin: uint256) -> Bytes[164]:
    size: int256 = convert(order.quantity, int256)
    if not order.is_long:
        size = -size
    return abi_encode(
        size,
        margin,
        order.price_limit,
        order.deadline,
        order.owner,
        method_id=method_id("open(int256,uint256,uint256,uint256,address)"),
    )


@internal
def end(order_id: uint256, order: open_orders.Order, reason: String[32]):
    open_orders.remove(order_id)
    log OrderCancelled(order_id=order_id, by=msg.sender, reason=reason, fee=order.fee)
    escrow.pay(order.owner, order.deposit)
    escrow.pay(msg.sender, order.fee)
