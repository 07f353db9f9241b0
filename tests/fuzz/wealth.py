"""What people have, read from the chain alone: the yardstick of the still world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from isomargin.chain import Block
from isomargin.protocol import System
from isomargin.units import WAD

__all__ = ["Standing", "pool_losses", "premium", "stand", "unpaid_costs"]


@dataclass(frozen=True)
class Standing:
    """How everybody stands, WAD quote.

    Attributes
    ----------
    wallets : dict
        Token balances, by account.
    fortunes : dict
        Balance, positive equities with their keeper reserves, what ended positions can claim, and what is put
        aside for trigger orders, by account.
    positions : dict
        Every position that was ever opened, by id, with its equity and maintenance margin.
    orders : dict
        Owners of the open trigger orders, by id.
    premium : Fraction
        What the skew has cost its makers and will give back to whoever narrows it.
    shares : int
        All shares of the pool.
    share_price : Fraction
        Pool assets for a share, as `redeem` pays, WAD quote.
    assets : int
        What belongs to liquidity providers, as the pool says, WAD quote.
    """

    wallets: dict[str, int]
    fortunes: dict[str, int]
    positions: dict[int, Any]
    orders: dict[int, str]
    premium: Fraction
    shares: int
    share_price: Fraction
    assets: int

    @property
    def total(self) -> int:
        """All fortunes together."""
        return sum(self.fortunes.values())

    def is_sound(self, position_id: int) -> bool:
        """Whether a position is open and not below maintenance."""
        view = self.positions[position_id]
        return view.is_open and view.equity >= view.maintenance_margin


def stand(
    system: System,
    accounts: Sequence[str],
    *,
    views: Sequence[Any] | None = None,
    balance: Callable[[str], int] | None = None,
    premium_due: Fraction | None = None,
    order_ids: Sequence[int] | None = None,
) -> Standing:
    """Read how everybody stands at the newest price.

    Parameters
    ----------
    views : sequence, optional
        What the lens shows of all positions, from somewhere quicker.
    balance : callable, optional
        What a token account holds, likewise.
    premium_due : Fraction, optional
        What `premium` says, likewise.
    order_ids : sequence of int, optional
        The orders that can be open, all ever placed if left out.
    """
    scale = system.terms.token_scale
    balance = balance or system.token_balance
    if views is None:
        views = system.positions(range(1, system.last_id() + 1))
    wallets = {account: balance(account) * scale for account in accounts}
    fortunes = dict(wallets)
    for view in views:
        held = balance(view.vault) * scale
        if view.is_open:
            held = max(view.equity, 0) + view.keeper_reserve * scale
        fortunes[view.owner] = fortunes.get(view.owner, 0) + held
    orders: dict[int, str] = {}
    for id in range(1, system.trigger_orders.call("last_id") + 1) if order_ids is None else order_ids:
        owner, *_, deposit, fee = system.trigger_orders.call("order", id)[:7]
        if deposit + fee:
            orders[id] = owner
            fortunes[owner] = fortunes.get(owner, 0) + (deposit + fee) * scale
    shares, assets = system.pool.call("totalSupply"), system.pool.call("totalAssets")
    return Standing(
        wallets=wallets,
        fortunes=fortunes,
        positions={view.id: view for view in views},
        orders=orders,
        premium=premium(system) if premium_due is None else premium_due,
        shares=shares,
        share_price=Fraction((assets + 1) * scale, shares + 10**6),
        assets=assets * scale,
    )


def premium(system: System) -> Fraction:
    """What widening the skew this far costs beyond the oracle price: price x skew^2 / (2 x skew_scale)."""
    skew = system.market.call("aggregates")[0]
    skew_scale = system.market.call("parameters")[4]
    return Fraction(system.price() * skew * skew, 2 * skew_scale * WAD)


def unpaid_costs(system: System, blocks: Sequence[Block]) -> int:
    """Price impact and fees that closing positions could not pay and were let off, WAD quote."""
    let_off = 0
    for block in blocks:
        for receipt in block.receipts:
            for event in system.market.events(receipt.logs):
                if event.name == "PositionClosed":
                    args = event.args
                    due = args["realised_pnl"] - args["funding"] - args["fee"]
                    let_off += max(0, args["settlement"] * system.terms.token_scale - due)
    return let_off


def pool_losses(system: System, blocks: Sequence[Block]) -> int:
    """Bad debt that the pool had to bear, WAD quote."""
    logs = [log for block in blocks for receipt in block.receipts for log in receipt.logs]
    return sum(event.args["pool_loss"] for event in system.market.events(logs) if event.name == "BadDebt")
