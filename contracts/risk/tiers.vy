# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Tiers
@notice The risk table: brackets of notional, each with its margin ratios, and the margins that follow from them.
        maintenance(N) = max_j(N * mmr_j - c_j) with c_0 = 0, c_j = c_(j-1) + floor_j * (mmr_j - mmr_(j-1)): each
        part of the notional is charged at the ratio of its bracket. Continuous and convex; `initial` the same.
        Both are asked for with a multiplier k, WAD, at least one, by which the exact margin is multiplied.
"""

from ..market import fixed_point
from . import price_bounds


struct Bracket:
    notional_floor: uint256  # WAD quote
    imr: uint256  # initial margin ratio, WAD
    mmr: uint256  # maintenance margin ratio, WAD


event RiskTableSet:
    brackets: DynArray[Bracket, MAX_BRACKETS]
    max_notional: uint256
    liquidation_fee_ratio: uint256
    max_move: uint256


WAD: constant(uint256) = 10**18
WAD_SQUARED: constant(uint256) = 10**36
SIGNED_WAD_SQUARED: constant(int256) = 10**36
MAX_BRACKETS: constant(uint256) = 16
NOTIONAL_LIMIT: constant(uint256) = 2**128

ABOVE_MAX_NOTIONAL: constant(String[32]) = "risk: above max notional"
RATIOS_NOT_RISING: constant(String[32]) = "risk: ratios not rising"

# One slot a bracket: 128 bits of ceiling (the next floor, in the last bracket the largest notional allowed), one
# bit that marks the last bracket, 63 bits of imr, 64 bits of mmr. Holding the ceiling instead of the floor, a
# notional within the first bracket is settled by reading one slot.
CEILING_SHIFT: constant(uint256) = 128
LAST_BRACKET: constant(uint256) = 2**127
IMR_SHIFT: constant(uint256) = 64
MMR_SHIFT: constant(uint256) = 0
RATIO_MASK: constant(uint256) = 2**63 - 1

packed_brackets: uint256[MAX_BRACKETS]
packed_penalty: uint256  # liquidation fee ratio above max move, 128 bits each


# Setting


@internal
def set_table(
    brackets: DynArray[Bracket, MAX_BRACKETS], max_notional: uint256, fee_ratio: uint256, max_move: uint256
):
    """
    @dev Refuses a table that is not convex, or whose lowest maintenance does not cover the liquidation fee and
         the largest move expected while a keeper acts (the solvency envelope; `max_move` 0 turns that off).
    """
    self.check_brackets(brackets)
    last: uint256 = len(brackets) - 1
    assert max_notional > brackets[last].notional_floor, "risk: max notional too low"
    assert max_notional < NOTIONAL_LIMIT, "risk: max notional too high"
    assert fee_ratio < brackets[0].mmr, "risk: fee not below mmr"
    if max_move > 0:
        assert max_move <= WAD and max_move + fee_ratio <= brackets[0].mmr, "risk: envelope above mmr"

    for j: uint256 in range(last, bound=MAX_BRACKETS):
        self.packed_brackets[j] = self.pack(brackets[j], brackets[j + 1].notional_floor)
    self.packed_brackets[last] = self.pack(brackets[last], max_notional) | LAST_BRACKET
    self.packed_penalty = fixed_point.pack(fee_ratio, max_move)
    log RiskTableSet(
        brackets=brackets, max_notional=max_notional, liquidation_fee_ratio=fee_ratio, max_move=max_move
    )


@pure
@internal
def check_brackets(brackets: DynArray[Bracket, MAX_BRACKETS]):
    assert len(brackets) > 0, "risk: no brackets"
    assert brackets[0].notional_floor == 0, "risk: first floor not zero"
    assert brackets[0].mmr > 0, "risk: mmr is zero"
    for j: uint256 in range(len(brackets), bound=MAX_BRACKETS):
        assert brackets[j].imr <= WAD, "risk: imr above one"
        assert brackets[j].mmr < brackets[j].imr, "risk: mmr not below imr"
        if j > 0:
            assert brackets[j].notional_floor > brackets[j - 1].notional_floor, "risk: floors not rising"
            assert brackets[j].imr > brackets[j - 1].imr, RATIOS_NOT_RISING
            assert brackets[j].mmr > brackets[j - 1].mmr, RATIOS_NOT_RISING


@pure
@internal
def pack(bracket: Bracket, ceiling: uint256) -> uint256:
    return (ceiling << CEILING_SHIFT) | (bracket.imr << IMR_SHIFT) | bracket.mmr


# Margins


@view
@internal
def initial(notional: uint256, multiplier: uint256) -> uint256:
    """
    @dev Rounded up. Refuses a notional above the largest allowed.
    """
    required: uint256 = 0
    within_table: bool = False
    required, within_table = self.requirement(notional, IMR_SHIFT)
    assert within_table, ABOVE_MAX_NOTIONAL
    return self.multiplied(required, multiplier)


@view
@internal
def maintenance(notional: uint256, multiplier: uint256) -> uint256:
    """
    @dev Rounded up. Goes on with the last bracket above the largest notional: a price can carry a position there.
    """
    return self.multiplied(self.requirement(notional, MMR_SHIFT)[0], multiplier)


@pure
@internal
def multiplied(required: uint256, multiplier: uint256) -> uint256:
    """
    @dev ceil(required * multiplier / WAD^2), in two parts so that no notional can overflow it.
    """
    if multiplier == WAD:
        return fixed_point.div_up(required, WAD)
    rest: uint256 = fixed_point.mul_div_up(required % WAD_SQUARED, multiplier, WAD_SQUARED)
    return required // WAD_SQUARED * multiplier + rest


@view
@internal
def requirement(notional: uint256, ratio_shift: uint256) -> (uint256, bool):
    """
    @dev The margin by the ratios at `ratio_shift`, WAD * WAD, and whether the notional is at most the largest
         allowed. Reads the brackets up to the active one, which is where the maximum is.
    """
    bracket_floor: uint256 = 0
    ratio: uint256 = 0
    deduction: uint256 = 0  # c_j, WAD * WAD
    within_table: bool = True
    for j: uint256 in range(MAX_BRACKETS):
        packed: uint256 = self.packed_brackets[j]
        bracket_ratio: uint256 = (packed >> ratio_shift) & RATIO_MASK
        deduction += bracket_floor * (bracket_ratio - ratio)
        ratio = bracket_ratio
        ceiling: uint256 = packed >> CEILING_SHIFT
        if packed & LAST_BRACKET != 0:
            within_table = notional <= ceiling
            break
        if notional < ceiling:
            break
        bracket_floor = ceiling
    return notional * ratio - deduction, within_table


@view
@internal
def raises(brackets: DynArray[Bracket, MAX_BRACKETS]) -> bool:
    """
    @dev Whether a table asks more maintenance of any notional than the one in force. Between two floors of the
         latter the difference is convex, and after the last it ends in the difference of the last ratios: so it
         is above zero anywhere only if it is at one of those floors or there. Refuses a table out of order.
    """
    self.check_brackets(brackets)
    bracket_floor: uint256 = 0
    for j: uint256 in range(MAX_BRACKETS):
        if self.maintenance_by(brackets, bracket_floor) > self.requirement(bracket_floor, MMR_SHIFT)[0]:
            return True
        packed: uint256 = self.packed_brackets[j]
        if packed & LAST_BRACKET != 0:
            return brackets[len(brackets) - 1].mmr > packed & RATIO_MASK
        bracket_floor = packed >> CEILING_SHIFT
    return False


@pure
@internal
def maintenance_by(brackets: DynArray[Bracket, MAX_BRACKETS], notional: uint256) -> uint256:
    """
    @dev WAD * WAD, by a table that is not in force.
    """
    margin: uint256 = 0
    ratio: uint256 = 0
    for bracket: Bracket in brackets:
        if notional <= bracket.notional_floor:
            break
        margin += (notional - bracket.notional_floor) * (bracket.mmr - ratio)
        ratio = bracket.mmr
    return margin


@view
@internal
def fee_ratio() -> uint256:
    """
    @dev Penalty of a liquidation per notional closed, WAD.
    """
    return fixed_point.high(self.packed_penalty)


# Liquidation price


@view
@internal
def liquidation_price(size: int256, net_cash: int256, multiplier: uint256) -> uint256:
    """
    @dev The first price at which equity is below maintenance, exact: because maintenance is a maximum, equity is
         below it where it is below any one bracket's line, and each line gives a bound on the notional.
         `multiplier` times the last mmr must be below one, or a long could become liquidatable by rising.
    """
    long: bool = size > 0
    cash: int256 = net_cash * SIGNED_WAD_SQUARED
    extreme: int256 = max_value(int256)
    if long:
        extreme = min_value(int256)

    bracket_floor: uint256 = 0
    previous_mmr: uint256 = 0
    deduction: uint256 = 0
    for j: uint256 in range(MAX_BRACKETS):
        packed: uint256 = self.packed_brackets[j]
        mmr: uint256 = packed & RATIO_MASK
        deduction += bracket_floor * (mmr - previous_mmr)
        if long:
            extreme = max(extreme, self.long_threshold(cash, mmr * multiplier, deduction * multiplier))
        else:
            extreme = min(extreme, self.short_threshold(cash, mmr * multiplier, deduction * multiplier))
        if packed & LAST_BRACKET != 0:
            break
        previous_mmr = mmr
        bracket_floor = packed >> CEILING_SHIFT

    if long:
        return price_bounds.highest_long_price(extreme, size)
    return price_bounds.lowest_short_price(extreme, -size)


@pure
@internal
def long_threshold(cash: int256, ratio: uint256, deduction: uint256) -> int256:
    """
    @dev Greatest notional n with n * WAD^2 + cash < n * ratio - deduction; ratio is WAD^2, the others WAD^3.
    """
    return fixed_point.signed_div_up(-cash - convert(deduction, int256), convert(WAD_SQUARED - ratio, int256)) - 1


@pure
@internal
def short_threshold(cash: int256, ratio: uint256, deduction: uint256) -> int256:
    """
    @dev Least notional n with cash - n * WAD^2 < n * ratio - deduction.
    """
    return fixed_point.signed_div_down(cash + convert(deduction, int256), convert(WAD_SQUARED + ratio, int256)) + 1


# Views


@view
@internal
def brackets() -> DynArray[Bracket, MAX_BRACKETS]:
    table: DynArray[Bracket, MAX_BRACKETS] = []
    bracket_floor: uint256 = 0
    for j: uint256 in range(MAX_BRACKETS):
        packed: uint256 = self.packed_brackets[j]
        table.append(
            Bracket(
                notional_floor=bracket_floor,
                imr=(packed >> IMR_SHIFT) & RATIO_MASK,
                mmr=packed & RATIO_MASK,
            )
        )
        if packed & LAST_BRACKET != 0:
            break
        bracket_floor = packed >> CEILING_SHIFT
    return table


@view
@internal
def highest_mmr() -> uint256:
    """
    @dev That of the last bracket, WAD.
    """
    for j: uint256 in range(MAX_BRACKETS):
        packed: uint256 = self.packed_brackets[j]
        if packed & LAST_BRACKET != 0:
            return packed & RATIO_MASK
    return 0


@view
@internal
def max_notional() -> uint256:
    """
    @dev The ceiling of the last bracket, WAD quote.
    """
    for j: uint256 in range(MAX_BRACKETS):
        packed: uint256 = self.packed_brackets[j]
        if packed & LAST_BRACKET != 0:
            return packed >> CEILING_SHIFT
    return 0


@view
@internal
def max_move() -> uint256:
    """
    @dev Largest move of the price expected while a keeper acts, WAD ratio; 0 when not checked.
    """
    return fixed_point.low(self.packed_penalty)
