"""Loans with a liquidation bonus, in integers and in the bytecode of `BonusLender.vy`; prices that fall."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract
from isomargin.units import WAD, to_wad

__all__ = ["CLOSE_FACTOR", "THRESHOLD", "Lender", "Loan", "falling_paths", "liquidated"]

THRESHOLD = to_wad("0.85")
"""Loan-to-value above which a loan may be liquidated."""

CLOSE_FACTOR = 2
"""A liquidation repays the debt divided by this, or what all the collateral pays for."""


@dataclass(frozen=True)
class Loan:
    """Collateral (WAD base) and debt (WAD quote)."""

    collateral: int
    debt: int

    def loan_to_value(self, price: int) -> Fraction:
        """Debt over the exact worth of the collateral."""
        return Fraction(self.debt * WAD, self.collateral * price)

    def is_due(self, price: int) -> bool:
        """Whether the loan-to-value is above `THRESHOLD`."""
        return self.debt * WAD**2 > self.collateral * price * THRESHOLD

    def is_beyond(self, price: int, bonus: int) -> bool:
        """Whether the loan-to-value is above 1 / (1 + bonus)."""
        return self.debt * (WAD + bonus) > self.collateral * price

    def bad_debt(self, price: int) -> int:
        """Debt beyond the worth of the collateral, WAD quote."""
        return max(0, self.debt - self.collateral * price // WAD)

    def repayable(self, price: int, bonus: int) -> int:
        """What a liquidator repays: half of the debt, but no more than the collateral pays for."""
        return min(self.debt // CLOSE_FACTOR, self.collateral * price // (WAD + bonus))


def liquidated(loan: Loan, repaid: int, price: int, bonus: int) -> Loan:
    """The loan after `repaid` was repaid for collateral worth (1 + bonus) times as much, rounded down."""
    seized = min(repaid * (WAD + bonus) // price, loan.collateral)
    return Loan(loan.collateral - seized, loan.debt - repaid)


class Lender:
    """`BonusLender.vy` on a chain of its own."""

    def __init__(self, bonus: int, *, stops: bool = False) -> None:
        self.bonus, self.stops = bonus, stops
        code = compile_contract(Path(__file__).with_name("BonusLender.vy"))
        chain = Chain("revm")
        self.sender = chain.account("liquidator")
        self.contract: Contract = chain.deploy(code, bonus, THRESHOLD, stops)

    def lend(self, loan: Loan) -> int:
        """Take a loan and return its id."""
        self.contract.transact("borrow", loan.collateral, loan.debt, sender=self.sender)
        return int(self.contract.call("last_id"))

    def push(self, price: int) -> None:
        self.contract.transact("set_price", price, sender=self.sender)

    def liquidate(self, id: int, repaid: int) -> Loan:
        """Repay a part of a debt and return what is left of the loan."""
        self.contract.transact("liquidate", id, repaid, sender=self.sender)
        return self.loan(id)

    def loan(self, id: int) -> Loan:
        return Loan(*self.contract.call("loans", id))

    def bad_debt(self, id: int) -> int:
        return int(self.contract.call("bad_debt", id))


def falling_paths(seed: int, count: int, *, later: float, steps: int = 24) -> list[list[int]]:
    """Prices that start at 100, fall a little at each step and by 8% to 25% at once at one of the first half.

    Parameters
    ----------
    seed, count : int
    later : float
        What a step takes on average after the gap, as a share; moves scatter by 1% around it.
    steps : int
        From price to price.

    Returns
    -------
    list of list of int
        WAD; the first price of each path is 100.
    """
    random = np.random.default_rng(seed)
    paths = []
    for _ in range(count):
        falls = random.exponential(0.004, steps)
        gap = int(random.integers(steps // 2))
        falls[gap] += -np.log1p(-random.uniform(0.08, 0.25))
        falls[gap + 1 :] = random.normal(later, 0.01, steps - gap - 1)
        prices = 100 * np.exp(-np.cumsum(falls))
        paths.append([100 * WAD, *(to_wad(round(price, 6)) for price in prices.tolist())])
    return paths
