# pragma version 0.4.3
"""
@title Intruder
@notice A trader that is a contract: while it is paid for closing one position, it tries to close another.
"""

interface CallbackToken:
    def approve(spender: address, amount: uint256) -> bool: nonpayable
    def call_me(): nonpayable


interface Market:
    def open(size: int256, margin: uint256, price_limit: uint256, deadline: uint256) -> uint256: nonpayable
    def close(id: uint256, price_limit: uint256, deadline: uint256): nonpayable


MARKET: immutable(address)

next: uint256  # to be closed at the next payment; 0 for none
succeeded: public(bool)  # whether the market let it in


@deploy
def __init__(market: address, token: address):
    MARKET = market
    extcall CallbackToken(token).call_me()
    approved: bool = extcall CallbackToken(token).approve(market, max_value(uint256))
    assert approved, "intruder: not approved"


@external
def open(size: int256, margin: uint256):
    """
    @notice Opens a long.
    @param size Base, WAD.
    @param margin Token units.
    """
    id: uint256 = extcall Market(MARKET).open(size, margin, max_value(uint256), max_value(uint256))
    assert id != 0, "intruder: not opened"


@external
def close(first: uint256, second: uint256):
    """
    @notice Closes a long, and another one from within.
    @param first A position.
    @param second The other.
    """
    self.next = second
    extcall Market(MARKET).close(first, 0, max_value(uint256))


@external
def on_received():
    """
    @notice Tries; what is refused is forgotten.
    """
    id: uint256 = self.next
    if id != 0:
        self.next = 0
        self.succeeded = raw_call(
            MARKET,
            abi_encode(id, empty(uint256), max_value(uint256), method_id=method_id("close(uint256,uint256,uint256)")),
            revert_on_failure=False,
        )
