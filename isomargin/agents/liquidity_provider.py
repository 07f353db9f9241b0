"""A liquidity provider: fills the pool before the first trade, and may ask for its money back later."""

from __future__ import annotations

from dataclasses import dataclass, field

from isomargin.agents.actions import Action, DepositLiquidity, RequestWithdrawal, WithdrawLiquidity
from isomargin.agents.view import MarketView
from isomargin.units import WAD

__all__ = ["LiquidityProvider"]


@dataclass
class LiquidityProvider:
    """One liquidity provider.

    Attributes
    ----------
    name, account : str
    deposit : int
        Token units, put in at the first step.
    withdraws_at : int or None
        Step in which it asks for its shares back; never when None.
    withdraw_share : int
        How much of its shares, WAD.
    cooldown, withdrawal_window : int
        The pool's, seconds: how long it has to wait, and for how long it may take them then.
    """

    name: str
    account: str
    deposit: int
    withdraws_at: int | None = None
    withdraw_share: int = WAD
    cooldown: int = 0
    withdrawal_window: int = 86_400
    _has_deposited: bool = field(default=False, init=False, repr=False, compare=False)
    _requested_at: int | None = field(default=None, init=False, repr=False, compare=False)
    _shares_before: int = field(default=0, init=False, repr=False, compare=False)

    def act(self, view: MarketView) -> list[Action]:
        """What it proposes at this step; a refused withdrawal is tried again until its window ends."""
        if not self._has_deposited:
            self._has_deposited = True
            return [DepositLiquidity(self.deposit)]
        if self.withdraws_at is None or view.step < self.withdraws_at:
            return []
        shares = view.pool_shares.get(self.account, 0)
        if self._requested_at is None:
            self._requested_at = view.timestamp
            self._shares_before = shares
            wanted = shares * self.withdraw_share // WAD
            return [RequestWithdrawal(wanted)] if wanted else []
        # requests count from the block that mines them, a little after the view; hence strictly later
        opens = self._requested_at + self.cooldown
        wanted = self._shares_before * self.withdraw_share // WAD
        is_pending = wanted and shares == self._shares_before
        if is_pending and opens < view.timestamp <= opens + self.withdrawal_window:
            return [WithdrawLiquidity(wanted)]
        return []
