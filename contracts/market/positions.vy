# pragma version 0.4.3
"""
@title Positions
@notice All positions and the sums over them. Only `write` changes either, and it changes both together,
        so that the sums are the sums.
"""
from . import fixed_point

struct State:
    owner: address  # stays after the close
    size: int256  # WAD base
    cost: int256  # WAD quote
    funding_index: int256  # WAD quote per base
    keeper_reserve: uint256  # token units

struct Slots:
    exposure: uint256  # size | cost
    terms: uint256  # funding index | keeper reserve
    owner: address

NOT_OWNER: constant(String[32]) = "market: not owner"

slots: HashMap[uint256, Slots]
managers: HashMap[uint256, address]  # whom the owner lets act
open_interest: uint256  # long | short, WAD base
ledger: uint256  # sum of costs, WAD quote | newest id
funding_basis: int256  # sum of size x funding index, WAD squared


@internal
@view
def read(id: uint256) -> State:
    exposure: uint256 = self.slots[id].exposure
    terms: uint256 = self.slots[id].terms
    return State(
        owner=self.slots[id].owner,
        size=fixed_point.high_signed(exposure),
        cost=fixed_point.low_signed(exposure),
        funding_index=fixed_point.high_signed(terms),
        keeper_reserve=fixed_point.low(terms),
    )


@internal
@view
def read_open(id: uint256) -> State:
    state: State = self.read(id)
    assert state.size != 0, "market: no such position"
    return state


@internal
@view
def read_own(id: uint256) -> State:
    state: State = self.read_open(id)
    assert state.owner == msg.sender, NOT_OWNER
    return state


@internal
@view
def read_managed(id: uint256) -> State:
    """
    @dev For what the owner or the manager may do.
    """
    state: State = self.read_open(id)
    assert state.owner == msg.sender or self.managers[id] == msg.sender, NOT_OWNER
    return state


@internal
@pure
def closed(state: State) -> State:
    closed: State = empty(State)
    closed.owner = state.owner
    return closed


@internal
def set_manager(id: uint256, manager: address):
    self.managers[id] = manager


@internal
def new_id() -> uint256:
    id: uint256 = self.last_id() + 1
    self.ledger = fixed_point.pack_signed(self.cost_sum(), convert(id, int256))
    return id


@internal
def write(id: uint256, before: State, after: State):
    """
    @dev `before` is what `read` gave; one write moves the position and every sum.
    """
    self.slots[id].exposure = fixed_point.pack_signed(after.size, after.cost)
    self.slots[id].terms = fixed_point.pack_signed(
        after.funding_index, convert(after.keeper_reserve, int256)
    )
    if before.owner != after.owner:
        self.slots[id].owner = after.owner
    long: int256 = convert(self.long(), int256) + max(after.size, 0) - max(before.size, 0)
    short: int256 = convert(self.short(), int256) - min(after.size, 0) + min(before.size, 0)
    self.open_interest = fixed_point.pack(convert(long, uint256), convert(short, uint256))
    self.ledger = fixed_point.pack_signed(
        self.cost_sum() + after.cost - before.cost, convert(self.last_id(), int256)
    )
    self.funding_basis += after.size * after.funding_index - before.size * before.funding_index


@internal
@view
def long() -> uint256:
    return fixed_point.high(self.open_interest)


@internal
@view
def short() -> uint256:
    return fixed_point.low(self.open_interest)


@internal
@view
def skew() -> int256:
    word: uint256 = self.open_interest
    return convert(fixed_point.high(word), int256) - convert(fixed_point.low(word), int256)


@internal
@view
def cost_sum() -> int256:
    return fixed_point.high_signed(self.ledger)


@internal
@view
def last_id() -> uint256:
    return fixed_point.low(self.ledger)

