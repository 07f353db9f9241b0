"""Who gets what when a position is liquidated: planned here, executed by the ledger, foreseen by keepers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from isomargin.model import arithmetic
from isomargin.model.arithmetic import ceil_div, floor_div, to_tokens, to_tokens_up
from isomargin.model.holding import Holding
from isomargin.model.policies import LiquidationContext, Policy
from isomargin.model.risk import RiskTable
from isomargin.model.terms import Parameters, Rejected
from isomargin.units import WAD

__all__ = ["LiquidationOutcome", "plan_liquidation"]

_PENALTY_PERCENT_OF_EQUITY = 95


@dataclass(frozen=True, slots=True)
class LiquidationOutcome:
    """What one liquidation does.

    Attributes
    ----------
    quantity : int
        Closed, WAD base.
    full : bool
        Whether nothing is left.
    trade_cost, cost_removed : int
        At the oracle price, without a fee, WAD quote.
    settlement : int
        Token units from pool to vault; negative from vault to pool.
    penalty : int
        Token units out of the vault: the two shares together.
    keeper_share, insurance_share : int
        Of the penalty, token units.
    keeper_reserve : int
        Paid to the keeper besides, token units; 0 unless full.
    owner_share : int
        What is left for the owner, token units; 0 unless full.
    bad_debt : int
        What the vault could not pay, WAD quote.
    """

    quantity: int
    full: bool
    trade_cost: int
    cost_removed: int
    settlement: int
    penalty: int
    keeper_share: int
    insurance_share: int
    keeper_reserve: int
    owner_share: int
    bad_debt: int

    @property
    def reward(self) -> int:
        """All that the keeper gets, token units."""
        return self.keeper_share + self.keeper_reserve


def plan_liquidation(
    holding: Holding,
    *,
    price: int,
    index: int,
    risk: RiskTable,
    policy: Policy,
    parameters: Parameters,
    pool_cash: int,
    token_scale: int,
    multiplier: int = WAD,
) -> LiquidationOutcome:
    """Work out the liquidation of one position.

    Parameters
    ----------
    holding : Holding
        The position; `size` not 0.
    price, index : int
        Oracle price and the funding index accrued to this moment, WAD quote per base.
    risk, policy, parameters
        The market's terms.
    pool_cash : int
        The pool's token balance, which bounds what it can pay.
    token_scale : int
        WAD per token unit.
    multiplier : int
        Of maintenance at this moment, WAD.

    Raises
    ------
    Rejected
        ``market: position is sound``.
    """
    case = _Case(holding, price, index, risk, parameters, pool_cash, token_scale, multiplier)
    if case.equity >= case.maintenance:
        raise Rejected("market: position is sound")
    quantity = _quantity(case, policy)
    if quantity < abs(holding.size):
        partial = _partial(case, quantity)
        if partial is not None:
            return partial
    return _full(case)


@dataclass(frozen=True)
class _Case:
    """A liquidation that is asked for, with the figures that every step needs."""

    holding: Holding
    price: int
    index: int
    risk: RiskTable
    parameters: Parameters
    pool_cash: int
    token_scale: int
    multiplier: int

    @cached_property
    def funding(self) -> int:
        """What the position owes, WAD quote."""
        return self.holding.accrued_funding(self.index)

    @cached_property
    def equity(self) -> int:
        """Before the liquidation, WAD quote."""
        return self.holding.equity(self.price, self.index, self.token_scale)

    @cached_property
    def maintenance(self) -> int:
        """Before the liquidation, WAD quote."""
        return self.maintenance_of(self.holding.size)

    def maintenance_of(self, size: int) -> int:
        """For a signed size at this price, WAD quote."""
        return self.risk.maintenance(arithmetic.notional(size, self.price), self.multiplier)

    def rest_of(self, quantity: int) -> int:
        """The signed size that stays when `quantity` is closed."""
        return self.holding.size - _with_sign_of(self.holding.size, quantity)

    def penalty(self, trade_cost: int) -> int:
        """The fee on what is closed, at most 95% of equity; token units."""
        fee = ceil_div(abs(trade_cost) * self.risk.liquidation_fee_ratio, WAD)
        most = floor_div(self.equity * _PENALTY_PERCENT_OF_EQUITY, 100)
        return min(to_tokens_up(fee, self.token_scale), to_tokens(most, self.token_scale))

    def shares(self, penalty: int) -> tuple[int, int]:
        """The keeper's and the insurance fund's share of a penalty, token units."""
        keeper_share = floor_div(penalty * self.parameters.keeper_share, WAD)
        return keeper_share, penalty - keeper_share


def _quantity(case: _Case, policy: Policy) -> int:
    """How much to close, WAD base; the whole size where a part would not do."""
    size = abs(case.holding.size)
    if case.equity <= 0:
        return size
    asked = policy(
        LiquidationContext(
            size=size,
            price=case.price,
            notional=case.holding.notional(case.price),
            equity=case.equity,
            maintenance=case.maintenance,
            fee_ratio=case.risk.liquidation_fee_ratio,
        )
    )
    if asked == 0 or asked >= size:
        return size
    rest = arithmetic.notional(case.rest_of(asked), case.price)
    return size if rest < case.parameters.min_notional else asked


def _partial(case: _Case, quantity: int) -> LiquidationOutcome | None:
    """Close a part, or None when the rest would be no healthier or could not pay its penalty."""
    holding = case.holding
    trade_cost = arithmetic.trade_cost(-_with_sign_of(holding.size, quantity), case.price)
    removed = arithmetic.cost_removed(holding.cost, quantity, holding.size)
    owed = to_tokens(arithmetic.realised_pnl(trade_cost, removed) - case.funding, case.token_scale)
    settlement = min(owed, case.pool_cash)
    penalty = case.penalty(trade_cost)
    margin = holding.margin + settlement - penalty
    if margin < 0:
        return None
    rest = case.rest_of(quantity)
    pnl = arithmetic.unrealised_pnl(rest, holding.cost - removed, case.price)
    equity = arithmetic.equity(margin, case.token_scale, pnl, 0)
    maintenance = case.maintenance_of(rest)
    if equity * case.maintenance <= case.equity * maintenance:
        return None
    keeper_share, insurance_share = case.shares(penalty)
    return LiquidationOutcome(
        quantity=quantity,
        full=False,
        trade_cost=trade_cost,
        cost_removed=removed,
        settlement=settlement,
        penalty=penalty,
        keeper_share=keeper_share,
        insurance_share=insurance_share,
        keeper_reserve=0,
        owner_share=0,
        bad_debt=0,
    )


def _full(case: _Case) -> LiquidationOutcome:
    """Close everything; a loss beyond the margin is bad debt."""
    holding = case.holding
    trade_cost = -holding.value(case.price)
    owed = to_tokens(arithmetic.realised_pnl(trade_cost, holding.cost) - case.funding, case.token_scale)
    settlement = max(-holding.margin, min(owed, case.pool_cash))
    # A pool too poor to pay the profit out must not make the penalty unpayable.
    penalty = min(case.penalty(trade_cost), holding.margin + settlement) if case.equity > 0 else 0
    keeper_share, insurance_share = case.shares(penalty)
    return LiquidationOutcome(
        quantity=abs(holding.size),
        full=True,
        trade_cost=trade_cost,
        cost_removed=holding.cost,
        settlement=settlement,
        penalty=penalty,
        keeper_share=keeper_share,
        insurance_share=insurance_share,
        keeper_reserve=holding.keeper_reserve,
        owner_share=holding.margin + settlement - penalty,
        bad_debt=max(0, -case.equity),
    )


def _with_sign_of(size: int, quantity: int) -> int:
    return quantity if size > 0 else -quantity
