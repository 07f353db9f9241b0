# pragma version 0.4.3
"""
@title Vaults
@notice Makes the vault of a position, finds it again from the id alone, and moves tokens in and out of it.
"""
from ethereum.ercs import IERC20
from ..interfaces import IPositionVault

event PayoutRefused:
    vault: indexed(address)
    receiver: indexed(address)
    amount: uint256  # token units, left in the vault for the owner to claim

ASSET: immutable(IERC20)
IMPLEMENTATION: immutable(address)
PROXY_HASH: immutable(bytes32)

PROXY_HEAD: constant(Bytes[19]) = x"602d3d8160093d39f3363d3d373d3d3d363d73"
PROXY_TAIL: constant(Bytes[15]) = x"5af43d82803e903d91602b57fd5bf3"


@deploy
def __init__(asset: address, vault_blueprint: address):
    """
    @param vault_blueprint ERC-5202 blueprint of `PositionVault`.
    """
    ASSET = IERC20(asset)
    IMPLEMENTATION = create_from_blueprint(vault_blueprint, self, asset)
    PROXY_HASH = keccak256(concat(PROXY_HEAD, convert(IMPLEMENTATION, bytes20), PROXY_TAIL))


@internal
def create(id: uint256) -> address:
    vault: address = create_minimal_proxy_to(IMPLEMENTATION, salt=convert(id, bytes32))
    assert vault.is_contract, "market: vault not created"  # coverage: ignore a failed CREATE2 reverts before it
    return vault


@internal
@view
def at(id: uint256) -> address:
    """
    @dev EIP-1014 address of the EIP-1167 proxy whose salt is the id.
    """
    digest: bytes32 = keccak256(
        concat(x"ff", convert(self, bytes20), convert(id, bytes32), PROXY_HASH)
    )
    return convert(convert(convert(digest, uint256) & (2**160 - 1), uint160), address)


@internal
@view
def holdings(vault: address) -> uint256:
    return staticcall ASSET.balanceOf(vault)


@internal
def take(vault: address, payer: address, amount: uint256) -> uint256:
    """
    @dev Moves tokens in and says what the vault holds then: a token with a fee makes it less than was asked, and
         whoever sent some to the vault before makes it more.
    """
    assert extcall ASSET.transferFrom(payer, vault, amount, default_return_value=True), "market: transfer refused"
    return self.holdings(vault)


@internal
def pay(vault: address, receiver: address, amount: uint256):
    if amount != 0:
        extcall IPositionVault(vault).pay(receiver, amount)


@internal
def try_pay(vault: address, receiver: address, amount: uint256) -> uint256:
    """
    @dev What the token refuses to move stays in the vault; says how many tokens left.
    """
    if amount == 0:
        return 0
    if not extcall IPositionVault(vault).try_pay(receiver, amount):
        log PayoutRefused(vault=vault, receiver=receiver, amount=amount)
        return 0
    return amount
