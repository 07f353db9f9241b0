# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Risk engine
@notice What a position must hold: a table of brackets, times a multiplier that volatility and the risk admin move.
        Nothing done here makes a sound position liquidatable at once: a higher multiplier reaches maintenance in a
        ramp, and a table that asks more maintenance of anyone is announced so long before. Opening is bound by
        both at once.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from ..interfaces import IOracle
from ..interfaces import IRiskEngine
from . import multipliers
from . import tiers
from . import volatility

implements: IRiskEngine
initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: tiers
initializes: volatility
initializes: multipliers
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
    multipliers.system_multiplier,
    volatility.variance,
)


event CallRatioSet:
    call_ratio: uint256


event OracleSet:
    oracle: indexed(address)


event RiskTableAnnounced:
    brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS]
    max_notional: uint256
    liquidation_fee_ratio: uint256
    max_move: uint256
    due: uint256  # unix seconds from which it may be set


WAD: constant(uint256) = 10**18
WAD_SQUARED: constant(uint256) = 10**36
MAX_CALL_RATIO: constant(uint256) = 10 * 10**18

oracle: public(IOracle)
call_ratio: public(uint256)  # WAD
announced_table: public(bytes32)  # hash of what was announced last; empty when there is none
table_due: public(uint256)  # unix seconds from which that may be set


@deploy
def __init__(
    brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS],
    max_notional: uint256,
    liquidation_fee_ratio: uint256,
    max_move: uint256,
    call_ratio_: uint256,
    oracle_: address,
    adjustment_: multipliers.Adjustment,
):
    """
    @notice The deployer becomes the owner.
    @param brackets As `set_risk_table`, and so the next three.
    @param max_notional WAD quote.
    @param liquidation_fee_ratio WAD ratio.
    @param max_move WAD ratio.
    @param call_ratio_ As `set_call_ratio`.
    @param oracle_ As `set_oracle`.
    @param adjustment_ As `set_adjustment`.
    """
    ownable.__init__()
    ownable_2step.__init__()
    tiers.set_table(brackets, max_notional, liquidation_fee_ratio, max_move)
    self.store_call_ratio(call_ratio_)
    self.plug_oracle(oracle_)
    multipliers.set_adjustment(adjustment_)
    self.check_multiplier(adjustment_.max_multiplier, tiers.highest_mmr())
    multipliers.begin(0)


# Margins


@view
@external
def initial_margin(notional: uint256) -> uint256:
    """
    @notice Needed to open, enlarge or withdraw. Reverts above the largest notional allowed.
    @param notional WAD quote.
    @return WAD quote, rounded up.
    """
    return tiers.initial(notional, multipliers.for_opening())


@view
@external
def maintenance_margin(notional: uint256) -> uint256:
    """
    @notice Needed to stay.
    @param notional WAD quote, below 2**192.
    @return WAD quote, rounded up.
    """
    return tiers.maintenance(notional, multipliers.for_maintenance())


# Liquidation


@view
@external
def liquidation_fee_ratio() -> uint256:
    """
    @notice Penalty of a liquidation as a share of the notional closed.
    @return WAD ratio.
    """
    return tiers.fee_ratio()


@view
@external
def liquidation_price(size: int256, net_cash: int256) -> uint256:
    """
    @notice The first price at which equity is below maintenance as it is now: the greatest for a long, the least
            for a short.
    @param size Signed base quantity, WAD, not zero.
    @param net_cash Equity less the value of the position, WAD quote.
    @return WAD quote per base; 0 for a long that cannot be liquidated.
    """
    assert size != 0, "risk: size is zero"
    return tiers.liquidation_price(size, net_cash, multipliers.for_maintenance())


# Adjustment


@external
def observe() -> bool:
    """
    @notice Takes the oracle's price into the measure of volatility, once a timestamp, and moves the multiplier
            accordingly. Anyone, as often as they like: how often does not matter to what is measured.
    @return Whether it did; a bad price changes nothing.
    """
    price: uint256 = 0
    reason: String[32] = ""
    price, reason = staticcall self.oracle.peek()
    if reason != "":
        return False
    if not volatility.observe(price, multipliers.memory_seconds()):
        return False
    multipliers.retarget(volatility.deviation())
    return True


@view
@external
def margin_multipliers() -> IRiskEngine.Multipliers:
    """
    @notice What the margins of the table are multiplied by.
    @return WAD each.
    """
    deviation: uint256 = volatility.deviation()
    return IRiskEngine.Multipliers(
        opening=multipliers.for_opening(),
        maintenance=multipliers.for_maintenance(),
        volatility=multipliers.for_volatility(deviation),
        system=multipliers.system_multiplier,
        deviation=deviation,
    )


@view
@external
def climb() -> multipliers.Climb:
    """
    @notice How the multiplier of maintenance moves: min(start + rise * seconds since then, target).
    @return WAD, WAD, unix seconds, WAD a second.
    """
    return multipliers.unpack_climb()


@view
@external
def adjustment() -> multipliers.Adjustment:
    """
    @notice The terms of the adjustment in force.
    @return WAD and seconds.
    """
    return multipliers.adjustment()


# The table


