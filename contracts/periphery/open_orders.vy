# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Open orders
@notice The orders that are neither executed nor ended, five words each, and how many were ever placed.
"""
from ..market import fixed_point

struct Order:
    owner: address  # zero: there is no such open order
    kind: uint256
    is_long: bool  # the side of the position
    id: uint256  # the position to reduce; 0 for a limit order
    quantity: uint256  # WAD base; 0 for all of a position
    deposit: uint256  # of a limit order, margin and keeper reserve, token units
    fee: uint256  # the executor's, token units
    trigger_price: uint256  # WAD quote per base
    price_limit: uint256  # worst fill price, WAD quote per base
    deadline: uint256  # unix seconds
    placed_round: uint256  # of the oracle, known when the order was placed
    oracle: address  # the market's at that time

event OrderPlaced:
    order_id: indexed(uint256)
    owner: indexed(address)
    id: indexed(uint256)  # the position; 0 for a limit order
    kind: uint256
    is_long: bool
    quantity: uint256
    deposit: uint256
    fee: uint256
    trigger_price: uint256
    price_limit: uint256
    deadline: uint256
    placed_round: uint256
    oracle: address

struct Slots:
    origin: uint256  # owner | round, 96 bits
    reward: uint256  # oracle | fee, 96 bits
    amounts: uint256  # quantity | deposit, 128 bits each
    prices: uint256  # trigger, 96 bits | limit, 160 bits
    terms: uint256  # position, 128 bits | deadline, 64 bits | kind, 63 bits | side, one bit

ADDRESS: constant(uint256) = 2**160 - 1
WORD_96: constant(uint256) = 2**96 - 1
WORD_64: constant(uint256) = 2**64 - 1

slots: HashMap[uint256, Slots]
last_id: public(uint256)  # of the newest order; ids count from 1


@external
@view
def order(order_id: uint256) -> Order:
    """
    @notice One open order.
    @param order_id The order.
    @return All fields zero when it was never placed, is executed, or has ended.
    """
    return self.read(order_id)


@internal
def add(order: Order) -> uint256:
    """
    @dev What cannot be an amount is refused; what can only mean "without limit" is cut to what fits.
    """
    assert order.fee <= WORD_96 and order.deposit <= fixed_point.HALF, "orders: amount too large"
    assert order.placed_round <= WORD_96, "orders: round out of range"
    id: uint256 = self.last_id + 1
    self.last_id = id
    deadline: uint256 = min(order.deadline, WORD_64)
    side: uint256 = convert(order.is_long, uint256)
    self.slots[id] = Slots(
        origin=(convert(order.owner, uint256) << 96) | order.placed_round,
        reward=(convert(order.oracle, uint256) << 96) | order.fee,
        amounts=fixed_point.pack(min(order.quantity, fixed_point.HALF), order.deposit),
        prices=(order.trigger_price << 160) | min(order.price_limit, ADDRESS),
        terms=fixed_point.pack(order.id, (deadline << 64) | (order.kind << 1) | side),
    )
    self.log_placed(id, self.read(id))
    return id


@internal
def log_placed(id: uint256, kept: Order):
    log OrderPlaced(
        order_id=id,
        owner=kept.owner,
        id=kept.id,
        kind=kept.kind,
        is_long=kept.is_long,
        quantity=kept.quantity,
        deposit=kept.deposit,
        fee=kept.fee,
        trigger_price=kept.trigger_price,
        price_limit=kept.price_limit,
        deadline=kept.deadline,
        placed_round=kept.placed_round,
        oracle=kept.oracle,
    )


@internal
@view
def read(id: uint256) -> Order:
    """
    @dev All fields zero where there is none.
    """
    slots: Slots = self.slots[id]
    return Order(
        owner=self.account(slots.origin),
        kind=(slots.terms & WORD_64) >> 1,
        is_long=slots.terms & 1 == 1,
        id=fixed_point.high(slots.terms),
        quantity=fixed_point.high(slots.amounts),
        deposit=fixed_point.low(slots.amounts),
        fee=slots.reward & WORD_96,
        trigger_price=slots.prices >> 160,
        price_limit=slots.prices & ADDRESS,
        deadline=(slots.terms >> 64) & WORD_64,
        placed_round=slots.origin & WORD_96,
        oracle=self.account(slots.reward),
    )


@internal
def remove(id: uint256):
    self.slots[id] = empty(Slots)


@internal
@pure
def account(word: uint256) -> address:
    return convert(convert(word >> 96, uint160), address)
