"""`isomargin compare`: runs side by side, what differs first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from isomargin.cli.compare_table import print_comparison
from isomargin.cli.opening import OpenOption, show_page
from isomargin.cli.reading import read_run
from isomargin.report import compare_runs, write_comparison

__all__ = ["compare"]

_USUAL = Path("compare.html")


def compare(
    run_dirs: Annotated[
        list[Path],
        typer.Argument(
            metavar="A B [C...]", help="Folders of runs: two to eight. All are held against the first."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the page goes; `compare.html` in this folder unless given."),
    ] = None,
    open_it: OpenOption = False,
    json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object, and nothing else; the page only with `--out`."),
    ] = False,
) -> int:
    """Show runs side by side, what differs first: on the terminal in short, on a page in full.

        isomargin run night.toml --out out/usual

        isomargin run night.toml --seed 7 --out out/other

        isomargin compare out/usual out/other --open

    First what was set differently (parameters, seed, engine, versions), then what came of it: the figure that
    differs most, as a share of the first run's, on top, what is equal folded away. Then prices, bad debt,
    pool, insurance and open positions laid over each other, keepers side by side and, where seed and traders
    are the same, each position that was liquidated in one run and survived in another.

        isomargin compare out/* --json | jq '.differing[0]'

    The runs must count in one collateral token. Those that lived through different times are laid over each
    other by the hours since they began.
    """
    labels = _labels(run_dirs)
    comparison = compare_runs([(label, read_run(path)) for label, path in zip(labels, run_dirs, strict=True)])
    page = out or (None if json and not open_it else _USUAL)
    if page is not None:
        write_comparison(comparison, page)
    if json:
        typer.echo(comparison.as_json(), nl=False)
    else:
        print_comparison(comparison)
    if page is not None:
        show_page(page, wanted=open_it, quietly=json)
    return 0


def _labels(paths: Sequence[Path]) -> list[str]:
    """The shortest ends of the paths that tell them apart; of one path given twice, the whole."""
    parts = [path.resolve().parts for path in paths]
    for length in range(1, max(map(len, parts)) + 1):
        ends = ["/".join(each[-length:]) for each in parts]
        if len(set(ends)) == len(set(parts)):
            return ends
    return [str(path) for path in paths]
