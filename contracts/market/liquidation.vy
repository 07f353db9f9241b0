# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Liquidation
@notice Closing what can no longer carry itself, by anyone, one position or many at once.
"""
from ..custody import vaults
from . import administration
from . import books
from . import events
from . import fixed_point
from . import liquidation_plan
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

MAX_BATCH: constant(uint256) = 64


@external
def liquidate(id: uint256) -> uint256:
    """
    @notice Liquidates a position whose equity is below maintenance. Anyone.
    @param id The position.
    @return Token units the caller received.
    """
    state: positions.State = positions.read_open(id)
    price: uint256 = books.price()
    index: int256 = books.accrue(price)
    took_effect: bool = False
    reward: uint256 = 0
    took_effect, reward = self.liquidate_one(id, state, price, index)
    assert took_effect, "market: position is sound"
    return reward


@external
def liquidate_batch(ids: DynArray[uint256, MAX_BATCH]) -> uint256:
    """
    @notice Liquidates what can be liquidated of the given positions and skips what is sound or gone. Anyone.
    @param ids The positions.
    @return How many were liquidated, in part or in full.
    """
    price: uint256 = books.price()
    index: int256 = books.accrue(price)
    count: uint256 = 0
    for id: uint256 in ids:
        state: positions.State = positions.read(id)
        if state.size == 0:
            continue
        took_effect: bool = False
        reward: uint256 = 0
        took_effect, reward = self.liquidate_one(id, state, price, index)
        count += convert(took_effect, uint256)
    return count


@internal
def liquidate_one(
    id: uint256, before: positions.State, price: uint256, index: int256
) -> (bool, uint256):
    vault: address = vaults.at(id)
    worth: valuation.Valuation = books.appraise(before, books.margin(vault, before), price, index)
    maintenance: int256 = books.maintenance_margin(worth.notional)
    if worth.equity >= maintenance:
        return False, 0
    outcome: liquidation_plan.Outcome = liquidation_plan.decide(
        before.size, before.cost, price, worth, maintenance, self.terms()
    )
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
    margin: uint256 = 0
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
        price=price,
        realised_pnl=-outcome.trade_cost - outcome.cost_removed,
        funding=worth.funding,
        settlement=outcome.settlement,
        penalty=outcome.penalty,
        reward=reward,
        payout=payout,
    )
    return True, reward


@internal
@view
def after_liquidation(
    before: positions.State, outcome: liquidation_plan.Outcome, index: int256
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
def terms() -> liquidation_plan.Terms:
    return liquidation_plan.Terms(
        risk_engine=administration.risk_engine,
        liquidation_policy=administration.liquidation_policy,
        fee_ratio=staticcall administration.risk_engine.liquidation_fee_ratio(),
        min_notional=settings.min_notional(),
        token_scale=settlement.TOKEN_SCALE,
        pool_cash=settlement.pool_cash(),
    )
