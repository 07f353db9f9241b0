"""A deployed system: its contracts, what it shows, and the transactions that change it.

Reading goes through the lens, in pages; writing only makes `Transaction`s, so that whoever holds the chain
decides which of them share a block, and in which order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from isomargin.chain import Chain, Contract, Log, Transaction
from isomargin.errors import InputError
from isomargin.model import OrderKind
from isomargin.protocol.event_reader import EventReader, ProtocolEvent
from isomargin.protocol.terms import SystemTerms
from isomargin.protocol.views import MarketState, PositionView
from isomargin.protocol.what_if import Action, Answer

__all__ = [
    "BATCH_LIMIT",
    "ORDER_BATCH_LIMIT",
    "PAGE_LIMIT",
    "SEQUENCER_DOWN",
    "SEQUENCER_UP",
    "ProtocolEvent",
    "System",
]

PAGE_LIMIT = 256
"""Positions that the lens reads in one call."""

BATCH_LIMIT = 64
"""Positions that one `liquidate_batch` takes."""

SEQUENCER_UP, SEQUENCER_DOWN = 0, 1
"""What a sequencer's uptime feed answers."""

ORDER_BATCH_LIMIT = 32
"""Orders that one `execute_batch` takes."""

_UNLIMITED = 2**256 - 1
_CONTRACTS = (
    "token",
    "feed",
    "sequencer_feed",
    "second_feed",
    "oracle",
    "risk_engine",
    "policy",
    "planner",
    "pool",
    "insurance_fund",
    "market",
    "lens",
    "what_if_lens",
    "margin_calls",
    "trigger_orders",
)
_OPTIONAL = ("sequencer_feed", "second_feed")  # where the terms want them


