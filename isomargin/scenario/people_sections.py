"""The tables that describe traders, the chain and the checks."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from isomargin.agents import Behaviour, OrderHabits, PopulationTraits
from isomargin.scenario.values import (
    Amount,
    Fraction,
    KeyProblem,
    PositiveAmount,
    PositiveSeconds,
    Probability,
    Section,
    describe_wad,
    number_between,
    true_or_false,
    whole_between,
)
from isomargin.units import to_wad

__all__ = [
    "ChainSection",
    "InvariantsSection",
    "LeverageRange",
    "NotionalRange",
    "OrdersSection",
    "TopUpSection",
    "TradersSection",
]


class _Range(Section):
    min: int
    max: int

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.max < self.min:
            raise KeyProblem(
                f"expected at least the min of {describe_wad(self.min)}, found {describe_wad(self.max)}",
                "max",
            )
        return self


class NotionalRange(_Range):
    """Bounds of what traders open, WAD quote."""

    min: PositiveAmount = to_wad(1_000)
    max: PositiveAmount = to_wad(250_000)


class LeverageRange(_Range):
    """Bounds of notional over margin, WAD."""

    min: Annotated[int, number_between("1", "1000")] = to_wad(2)
    max: Annotated[int, number_between("1", "1000", above=True)] = to_wad(50)


class TopUpSection(Section):
    """`[traders.top_up]`: who adds margin, once; shares of traders, and of the first margin; WAD."""

    share: Probability = 0.2
    below: Fraction = to_wad("0.5")
    amount: Annotated[int, number_between("0", "100", above=True)] = to_wad("0.5")


class OrdersSection(Section):
    """`[traders.orders]`: who leaves what to trigger orders, executed by keepers for a fee.

    Attributes
    ----------
    share : float
        Of traders.
    stop_loss, take_profit : int or None
        Distance from the entry price, as a share of it, WAD.
    entry : int or None
        Opens by a limit order so far on the better side of the price, WAD.
    fee : int
        For the executor of each order, WAD quote.
    slippage : int
        How much worse than its trigger a fill may be, WAD.
    lifetime : int
        Seconds that an order stays valid.
    """

    share: Probability = 0
    stop_loss: Annotated[int, number_between("0", "1", above=True)] | None = None
    take_profit: Annotated[int, number_between("0", "1", above=True)] | None = None
    entry: Annotated[int, number_between("0", "1", above=True)] | None = None
    fee: Amount = to_wad(5)
    slippage: Fraction = to_wad("0.05")
    lifetime: PositiveSeconds = 604_800

    @model_validator(mode="after")
    def _check_use(self) -> Self:
        if self.share and self.stop_loss is None and self.take_profit is None and self.entry is None:
            raise KeyProblem("expected a stop_loss, take_profit or entry as well, found none", "share")
        return self

    def habits(self) -> OrderHabits | None:
        """What a trader who uses orders does; None when nobody does."""
        if not self.share:
            return None
        return OrderHabits(
            stop_loss=self.stop_loss,
            take_profit=self.take_profit,
            entry=self.entry,
            fee=self.fee,
            slippage=self.slippage,
            lifetime=self.lifetime,
        )


class TradersSection(Section):
    """`[traders]`: a seeded crowd, each with one position.

    Attributes
    ----------
    count : int
    notional, leverage : NotionalRange, LeverageRange
        Both drawn log-uniformly; leverage is cut where the risk table and the costs of entry ask for more.
    long_share : float
        Probability of being long.
    open_over : int
        The openings are spread over so many prices from the first.
    close_probability : float
        At each price, for each open position.
    take_profit, stop_loss : int or None
        Shares of the first margin won or lost at which a trader closes, WAD; off by default.
    top_up : TopUpSection
    orders : OrdersSection
    slippage : int
        How much worse than the oracle price a fill may be, WAD.
    cushion : int
        Margin above what opening needs, as a share of it, WAD.
    deadline : int
        Seconds that a trade stays valid.
    """

    count: Annotated[int, whole_between(0, 100_000)] = 50
    notional: NotionalRange = NotionalRange()
    leverage: LeverageRange = LeverageRange()
    long_share: Probability = 0.6
    open_over: Annotated[int, whole_between(1, 1_000_000)] = 4
    close_probability: Probability = 0.002
    take_profit: PositiveAmount | None = None
    stop_loss: Annotated[int, number_between("0", "1", above=True)] | None = None
    top_up: TopUpSection = TopUpSection()
    orders: OrdersSection = OrdersSection()
    slippage: Fraction = to_wad("0.01")
    cushion: Fraction = to_wad("0.05")
    deadline: PositiveSeconds = 3_600

    def traits(self) -> PopulationTraits:
        """What `isomargin.agents.population` draws from."""
        return PopulationTraits(
            count=self.count,
            min_notional=self.notional.min,
            max_notional=self.notional.max,
            min_leverage=self.leverage.min,
            max_leverage=self.leverage.max,
            long_share=self.long_share,
            open_over=self.open_over,
            top_up_share=self.top_up.share,
            orders_share=self.orders.share,
            behaviour=Behaviour(
                close_probability=self.close_probability,
                take_profit=self.take_profit,
                stop_loss=self.stop_loss,
                top_up_below=self.top_up.below,
                top_up_amount=self.top_up.amount,
                slippage=self.slippage,
                deadline=self.deadline,
                orders=self.orders.habits(),
            ),
        )


class ChainSection(Section):
    """`[chain]`: blocks; each price comes with `blocks_per_price` of them, `block_time` seconds apart."""

    block_time: PositiveSeconds = 12
    blocks_per_price: Annotated[int, whole_between(1, 10_000)] = 2


class InvariantsSection(Section):
    """`[invariants]`: the books are checked after every so many blocks, and by trying at the end."""

    every: Annotated[int, whole_between(1, 1_000_000)] = 1
    probe: Annotated[bool, true_or_false()] = False
