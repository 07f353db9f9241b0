# pragma version 0.4.3
"""
@title Order market
@notice Stands in for the market and its oracle before `TriggerOrders`: answers what a test says, tells what it was
        asked, and refuses with any data.
"""
from ethereum.ercs import IERC20
from interfaces import IMarket
from market import settings

event Opened:
    size: int256
    margin: uint256
    price_limit: uint256
    deadline: uint256
    owner: address

event Decreased:
    id: uint256
    quantity: uint256
    price_limit: uint256
    deadline: uint256

event Closed:
    id: uint256
    price_limit: uint256
    deadline: uint256

NEW_ID: constant(uint256) = 77

asset: IERC20
position: public(HashMap[uint256, IMarket.Position])
approved: public(HashMap[uint256, address])
oracle: public(address)
opening_paused: public(bool)
round_id: public(uint256)
keeper_reserve: uint256
price: uint256
price_reason: String[32]
entry_refusal: Bytes[200]
refusal: Bytes[200]
intruder: address
intrusion: Bytes[200]


@deploy
def __init__(asset: address):
    self.asset = IERC20(asset)
    self.oracle = self


@external
def set_position(id: uint256, owner: address, size: int256, manager: address):
    self.position[id].owner = owner
    self.position[id].size = size
    self.approved[id] = manager


@external
def set_oracle(oracle: address):
    self.oracle = oracle


@external
def set_opening_paused(paused: bool):
    self.opening_paused = paused


@external
def set_keeper_reserve(reserve: uint256):
    self.keeper_reserve = reserve


@external
def set_price(round_id: uint256, price: uint256, reason: String[32]):
    self.round_id = round_id
    self.price = price
    self.price_reason = reason


@external
def set_entry_refusal(data: Bytes[200]):
    self.entry_refusal = data


@external
def set_refusal(data: Bytes[200]):
    self.refusal = data


@external
def set_intrusion(intruder: address, data: Bytes[200]):
    """
    @notice A call that the market makes while it is asked for something.
    """
    self.intruder = intruder
    self.intrusion = data


@external
@view
def peek() -> (uint256, String[32]):
    return self.price, self.price_reason


@external
def entry_price() -> uint256:
    if len(self.entry_refusal) > 0:
        raw_revert(self.entry_refusal)
    return self.price


@external
@view
def parameters() -> settings.Parameters:
    parameters: settings.Parameters = empty(settings.Parameters)
    parameters.keeper_reserve = self.keeper_reserve
    return parameters


@external
def open(size: int256, margin: uint256, price_limit: uint256, deadline: uint256, owner: address) -> uint256:
    self.answer()
    assert extcall self.asset.transferFrom(msg.sender, self, margin + self.keeper_reserve)
    log Opened(size=size, margin=margin, price_limit=price_limit, deadline=deadline, owner=owner)
    return NEW_ID


@external
def decrease(id: uint256, quantity: uint256, price_limit: uint256, deadline: uint256):
    self.answer()
    log Decreased(id=id, quantity=quantity, price_limit=price_limit, deadline=deadline)


@external
def close(id: uint256, price_limit: uint256, deadline: uint256):
    self.answer()
    log Closed(id=id, price_limit=price_limit, deadline=deadline)


@internal
def answer():
    if len(self.refusal) > 0:
        raw_revert(self.refusal)
    if self.intruder != empty(address):
        raw_call(self.intruder, self.intrusion)
