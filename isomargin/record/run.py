"""A run as data: who ran what (`RunInfo`), what happened (tables), and the one-page answer (`Summary`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from isomargin.errors import InputError
from isomargin.record.columns import columns_of
from isomargin.record.ranking import KeeperRank, WaitResult, rank_keepers, total_gas, wait_of
from isomargin.record.rows import (
    TABLES,
    BlockRow,
    CheckRow,
    EventRow,
    ExpectationRow,
    KeeperRow,
    LiquidationPriceRow,
    MarginRatioRow,
    PositionRow,
    Row,
    StepRow,
    TransactionRow,
)
from isomargin.units import from_units, from_wad

__all__ = [
    "InvariantCounts",
    "KeeperResult",
    "LiquidationTotals",
    "PoolResult",
    "PositionCounts",
    "Recorder",
    "RunInfo",
    "RunRecord",
    "ScriptCounts",
    "Summary",
]

_TABLE_OF = {row_type: table for table, row_type in TABLES.items()}


@dataclass(frozen=True)
class RunInfo:
    """What is needed to understand a run and to repeat it. Nothing here depends on when or where it ran.

    Attributes
    ----------
    scenario, engine : str
        Name of the scenario; name of the EVM engine.
    seed : int
        The seed of all randomness.
    token_decimals : int
        Digits behind the point of the collateral token, 0 to 18.
    versions : mapping of str to str
        Of isomargin, vyper, py-evm, python.
    parameters : mapping
        The scenario's parameters, as a JSON object; amounts as text.
    command : str
        The command that repeats the run; empty when it was not started by one.
    complete : bool
        False when somebody ended the run before its last price.
    base_symbol, token_symbol : str
        For people: what is traded, and the collateral token.
    """

    scenario: str
    engine: str
    seed: int
    token_decimals: int
    versions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    complete: bool = True
    base_symbol: str = ""
    token_symbol: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.token_decimals <= 18:
            raise InputError(f"token_decimals: expected 0 to 18, found {self.token_decimals}")


@dataclass(frozen=True)
class PositionCounts:
    """opened = closed + liquidated + deleveraged + open_at_end; the bankrupt are among the liquidated."""

    opened: int
    closed: int
    liquidated: int
    bankrupt: int
    open_at_end: int
    deleveraged: int = 0


@dataclass(frozen=True)
class LiquidationTotals:
    """How many liquidations took effect, partial ones included, and the notional they closed (WAD quote)."""

    count: int
    notional: int


@dataclass(frozen=True)
class PoolResult:
    """The liquidity pool, in token units: deposits less withdrawals, assets at the end, the difference."""

    deposited: int
    assets_end: int
    pnl: int


@dataclass(frozen=True)
class KeeperResult:
    """All keepers together; rewards, gas_cost and profit in token units.

    `gas_used` is None where the engine counts no gas; `gas_cost` is then what the gas table reckons.
    """

    rewards: int
    gas_used: int | None
    gas_cost: int
    profit: int


@dataclass(frozen=True)
class InvariantCounts:
    """Cases checked, and those in which an invariant did not hold."""

    checked: int
    violations: int


@dataclass(frozen=True)
class ScriptCounts:
    """Expectations judged and failed; steps of the script, those refused, and those that never came."""

    judged: int = 0
    failed: int = 0
    steps: int = 0
    refused: int = 0
    missing: int = 0


@dataclass(frozen=True)
class Summary:
    """The answer of a run; `bad_debt` is WAD quote, `insurance_fund` token units, both at the end.

    `keepers` is the ranking, highest profit first; `missed` counts the positions below maintenance at the
    end, which nobody took, and `waited` says how long those that somebody took had to wait.
    """

    scenario: str
    engine: str
    seed: int
    blocks: int
    transactions: int
    positions: PositionCounts
    liquidations: LiquidationTotals
    bad_debt: int
    insurance_fund: int
    pool: PoolResult
    keeper: KeeperResult
    invariants: InvariantCounts
    state_root: str
    token_decimals: int
    keepers: tuple[KeeperRank, ...] = ()
    missed: int = 0
    waited: WaitResult = field(default_factory=lambda: WaitResult(None, None))
    script: ScriptCounts = field(default_factory=ScriptCounts)

    def as_object(self) -> dict[str, Any]:
        """The JSON object, always with the same keys in the same order; money as exact decimal text."""

        def tokens(amount: int) -> str:
            return from_units(amount, self.token_decimals)

        return {
            "scenario": self.scenario,
            "engine": self.engine,
            "seed": self.seed,
            "blocks": self.blocks,
            "transactions": self.transactions,
            "positions": {
                "opened": self.positions.opened,
                "closed": self.positions.closed,
                "liquidated": self.positions.liquidated,
                "bankrupt": self.positions.bankrupt,
                "deleveraged": self.positions.deleveraged,
                "open_at_end": self.positions.open_at_end,
            },
            "liquidations": {
                "count": self.liquidations.count,
                "notional": from_wad(self.liquidations.notional),
            },
            "bad_debt": from_wad(self.bad_debt),
            "insurance_fund": tokens(self.insurance_fund),
            "pool": {
                "deposited": tokens(self.pool.deposited),
                "assets_end": tokens(self.pool.assets_end),
                "pnl": tokens(self.pool.pnl),
            },
            "keeper": {
                "rewards": tokens(self.keeper.rewards),
                "gas_used": self.keeper.gas_used,
                "gas_cost": tokens(self.keeper.gas_cost),
                "profit": tokens(self.keeper.profit),
            },
            "keepers": [rank.as_object(self.token_decimals) for rank in self.keepers],
            "missed": self.missed,
            "waited": {"median": self.waited.median, "most": self.waited.most},
            "invariants": {
                "checked": self.invariants.checked,
                "violations": self.invariants.violations,
            },
            "expectations": {"judged": self.script.judged, "failed": self.script.failed},
            "steps": {
                "count": self.script.steps,
                "refused": self.script.refused,
                "missing": self.script.missing,
            },
            "state_root": self.state_root,
        }

    def as_json(self) -> str:
        """`as_object` as text, ending with a newline."""
        return json.dumps(self.as_object(), indent=2) + "\n"


@dataclass(frozen=True)
class RunRecord:
    """What a run leaves behind: its identity, its summary and its tables, all amounts exact integers."""

    run: RunInfo
    summary: Summary
    blocks: tuple[BlockRow, ...] = ()
    transactions: tuple[TransactionRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    positions: tuple[PositionRow, ...] = ()
    keepers: tuple[KeeperRow, ...] = ()
    checks: tuple[CheckRow, ...] = ()
    steps: tuple[StepRow, ...] = ()
    expectations: tuple[ExpectationRow, ...] = ()
    margin_ratios: tuple[MarginRatioRow, ...] = ()
    liquidation_prices: tuple[LiquidationPriceRow, ...] = ()

    def table(self, name: str) -> Sequence[Row]:
        """The rows of one of `TABLES`."""
        rows: Sequence[Row] = getattr(self, name)
        return rows


class Recorder:
    """Collects rows while a run goes on.

    >>> recorder = Recorder()
    >>> recorder.append(CheckRow(block=1, invariant="I5", checked=1, violations=0, message=""))
    >>> record = recorder.finish(RunInfo("quiet", "py-evm", seed=1, token_decimals=6), pool_deposited=0)
    >>> record.summary.invariants
    InvariantCounts(checked=1, violations=0)
    """

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = {table: [] for table in TABLES}
        self._transactions_left_out = 0

    def append(self, row: Row) -> None:
        """Add a row to its table.

        Raises
        ------
        InputError
            If a cell is of the wrong type or does not fit its column.
        """
        table = _TABLE_OF[type(row)]
        for column in columns_of(type(row)):
            column.check(getattr(row, column.name), table)
        self._rows[table].append(row)

    def extend(self, rows: Iterable[Row]) -> None:
        """Add several rows, each to its table."""
        for row in rows:
            self.append(row)

    def leave_out(self, transactions: int) -> None:
        """Count transactions in the summary whose rows nobody wants."""
        self._transactions_left_out += transactions

    def finish(self, run: RunInfo, *, pool_deposited: int) -> RunRecord:
        """Everything recorded so far, with its summary.

        Parameters
        ----------
        run : RunInfo
            What ran.
        pool_deposited : int
            Deposits less withdrawals of all liquidity providers, token units.
        """
        tables = {table: tuple(rows) for table, rows in self._rows.items()}
        transactions = len(tables["transactions"]) + self._transactions_left_out
        return RunRecord(run, _summarise(run, tables, pool_deposited, transactions), **tables)


def _summarise(
    run: RunInfo, tables: Mapping[str, tuple[Any, ...]], pool_deposited: int, transactions: int
) -> Summary:
    blocks: tuple[BlockRow, ...] = tables["blocks"]
    keepers: tuple[KeeperRow, ...] = tables["keepers"]
    checks: tuple[CheckRow, ...] = tables["checks"]
    end = blocks[-1] if blocks else None
    assets_end = end.pool_assets if end else pool_deposited
    rewards = sum(row.rewards for row in keepers)
    gas_cost = sum(row.gas_cost for row in keepers)
    return Summary(
        scenario=run.scenario,
        engine=run.engine,
        seed=run.seed,
        blocks=len(blocks),
        transactions=transactions,
        positions=_count_positions(tables["positions"]),
        liquidations=LiquidationTotals(
            count=sum(row.liquidations for row in blocks),
            notional=sum(row.liquidated_notional for row in blocks),
        ),
        bad_debt=end.bad_debt if end else 0,
        insurance_fund=end.insurance_fund if end else 0,
        pool=PoolResult(pool_deposited, assets_end, assets_end - pool_deposited),
        keeper=KeeperResult(
            rewards, total_gas(row.gas_used for row in keepers), gas_cost, rewards - gas_cost
        ),
        invariants=InvariantCounts(
            checked=sum(row.checked for row in checks), violations=sum(row.violations for row in checks)
        ),
        state_root=end.state_root if end else "",
        token_decimals=run.token_decimals,
        keepers=rank_keepers(keepers, _keepers_of(run)),
        missed=end.liquidatable if end else 0,
        waited=wait_of(tables["positions"]),
        script=_count_script(tables["steps"], tables["expectations"]),
    )


def _keepers_of(run: RunInfo) -> list[str]:
    """The keepers of the scenario, also those that did nothing."""
    listed = run.parameters.get("keepers", ())
    return [keeper["name"] for keeper in listed if isinstance(keeper, Mapping) and "name" in keeper]


def _count_script(steps: Sequence[StepRow], expectations: Sequence[ExpectationRow]) -> ScriptCounts:
    ends = [row.success for row in steps]
    return ScriptCounts(
        judged=len(expectations),
        failed=sum(not row.holds for row in expectations),
        steps=len(steps),
        refused=ends.count(False),
        missing=ends.count(None),
    )


def _count_positions(positions: Sequence[PositionRow]) -> PositionCounts:
    outcomes = [row.outcome for row in positions]
    return PositionCounts(
        opened=len(positions),
        closed=outcomes.count("closed"),
        liquidated=outcomes.count("liquidated"),
        bankrupt=sum(row.bankrupt for row in positions),
        open_at_end=outcomes.count("open"),
        deleveraged=outcomes.count("deleveraged"),
    )
