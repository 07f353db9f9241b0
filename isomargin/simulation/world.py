"""Builds the world that a scenario describes: a chain, a market on it, its people, their money and its watchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from isomargin.agents import DepositLiquidity, HeldPosition, LiquidityProvider, MarketView, Trader
from isomargin.book import Book
from isomargin.chain import Block, Chain, Transaction
from isomargin.errors import ChainError
from isomargin.invariants import Monitor
from isomargin.keepers import KeeperView, LiquidationKeeper
from isomargin.model import LiquidationContext, LiquidationOutcome, Rejected, RiskTable, plan_liquidation
from isomargin.protocol import MarketState, System, deploy
from isomargin.prices import PricePath
from isomargin.scenario import Scenario
from isomargin.simulation.orders import Actor, Order, in_blocks, order_for
from isomargin.units import WAD

__all__ = ["World", "build_world"]

_PREPARATION = 86_400
"""Seconds between genesis and the first price: room to deploy and to fund everybody."""


@dataclass
class World:
    """Everything that a run moves on.

    Attributes
    ----------
    people_luck, order_luck : numpy.random.Generator
        Streams of their own, so that one decision more in one leaves the other as it was.
    """

    scenario: Scenario
    path: PricePath
    system: System
    risk: RiskTable
    traders: list[Trader]
    providers: list[LiquidityProvider]
    keepers: list[LiquidationKeeper]
    book: Book
    monitor: Monitor
    people_luck: np.random.Generator
    order_luck: np.random.Generator
    actors: dict[str, Actor] = field(default_factory=dict)
    pending: list[tuple[int, Order]] = field(default_factory=list)  # (block at which it lands, order)

    @property
    def chain(self) -> Chain:
        """The chain that everything lives on."""
        return self.system.chain

    def gas_price(self, timestamp: int) -> int:
        """The going gas price at a moment, wei."""
        return self.scenario.gas.gas_price(timestamp - self.path.start)

    # Reading

    def state(self) -> MarketState:
        """Read the market as the newest block left it."""
        return self.system.market_state()

    def view(self, step: int, state: MarketState) -> MarketView:
        """Show people the market as the newest block left it."""
        held = {
            position.id: HeldPosition(
                id=position.id,
                owner=position.owner,
                size=position.size,
                cost=position.cost,
                funding_index=position.funding_index,
                margin=self.book.margin(position.id),
                keeper_reserve=position.keeper_reserve,
            )
            for position in self.book.open.values()
        }
        return MarketView(
            step=step,
            block=self.chain.block_number,
            timestamp=self.chain.timestamp,
            price=0 if state.price_reason else state.price,
            funding_index=state.funding_index,
            token_decimals=self.scenario.token.decimals,
            gas_price=self.gas_price(self.chain.timestamp),
            positions=held,
            pool_shares=self._pool_shares(),
        )

    def keeper_view(self, state: MarketState) -> KeeperView:
        """Show keepers the book and what is due in it."""
        price = 0 if state.price_reason else state.price
        scale = self.system.terms.token_scale
        due = self.book.liquidatable(price, state.funding_index, self.risk, scale) if price else []
        return KeeperView(
            block=self.chain.block_number,
            price=price,
            gas_price=self.gas_price(self.chain.timestamp),
            gas_cost=partial(self.gas_cost, price=price),
            outcome=partial(self._outcome, state=state),
            token_scale=scale,
            candidates=tuple(due),
        )

    def gas_cost(self, wei: int, price: int) -> int:
        """What an amount of wei is worth while the market's price is `price`; WAD quote, rounded up."""
        return self.scenario.gas.cost(wei, price)

    def _outcome(self, position_id: int, state: MarketState) -> LiquidationOutcome:
        raise NotImplementedError

    def _pool_shares(self) -> dict[str, int]:
        leaving = [provider for provider in self.providers if provider.withdraws_at is not None]
        return {
            provider.account: self.system.pool.call("balanceOf", provider.account) for provider in leaving
        }

    # Writing

    def mine(self, orders: Sequence[Order], timestamp: int) -> Block:
        """Seal a block, and let the book and the monitor see it."""
        block = self.chain.mine([order.transaction for order in orders], timestamp=timestamp)
        self._see(block)
        return block

    def _see(self, block: Block) -> None:
        for receipt in block.receipts:
            for seen in self.system.events(receipt.logs):
                self.book.apply(seen.contract, seen.event.name, seen.event.args)
