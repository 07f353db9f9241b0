# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Market
@notice A linear perpetual in which every position holds its own collateral in a vault of its own.
        This file wires the modules and shows their faces in the order of a position's life. Each action has
        one shape: check - price once - accrue - compute - write - check health - event - pay.
"""
from snekmate.auth import ownable
from snekmate.auth import ownable_2step
from ..custody import vaults
from ..interfaces import IMarket
from . import administration
from . import books
from . import deleveraging
from . import funding
from . import liquidation
from . import margining
from . import positions
from . import settings
from . import settlement
from . import trading
from . import views

implements: IMarket

initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: administration[ownable := ownable]
initializes: settings
initializes: positions
initializes: funding
initializes: vaults
initializes: settlement
initializes: books[
    administration := administration,
    funding := funding,
    positions := positions,
    settings := settings,
    settlement := settlement,
    vaults := vaults,
]
initializes: trading[
    administration := administration,
    books := books,
    positions := positions,
    settings := settings,
    settlement := settlement,
    vaults := vaults,
]
initializes: margining[
    books := books,
    positions := positions,
    settlement := settlement,
    vaults := vaults,
]
initializes: liquidation[
    administration := administration,
    books := books,
    positions := positions,
    settings := settings,
    settlement := settlement,
    vaults := vaults,
]
initializes: deleveraging[
    books := books,
    positions := positions,
    settings := settings,
    settlement := settlement,
    vaults := vaults,
]
initializes: views[
    administration := administration,
    books := books,
    funding := funding,
    positions := positions,
    vaults := vaults,
]

exports: (
    # open and modify
    trading.open,
    trading.increase,
    trading.decrease,
    trading.close,
    # margin
    margining.add_margin,
    margining.withdraw_margin,
    margining.claim,
    margining.approve,
    # liquidate and deleverage
    liquidation.liquidate,
    liquidation.liquidate_batch,
    deleveraging.deleverage,
    # views
    views.position,
    views.last_id,
    views.open_interest,
    views.aggregates,
    views.funding_index,
    views.funding_index_at,
    views.funding_accrual,
    views.approved,
    views.pool_obligations,
    settings.parameters,
    settlement.asset,
    settlement.pool,
    settlement.insurance_fund,
    settlement.bad_debt,
    administration.oracle,
    administration.risk_engine,
    administration.liquidation_policy,
    administration.planner,
    administration.guardian,
    administration.opening_paused,
    ownable_2step.owner,
    ownable_2step.pending_owner,
    # admin
    administration.set_oracle,
    administration.set_risk_engine,
    administration.set_liquidation_policy,
    administration.set_guardian,
    administration.pause_opening,
    administration.resume_opening,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


@deploy
def __init__(
    asset: address,
    pool: address,
    insurance_fund: address,
    oracle: address,
    risk_engine: address,
    liquidation_policy: address,
    planner: address,
    vault_blueprint: address,
    parameters: settings.Parameters,
):
    """
    @param asset Collateral token, ERC-20 of at most 18 decimals.
    @param pool Counterparty of all positions.
    @param insurance_fund Pays bad debt before the pool does.
    @param oracle `IOracle`.
    @param risk_engine `IRiskEngine`.
    @param liquidation_policy `ILiquidationPolicy`.
    @param planner `ILiquidationPlanner`, for ever.
    @param vault_blueprint ERC-5202 blueprint of `PositionVault`.
    @param parameters What the owner may tune later.
    """
    ownable.__init__()
    ownable_2step.__init__()
    administration.__init__(oracle, risk_engine, liquidation_policy, planner)
    funding.__init__()
    vaults.__init__(asset, vault_blueprint)
    settlement.__init__(asset, pool, insurance_fund)
    settings.set(parameters, 0)


@external
def set_parameters(new: settings.Parameters):
    """
    @notice Tunes the market. Owner only. Funding is brought up to date first: no change works backwards.
    @param new All parameters.
    """
    ownable._check_owner()
    books.accrue(books.exit_price())
    settings.set(new, max(positions.long(), positions.short()))
