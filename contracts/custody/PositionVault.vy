# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Position vault
@notice Holds the collateral of one position and nothing else: its token balance is the position's margin and
        keeper reserve. Deployed once; every position gets a minimal proxy of it, at an address that follows
        from the position's id. Market and token are part of the code, so a vault has no storage.
"""
from ethereum.ercs import IERC20
from ..interfaces import IPositionVault

implements: IPositionVault

MARKET: immutable(address)
ASSET: immutable(IERC20)

ONLY_MARKET: constant(String[32]) = "vault: only the market"


@deploy
def __init__(market: address, asset: address):
    MARKET = market
    ASSET = IERC20(asset)


@external
def pay(receiver: address, amount: uint256):
    """
    @notice Moves tokens out; reverts when the token refuses. Market only.
    @param receiver Who gets them.
    @param amount Token units.
    """
    assert msg.sender == MARKET, ONLY_MARKET
    assert extcall ASSET.transfer(receiver, amount, default_return_value=True), "vault: transfer refused"


@external
def try_pay(receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens out, or leaves them here when the token refuses. Market only.
    @param receiver Who gets them.
    @param amount Token units.
    @return Whether the tokens moved.
    """
    assert msg.sender == MARKET, ONLY_MARKET
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        ASSET.address,
        abi_encode(receiver, amount, method_id=method_id("transfer(address,uint256)")),
        max_outsize=32,
        revert_on_failure=False,
    )
    return success and (len(answer) == 0 or convert(answer, uint256) == 1)


@external
@view
def market() -> address:
    """
    @notice Who may move the tokens.
    @return The market.
    """
    return MARKET


@external
@view
def asset() -> address:
    """
    @notice The collateral token.
    @return The token.
    """
    return ASSET.address
