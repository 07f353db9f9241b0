# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Liquidation
@notice Closing what can no longer carry itself, by anyone, one position or many at once.
"""
from ..custody import vaults
from ..interfaces import ILiquidationPlanner
from . import administration
from . import books
from . import events
from . import fixed_point
from . import positions
from . import settings
from . import settlement
from . import valuation

uses: administration
uses: books
uses: positions
uses: settings
uses: settlement
uses: vaults

flag Standing:
    SOUND
    IN_GRACE  # below maintenance now, but not at the last good price before an outage
    DUE

MAX_BATCH: constant(uint256) = 64


@external
def liquidate(id: uint256) -> uint256:
    """
    @notice Liquidates a position whose equity is below maintenance; in the grace after an outage only if it was so
            at the last good price before. Anyone.
    @param id The position.
    @return Token units the caller received.
    """
    state: positions.State = positions.read_open(id)
    price: books.ForcedPrice = books.forced_price()
    index: int256 = books.accrue(price.now)
    standing: Standing = empty(Standing)
    reward: uint256 = 0
    standing, reward = self.liquidate_one(id, state, price, index)
    assert standing != Standing.SOUND, "market: position is sound"
    assert standing != Standing.IN_GRACE, "market: top-up grace"
    return reward


@external
def liquidate_batch(ids: DynArray[uint256, MAX_BATCH]) -> uint256:
    """
    @notice Liquidates what can be liquidated of the given positions and skips what is sound or gone. Anyone.
    @param ids The positions.
    @return How many were liquidated, in part or in full.
    """
    price: books.ForcedPrice = books.forced_price()
    index: int256 = books.accrue(price.now)
    count: uint256 = 0
    for id: uint256 in ids:
        state: positions.State = positions.read(id)
        if state.size == 0:
            continue
        standing: Standing = empty(Standing)
        reward: uint256 = 0
        standing, reward = self.liquidate_one(id, state, price, index)
        count += convert(standing == Standing.DUE, uint256)
    return count


@internal
def liquidate_one(
    id: uint256, before: positions.State, price: books.ForcedPrice, index: int256
) -> (Standing, uint256):
    """
    @dev Does nothing to a position that is not due.
    """
    vault: address = vaults.at(id)
    margin: uint256 = books.margin(vault, before)
    worth: valuation.Valuation = books.appraise(before, margin, price.now, index)
    maintenance: int256 = books.maintenance_margin(worth.notional)
    if worth.equity >= maintenance:
        return Standing.SOUND, 0
    if price.in_grace and self.was_sound(before, margin, price.before, index):
        return Standing.IN_GRACE, 0
    outcome: ILiquidationPlanner.Outcome = self.outcome(before, price.now, worth, maintenance)
    after: positions.State = self.after_liquidation(before, outcome, index)
    positions.write(id, before, after)
    settlement.settle(vault, outcome.settlement)
    settlement.cover(id, outcome.bad_debt)
    reward: uint256 = outcome.penalty * settings.ratios().keeper_share // fixed_point.WAD
    vaults.pay(vault, settlement.insurance_fund.address, outcome.penalty - reward)
    if outcome.full:
        reward += before.keeper_reserve
    reward = vaults.try_pay(vault, msg.sender, reward)
    payout: uint256 = 0
    margin = 0
    if outcome.full:
        payout = vaults.try_pay(vault, before.owner, vaults.holdings(vault))
    else:
        margin = books.margin(vault, after)
    log events.PositionLiquidated(
        id=id,
        keeper=msg.sender,
        size_delta=after.size - before.size,
        size=after.size,
        cost=after.cost,
        funding_index=after.funding_index,
        margin=margin,
        price=price.now,
        realised_pnl=-outcome.trade_cost - outcome.cost_removed,
        funding=worth.funding,
        settlement=outcome.settlement,
        penalty=outcome.penalty,
        reward=reward,
        payout=payout,
    )
    return Standing.DUE, reward


@internal
@view
def was_sound(state: positions.State, margin: uint256, price: uint256, index: int256) -> bool:
    """
    @dev At the last good price before an outage, all else as it is now; at an unknown one everybody was.
    """
    if price == 0:
        return True
    worth: valuation.Valuation = books.appraise(state, margin, price, index)
    return worth.equity >= books.maintenance_margin(worth.notional)


@internal
@view
def after_liquidation(
    before: positions.State, outcome: ILiquidationPlanner.Outcome, index: int256
) -> positions.State:
    if outcome.full:
        return positions.closed(before)
    after: positions.State = before
    after.size -= fixed_point.signed_like(before.size, outcome.quantity)
    after.cost -= outcome.cost_removed
    after.funding_index = index
    return after


@internal
@view
def outcome(
    state: positions.State, price: uint256, worth: valuation.Valuation, maintenance: int256
) -> ILiquidationPlanner.Outcome:
    return staticcall administration.planner.plan(
        ILiquidationPlanner.LiquidationCase(
            size=state.size,
            cost=state.cost,
            price=price,
            margin=worth.margin,
            value=worth.value,
            funding=worth.funding,
            equity=worth.equity,
            maintenance=maintenance,
            min_notional=settings.min_notional(),
            token_scale=settlement.TOKEN_SCALE,
            pool_cash=settlement.pool_cash(),
            risk_engine=administration.risk_engine.address,
            liquidation_policy=administration.liquidation_policy.address,
        )
    )
