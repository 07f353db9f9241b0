"""How everybody stands, from the chain's storage words: thirty times quicker than through the lens.

Equities and requirements are then the model's arithmetic on the chain's figures; that the lens gives the same
is compared at the end of every example.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from isomargin.model import Holding
from isomargin.units import WAD
from tests.fuzz.arena import Arena
from tests.fuzz.wealth import Standing, stand
from tests.market.storage import balance_of, manager_of, position_state, running_sums

__all__ = ["QuickView", "quick_standing"]


class QuickView(NamedTuple):
    """What the still world asks of a position; equity and maintenance WAD quote, the reserve token units."""

    id: int
    owner: str
    manager: str
    vault: str
    size: int
    equity: int
    maintenance_margin: int
    keeper_reserve: int

    @property
    def is_open(self) -> bool:
        """Whether it has a size."""
        return self.size != 0


def quick_standing(arena: Arena) -> Standing:
    """Read how everybody stands while no funding accrues."""
    system = arena.system
    views = [_view(arena, id) for id in range(1, system.last_id() + 1)]

    def balance(account: str) -> int:
        return balance_of(system.token, account)

    long, short, *_ = running_sums(system.market)
    skew_scale = arena.terms.parameters.skew_scale  # which nobody changes in the still world
    premium_due = Fraction(arena.round.price * (long - short) ** 2, 2 * skew_scale * WAD)
    return stand(
        system,
        arena.accounts,
        views=views,
        balance=balance,
        premium_due=premium_due,
        order_ids=list(arena.orders.orders),
    )


def _view(arena: Arena, id: int) -> QuickView:
    system, price, scale = arena.system, arena.round.price, arena.terms.token_scale
    owner, size, cost, funding_index, reserve = position_state(system.market, id)
    vault = arena.on_chain(f"vault {id}")
    margin = balance_of(system.token, vault) - reserve
    holding = Holding(size, cost, funding_index, margin, reserve)
    equity = holding.equity(price, funding_index, scale)
    needed = arena.terms.risk.maintenance(holding.notional(price))
    people = arena.account_named(owner), arena.account_named(manager_of(system.market, id))
    return QuickView(id, *people, vault, size, equity, needed, reserve)
