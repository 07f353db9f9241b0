# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Escrow
@notice Takes tokens in, pays them out, and keeps what the token refuses to pay until its receiver claims it.
"""
from ethereum.ercs import IERC20

event PaymentRefused:
    receiver: indexed(address)
    amount: uint256  # token units, kept for the receiver to claim

event Claimed:
    account: indexed(address)
    receiver: indexed(address)
    amount: uint256  # token units

TRANSFER_REFUSED: constant(String[32]) = "orders: transfer refused"

asset: public(immutable(IERC20))
claimable: public(HashMap[address, uint256])  # token units


@deploy
def __init__(asset_: address, spender: address):
    """
    @dev `spender` takes what an order pays for, with the order's own call and no other.
    """
    asset = IERC20(asset_)
    assert extcall IERC20(asset_).approve(
        spender, max_value(uint256), default_return_value=True
    ), "orders: approval refused"


@external
def claim(receiver: address):
    """
    @notice Takes out what the token refused to pay the caller.
    @param receiver Who gets it.
    """
    amount: uint256 = self.claimable[msg.sender]
    assert amount != 0, "orders: nothing to claim"
    self.claimable[msg.sender] = 0
    log Claimed(account=msg.sender, receiver=receiver, amount=amount)
    assert extcall asset.transfer(receiver, amount, default_return_value=True), TRANSFER_REFUSED


@internal
def take(payer: address, amount: uint256) -> uint256:
    """
    @dev What arrived, which a token with a fee makes less than what was asked.
    """
    before: uint256 = staticcall asset.balanceOf(self)
    assert extcall asset.transferFrom(payer, self, amount, default_return_value=True), TRANSFER_REFUSED
    return staticcall asset.balanceOf(self) - before


@internal
def pay(receiver: address, amount: uint256):
    if amount == 0:
        return
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        asset.address,
        abi_encode(receiver, amount, method_id=method_id("transfer(address,uint256)")),
        max_outsize=32,
        revert_on_failure=False,
    )
    if success and (len(answer) == 0 or convert(answer, uint256) == 1):
        return
    self.claimable[receiver] += amount
    log PaymentRefused(receiver=receiver, amount=amount)
