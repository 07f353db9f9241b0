"""What a position must hold: the bracket table, and the prices at which it is no longer enough.

Inside, requirements are kept unrounded in WAD squared; ``maintenance = max_j(N * mmr_j - c_j)`` is a maximum
of lines, hence convex, which is what gives the liquidation price a closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from isomargin.errors import InputError
from isomargin.model.arithmetic import ceil_div, floor_div
from isomargin.model.terms import Rejected
from isomargin.units import WAD, from_wad

__all__ = ["MAX_BRACKETS", "Bracket", "RiskTable", "bankruptcy_price"]

MAX_BRACKETS = 16
"""Brackets that a table holds at most."""

_WAD_SQUARED = WAD * WAD


@dataclass(frozen=True, slots=True)
class Bracket:
    """One step of a risk table.

    Attributes
    ----------
    notional_floor : int
        Where it begins, WAD quote.
    imr, mmr : int
        Initial and maintenance margin ratio of the notional above the floor, WAD.
    """

    notional_floor: int
    imr: int
    mmr: int


@dataclass(frozen=True)
class RiskTable:
    """The margin requirements of a market.

    Attributes
    ----------
    brackets : tuple of Bracket
        At most 16, the first at 0, floors and both ratios rising.
    max_notional : int
        Largest notional that may be opened or withdrawn from, WAD quote.
    liquidation_fee_ratio : int
        Penalty of a liquidation as a share of the notional closed, WAD.
    max_move : int
        Largest move of the price while a keeper needs to act, WAD ratio; 0 turns the solvency envelope off.
    call_ratio : int
        Multiple of maintenance at which margin calls begin, WAD.

    Raises
    ------
    InputError
        If the table is malformed, or its first maintenance ratio is below the solvency envelope.
    """

    brackets: tuple[Bracket, ...]
    max_notional: int
    liquidation_fee_ratio: int
    max_move: int = 0
    call_ratio: int = 1_200_000_000_000_000_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "brackets", tuple(self.brackets))
        _check_brackets(self.brackets)
        self._check_limits()

    def maintenance(self, notional: int, multiplier: int = WAD) -> int:
        """The margin needed to stay, WAD quote, up; above the cap the last bracket goes on.

        `multiplier` is the WAD factor ``k`` on the requirement.
        """
        lines = zip(self.brackets, self._maintenance_deductions, strict=True)
        required = max(notional * bracket.mmr - deduction for bracket, deduction in lines)
        return ceil_div(multiplier * required, _WAD_SQUARED)

    def check_multiplier(self, max_multiplier: int) -> None:
        """Refuse a factor that could lift maintenance to the notional: a long could then fall by rising.

        Raises
        ------
        InputError
            If `max_multiplier` (WAD) times the last maintenance ratio is one or more.
        """
        highest = self.brackets[-1].mmr
        if max_multiplier * highest >= _WAD_SQUARED:
            raise InputError(
                f"max_multiplier: expected below {from_wad(_WAD_SQUARED // highest)}, one over the last mmr,"
                f" found {from_wad(max_multiplier)}"
            )

    def initial(self, notional: int, multiplier: int = WAD) -> int:
        """The margin needed to open, enlarge or withdraw, WAD quote, up.

        Raises
        ------
        Rejected
            ``risk: above max notional``.
        """
        if notional > self.max_notional:
            raise Rejected("risk: above max notional")
        lines = zip(self.brackets, self._initial_deductions, strict=True)
        required = max(notional * bracket.imr - deduction for bracket, deduction in lines)
        return ceil_div(multiplier * required, _WAD_SQUARED)

    def deductions(self) -> tuple[int, ...]:
        """The cumulative maintenance deductions as exchanges publish them, WAD quote, down."""
        return tuple(floor_div(deduction, WAD) for deduction in self._maintenance_deductions)

    def liquidation_price(self, size: int, net_cash: int, multiplier: int = WAD) -> int:
        """The first price at which equity is below maintenance, WAD.

        Parameters
        ----------
        size : int
            Signed base, WAD, not 0.
        net_cash : int
            Equity less value, WAD quote.
        multiplier : int
            The WAD factor ``k`` on the requirement. Where it lifts a bracket's ratio to 1 or more, a long
            that grows into this bracket becomes liquidatable by *rising*; the answer stays the price of the
            fall, from the brackets below 1.

        Returns
        -------
        int
            The greatest such price for a long, 0 if there is none; the least for a short.
        """
        if size > 0:
            return _greatest_price(self._greatest_long_notional(net_cash, multiplier), size)
        return _least_price(self._least_short_notional(net_cash, multiplier), -size)

    @cached_property
    def _maintenance_deductions(self) -> tuple[int, ...]:
        return _deductions(self.brackets, [bracket.mmr for bracket in self.brackets])

    @cached_property
    def _initial_deductions(self) -> tuple[int, ...]:
        return _deductions(self.brackets, [bracket.imr for bracket in self.brackets])

    def _greatest_long_notional(self, net_cash: int, multiplier: int) -> int:
        # A + n < k * (n * mmr - c) / W^2 for some bracket, solved for the greatest whole n.
        candidates = [-1]
        for bracket, deduction in zip(self.brackets, self._maintenance_deductions, strict=True):
            slope = _WAD_SQUARED - multiplier * bracket.mmr
            if slope > 0:
                candidates.append(ceil_div(-net_cash * _WAD_SQUARED - multiplier * deduction, slope) - 1)
        return max(candidates)

    def _least_short_notional(self, net_cash: int, multiplier: int) -> int:
        # A - n < k * (n * mmr - c) / W^2 for some bracket, solved for the least whole n.
        candidates = []
        for bracket, deduction in zip(self.brackets, self._maintenance_deductions, strict=True):
            slope = _WAD_SQUARED + multiplier * bracket.mmr
            candidates.append(floor_div(net_cash * _WAD_SQUARED + multiplier * deduction, slope) + 1)
        return min(candidates)

    def _check_limits(self) -> None:
        last, lowest, fee = self.brackets[-1].notional_floor, self.brackets[0].mmr, self.liquidation_fee_ratio
        if self.max_notional <= last:
            raise InputError(
                f"max_notional: expected above the last bracket's floor {from_wad(last)},"
                f" found {from_wad(self.max_notional)}"
            )
        if not 0 <= fee < lowest:
            raise InputError(
                f"liquidation_fee_ratio: expected from 0 to below the first mmr {from_wad(lowest)},"
                f" found {from_wad(fee)}"
            )
        if self.max_move < 0 or (self.max_move and self.max_move + fee > lowest):
            raise InputError(
                f"max_move {from_wad(self.max_move)} plus liquidation_fee_ratio {from_wad(fee)} is"
                f" {from_wad(self.max_move + fee)}: expected 0, or together at most the first mmr"
                f" {from_wad(lowest)}"
            )
        if self.call_ratio < WAD:
            raise InputError(f"call_ratio: expected at least 1, found {from_wad(self.call_ratio)}")


def bankruptcy_price(size: int, net_cash: int) -> int:
    """The first price at which equity is zero or less, WAD: the greatest for a long, the least for a short.

    Parameters
    ----------
    size : int
        Signed base, WAD, not 0.
    net_cash : int
        Equity less value, WAD quote.

    Returns
    -------
    int
        0 for a long that cannot go bankrupt.
    """
    if size > 0:
        return _greatest_price(-net_cash, size)
    return _least_price(net_cash, -size)


def _greatest_price(notional: int, quantity: int) -> int:
    """The greatest price whose rounded-down notional is at most `notional`; 0 if there is none."""
    if notional < 0:
        return 0
    return ceil_div((notional + 1) * WAD, quantity) - 1


def _least_price(notional: int, quantity: int) -> int:
    """The least price whose rounded-up notional is at least `notional`; a price is never below 1."""
    return max(1, floor_div((notional - 1) * WAD, quantity) + 1)


def _deductions(brackets: Sequence[Bracket], ratios: Sequence[int]) -> tuple[int, ...]:
    """What makes the lines of neighbouring brackets meet at the upper one's floor, WAD squared."""
    deductions = [0]
    for bracket, (lower, upper) in zip(brackets[1:], pairwise(ratios), strict=True):
        deductions.append(deductions[-1] + bracket.notional_floor * (upper - lower))
    return tuple(deductions)


def _check_brackets(brackets: Sequence[Bracket]) -> None:
    if not 1 <= len(brackets) <= MAX_BRACKETS:
        raise InputError(f"brackets: expected 1 to {MAX_BRACKETS}, found {len(brackets)}")
    if brackets[0].notional_floor != 0:
        raise InputError(
            f"brackets[0].notional_floor: expected 0, found {from_wad(brackets[0].notional_floor)}"
        )
    for number, bracket in enumerate(brackets):
        if not 0 < bracket.mmr < bracket.imr <= WAD:
            raise InputError(
                f"brackets[{number}]: expected 0 < mmr < imr <= 1,"
                f" found mmr {from_wad(bracket.mmr)} and imr {from_wad(bracket.imr)}"
            )
    for number, (lower, upper) in enumerate(pairwise(brackets), start=1):
        for name in ("notional_floor", "imr", "mmr"):
            below, above = getattr(lower, name), getattr(upper, name)
            if above <= below:
                raise InputError(
                    f"brackets[{number}].{name}: expected above the {from_wad(below)} before it,"
                    f" found {from_wad(above)}"
                )
