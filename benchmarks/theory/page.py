"""The tables of docs/theory.md: made of runs, written between the marks of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.theory.funding import Payment, closed_form
from benchmarks.theory.liquidations import Ends, Share, ends_by_contracts, ends_by_model, shares
from benchmarks.theory.market import LONG, SHORT
from isomargin.units import WAD, to_float

__all__ = [
    "LARGE",
    "PAGE",
    "SMALL",
    "Played",
    "Sample",
    "funding_table",
    "played",
    "share_table",
    "with_table",
]

PAGE = Path(__file__).parents[2] / "docs" / "theory.md"


@dataclass(frozen=True)
class Sample:
    """How many paths are played.

    Attributes
    ----------
    name : str
        Of the marks on the page.
    contracts : int
        Paths on the deployed market.
    steps : int
        Prices of each, the first apart.
    model : tuple of (int, int)
        Of the model: steps and paths.
    """

    name: str
    contracts: int
    steps: int
    model: tuple[tuple[int, int], ...]


SMALL = Sample("small", 400, 16, ((4, 4_000), (16, 4_000), (64, 4_000)))
"""What the tests play."""

LARGE = Sample("large", 10_000, 16, ((4, 20_000), (16, 10_000), (64, 20_000), (256, 10_000)))
"""What the page quotes."""


@dataclass(frozen=True)
class Played:
    """What came of a sample.

    Attributes
    ----------
    sample : Sample
    contracts : list
        How each path ended on the deployed market.
    model : mapping of int to list
        The same of the model, by steps; its paths begin with those of the contracts.
    prices, model_prices : mapping of int to int
        Liquidation prices by position, WAD.
    """

    sample: Sample
    contracts: list[Ends]
    model: Mapping[int, list[Ends]]
    prices: Mapping[int, int]
    model_prices: Mapping[int, int]

    @property
    def is_one_market(self) -> bool:
        """Whether contracts and model end every position of every shared path at the same price of it."""
        shared = self.model[self.sample.steps][: self.sample.contracts]
        return self.prices == self.model_prices and shared == self.contracts

    def shares(self) -> list[Share]:
        """Those of the contracts, then those of the model."""
        found = shares("contracts", self.sample.steps, self.contracts, self.prices)
        for steps, ends in self.model.items():
            found += shares("model", steps, ends, self.model_prices)
        return found


def played(sample: Sample, tell: Callable[[str], None] = lambda _: None) -> Played:
    """Play a sample; `tell` hears what is being done."""
    tell(f"contracts: {sample.contracts} paths of {sample.steps} prices")
    by_contracts, prices = ends_by_contracts(sample.contracts, sample.steps)
    by_model, model_prices = {}, prices
    for steps, count in sample.model:
        tell(f"model: {count} paths of {steps} prices")
        by_model[steps], model_prices = ends_by_model(count, steps)
    return Played(sample, by_contracts, by_model, prices, model_prices)


def share_table(found: Sequence[Share]) -> str:
    """Markdown."""
    lines = [
        "| by | position | prices | paths | liquidated | share | exact | corrected | always | off by |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        counted = f"{one.steps} | {one.paths:,} | {one.liquidated:,} | {one.share:.4f}"
        expected = f"{one.exact:.4f} | {one.corrected:.4f} | {one.always:.4f} | {one.off_by:+.1f}"
        lines.append(f"| {one.machine} | {one.side} | {counted} | {expected} |")
    return "\n".join(lines)


def funding_table(found: Mapping[tuple[str, str], Mapping[int, Payment]]) -> str:
    """Markdown: what the contracts charge, by mode and cadence."""
    lines = [
        "| funding | accrued | times | the long owes | by contracts, above it | it pays | the short gets |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for (mode, cadence), charged in found.items():
        exact = closed_form(mode, LONG)
        above = float(charged[LONG].owed - exact * WAD)
        paid, received = (to_float(one, 6) for one in (charged[LONG].paid, -charged[SHORT].paid))
        lines.append(
            f"| {mode} | {cadence} | {charged[LONG].accruals:,} | {float(exact):.6f} | {above:.1f} units "
            f"| {paid:.6f} | {received:.6f} |"
        )
    return "\n".join(lines)


def with_table(page: str, name: str, table: str) -> str:
    """The page with another table between the marks of that name."""
    begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    assert found, f"{name}: no such marks"
    return f"{before}{begin}{table}{end}{after}"
