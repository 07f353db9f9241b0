# pragma version 0.4.3
"""
@title Bonus lender
@notice Loans against collateral, with a bonus in collateral for whoever repays somebody's debt: the lending market in which
        liquidations can spiral. Keeps the books only: no token moves. As it is deployed, it goes on liquidating whatever comes,
        or stops where that would raise the loan-to-value.
"""

struct Loan:
    collateral: uint256  # WAD base
    debt: uint256  # WAD quote


WAD: constant(uint256) = 10**18

bonus: public(immutable(uint256))  # WAD; of what is repaid, on top of it
threshold: public(immutable(uint256))  # WAD; loan-to-value above which anybody may repay
stops: public(immutable(bool))  # whether nobody may once it is above 1 / (1 + bonus)

price: public(uint256)  # WAD quote per base
loans: public(HashMap[uint256, Loan])
last_id: public(uint256)


@deploy
def __init__(bonus_: uint256, threshold_: uint256, stops_: bool):
    """
    @param bonus_ Of what is repaid, WAD.
    @param threshold_ Loan-to-value above which anybody may repay, WAD.
    @param stops_ Whether liquidations stop where they would raise the loan-to-value.
    """
    bonus = bonus_
    threshold = threshold_
    stops = stops_


@external
def set_price(price_: uint256):
    """
    @notice Moves the price.
    @param price_ WAD quote per base.
    """
    self.price = price_


@external
def borrow(collateral: uint256, debt: uint256) -> uint256:
    """
    @notice Takes a loan, whatever its loan-to-value.
    @param collateral WAD base.
    @param debt WAD quote.
    @return Its id, from 1.
    """
    self.last_id += 1
    self.loans[self.last_id] = Loan(collateral=collateral, debt=debt)
    return self.last_id


@external
def liquidate(id: uint256, repaid: uint256) -> uint256:
    """
    @notice Repays a part of a debt for collateral worth as much and the bonus.
    @param id The loan.
    @param repaid WAD quote.
    @return What is seized, WAD base, rounded down; all that is there at the most.
    """
    loan: Loan = self.loans[id]
    assert loan.debt * WAD**2 > loan.collateral * self.price * threshold, "lender: loan is sound"
    assert repaid <= loan.debt, "lender: more than is owed"
    assert not (stops and self._is_beyond(loan)), "lender: beyond the bound"
    seized: uint256 = min(repaid * (WAD + bonus) // self.price, loan.collateral)
    self.loans[id] = Loan(collateral=loan.collateral - seized, debt=loan.debt - repaid)
    return seized


@view
@external
def is_beyond(id: uint256) -> bool:
    """
    @notice Whether a liquidation would raise the loan-to-value.
    @param id The loan.
    @return Whether the loan-to-value is above 1 / (1 + bonus).
    """
    return self._is_beyond(self.loans[id])


@view
@internal
def _is_beyond(loan: Loan) -> bool:
    """
    @dev Exact: no division.
    """
    return loan.debt * (WAD + bonus) > loan.collateral * self.price


@view
@external
def bad_debt(id: uint256) -> uint256:
    """
    @notice What a loan owes beyond the worth of its collateral.
    @param id The loan.
    @return WAD quote.
    """
    loan: Loan = self.loans[id]
    return loan.debt - min(loan.debt, loan.collateral * self.price // WAD)
