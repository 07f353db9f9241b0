# pragma version 0.4.3
"""
@title Unapproving token
@notice Approves nobody, and says so.
"""


@external
def approve(spender: address, amount: uint256) -> bool:
    """
    @param spender Not looked at.
    @param amount Not looked at.
    @return Always false.
    """
    return False
