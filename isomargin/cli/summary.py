"""What a run comes to, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from isomargin.record import RunRecord, failed_expectations
from isomargin.units import to_float

__all__ = ["print_summary"]

_LABEL_WIDTH = 16


def print_summary(record: RunRecord, directory: Path | None) -> None:
    """Print the summary on standard output, and where the files are.

    Parameters
    ----------
    record : RunRecord
        The finished run.
    directory : Path, optional
        Where it was kept.
    """
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(record.run.scenario, style="bold"))
    lines = list(_lines(record))
    if directory is not None:
        lines += [("report", str(directory / "report.html")), ("summary", str(directory / "summary.json"))]
    for label, value in lines:
        console.print(Text.assemble((f"{label:<{_LABEL_WIDTH - 1}} ", "dim"), value))


def _lines(record: RunRecord) -> Iterator[tuple[str, str]]:
    summary, run = record.summary, record.run
    symbol = run.token_symbol

    def money(amount: int, decimals: int = run.token_decimals) -> str:
        return f"{to_float(amount, decimals):,.2f} {symbol}".rstrip()

    people = summary.positions
    prices = [block.price for block in record.blocks if block.price]
    if prices:
        yield (
            "price",
            " ".join(
                f"{word} {to_float(price):,.2f}"
                for word, price in (
                    ("first", prices[0]),
                    ("lowest", min(prices)),
                    ("highest", max(prices)),
                    ("last", prices[-1]),
                )
            ),
        )
    yield "blocks", f"{summary.blocks:,} with {summary.transactions:,} transactions on {summary.engine}"
    yield (
        "positions",
        f"{people.opened} opened, {people.closed} closed, {people.liquidated} liquidated "
        f"({people.bankrupt} bankrupt), "
        + (f"{people.deleveraged} deleveraged, " if people.deleveraged else "")
        + f"{people.open_at_end} open at the end",
    )
    yield (
        "liquidations",
        f"{summary.liquidations.count} of {money(summary.liquidations.notional, 18)} notional",
    )
    yield "bad debt", money(summary.bad_debt, 18)
    yield "insurance fund", money(summary.insurance_fund)
    yield (
        "pool",
        f"{money(summary.pool.deposited)} deposited, {money(summary.pool.assets_end)} at the end, "
        f"profit {money(summary.pool.pnl)}",
    )
    reckoned = " (by the gas table)" if summary.keeper.gas_used is None else ""
    yield (
        "keepers",
        f"{money(summary.keeper.rewards)} rewards, {money(summary.keeper.gas_cost)} gas{reckoned}, "
        f"profit {money(summary.keeper.profit)}",
    )
    if len(summary.keepers) > 1:
        for rank in summary.keepers:
            yield (
                f"  {rank.name}",
                f"{rank.won} won, {rank.lost} lost, {rank.failed} failed, gas {money(rank.gas_cost)}, "
                f"{money(rank.wasted_gas_cost)} of it for nothing, profit {money(rank.profit)}",
            )
    if summary.missed:
        yield "missed", f"{summary.missed} positions below maintenance at the end"
    yield from _verdicts(record)
    yield "state root", summary.state_root or "not kept by this engine"


def _verdicts(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Whether the books balance, and what became of what the scenario expects."""
    checks = record.summary.invariants
    verdict = "the books balance" if not checks.violations else f"{checks.violations} BROKEN"
    yield "invariants", f"{checks.checked:,} checks: {verdict}"
    if record.expectations:
        failed = len(failed_expectations(record))
        judged = f"{failed} FAILED" if failed else "all hold"
        yield "expectations", f"{len(record.expectations)} judged: {judged}"
