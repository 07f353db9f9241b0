"""The world of a run: a chain, a market on it, its people and those who watch; it is read and written to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from isomargin.agents import HeldPosition, LiquidityProvider, MarketView, Trader
from isomargin.book import Book
from isomargin.chain import Block, Chain, Transaction
from isomargin.invariants import Monitor
from isomargin.keepers import BookDue, Keeper, KeeperView
from isomargin.prices import PricePath
from isomargin.protocol import MarketState, ProtocolEvent, System
from isomargin.scenario import Scenario
from isomargin.simulation.beats import Beat
from isomargin.simulation.fates import Fate, entries_of, keeper_fates, reckoned_cost
from isomargin.simulation.faults import Faults
from isomargin.simulation.mempool import Mempool
from isomargin.simulation.orders import Actor, Order, order_for
from isomargin.simulation.standings import Standing, note_fates

__all__ = ["MinedBlock", "World"]


@dataclass(frozen=True, slots=True)
class MinedBlock:
    """A block, its orders, what the system's contracts logged, receipt by receipt, and keepers' fates.

    `gas_price` is what people went by afterwards, wei.
    """

    block: Block
    orders: tuple[Order, ...]
    events: tuple[tuple[ProtocolEvent, ...], ...]
    gas_price: int
    fates: tuple[Fate, ...] = ()


@dataclass
class World:
    """Everything that a run moves on.

    Attributes
    ----------
    book : Book
        The market rebuilt from events; people and keepers see nothing else of it.
    faults : Faults
        What goes wrong with blocks, prices and fees.
    mempool : Mempool
        What was sent and is in no block yet.
    prepared_block : int
        The last block before the first price of the run.
    quote_gas : callable, optional
        What gas costs, wei, where fees move by themselves; else it is what the scenario says.
    standings : dict of str to Standing
        What each keeper of the scenario has left for gas, and its setbacks, by account.
    people_luck, order_luck : numpy.random.Generator
        Streams of their own, so that one draw more in one leaves the other as it was.
    """

    scenario: Scenario
    path: PricePath
    system: System
    traders: list[Trader]
    providers: list[LiquidityProvider]
    keepers: list[Keeper]
    actors: dict[str, Actor]
    book: Book
    monitor: Monitor
    faults: Faults
    people_luck: np.random.Generator
    order_luck: np.random.Generator
    mempool: Mempool = field(default_factory=Mempool)
    prepared_block: int = 0
    quote_gas: Callable[[], int] | None = None
    standings: dict[str, Standing] = field(default_factory=dict)

    @property
    def chain(self) -> Chain:
        """The chain that everything lives on."""
        return self.system.chain

    def gas_price(self) -> int:
        """The going gas price at the newest block, wei."""
        if self.quote_gas is not None:
            return self.quote_gas()
        now = self.chain.timestamp
        return self.scenario.gas_price(now) * self.faults.gas_factor(now)

    # Reading

    def state(self) -> MarketState:
        """Read the market as the newest block left it."""
        return self.system.market_state()

    def view(self, step: int, state: MarketState, now: int) -> MarketView:
        """Show people the market as the newest block left it; `now` is the time of the block to come."""
        return MarketView(
            step=step,
            block=self.chain.block_number,
            timestamp=now,
            price=0 if state.price_reason else state.price,
            funding_index=state.funding_index,
            token_decimals=self.scenario.token.decimals,
            gas_price=self.gas_price(),
            positions={number: self._shown(number) for number in self.book.positions},
            pool_shares=self._pool_shares(),
            orders=self.book.orders,
        )

    def _shown(self, position_id: int) -> HeldPosition:
        position = self.book.positions[position_id]
        return HeldPosition(
            id=position_id,
            owner=position.owner,
            size=position.size,
            cost=position.cost,
            funding_index=position.funding_index,
            margin=self.book.margin(position_id),
            keeper_reserve=position.keeper_reserve,
        )

    def keeper_view(self, state: MarketState) -> KeeperView:
        """Show keepers what is due in the book; what each has on its way is its own to know."""
        return KeeperView(
            block=self.chain.block_number,
            gas_price=self.gas_price(),
            gas_cost=partial(self.scenario.gas.cost, index_price=state.price),
            due=BookDue(self.book, self.system.terms, state, self.chain.timestamp),
            price=state.price,
            elapsed=self.chain.timestamp - self.path.start,
        )

    def _pool_shares(self) -> dict[str, int]:
        leaving = [provider.account for provider in self.providers if provider.withdraws_at is not None]
        return {account: self.system.pool.call("balanceOf", account) for account in leaving}

    # Acting

    def propose(self, beat: Beat) -> list[Order]:
        """Let everybody say what they want of the next block.

        Returns
        -------
        list of Order
            What the oracle writes, which comes first; the rest waits in the mempool.
        """
        state, next_block = self.state(), self.chain.block_number + 1
        for latency, order in self.keeper_orders(state):
            self.mempool.add(order, next_block + latency)
        if beat.people_act:
            view = self.view(beat.step, state, beat.timestamp)
            for order in self.trader_orders(view) + self.provider_orders(view):
                self.mempool.add(order, next_block)
        return [] if beat.price is None else [self.price_order(beat.price), *self.observation_orders()]

    def trader_orders(self, view: MarketView) -> list[Order]:
        """Ask traders what they want at this price; whoever still waits for a block wants nothing more."""
        waiting = self.mempool.senders()
        return [
            order_for(self.system, self.actors[trader.account], action, view.gas_price)
            for trader in self.traders
            if trader.account not in waiting
            for action in trader.act(view, self.people_luck)
        ]

    def provider_orders(self, view: MarketView) -> list[Order]:
        """Ask liquidity providers what they want at this price; not those who still wait for a block."""
        waiting = self.mempool.senders()
        return [
            order_for(self.system, self.actors[provider.account], action, view.gas_price)
            for provider in self.providers
            if provider.account not in waiting
            for action in provider.act(view)
        ]

    def keeper_orders(self, state: MarketState) -> list[tuple[int, Order]]:
        """Ask keepers for their batches; each with the number of blocks that it is late."""
        view = self.keeper_view(state)
        for keeper in self.keepers:
            self._raise_waiting(keeper, view)
        return [
            (keeper.latency, order_for(self.system, self.actors[keeper.account], bid.action, bid.gas_price))
            for keeper in self.keepers
            for bid in keeper.act(self._with_own(view, keeper.account))
        ]

    def _raise_waiting(self, keeper: Keeper, view: KeeperView) -> None:
        """Let a keeper pay more for what full blocks had no room for."""
        for order in self.mempool.overdue(keeper.account, self.chain.block_number + 1):
            own = self._with_own(view, keeper.account)
            price = keeper.raised(own, entries_of(order), order.gas_price)
            if price != order.gas_price:
                self.mempool.reprice(order, price)

    def _with_own(self, view: KeeperView, account: str) -> KeeperView:
        """What a keeper knows besides: what it has sent itself and no block has taken, and how it stands."""
        standing, sent = self.standings.get(account, Standing()), self.mempool.orders_of(account)
        return replace(
            view,
            on_the_way=self.mempool.positions_of(account),
            orders_on_the_way=self.mempool.trigger_orders_of(account),
            funds=None if standing.funds is None else standing.funds - sum(map(reckoned_cost, sent)),
            setbacks=standing.setbacks,
        )

    def price_order(self, price: int) -> Order:
        """Write the round of the feed that carries a price, WAD."""
        return Order(self._pusher, "push", self.system.push_price(price))

    def observation_orders(self) -> list[Order]:
        """Let the risk engine observe the price just written, where volatility moves requirements."""
        if not self.system.terms.adjustment.volatility_reference:
            return []
        return [Order(self._pusher, "observe", self.system.observe(self._pusher.account))]

    @property
    def _pusher(self) -> Actor:
        return Actor("oracle", self.system.price_pusher, "oracle")

    # Writing

    def mine(self, orders: Sequence[Order], timestamp: int | None = None) -> MinedBlock:
        """Seal a block of orders in this sequence, and enter what it did into the book."""
        block = self.chain.mine([self._payable(order.transaction) for order in orders], timestamp=timestamp)
        return self.enter(block, orders)

    def enter(self, block: Block, orders: Sequence[Order]) -> MinedBlock:
        """Move on by a block that was sealed of these orders: book, and what keepers have left."""
        events = tuple(tuple(self.system.events(receipt.logs)) for receipt in block.receipts)
        self._follow_events(events)
        fates = keeper_fates(orders, block.receipts, events, self.book.positions)
        mined = MinedBlock(block, tuple(orders), events, self.gas_price(), tuple(fates))
        self._settle_keepers(mined)
        return mined

    def follow(self, mined: MinedBlock) -> None:
        """Move the book on by what a block logged."""
        self._follow_events(mined.events)

    def _follow_events(self, events: Sequence[Sequence[ProtocolEvent]]) -> None:
        for logged in events:
            for seen in logged:
                self.book.apply(seen.contract, seen.event.name, seen.event.args)

    def _settle_keepers(self, mined: MinedBlock) -> None:
        """Charge keepers for their gas, and remember whose transactions waited or came to nothing."""
        waiting = [
            account for account in self.standings if self.mempool.overdue(account, mined.block.number + 1)
        ]
        note_fates(self.standings, mined.fates, waiting, self._ether_of)

    def _ether_of(self, tokens: int) -> int:
        """What token units come to in wei at the newest price."""
        quote = tokens * self.system.terms.token_scale
        return self.scenario.gas.ether(quote, self.state().price)

    def _payable(self, transaction: Transaction) -> Transaction:
        """Let a transaction pay at least the next base fee, which full blocks move up from zero."""
        if transaction.gas_price is None:
            return transaction
        base_fee = self.chain.block(self.chain.block_number).base_fee
        highest = base_fee + max(1, base_fee // 8)  # EIP-1559: an eighth more at most
        return replace(transaction, gas_price=max(transaction.gas_price, highest))
