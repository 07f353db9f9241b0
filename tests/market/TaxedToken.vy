# pragma version 0.4.3
"""
@title Taxed token
@notice The taxed token with the constructor that a deployment calls.
"""

from testing import TaxedToken

initializes: TaxedToken
exports: TaxedToken.__interface__


@deploy
def __init__(name: String[25], symbol: String[5], decimals: uint8):
    """
    @param name Not used.
    @param symbol Not used.
    @param decimals Digits behind the point of one whole token.
    """
    TaxedToken.__init__(decimals)
