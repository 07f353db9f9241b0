"""A deployed market for tests: people by name, an oracle to push, transactions that do not fail silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from isomargin.chain import Chain, Event, Transaction
from isomargin.errors import TransactionReverted
from isomargin.protocol import MarketState, SystemTerms
from isomargin.protocol.system import System
from isomargin.testing.numbers import Human, human, human_tokens
from isomargin.testing.people import Person
from isomargin.testing.position import Position
from isomargin.testing.result import Result
from isomargin.units import to_units, to_wad

__all__ = ["Market", "Oracle"]

_FOREVER = 2**63  # a deadline that never passes
_ANY_BUY, _ANY_SALE = 2**255, 0  # price limits that bind nobody


class Market:
    """A system, spoken to in human numbers; every action is a block of its own, or see `send_all`.

    Parameters
    ----------
    system : System
        Deployed, wherever.

    Attributes
    ----------
    system : System
        Contracts and transactions, in integers.
    oracle : Oracle
    deadline : int
        Of every trade, unix seconds: it never passes.
    first_block : int
        From which on `events` reads.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.oracle = Oracle(self)
        self.deadline = _FOREVER
        self.first_block = system.chain.block_number + 1
        self._people: dict[str, Person] = {}

    # Parts

    @property
    def chain(self) -> Chain:
        """The chain that it lives on."""
        return self.system.chain

    @property
    def terms(self) -> SystemTerms:
        """What it was deployed with."""
        return self.system.terms

    @property
    def decimals(self) -> int:
        """Of the token."""
        return self.terms.token_decimals

    @property
    def share_decimals(self) -> int:
        """Of the pool's shares."""
        return int(self.system.pool.call("decimals"))

    @property
    def address(self) -> str:
        """Of the market contract itself; the others are in `system`."""
        return self.system.market.address

    def person(self, name: str, *, tokens: Human = 1_000_000) -> Person:
        """Make an account ready, by name: tokens, and approvals for market, pool and trigger orders.

        Whoever was asked for before, or has tokens already, is returned as it is.
        """
        person, system = Person(self.chain, name, self), self.system
        if person in self._people:
            return self._people[person]
        amount = self.units(tokens)
        if amount and not system.token_balance(person):
            approval = system.approve(person, system.trigger_orders)
            self.send_all([*system.fund(person, amount), approval])
        self._people[person] = person
        return person

    # Reading

    @property
    def price(self) -> Decimal:
        """Quote per base, as the market would act on it."""
        return human(self.system.price())

    @property
    def state(self) -> MarketState:
        """Everything that is not a position, in integers."""
        return self.system.market_state()

    @property
    def bad_debt(self) -> Decimal:
        """Quote that no margin paid, since the start."""
        return human(self.state.bad_debt)

    @property
    def pool_assets(self) -> Decimal:
        """Tokens of the pool, less what traders are owed."""
        return human_tokens(self.state.pool_assets, self.decimals)

    @property
    def insurance_fund(self) -> Decimal:
        """Tokens of the insurance fund."""
        return human_tokens(self.state.insurance_fund, self.decimals)

    def positions(self) -> list[Position]:
        """Return handles on all that are open, oldest first."""
        return [Position(self, view.id, self._owner(view.owner)) for view in self.system.open_positions()]

    def liquidatable(self) -> list[int]:
        """Return the ids of the positions that are below maintenance."""
        return self.system.liquidatable()

    def events(self, name: str | None = None) -> list[Event]:
        """Return what the contracts logged since the market was handed out, of one name perhaps."""
        logs = self.chain.logs(from_block=self.first_block)
        events = [item.event for item in self.system.events(logs)]
        return [event for event in events if name is None or event.name == name]

    # Acting

    def send(self, transaction: Transaction) -> Result:
        """Mine a transaction and decode what it logged.

        Raises
        ------
        TransactionReverted
            If it fails.
        """
        __tracebackhide__ = True
        return self.send_all([transaction])

    def send_all(self, transactions: Sequence[Transaction], *, after: int | None = None) -> Result:
        """Mine transactions in one block, in their order; the result has the receipt of the first.

        Parameters
        ----------
        after : int, optional
            Seconds from the newest block; default is the chain's own interval.

        Raises
        ------
        TransactionReverted
            If one fails; the block stands.
        """
        __tracebackhide__ = True
        timestamp = None if after is None else self.chain.timestamp + after
        receipts = self.chain.mine(transactions, timestamp=timestamp).receipts
        for receipt in receipts:
            if not receipt.success:
                raise TransactionReverted(receipt.revert_reason, receipt.revert_data)
        logs = [log for receipt in receipts for log in receipt.logs]
        return Result(receipts[0], tuple(item.event for item in self.system.events(logs)))

    def wait(self, seconds: int) -> None:
        """Let time pass, in one empty block."""
        self.chain.mine(timestamp=self.chain.timestamp + seconds)

    @contextmanager
    def isolated(self) -> Iterator[Market]:
        """Undo at the end whatever happens inside; for each example of a hypothesis test."""
        with self.chain.rehearsal():
            yield self

    # Numbers on their way in

    def wad(self, amount: Human) -> int:
        """A price, size or quote amount as the contracts hold it."""
        return to_wad(amount)

    def units(self, amount: Human) -> int:
        """Whole tokens as token units."""
        return to_units(amount, self.decimals)

    def price_limit(self, price: Human | None, *, is_buy: bool) -> int:
        """A price limit, WAD; without one, a limit that binds nobody."""
        if price is None:
            return _ANY_BUY if is_buy else _ANY_SALE
        return to_wad(price)

    def _owner(self, address: str) -> Person:
        """Somebody of whom only the address is known."""
        return self._people.get(address) or Person.at(self.chain, address, self)


class Oracle:
    """Who says the price. Obtained as `Market.oracle`."""

    def __init__(self, market: Market) -> None:
        self._market = market

    @property
    def price(self) -> Decimal:
        """The newest good price, quote per base."""
        return self._market.price

    def push(self, price: Human, *, after: int | None = None) -> Result:
        """Write a new round in a block of its own, `after` seconds from the newest block.

        A second source, where the terms want one, says the same in the same block.

        Raises
        ------
        TransactionReverted
            If the feed refuses. What the oracle thinks of the price, `reason` says.
        """
        __tracebackhide__ = True
        system, wad = self._market.system, to_wad(price)
        pushes = [system.push_price(wad)]
        if system.second_feed is not None:
            pushes.append(system.push_second_price(wad))
        return self._market.send_all(pushes, after=after)

    @property
    def reason(self) -> str:
        """Why there is no good price; empty while there is one."""
        return self._market.state.price_reason

    def pause(self) -> Result:
        """Pause the oracle, as its guardian."""
        return self._market.send(self._market.system.pause())

    def resume(self) -> Result:
        """End the pause, as its owner."""
        return self._market.send(self._market.system.resume())