@view
@external
def brackets() -> DynArray[tiers.Bracket, tiers.MAX_BRACKETS]:
    """
    @notice The table in force.
    @return Notional floors in WAD quote; initial and maintenance ratios, WAD.
    """
    return tiers.brackets()


@view
@external
def max_notional() -> uint256:
    """
    @notice The largest notional a position may be opened, enlarged or left by a withdrawal with.
    @return WAD quote.
    """
    return tiers.max_notional()


@view
@external
def max_move() -> uint256:
    """
    @notice Largest move of the price expected while a keeper needs to act.
    @return WAD ratio; 0 when the solvency envelope is not checked.
    """
    return tiers.max_move()


# Administration


@external
def announce_risk_table(
    brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS],
    max_notional: uint256,
    liquidation_fee_ratio: uint256,
    max_move: uint256,
):
    """
    @notice Tells everybody a table that asks more maintenance of some notional; after `ramp_seconds` the same may
            be set. The newest announcement replaces the one before. Owner only.
    @param brackets As `set_risk_table`, and so the next three.
    @param max_notional WAD quote.
    @param liquidation_fee_ratio WAD ratio.
    @param max_move WAD ratio.
    """
    ownable._check_owner()
    tiers.check_brackets(brackets)
    due: uint256 = block.timestamp + multipliers.ramp_seconds()
    self.announced_table = keccak256(abi_encode(brackets, max_notional, liquidation_fee_ratio, max_move))
    self.table_due = due
    log RiskTableAnnounced(
        brackets=brackets,
        max_notional=max_notional,
        liquidation_fee_ratio=liquidation_fee_ratio,
        max_move=max_move,
        due=due,
    )


@external
def set_risk_table(
    brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS],
    max_notional: uint256,
    liquidation_fee_ratio: uint256,
    max_move: uint256,
):
    """
    @notice Replaces the table. Owner only. One that asks more maintenance of any notional must have been announced
            and be due; any other binds at once.
    @param brackets Brackets, at most 16: first floor 0, floors and both ratios rising, 0 < mmr < imr <= 10**18, and
           the last mmr times the largest multiplier below one.
    @param max_notional WAD quote, above the last floor and below 2**128.
    @param liquidation_fee_ratio Liquidation penalty, WAD ratio, below the first mmr.
    @param max_move WAD ratio; with the penalty at most the first mmr. 0 turns this check off.
    """
    ownable._check_owner()
    if tiers.raises(brackets):
        table: bytes32 = keccak256(abi_encode(brackets, max_notional, liquidation_fee_ratio, max_move))
        assert table == self.announced_table, "risk: table not announced"
        assert block.timestamp >= self.table_due, "risk: table not due"
    self.announced_table = empty(bytes32)
    tiers.set_table(brackets, max_notional, liquidation_fee_ratio, max_move)
    self.check_multiplier(multipliers.max_multiplier(), tiers.highest_mmr())


@external
def set_adjustment(new: multipliers.Adjustment):
    """
    @notice Replaces the terms of the adjustment. Owner only. Maintenance follows what they demand as it follows
            volatility; a climb under way keeps its pace.
    @param new `volatility_reference` at most 10**19, 0 to let volatility alone; `volatility_memory` and
           `ramp_seconds` from 1 to 2**32 - 1; `volatility_cap`, `system_multiplier` and `max_multiplier` from 10**18
           to 10**19, the last one times the last mmr below one.
    """
    ownable._check_owner()
    self.check_multiplier(new.max_multiplier, tiers.highest_mmr())
    multipliers.set_adjustment(new)
    multipliers.retarget(volatility.deviation())


@external
def set_system_multiplier(multiplier: uint256):
    """
    @notice Sets the risk admin's multiplier for the whole market. Owner only.
    @param multiplier WAD, from 10**18 to 10**19; with that of volatility it counts up to `max_multiplier`.
    """
    ownable._check_owner()
    multipliers.set_system_multiplier(multiplier)
    multipliers.retarget(volatility.deviation())


@external
def set_oracle(oracle: address):
    """
    @notice Plugs the oracle whose prices `observe` reads. Owner only. What was measured stays; the step from one
            oracle's price to the other's does not count.
    @param oracle An `IOracle`: the market's own.
    """
    ownable._check_owner()
    self.plug_oracle(oracle)
    volatility.forget_price()


@external
def set_call_ratio(ratio: uint256):
    """
    @notice Sets the multiple of maintenance below which a position is in margin call. Owner only.
    @param ratio WAD ratio, from 10**18 to 10 times that.
    """
    ownable._check_owner()
    self.store_call_ratio(ratio)


@internal
def store_call_ratio(ratio: uint256):
    assert ratio >= WAD, "risk: call ratio below one"
    assert ratio <= MAX_CALL_RATIO, "risk: call ratio too high"
    self.call_ratio = ratio
    log CallRatioSet(call_ratio=ratio)


@internal
def plug_oracle(oracle: address):
    assert oracle.is_contract, "risk: not a contract"
    self.oracle = IOracle(oracle)
    log OracleSet(oracle=oracle)


@pure
@internal
def check_multiplier(max_multiplier: uint256, highest_mmr: uint256):
    """
    @dev Maintenance must stay below notional, or a long could become liquidatable by rising.
    """
    assert max_multiplier * highest_mmr < WAD_SQUARED, "risk: multiplier too high"
