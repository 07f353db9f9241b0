"""The tables of a run, one frozen dataclass a table: the only place where a column is defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from types import MappingProxyType
from typing import Annotated, Literal

import pyarrow as pa

from isomargin.record.columns import columns_of, flag, integer, text, token, wad, wei
from isomargin.units import WAD

__all__ = [
    "TABLES",
    "BlockRow",
    "CheckRow",
    "EventRow",
    "ExpectationRow",
    "KeeperRow",
    "LiquidationPriceRow",
    "MarginRatioRow",
    "Moment",
    "Outcome",
    "PositionRow",
    "Role",
    "Row",
    "Side",
    "StepRow",
    "TransactionRow",
    "arrow_schema",
    "describe_tables",
]

Role = Literal["oracle", "trader", "lp", "keeper", "admin", "person"]
Side = Literal["long", "short"]
Outcome = Literal["open", "closed", "liquidated", "deleveraged"]
Moment = Literal["most open", "end"]


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One block and how the system stood after its last transaction."""

    block: Annotated[int, integer("", "number of the block")]
    timestamp: Annotated[int, integer("s", "Unix time of the block")]
    price: Annotated[int, wad("quote per base", "oracle price")]
    gas_price: Annotated[int, integer("wei", "gas price of the block")]
    long_open_interest: Annotated[int, wad("base", "sum of the sizes of all longs")]
    short_open_interest: Annotated[int, wad("base", "sum of the sizes of all shorts, not negative")]
    skew: Annotated[int, wad("base", "long less short open interest")]
    funding_index: Annotated[int, wad("quote per base", "cumulative funding paid per unit of base held long")]
    open_positions: Annotated[int, integer("", "positions open")]
    liquidatable: Annotated[int, integer("", "positions with equity below maintenance margin")]
    trader_equity: Annotated[int, wad("quote", "sum of the equities above zero, rounded once")]
    margin: Annotated[int, token("sum of the margins of all open positions, keeper reserves excluded")]
    pool_cash: Annotated[int, token("token balance of the liquidity pool")]
    pool_assets: Annotated[int, token("total assets of the liquidity pool: cash less what traders are owed")]
    insurance_fund: Annotated[int, token("token balance of the insurance fund")]
    bad_debt: Annotated[int, wad("quote", "losses that no margin paid, since the start")]
    liquidations: Annotated[int, integer("", "liquidations in this block, partial ones included")]
    liquidated_notional: Annotated[int, wad("quote", "notional closed by liquidations in this block")]
    hash: Annotated[str, text("hex", "hash of the block")]
    state_root: Annotated[str, text("hex", "state root after the block")]
    volatility: Annotated[int, wad("", "standard deviation of a day's return as measured on chain")] = 0
    volatility_multiplier: Annotated[int, wad("", "what volatility asks margins to be multiplied by")] = WAD
    system_multiplier: Annotated[int, wad("", "what the risk admin asks margins to be multiplied by")] = WAD
    opening_multiplier: Annotated[int, wad("", "what initial margin is multiplied by")] = WAD
    maintenance_multiplier: Annotated[int, wad("", "what maintenance margin is multiplied by")] = WAD


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """One transaction of a block, those that reverted included."""

    block: Annotated[int, integer("", "number of the block")]
    index: Annotated[int, integer("", "place in the block, from 0")]
    hash: Annotated[str, text("hex", "hash of the transaction")]
    sender: Annotated[str, text("address", "who signed it")]
    actor: Annotated[str, text("", "name of the sender in the scenario")]
    role: Annotated[Role, text("", "what the sender is to the market")]
    action: Annotated[str, text("", "what it asked for, for example open or liquidate_batch")]
    position: Annotated[int | None, integer("", "id of the position it is about, if it is about one")]
    gas_used: Annotated[
        int | None, integer("gas", "gas it was charged for; none where the engine does not count")
    ]
    gas_price: Annotated[int, integer("wei", "price paid per unit of gas")]
    success: Annotated[bool, flag("false if it reverted")]
    reason: Annotated[str, text("", "why it reverted; empty when it did not, or gave no reason")]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One decoded event."""

    block: Annotated[int, integer("", "number of the block")]
    transaction_index: Annotated[int, integer("", "place of its transaction in the block")]
    log_index: Annotated[int, integer("", "place of the event in the block")]
    contract: Annotated[str, text("", "name of the contract that logged it")]
    event: Annotated[str, text("", "name of the event")]
    arguments: Annotated[str, text("JSON", "arguments by name; integers as strings: no digit is lost")]


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One position, from its opening to the end of the run."""

    id: Annotated[int, integer("", "id of the position")]
    owner: Annotated[str, text("address", "who owns it")]
    actor: Annotated[str, text("", "name of the owner in the scenario")]
    side: Annotated[Side, text("", "long gains when the price rises")]
    opened_block: Annotated[int, integer("", "block of its opening")]
    opened_at: Annotated[int, integer("s", "Unix time of its opening")]
    entry_price: Annotated[int, wad("quote per base", "price filled at the opening")]
    size: Annotated[int, wad("base", "signed size at the opening, above zero for a long")]
    notional: Annotated[int, wad("quote", "notional at the opening")]
    leverage: Annotated[str, text("", "notional by margin at the opening, as decimal text")]
    margin: Annotated[int, token("margin at the opening, after the fee")]
    liquidation_price_at_open: Annotated[
        int, wad("quote per base", "liquidation price at the opening; 0: none")
    ]
    closed_block: Annotated[int | None, integer("", "block in which it ended")]
    closed_at: Annotated[int | None, integer("s", "Unix time at which it ended")]
    exit_price: Annotated[int | None, wad("quote per base", "price filled at its end")]
    outcome: Annotated[
        Outcome,
        text("", "open at the end of the run, closed by its owner, liquidated in full, or deleveraged"),
    ]
    bankrupt: Annotated[bool, flag("its loss was larger than its margin")]
    partial_liquidations: Annotated[int, integer("", "liquidations that left a part of it open")]
    penalty: Annotated[int, token("liquidation penalties it paid")]
    keeper_reward: Annotated[int, token("what keepers got for its liquidations, keeper reserve included")]
    bad_debt: Annotated[int, wad("quote", "loss that its margin did not pay")]
    payout: Annotated[int, token("what the owner got out of it")]
    fees: Annotated[int, wad("quote", "trading fees it paid")]
    funding: Annotated[int, wad("quote", "funding settled; above zero: it paid")]
    waited: Annotated[
        int | None,
        integer(
            "",
            "blocks from the first that left it below maintenance to its liquidation, the longest of several;"
            " none if it was never liquidated",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class KeeperRow:
    """What one keeper did in one block; blocks in which it did nothing have no row."""

    keeper: Annotated[str, text("", "name of the keeper in the scenario, or of an external bot")]
    block: Annotated[int, integer("", "number of the block")]
    transactions: Annotated[int, integer("", "transactions it had mined, failed ones included")]
    liquidations: Annotated[int, integer("", "liquidations that took effect")]
    failed: Annotated[int, integer("", "transactions that reverted")]
    rewards: Annotated[int, token("rewards received, keeper reserves and fees of orders included")]
    gas_used: Annotated[
        int | None, integer("gas", "gas it was charged for; none where the engine does not count")
    ]
    gas_cost_wei: Annotated[int, wei("what that gas cost, or would by the gas table")]
    gas_cost: Annotated[
        int, token("the same in the collateral token, at the price the scenario gives the coin")
    ]
    orders: Annotated[int, integer("", "trigger orders that it executed or ended")] = 0
    won: Annotated[
        int, integer("", "positions and orders it liquidated, executed, called or deleveraged, in all")
    ] = 0
    lost: Annotated[
        int,
        integer("", "positions and orders it asked for that were gone or sound by then"),
    ] = 0
    wasted_gas: Annotated[
        int | None,
        integer("gas", "gas of transactions that won nothing; none where no gas is counted"),
    ] = 0
    wasted_gas_cost: Annotated[int, token("what that gas cost, a part of gas_cost")] = 0


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One invariant checked after one block."""

    block: Annotated[int, integer("", "number of the block")]
    invariant: Annotated[str, text("", "its id, for example I5")]
    checked: Annotated[int, integer("", "cases looked at")]
    violations: Annotated[int, integer("", "cases in which it did not hold")]
    message: Annotated[str, text("", "the first violation in words; empty when there was none")]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the scenario's script, and what became of it."""

    step: Annotated[int, integer("", "its place among the steps, from 1")]
    label: Annotated[str, text("", "what the scenario calls it; empty without a name")]
    block: Annotated[int | None, integer("", "block that it is in; none if no block has it")]
    index: Annotated[int | None, integer("", "its place in the block, from 0")]
    by: Annotated[str, text("", "who took it")]
    action: Annotated[str, text("", "its action, as the scenario writes it")]
    success: Annotated[bool | None, flag("false if it was refused; none if it never came")]
    reason: Annotated[str, text("", "why it was refused, or what it waited for")]
    expected: Annotated[str, text("", "how it must end, in words")]


@dataclass(frozen=True, slots=True)
class ExpectationRow:
    """One expectation of the scenario, or the end that a step must have, and how it was found."""

    where: Annotated[str, text("", "when it was judged")]
    block: Annotated[int | None, integer("", "newest block by then; none if its time never came")]
    that: Annotated[str, text("", "what must hold")]
    left: Annotated[str, text("", "what was found left of the sign, in human numbers; or of a step")]
    right: Annotated[str, text("", "what was found right of it")]
    tolerance: Annotated[str, text("token units", "by how much it may be missed; a whole number")]
    holds: Annotated[bool, flag("whether it does")]
    because: Annotated[str, text("", "why it should, says the scenario")]


@dataclass(frozen=True, slots=True)
class MarginRatioRow:
    """How safe the open positions were after one block: quantiles of equity over maintenance margin.

    The quantile of q% of n positions is the ratio of the ceil(n q / 100)-th of them, the lowest first; ratios
    are rounded down and cut at a million. Blocks without an open position have no row.
    """

    block: Annotated[int, integer("", "number of the block")]
    positions: Annotated[int, integer("", "open positions that need any maintenance margin")]
    lowest: Annotated[int, wad("", "the lowest ratio; below 1 a position can be liquidated")]
    p5: Annotated[int, wad("", "ratio that 5% of the positions do not exceed")]
    p25: Annotated[int, wad("", "ratio that 25% of the positions do not exceed")]
    p50: Annotated[int, wad("", "ratio that half of the positions do not exceed")]
    p75: Annotated[int, wad("", "ratio that 75% of the positions do not exceed")]
    p95: Annotated[int, wad("", "ratio that 95% of the positions do not exceed")]


@dataclass(frozen=True, slots=True)
class LiquidationPriceRow:
    """An open position and its liquidation price, at two moments: when the most were open, and at the end."""

    moment: Annotated[
        Moment, text("", "after the first block with the most open positions, or after the last block")
    ]
    block: Annotated[int, integer("", "number of that block")]
    position: Annotated[int, integer("", "id of the position")]
    side: Annotated[Side, text("", "long gains when the price rises")]
    size: Annotated[int, wad("base", "signed size then, above zero for a long")]
    notional: Annotated[int, wad("quote", "notional at the oracle price of the block")]
    margin: Annotated[int, token("margin then, keeper reserve excluded")]
    equity: Annotated[int, wad("quote", "margin, unrealised profit and funding together")]
    liquidation_price: Annotated[
        int, wad("quote per base", "first price at which equity is below maintenance margin; 0: none")
    ]


Row = (
    BlockRow
    | TransactionRow
    | EventRow
    | PositionRow
    | KeeperRow
    | CheckRow
    | StepRow
    | ExpectationRow
    | MarginRatioRow
    | LiquidationPriceRow
)

TABLES: Mapping[str, type[Row]] = MappingProxyType(
    {
        "blocks": BlockRow,
        "transactions": TransactionRow,
        "events": EventRow,
        "positions": PositionRow,
        "keepers": KeeperRow,
        "checks": CheckRow,
        "steps": StepRow,
        "expectations": ExpectationRow,
        "margin_ratios": MarginRatioRow,
        "liquidation_prices": LiquidationPriceRow,
    }
)
"""Table name to row type, in the order in which they are written."""


def arrow_schema(table: str, token_decimals: int) -> pa.Schema:
    """The Arrow schema of a table; unit and meaning are each field's metadata.

    Parameters
    ----------
    table : str
        One of `TABLES`.
    token_decimals : int
        Digits behind the point of the collateral token, 0 to 18.
    """
    fields = []
    for column in columns_of(TABLES[table]):
        metadata = {"unit": column.unit, "meaning": column.meaning}
        kind = column.arrow_type(token_decimals)
        fields.append(pa.field(column.name, kind, nullable=column.nullable, metadata=metadata))
    return pa.schema(fields)


def describe_tables() -> str:
    """The reference part of ``docs/records.md``: every table and column, as Markdown."""
    labels = {
        "integer": "int64",
        "wei": "decimal128(38, 0)",
        "wad": "decimal128(38, 18)",
        "token": "decimal128(38, d)",
        "text": "string",
        "flag": "bool",
        "real": "double",
    }
    lines: list[str] = []
    for table, row_type in TABLES.items():
        lines += [f"## {table}", "", cleandoc(row_type.__doc__ or ""), ""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for column in columns_of(row_type):
            label = labels[column.kind] + (" or null" if column.nullable else "")
            choices = f" ({', '.join(column.choices)})" if column.choices else ""
            lines.append(f"| `{column.name}` | {label} | {column.unit} | {column.meaning}{choices} |")
        lines.append("")
    return "\n".join(lines)
