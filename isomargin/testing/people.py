"""The people of a test: each is an address that can act on the market, one transaction a block."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from isomargin.chain import Chain, Transaction
from isomargin.errors import InputError
from isomargin.testing.numbers import Human, human, human_tokens
from isomargin.testing.position import Position
from isomargin.testing.result import Result
from isomargin.units import to_units, to_wad

if TYPE_CHECKING:
    from isomargin.testing.market import Market

__all__ = ["Person"]


class Person(str):
    """An account with a name, ether and (where there is a market) tokens and approvals.

    It is its own address: ``contract.transact("f", sender=trader)``, ``event.args["owner"] == trader``.
    Amounts are whole tokens, sizes whole base, prices quote per base. What the market refuses raises
    `TransactionReverted`.
    """

    __slots__ = ("_market", "chain", "name")

    chain: Chain
    name: str
    _market: Market | None

    def __new__(cls, chain: Chain, name: str, market: Market | None = None) -> Person:
        """Name an account of the chain."""
        return cls.at(chain, chain.account(name), market, name)

    @classmethod
    def at(cls, chain: Chain, address: str, market: Market | None = None, name: str = "") -> Person:
        """Return whoever has an address; without a key it can read, but not act."""
        person = str.__new__(cls, address)
        person.chain, person.name, person._market = chain, name or address, market
        return person

    def __repr__(self) -> str:
        return f"<{self.name} {self}>"

    @property
    def address(self) -> str:
        """The address as plain text."""
        return str(self)

    @property
    def market(self) -> Market:
        """The market that it acts on.

        Raises
        ------
        InputError
            If the test has none.
        """
        if self._market is None:
            raise InputError(f"{self.name}: no market in this test; ask for the fixture market")
        return self._market

    # What it has

    @property
    def ether(self) -> Decimal:
        """Ether."""
        return human(self.chain.balance(self))

    @property
    def tokens(self) -> Decimal:
        """Tokens in its own account."""
        return human_tokens(self.market.system.token_balance(self), self.market.decimals)

    @property
    def shares(self) -> Decimal:
        """Whole shares of the pool."""
        return human_tokens(self._shares(), self.market.share_decimals)

    @property
    def worth(self) -> Decimal:
        """Tokens, equity above zero and reserves of its open positions, and the value of its shares."""
        market = self.market
        shares = int(market.system.pool.call("convertToAssets", self._shares()))
        own = [view for view in market.system.open_positions() if view.owner == self]
        held = human_tokens(shares + sum(view.keeper_reserve for view in own), market.decimals)
        return self.tokens + held + human(sum(max(view.equity, 0) for view in own))

    def _shares(self) -> int:
        return int(self.market.system.pool.call("balanceOf", self))

    # Trading

    def open(
        self, *, size: Human, margin: Human, price_limit: Human | None = None, owner: Person | None = None
    ) -> Position:
        """Open a position of a signed size, at any price unless there is a limit; perhaps for another."""
        market, base = self.market, self.market.wad(size)
        limit = market.price_limit(price_limit, is_buy=base > 0)
        asked = (base, market.units(margin), limit, market.deadline)
        result = market.send(market.system.open(self, *asked, owner))
        return Position(market, int(result["PositionOpened"]["id"]), owner or self, result)

    # Keeping

    def liquidate(self, *positions: Position | int) -> Result:
        """Liquidate one position, which must be below maintenance, or those of several that are."""
        system, ids = self.market.system, [_id_of(position) for position in positions]
        if len(ids) == 1:
            return self.market.send(system.liquidate(self, ids[0]))
        return self.market.send(system.liquidate_batch(self, ids))

    def call_margin(self, position: Position | int) -> Result:
        """Call a position that is below its call level."""
        return self.market.send(self.market.system.call_margin(self, _id_of(position)))

    def deleverage(self, position: Position | int, *, price_limit: Human | None = None) -> Result:
        """Close a winner while traders are owed too much."""
        market, number = self.market, _id_of(position)
        limit = market.price_limit(price_limit, is_buy=market.system.position(number).size < 0)
        return market.send(market.system.deleverage(self, number, limit))

    # Liquidity

    def deposit(self, amount: Human) -> Result:
        """Put tokens into the pool for shares."""
        return self.market.send(self.market.system.deposit(self, self.market.units(amount)))

    def request_withdrawal(self, shares: Human | None = None) -> Result:
        """Start the cooldown of shares; of all of them if no number is given."""
        return self.market.send(self.market.system.request_withdrawal(self, self._shares_of(shares)))

    def redeem(self, shares: Human | None = None) -> Result:
        """Give shares back for tokens; all of them if no number is given."""
        return self.market.send(self.market.system.redeem(self, self._shares_of(shares)))

    def _shares_of(self, shares: Human | None) -> int:
        return self._shares() if shares is None else to_units(shares, self.market.share_decimals)

    # Anything else

    def transfer(self, to: str, amount: Human) -> Result:
        """Send tokens."""
        token, units = self.market.system.token, self.market.units(amount)
        return self.market.send(token.transaction("transfer", to, units, sender=self))

    def send_ether(self, to: str, amount: Human, data: bytes = b"") -> Result:
        """Send ether, with call data perhaps; the result has events where the test has a market."""
        transaction = Transaction(self, to, data, to_wad(amount))
        if self._market is not None:
            return self._market.send(transaction)
        return Result(self.chain.send(transaction), ())


def _id_of(position: Position | int) -> int:
    return position.id if isinstance(position, Position) else position
