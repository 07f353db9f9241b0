"""The whole market as the page of rules tells it: each action checks, accrues, trades, pays in its order."""

from __future__ import annotations

from isomargin.model.adjustment import NO_ADJUSTMENT, Adjustment
from isomargin.model.liquidating import Liquidating
from isomargin.model.margining import Margining
from isomargin.model.policies import Policy, target_health
from isomargin.model.risk import RiskTable
from isomargin.model.terms import Moment, Parameters, Rejected
from isomargin.model.trading import Trading

__all__ = ["MarketModel"]


class MarketModel(Trading, Margining, Liquidating):
    """One market: parameters and risk table as in `Ledger`, and what people can do.

    The actions are where a position's life meets them: `Trading` (open, increase, decrease, close),
    `Margining` (add and withdraw margin, approve, claim), `Liquidating` (liquidate, deleverage), and here
    what its admin does.

    Every action takes the caller's account first and the `Moment` last (only who else owns what the caller
    opens comes after), and either returns what it did or raises `Rejected` with the contract's reason and
    changes nothing. Sizes, quantities and price limits are WAD, amounts token units, deadlines unix seconds.
    Actions that ask neither price nor time do without the moment, and take it only to be called like the
    others.

    Parameters
    ----------
    policy : Policy
        How much a liquidation closes.
    admin, guardian : str
        Who sets parameters; who besides may pause opening.
    """

    def __init__(
        self,
        parameters: Parameters,
        risk: RiskTable,
        policy: Policy = target_health,
        *,
        token_decimals: int = 6,
        started_at: int = 0,
        token_fee_ratio: int = 0,
        adjustment: Adjustment = NO_ADJUSTMENT,
        admin: str = "admin",
        guardian: str = "guardian",
    ) -> None:
        super().__init__(
            parameters,
            risk,
            token_decimals=token_decimals,
            started_at=started_at,
            token_fee_ratio=token_fee_ratio,
            adjustment=adjustment,
        )
        self.policy = policy
        self.admin = admin
        self.guardian = guardian
        self.opening_paused = False

    def pause_opening(self, caller: str, at: Moment | None = None) -> None:
        """Stop opening and enlarging; guardian and admin may."""
        if caller not in (self.guardian, self.admin):
            raise Rejected("market: not guardian")
        self.opening_paused = True

    def resume_opening(self, caller: str, at: Moment | None = None) -> None:
        """Allow opening again; only the admin may."""
        self._check_admin(caller)
        self.opening_paused = False

    def set_parameters(self, caller: str, parameters: Parameters, at: Moment) -> None:
        """Replace the parameters; only the admin may. Funding accrues first: no change works backwards."""
        self._check_admin(caller)
        self._accrue(at.good_price(), at.now)
        self.parameters = parameters

    def set_system_multiplier(self, caller: str, multiplier: int, at: Moment) -> None:
        """Multiply all requirements, WAD; only the admin may. Maintenance rises in a ramp."""
        self._check_admin(caller)
        self.multipliers = self.multipliers.with_system_multiplier(multiplier, at.now)

    def _check_admin(self, caller: str) -> None:
        if caller != self.admin:
            raise Rejected("ownable: caller is not the owner")
