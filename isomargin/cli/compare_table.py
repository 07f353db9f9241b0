"""What `isomargin compare` prints: what was set differently, what came of it, and how much is equal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isomargin.report import Comparison, NumberCell

__all__ = ["print_comparison"]

_SHOWN = 12  # lines of a part
_LONGEST = 28  # letters of a cell
_ENDLESS = 10_000
_COLOURS = {"good": "green", "bad": "red", "plain": "dim"}


def print_comparison(comparison: Comparison) -> None:
    """Print the comparison; the page has the rest."""
    console = Console(highlight=False, width=_ENDLESS)
    for run in comparison.runs:
        info = run.record.run
        console.print(
            Text.assemble(
                (f"{run.letter} ", "bold"), f"{run.label}: {info.scenario}, seed {info.seed}, {info.engine}"
            )
        )
    if comparison.same_blocks:
        console.print(Text("the same run: all end in the same block, byte for byte"))
    _print_settings(console, comparison)
    _print_figures(console, comparison)
    _print_fates(console, comparison)


def _print_settings(console: Console, comparison: Comparison) -> None:
    if comparison.settings:
        table = _table("setting", comparison, right=False)
        for line in comparison.settings[:_SHOWN]:
            table.add_row(Text(line.name), *(Text(_cut(value or "-")) for value in line.values))
        console.print()
        console.print(table)
        _print_rest(console, len(comparison.settings) - _SHOWN, "settings differ")


def _print_figures(console: Console, comparison: Comparison) -> None:
    console.print()
    if comparison.differing:
        table = _table("figure", comparison, right=True)
        for line in comparison.differing[:_SHOWN]:
            table.add_row(Text(" ".join(filter(None, (line.label, line.unit)))), *map(_number, line.cells))
        console.print(table)
        _print_rest(console, len(comparison.differing) - _SHOWN, "figures differ")
    console.print(
        Text(f"{len(comparison.equal)} of {len(comparison.numbers)} figures are equal", style="dim")
    )


def _print_fates(console: Console, comparison: Comparison) -> None:
    fates = comparison.fates
    if not fates.same_people:
        console.print(Text("other people: positions are not compared one by one", style="dim"))
        return
    first = comparison.runs[0].letter
    for change in fates.changes[:_SHOWN]:
        console.print(Text(f"{change.count} {change.before} in {first}, {change.after} in {change.letter}"))
    _print_rest(console, len(fates.changes) - _SHOWN, "changes of fate")
    if not fates.lines:
        console.print(Text(f"each of {fates.compared} positions ended in the same way", style="dim"))


def _print_rest(console: Console, count: int, what: str) -> None:
    if count > 0:
        console.print(Text(f"and {count} more {what}", style="dim"))


def _table(title: str, comparison: Comparison, *, right: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title, no_wrap=True)
    for run in comparison.runs:
        table.add_column(_cut(run.name), justify="right" if right else "left", no_wrap=True)
    return table


def _number(cell: NumberCell) -> Text:
    if cell.value is None:
        return Text("-", style="dim")
    text = Text(cell.value.text)
    if cell.difference:
        text.append(f" {cell.share or cell.difference.text}", style=_COLOURS[cell.tone])
    return text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3].rstrip()}..."
