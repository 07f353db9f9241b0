"""The commands, and the one place where an error becomes a line on standard error and an exit code."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from isomargin.cli.audit import AUDIT_EXIT_CODES, audit
from isomargin.cli.calibrate import calibrate
from isomargin.cli.compare import compare
from isomargin.cli.coverage import coverage
from isomargin.cli.exits import BAD_INPUT, EXIT_CODES, FAILED, PAGE_EXIT_CODES, complain
from isomargin.cli.keeper import KEEPER_EXIT_CODES, keeper
from isomargin.cli.new import new
from isomargin.cli.report import report
from isomargin.cli.run import run
from isomargin.cli.schema import schema
from isomargin.cli.serve import serve
from isomargin.cli.sweep import SWEEP_EXIT_CODES, sweep
from isomargin.errors import InputError, IsomarginError

__all__ = ["main"]

_app = typer.Typer(
    name="isomargin",
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"isomargin {installed_version('isomargin')}")
        raise typer.Exit


@_app.callback(invoke_without_command=True)
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

    and open `out/black_thursday/report.html`. Then copy the file and change it: `isomargin run --help`; and
    see what the change came to: `isomargin compare --help`.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(BAD_INPUT)


_app.command("run", epilog=EXIT_CODES)(run)
_app.command("report", epilog=PAGE_EXIT_CODES)(report)
_app.command("compare", epilog=PAGE_EXIT_CODES)(compare)
_app.command("new")(new)
_app.command("serve")(serve)
_app.command("audit", epilog=AUDIT_EXIT_CODES)(audit)
_app.command("sweep", epilog=SWEEP_EXIT_CODES)(sweep)
_app.command("schema")(schema)
_app.command("calibrate")(calibrate)
_app.command("coverage")(coverage)
_app.command("keeper", epilog=KEEPER_EXIT_CODES)(keeper)


def main() -> None:
    """Run the command line; never show a traceback for what a user can mend."""
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        code = _app(standalone_mode=False)
    except typer.TyperException as error:
        return complain(error.format_message(), BAD_INPUT)
    except InputError as error:
        return complain(str(error), BAD_INPUT)
    except IsomarginError as error:
        return complain(str(error), FAILED)
    return code if isinstance(code, int) else 0
