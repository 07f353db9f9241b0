# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Margining
@notice Moving margin in and out of a vault without touching size, cost or funding; and who may.
"""
from ..custody import vaults
from . import books
from . import events
from . import positions
from . import settlement
from . import valuation

uses: books
uses: positions
uses: settlement
uses: vaults


@external
def add_margin(id: uint256, amount: uint256):
    """
    @notice Adds to a position's vault. Anyone; needs no price and never stops.
    @param id The position.
    @param amount Token units; what arrives is credited.
    """
    state: positions.State = positions.read_open(id)
    self.check_not_zero(amount)
    vault: address = vaults.at(id)
    before: uint256 = vaults.holdings(vault)
    held: uint256 = vaults.take(vault, msg.sender, amount)
    log events.MarginAdded(
        id=id, payer=msg.sender, amount=held - before, margin=held - state.keeper_reserve
    )


@external
def withdraw_margin(id: uint256, amount: uint256):
    """
    @notice Takes margin out as long as the rest, without unrealised profit, covers the initial margin.
            Owner or manager; the owner is paid.
    @param id The position.
    @param amount Token units.
    """
    state: positions.State = positions.read_managed(id)
    self.check_not_zero(amount)
    price: uint256 = books.entry_price()
    index: int256 = books.accrue(price)
    vault: address = vaults.at(id)
    margin: uint256 = books.margin(vault, state)
    assert amount <= margin, "market: amount above margin"
    worth: valuation.Valuation = books.appraise(state, margin, price, index)
    free: int256 = min(worth.equity, valuation.to_wad(margin, settlement.TOKEN_SCALE))
    rest: int256 = free - valuation.to_wad(amount, settlement.TOKEN_SCALE)
    books.check_initial_margin(rest, worth.notional)
    log events.MarginWithdrawn(id=id, amount=amount, margin=margin - amount)
    vaults.pay(vault, state.owner, amount)


@external
def claim(id: uint256, receiver: address):
    """
    @notice Takes out what the token refused to pay when the position ended. Owner only.
    @param id A closed position.
    @param receiver Who gets it.
    """
    state: positions.State = positions.read(id)
    assert state.owner == msg.sender, positions.NOT_OWNER
    assert state.size == 0, "market: position is open"
    vault: address = vaults.at(id)
    amount: uint256 = vaults.holdings(vault)
    assert amount != 0, "market: nothing to claim"
    log events.Claimed(id=id, receiver=receiver, amount=amount)
    vaults.pay(vault, receiver, amount)


@external
def approve(id: uint256, manager: address):
    """
    @notice Lets another address increase, decrease, close and withdraw from a position; the owner is paid. Owner only.
    @param id The position.
    @param manager The only one besides the owner; the zero address for nobody.
    """
    state: positions.State = positions.read_own(id)
    positions.set_manager(id, manager)
    log events.Approved(id=id, manager=manager)


@internal
@pure
def check_not_zero(amount: uint256):
    assert amount != 0, "market: amount is zero"
