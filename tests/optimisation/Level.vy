# pragma version 0.4.3
"""
@title Level
@notice Shows what a wrong optimisation would: with `level` compiled differently, one thing at a time is different.
"""

event Noted:
    number: uint256


LEVEL: constant(uint256) = 1

number: uint256


@view
@external
def level() -> uint256:
    """
    @notice Which copy this is.
    """
    return LEVEL


@external
def note():
    """
    @notice Logs the level.
    """
    log Noted(number=LEVEL)


@external
def keep():
    """
    @notice Stores the level.
    """
    self.number = LEVEL


@external
def refuse():
    """
    @notice Reverts at level 2.
    """
    assert LEVEL == 1, "level: two"
