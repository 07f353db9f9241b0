"""A position as a test holds it: what it is now, in human numbers, and what its owner does with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from isomargin.chain import Contract
from isomargin.contracts import compile_contract
from isomargin.errors import InputError
from isomargin.model import Status
from isomargin.protocol import PositionView
from isomargin.testing.numbers import Human, human, human_tokens
from isomargin.testing.result import Result

if TYPE_CHECKING:
    from isomargin.testing.market import Market
    from isomargin.testing.people import Person

__all__ = ["Position"]


@dataclass(frozen=True)
class Position:
    """A handle; every reading is that of the newest block. Amounts are whole tokens, sizes whole base.

    Attributes
    ----------
    id : int
    owner : Person
        Who opened it; acts unless somebody else is named with `by`.
    opened : Result or None
        The transaction that opened it.
    """

    market: Market = field(repr=False)
    id: int
    owner: Person
    opened: Result | None = field(default=None, repr=False, compare=False)

    # What it is

    @property
    def view(self) -> PositionView:
        """Everything, in integers."""
        return self.market.system.position(self.id)

    @property
    def is_open(self) -> bool:
        """Whether it still has a size."""
        return self.view.is_open

    @property
    def status(self) -> Status | None:
        """How it stands; None once it has ended."""
        return self.view.status

    @property
    def is_liquidatable(self) -> bool:
        """Whether it is below maintenance."""
        return self.status in (Status.LIQUIDATABLE, Status.INSOLVENT)

    @property
    def size(self) -> Decimal:
        """Base, above zero for a long."""
        return human(self.view.size)

    @property
    def margin(self) -> Decimal:
        """Tokens in its vault, without the keeper reserve."""
        return human_tokens(self.view.margin, self.market.decimals)

    @property
    def equity(self) -> Decimal:
        """Quote: margin, profit or loss, funding."""
        return human(self.view.equity)

    @property
    def maintenance(self) -> Decimal:
        """Quote that equity may not fall below."""
        return human(self.view.maintenance_margin)

    @property
    def health(self) -> Decimal:
        """Equity over maintenance: liquidatable below 1.

        Raises
        ------
        InputError
            If it has ended.
        """
        view = self.view
        if not view.is_open:
            raise InputError(f"position {self.id} has ended; expected an open one to ask for its health")
        return Decimal(view.equity) / Decimal(view.maintenance_margin)

    @property
    def liquidation_price(self) -> Decimal:
        """Quote per base."""
        return human(self.view.liquidation_price)

    @property
    def vault(self) -> Contract:
        """The contract that holds its collateral, to be spoken to past the market."""
        return self.market.chain.at(self.view.vault, compile_contract("custody/PositionVault"))

    # What is done with it

    def close(self, *, price_limit: Human | None = None, by: Person | None = None) -> Result:
        """Close it and take out what is due."""
        view, actor = self.view, by or self.owner
        limit = self.market.price_limit(price_limit, is_buy=view.size < 0)
        return self.market.send(self.market.system.close(actor, self.id, limit, self.market.deadline))

    def increase(self, size: Human, *, price_limit: Human | None = None, by: Person | None = None) -> Result:
        """Enlarge it by a size above zero."""
        limit = self.market.price_limit(price_limit, is_buy=self.view.size > 0)
        terms = (self.id, self.market.wad(size), limit, self.market.deadline)
        return self.market.send(self.market.system.increase(by or self.owner, *terms))

    def decrease(self, size: Human, *, price_limit: Human | None = None, by: Person | None = None) -> Result:
        """Close a part of it."""
        limit = self.market.price_limit(price_limit, is_buy=self.view.size < 0)
        terms = (self.id, self.market.wad(size), limit, self.market.deadline)
        return self.market.send(self.market.system.decrease(by or self.owner, *terms))

    def add_margin(self, amount: Human, *, by: Person | None = None) -> Result:
        """Top it up; anybody may."""
        units = self.market.units(amount)
        return self.market.send(self.market.system.add_margin(by or self.owner, self.id, units))

    def withdraw_margin(self, amount: Human, *, by: Person | None = None) -> Result:
        """Take margin out of it."""
        units = self.market.units(amount)
        return self.market.send(self.market.system.withdraw_margin(by or self.owner, self.id, units))

    def claim(self, *, to: str | None = None, by: Person | None = None) -> Result:
        """Take out what the token refused to pay when it ended."""
        actor = by or self.owner
        return self.market.send(self.market.system.claim(actor, self.id, to or actor))

    def approve(self, manager: str, *, by: Person | None = None) -> Result:
        """Let another account act for its owner."""
        return self.market.send(self.market.system.approve_manager(by or self.owner, self.id, manager))
