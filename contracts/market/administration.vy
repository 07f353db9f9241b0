# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Administration
@notice Who may change what: the owner (two-step) sets parameters and plugs; the guardian can only stop
        opening. Nobody here can touch a position or stop anyone from leaving.
"""
from snekmate.auth import ownable
from ..interfaces import IOracle
from ..interfaces import IRiskEngine
from ..interfaces import ILiquidationPlanner
from ..interfaces import ILiquidationPolicy

uses: ownable

event OracleSet:
    oracle: indexed(address)

event RiskEngineSet:
    risk_engine: indexed(address)

event LiquidationPolicySet:
    liquidation_policy: indexed(address)

event GuardianSet:
    guardian: indexed(address)

event OpeningPaused:
    by: indexed(address)

event OpeningResumed:
    by: indexed(address)

planner: public(immutable(ILiquidationPlanner))
oracle: public(IOracle)
risk_engine: public(IRiskEngine)
liquidation_policy: public(ILiquidationPolicy)
guardian: public(address)
opening_paused: public(bool)


@deploy
def __init__(oracle: address, risk_engine: address, liquidation_policy: address, planner_: address):
    self.check_code(planner_)
    planner = ILiquidationPlanner(planner_)
    self._plug_oracle(oracle)
    self._plug_risk_engine(risk_engine)
    self._plug_liquidation_policy(liquidation_policy)


@internal
@view
def check_code(plug: address):
    assert plug.is_contract, "market: not a contract"


@internal
def _plug_oracle(oracle: address):
    self.check_code(oracle)
    self.oracle = IOracle(oracle)
    log OracleSet(oracle=oracle)


@internal
def _plug_risk_engine(risk_engine: address):
    self.check_code(risk_engine)
    self.risk_engine = IRiskEngine(risk_engine)
    log RiskEngineSet(risk_engine=risk_engine)


@internal
def _plug_liquidation_policy(liquidation_policy: address):
    self.check_code(liquidation_policy)
    self.liquidation_policy = ILiquidationPolicy(liquidation_policy)
    log LiquidationPolicySet(liquidation_policy=liquidation_policy)


@external
def set_oracle(oracle: address):
    """
    @notice Plugs another oracle. Owner only.
    @param oracle An `IOracle`.
    """
    ownable._check_owner()
    self._plug_oracle(oracle)


@external
def set_risk_engine(risk_engine: address):
    """
    @notice Plugs another risk engine. Owner only.
    @param risk_engine An `IRiskEngine`.
    """
    ownable._check_owner()
    self._plug_risk_engine(risk_engine)


@external
def set_liquidation_policy(liquidation_policy: address):
    """
    @notice Plugs another liquidation policy. Owner only.
    @param liquidation_policy An `ILiquidationPolicy`.
    """
    ownable._check_owner()
    self._plug_liquidation_policy(liquidation_policy)


@external
def set_guardian(guardian: address):
    """
    @notice Names who may pause opening. Owner only.
    @param guardian The guardian; the zero address for none.
    """
    ownable._check_owner()
    self.guardian = guardian
    log GuardianSet(guardian=guardian)


@external
def pause_opening():
    """
    @notice Stops opening and enlarging. Guardian or owner. Leaving, top-ups and liquidations go on.
    """
    assert msg.sender == self.guardian or msg.sender == ownable.owner, "market: not guardian"
    self.opening_paused = True
    log OpeningPaused(by=msg.sender)


@external
def resume_opening():
    """
    @notice Lets positions be opened and enlarged again. Owner only.
    """
    ownable._check_owner()
    self.opening_paused = False
    log OpeningResumed(by=msg.sender)
