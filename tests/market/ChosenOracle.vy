# pragma version 0.4.3
"""
@title Chosen oracle
@notice An oracle that answers whatever a test wants.
"""

from interfaces import IOracle

implements: IOracle

newest: uint256
refusal: String[32]  # of every face
entry_refusal: String[32]
forced_refusal: String[32]
in_grace: bool
before: uint256


@external
def choose_price(price: uint256, refusal: String[32]):
    """
    @param price WAD quote per base.
    @param refusal Why it must not be acted on at all, empty for a good price.
    """
    self.newest = price
    self.refusal = refusal


@external
def choose_refusals(entry: String[32], forced: String[32]):
    """
    @param entry Why nobody may enter, empty when they may.
    @param forced Why nobody may be liquidated, empty when they may.
    """
    self.entry_refusal = entry
    self.forced_refusal = forced


@external
def choose_grace(in_grace: bool, before: uint256):
    """
    @param in_grace Whether it is the grace after an outage.
    @param before The last good price before, WAD quote per base, 0 for an unknown one.
    """
    self.in_grace = in_grace
    self.before = before


@view
@external
def price() -> uint256:
    """
    @return WAD quote per base.
    """
    assert self.refusal == "", self.refusal
    return self.newest


@external
def entry_price() -> uint256:
    """
    @return WAD quote per base.
    """
    assert self.refusal == "", self.refusal
    assert self.entry_refusal == "", self.entry_refusal
    return self.newest


@external
def forced_price() -> (uint256, bool, uint256):
    """
    @return WAD quote per base; whether it is the grace; the price before, WAD quote per base.
    """
    assert self.refusal == "", self.refusal
    assert self.forced_refusal == "", self.forced_refusal
    return self.newest, self.in_grace, self.before


@view
@external
def peek() -> (uint256, String[32]):
    """
    @return WAD quote per base; why it must not be acted on.
    """
    return self.newest, self.refusal


@view
@external
def round_id() -> uint256:
    """
    @return Always the first.
    """
    return 1


@view
@external
def peek_grace() -> (uint256, uint256):
    """
    @return Unix seconds; WAD quote per base.
    """
    if not self.in_grace:
        return 0, 0
    return max_value(uint256), self.before