@dataclass(frozen=True)
class System:
    """Handles on all contracts of one market, and the accounts that run it.

    `sequencer_feed` and `second_feed` are None where the terms want none.
    """

    chain: Chain
    terms: SystemTerms
    admin: str
    price_pusher: str
    guardian: str
    token: Contract
    feed: Contract
    sequencer_feed: Contract | None
    second_feed: Contract | None
    oracle: Contract
    risk_engine: Contract
    policy: Contract
    planner: Contract
    pool: Contract
    insurance_fund: Contract
    market: Contract
    lens: Contract
    what_if_lens: Contract
    margin_calls: Contract
    trigger_orders: Contract
    _states: dict[bytes, MarketState] = field(default_factory=dict, init=False, repr=False)  # by block hash

    @property
    def contracts(self) -> dict[str, Contract]:
        """The contracts by the names that events and records use."""
        named = {name: getattr(self, name) for name in _CONTRACTS}
        return {name: contract for name, contract in named.items() if contract is not None}

    @staticmethod
    def contract_names() -> tuple[str, ...]:
        """The names of the contracts that every system has."""
        return tuple(name for name in _CONTRACTS if name not in _OPTIONAL)

    # Reading

    def position(self, position_id: int) -> PositionView:
        """Read one position at the newest price."""
        return PositionView.from_lens(self.lens.call("position", position_id))

    def positions(self, ids: Sequence[int]) -> list[PositionView]:
        """Read many positions at the newest price, in the order of `ids`."""
        wanted = [list(ids[start : start + PAGE_LIMIT]) for start in range(0, len(ids), PAGE_LIMIT)]
        pages = self.chain.read([self.lens.view("positions", page) for page in wanted])
        return [PositionView.from_lens(fields) for page in pages for fields in page]

    def open_positions(self) -> list[PositionView]:
        """Read every position that is open, oldest first."""
        return [view for view in self.positions(range(1, self.last_id() + 1)) if view.is_open]

    def liquidatable(self) -> list[int]:
        """Ask the lens, page by page, which open positions are below maintenance at the newest price."""
        return self._found(self.lens, "liquidatable", self.last_id())

    def market_state(self) -> MarketState:
        """Read everything about the market that is not a position; read once a block, then remembered."""
        head = self.chain.block_hash(self.chain.block_number)
        if head not in self._states:
            self._states.clear()
            self._states[head] = MarketState(*self.lens.call("market_state"))
        return self._states[head]

    def what_if(
        self, position_id: int, action: Action, amount: int = 0, *, price: int = 0, elapsed: int = 0
    ) -> Answer:
        """Ask what an action on a position would come to.

        Parameters
        ----------
        amount : int
            Token units of margin, or WAD base of a change in size; not looked at for other actions.
        price : int
            WAD, taken for good; 0 for the newest, good or bad.
        elapsed : int
            Seconds from the newest block, in which nobody acts.
        """
        asked = (position_id, int(action), amount, price, elapsed)
        return Answer.from_lens(self.what_if_lens.call("what_if", *asked))

    def what_if_opened(self, size: int, margin: int, *, price: int = 0, elapsed: int = 0) -> Answer:
        """Ask what opening a position would come to; `size` is WAD base, signed, `margin` token units."""
        return Answer.from_lens(self.what_if_lens.call("what_if_opened", size, margin, price, elapsed))

    def last_id(self) -> int:
        """Read the id of the newest position; 0 before the first."""
        return int(self.market.call("last_id"))

    def token_balance(self, account: str) -> int:
        """Read the collateral of an account, token units."""
        return int(self.token.call("balanceOf", account))

    def price(self) -> int:
        """Read the price that the market would act on, WAD.

        Raises
        ------
        TransactionReverted
            With the oracle's reason while there is no good price.
        """
        return int(self.oracle.call("price"))

    def events(self, logs: Iterable[Log]) -> list[ProtocolEvent]:
        """Decode the logs that the system's contracts wrote, in their order; others are left out."""
        return self._events.read(logs)

    @cached_property
    def _events(self) -> EventReader:
        return EventReader(self.contracts)

    # Prices and money

    def push_price(self, price: int) -> Transaction:
        """Write a new round of the feed; WAD. A block takes one at most."""
        return self._write(self.feed, "push", price, sender=self.price_pusher)

    def push_second_price(self, price: int) -> Transaction:
        """Write a new round of the second source, rounded down to its decimals; WAD."""
        feed, source = self.second_feed, self.terms.second_source
        if feed is None or source is None:
            raise InputError("push_second_price: the terms have no second source")
        return self._write(feed, "push", price // 10 ** (18 - source.decimals), sender=self.price_pusher)

    def push_sequencer(self, is_up: bool) -> Transaction:
        """Let the uptime feed say that the sequencer is up, or down, from the block's time on."""
        if self.sequencer_feed is None:
            raise InputError("push_sequencer: the terms have no sequencer")
        answer = SEQUENCER_UP if is_up else SEQUENCER_DOWN
        return self._write(self.sequencer_feed, "push", answer, sender=self.price_pusher)

    def watch(self, caller: str) -> Transaction:
        """Let the oracle look for outages and remember them; anyone may."""
        return self._write(self.oracle, "watch", sender=caller)

    def pause(self) -> Transaction:
        """Pause the oracle: its price serves for leaving only. By the guardian."""
        return self._write(self.oracle, "pause", sender=self.guardian)

    def resume(self) -> Transaction:
        """End the pause of the oracle, into a grace if there is one. By the owner."""
        return self._write(self.oracle, "resume", sender=self.admin)

    def observe(self, caller: str) -> Transaction:
        """Let the risk engine take the oracle's price into its measure of volatility; anyone may."""
        return self._write(self.risk_engine, "observe", sender=caller)

    def set_system_multiplier(self, multiplier: int) -> Transaction:
        """Multiply all margin requirements; WAD."""
        return self._write(self.risk_engine, "set_system_multiplier", multiplier, sender=self.admin)

    def mint(self, receiver: str, amount: int) -> Transaction:
        """Give an account collateral out of nowhere; token units."""
        return self._write(self.token, "mint", receiver, amount, sender=self.admin)

    def approve(self, owner: str, spender: Contract) -> Transaction:
        """Let the market or the pool take an account's collateral, without limit."""
        return self._write(self.token, "approve", spender.address, _UNLIMITED, sender=owner)

    def fund(self, account: str, amount: int) -> list[Transaction]:
        """Make an account ready to trade and to provide liquidity: tokens and both approvals."""
        approvals = [self.approve(account, self.market), self.approve(account, self.pool)]
        return [self.mint(account, amount), *approvals]

    # The life of a position: sizes and quantities WAD base, prices WAD, amounts token units

    def open(
        self,
        trader: str,
        size: int,
        margin: int,
        price_limit: int,
        deadline: int,
        owner: str | None = None,
    ) -> Transaction:
        """Open a position; `size` is signed. The trader pays; it is the owner's, if one is named."""
        args = (
            (size, margin, price_limit, deadline)
            if owner is None
            else (size, margin, price_limit, deadline, owner)
        )
        return self._write(self.market, "open", *args, sender=trader)

    def increase(
        self, trader: str, position_id: int, quantity: int, price_limit: int, deadline: int
    ) -> Transaction:
        """Enlarge a position."""
        return self._write(
            self.market, "increase", position_id, quantity, price_limit, deadline, sender=trader
        )

    def decrease(
        self, trader: str, position_id: int, quantity: int, price_limit: int, deadline: int
    ) -> Transaction:
        """Close a part of a position."""
        return self._write(
            self.market, "decrease", position_id, quantity, price_limit, deadline, sender=trader
        )

    def close(self, trader: str, position_id: int, price_limit: int, deadline: int) -> Transaction:
        """Close a position and take out what is due."""
        return self._write(self.market, "close", position_id, price_limit, deadline, sender=trader)

    def add_margin(self, payer: str, position_id: int, amount: int) -> Transaction:
        """Top up a position's vault; anyone may."""
        return self._write(self.market, "add_margin", position_id, amount, sender=payer)

    def withdraw_margin(self, trader: str, position_id: int, amount: int) -> Transaction:
        """Take margin out of a position's vault."""
        return self._write(self.market, "withdraw_margin", position_id, amount, sender=trader)

    def approve_manager(self, trader: str, position_id: int, manager: str) -> Transaction:
        """Let another account act for the owner of a position; the owner is paid."""
        return self._write(self.market, "approve", position_id, manager, sender=trader)

    def deleverage(self, caller: str, position_id: int, price_limit: int) -> Transaction:
        """Close a winner at the oracle price while traders are owed too much."""
        return self._write(self.market, "deleverage", position_id, price_limit, sender=caller)

    def claim(self, trader: str, position_id: int, receiver: str) -> Transaction:
        """Take out what the token refused to pay when the position ended."""
        return self._write(self.market, "claim", position_id, receiver, sender=trader)

    def liquidate(self, keeper: str, position_id: int) -> Transaction:
        """Liquidate one position; reverts if it is sound."""
        return self._write(self.market, "liquidate", position_id, sender=keeper)

    def liquidate_batch(self, keeper: str, ids: Sequence[int]) -> Transaction:
        """Liquidate what is below maintenance of at most `BATCH_LIMIT` positions."""
        gas = 100_000 + 250_000 * len(ids)
        return self.market.transaction("liquidate_batch", list(ids), sender=keeper, gas=gas)

    def call_margin(self, keeper: str, position_id: int) -> Transaction:
        """Call a position below its call level, or note that a called one is healthy again."""
        return self._write(self.margin_calls, "call_margin", position_id, sender=keeper)

    # Trigger orders: for an owner who has approved `trigger_orders` as manager, or pays in advance

    def place_reduce(
        self,
        trader: str,
        position_id: int,
        kind: OrderKind,
        quantity: int,
        trigger_price: int,
        price_limit: int,
        deadline: int,
        fee: int,
    ) -> Transaction:
        """Place a stop-loss or a take-profit; a quantity of 0 closes the position."""
        args = (position_id, kind, quantity, trigger_price, price_limit, deadline, fee)
        return self._write(self.trigger_orders, "place_reduce", *args, sender=trader)

    def place_limit(
        self,
        trader: str,
        size: int,
        margin: int,
        trigger_price: int,
        price_limit: int,
        deadline: int,
        fee: int,
    ) -> Transaction:
        """Place an order to open a position once the price is there; `size` is signed."""
        args = (size, margin, trigger_price, price_limit, deadline, fee)
        return self._write(self.trigger_orders, "place_limit", *args, sender=trader)

    def cancel_order(self, trader: str, order_id: int) -> Transaction:
        """Take an order back, with all that was put aside for it."""
        return self._write(self.trigger_orders, "cancel", order_id, sender=trader)

    def execute_order(self, keeper: str, order_id: int) -> Transaction:
        """Execute or end an order; reverts while it has to wait."""
        return self._write(self.trigger_orders, "execute", order_id, sender=keeper)

    def execute_orders(self, keeper: str, ids: Sequence[int]) -> Transaction:
        """Execute or end what is due of at most `ORDER_BATCH_LIMIT` orders."""
        gas = _GAS["execute"] + 500_000 * len(ids)
        return self.trigger_orders.transaction("execute_batch", list(ids), sender=keeper, gas=gas)

    def executable_orders(self) -> list[int]:
        """Ask the contract, page by page, which orders can be executed or ended at the newest price."""
        return self._found(self.trigger_orders, "executable", int(self.trigger_orders.call("last_id")))

    # Liquidity

    def deposit(self, provider: str, amount: int) -> Transaction:
        """Put tokens into the pool for shares."""
        return self._write(self.pool, "deposit", amount, provider, sender=provider)

    def request_withdrawal(self, provider: str, shares: int) -> Transaction:
        """Start the cooldown of shares."""
        return self._write(self.pool, "request_withdrawal", shares, sender=provider)

    def redeem(self, provider: str, shares: int) -> Transaction:
        """Give shares back for tokens."""
        return self._write(self.pool, "redeem", shares, provider, provider, sender=provider)

    def _found(self, contract: Contract, function: str, last_id: int) -> list[int]:
        """The ids that a view finds in all its pages, from 1 to the last id."""
        starts = range(1, last_id + 1, PAGE_LIMIT)
        pages = self.chain.read([contract.view(function, start, PAGE_LIMIT) for start in starts])
        return [found for page in pages for found in page]

    def _write(self, contract: Contract, function: str, *args: Any, sender: str) -> Transaction:
        return contract.transaction(function, *args, sender=sender, gas=_GAS.get(function, 300_000))


_GAS = {
    "mint": 100_000,
    "approve": 80_000,
    "open": 600_000,
    "increase": 450_000,
    "decrease": 450_000,
    "close": 450_000,
    "deleverage": 450_000,
    "liquidate": 600_000,
    "place_reduce": 400_000,
    "place_limit": 400_000,
    "execute": 1_300_000,  # a million must be left where it begins
}
