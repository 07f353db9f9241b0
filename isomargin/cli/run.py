"""`isomargin run`: play a scenario, show what happened, keep the record."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from isomargin.cli.choosing import VariantOption, chosen_variant, variant_words
from isomargin.cli.engines import DEFAULT_ENGINE, EngineOption
from isomargin.cli.exits import INTERRUPTED, complain
from isomargin.cli.keeping import check_writable, keep
from isomargin.cli.progress import progress_bar
from isomargin.cli.summary import print_summary
from isomargin.cli.verdicts import complain_of_failures
from isomargin.record import RunRecord
from isomargin.scenario import load_scenario
from isomargin.simulation import simulate

__all__ = ["run"]

_LARGEST_SEED = 2**63 - 1


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The scenario, a TOML file.")],
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Candles (CSV or Parquet) to play in place of the scenario's prices. Columns are found by "
            "name: time, open, high, low, close.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            max=_LARGEST_SEED,
            help="Seed in place of the scenario's: other traders, same market; other prices only where the "
            "scenario draws them at random.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where to keep the run: `report.html`, `summary.json`, and every block, transaction, event "
            "and position as Parquet and CSV tables. Without it nothing is written.",
        ),
    ] = None,
    variant: VariantOption = None,
    engine: EngineOption = DEFAULT_ENGINE,
    json: Annotated[
        bool, typer.Option("--json", help="Print the summary as one JSON object, and nothing else.")
    ] = False,
) -> int:
    """Play a scenario and show who was liquidated, who paid, and whether the books balance.

    Same scenario, prices, seed and engine: the same blocks, to the byte. Another engine: the same events and
    amounts, sooner.

        isomargin run examples/black_thursday.toml --out out/black_thursday

        isomargin run examples/black_thursday.toml --prices candles.csv --seed 7 --json

        isomargin run examples/black_thursday.toml --engine revm

        isomargin run pump.toml --variant defence=off

    Ctrl-C ends a run at the last whole block and keeps what was played.
    """
    choices = chosen_variant(variant)
    scenario = load_scenario(file, prices=prices, seed=seed, variant=choices)
    if out is not None:
        check_writable(out)
    try:
        with progress_bar(scenario.name) as on_progress:
            record = simulate(
                scenario,
                engine=engine,
                command=_command(file, prices, seed, choices, engine),
                on_progress=on_progress,
            )
        if out is not None:
            keep(record, out)
    except KeyboardInterrupt:  # while deploying or writing; in between it only cuts the run short
        return complain("interrupted; the run was not kept", INTERRUPTED)
    if json:
        typer.echo(record.summary.as_json(), nl=False)
    else:
        print_summary(record, out)
    return _verdict(record)


def _verdict(record: RunRecord) -> int:
    """Say what went wrong, if anything did, and how the command ends."""
    code = complain_of_failures(record)
    if not record.run.complete:
        last = record.blocks[-1].block if record.blocks else 0
        code = complain(f"interrupted after block {last}", INTERRUPTED)
    return code


def _command(
    file: Path, prices: Path | None, seed: int | None, choices: Mapping[str, str], engine: str
) -> str:
    """The command that repeats the run, wherever its files shall go."""
    words = ["isomargin", "run", str(file)]
    for option, value in (("--prices", prices), ("--seed", seed)):
        if value is not None:
            words += [option, str(value)]
    words += variant_words(choices)
    if engine != DEFAULT_ENGINE:
        words += ["--engine", engine]
    return shlex.join(words)
