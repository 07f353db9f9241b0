"""The tables that describe who acts and what it costs: traders, keepers, gas, the chain and the checks."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from isomargin.agents import Behaviour, OrderHabits, PopulationTraits
from isomargin.protocol import ORDER_BATCH_LIMIT
from isomargin.scenario.values import (
    Amount,
    Fraction,
    Human,
    KeyProblem,
    Name,
    PositiveAmount,
    PositiveSeconds,
    Probability,
    Section,
    describe_wad,
    find_number,
    number_between,
    true_or_false,
    whole_between,
)
from isomargin.units import WAD, from_wad, to_wad

__all__ = [
    "ChainSection",
    "GasRow",
    "GasSection",
    "InvariantsSection",
    "KeeperSection",
    "LeverageRange",
    "NotionalRange",
    "OrdersSection",
    "TopUpSection",
    "TradersSection",
]

_GWEI = 10**9
_Gwei = Annotated[int, number_between("0", "1000000000", places=9)]


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

    count: Annotated[int, whole_between(1, 100_000)] = 50
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


class KeeperSection(Section):
    """One of `[[keepers]]`: a bot that liquidates, calls margins, executes orders or deleverages.

    Attributes
    ----------
    name : str
    kind : {"liquidation", "margin-call", "trigger-orders", "deleverage"}
    batch_size : int
        Positions a transaction, or calls or winners a block, at most 64; or orders a transaction, at most 32.
    min_profit : int
        Least reward above the gas cost that it acts for, WAD quote a batch; not for work without a reward.
    gas_bid : int
        What it pays, and counts with, as a multiple of the going gas price, WAD.
    latency : int
        Blocks between seeing a price and acting on it.
    """

    name: Name = "keeper"
    kind: Literal["liquidation", "margin-call", "trigger-orders", "deleverage"] = "liquidation"
    batch_size: Annotated[int, whole_between(1, 64)] = 20
    min_profit: Amount = 0
    gas_bid: Annotated[int, number_between("0", "1000", above=True)] = WAD
    latency: Annotated[int, whole_between(0, 10_000)] = 0

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.kind in ("margin-call", "deleverage") and self.min_profit:
            raise KeyProblem(f'belongs to kinds that earn rewards, found "{self.kind}"', "min_profit")
        if self.kind == "trigger-orders" and self.batch_size > ORDER_BATCH_LIMIT:
            raise KeyProblem(
                f"expected at most {ORDER_BATCH_LIMIT} orders a transaction, found {self.batch_size}",
                "batch_size",
            )
        return self


class GasRow(Section):
    """From `hour` after the first price on, gas costs `gwei`."""

    hour: Amount
    gwei: _Gwei


def _as_gas_rows(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected rows of hour and gwei, found {value!r}")
    rows = []
    for index, row in enumerate(value):
        if isinstance(row, list | tuple):
            if len(row) != 2:
                raise KeyProblem(f"expected hour and gwei, found {len(row)} cells", index)
            rows.append({"hour": row[0], "gwei": row[1]})
        else:
            rows.append(row)
    return rows


def _as_ether_price(value: Any) -> int | Literal["index"]:
    if value == "index":
        return "index"
    try:
        number = find_number(value)
    except ValueError:
        raise ValueError(f'expected a price or "index", found {value!r}') from None
    if not 0 < number < 10**12:
        raise ValueError(f'expected a price above zero or "index", found {value!r}')
    return to_wad(number)


def _ether_price_text(value: int | Literal["index"]) -> str:
    return value if value == "index" else from_wad(value)


class GasSection(Section):
    """`[gas]`: what a transaction costs.

    Attributes
    ----------
    price : int
        Flat, in gwei (WAD of gwei inside).
    schedule : tuple of GasRow
        Instead of it, rows `[hour, gwei]` counted from the first price; each holds until the next.
    ether_price : int or "index"
        WAD quote for one ether, to count gas in the collateral; `"index"` takes the market's own price.
    """

    price: _Gwei = to_wad(30)
    schedule: Annotated[tuple[GasRow, ...], BeforeValidator(_as_gas_rows)] = ()
    ether_price: Annotated[int | Literal["index"], Human(_as_ether_price, _ether_price_text)] = to_wad(2_000)

    @model_validator(mode="after")
    def _check_schedule(self) -> Self:
        if self.schedule and "price" in self.model_fields_set:
            raise KeyProblem("expected either price or schedule, found both", "schedule")
        for index, (earlier, later) in enumerate(pairwise(self.schedule), start=1):
            if later.hour <= earlier.hour:
                raise KeyProblem(
                    f"expected rising hours, found {describe_wad(later.hour)} after "
                    f"{describe_wad(earlier.hour)}",
                    "schedule",
                    index,
                )
        return self

    def gas_price(self, elapsed: int) -> int:
        """Wei for one gas, `elapsed` seconds after the first price; before the first row, the first row's."""
        gwei = self.schedule[0].gwei if self.schedule else self.price
        for row in self.schedule:
            if row.hour * 3_600 <= elapsed * WAD:
                gwei = row.gwei
        return gwei * _GWEI // WAD

    def cost(self, wei: int, index_price: int) -> int:
        """What `wei` come to in WAD quote, rounded up, while the market's price is `index_price` (WAD)."""
        ether_price = index_price if self.ether_price == "index" else self.ether_price
        return -(-wei * ether_price // WAD)


class ChainSection(Section):
    """`[chain]`: blocks; each price comes with `blocks_per_price` of them, `block_time` seconds apart."""

    block_time: PositiveSeconds = 12
    blocks_per_price: Annotated[int, whole_between(1, 10_000)] = 2


class InvariantsSection(Section):
    """`[invariants]`: the books are checked after every so many blocks, and by trying at the end."""

    every: Annotated[int, whole_between(1, 1_000_000)] = 1
    probe: Annotated[bool, true_or_false()] = False
