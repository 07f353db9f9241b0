"""The commands, and the one place where an error becomes a line on standard error and an exit code."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from isomargin.cli.run import run
from isomargin.errors import InputError, IsomarginError

__all__ = ["main"]

_BAD_INPUT = 2
_FAILED = 1

app = typer.Typer(
    name="isomargin",
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: **0** the run finished and the books balance, **1** an invariant broke, **2** bad input.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"isomargin {installed_version('isomargin')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _isomargin(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Simulate isolated-margin perpetual markets: real Vyper contracts, real prices, real keepers.

    A **scenario** is one TOML file: the market, its traders and keepers, and the prices they live through.
    `isomargin run` deploys the market to an EVM inside this process, plays every price, lets keepers
    liquidate what is due, and checks after each block that the books balance to the unit.

    Begin with an example:

        isomargin run examples/black_thursday.toml --out out/black_thursday

    and open `out/black_thursday/report.html`. Then copy the file and change it: `isomargin run --help`.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(_BAD_INPUT)


app.command("run")(run)


def main() -> None:
    """Run the command line; never show a traceback for what a user can mend."""
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        return _complain(error.format_message(), _BAD_INPUT)
    except InputError as error:
        return _complain(str(error), _BAD_INPUT)
    except IsomarginError as error:
        return _complain(str(error), _FAILED)
    except (typer.Abort, KeyboardInterrupt):
        return _complain("interrupted before the first block; nothing was written", 130)
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    line = " ".join(message.split())
    typer.echo(f"isomargin: {line}", err=True)
    return code
