"""`isomargin serve`: a scenario as a test chain that bots reach over HTTP and WebSocket."""

from __future__ import annotations

import asyncio
import logging
import shlex
import signal
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isomargin.cli.choosing import VariantOption, chosen_variant, variant_words
from isomargin.cli.engines import DEFAULT_ENGINE, EngineOption
from isomargin.cli.keeping import check_writable, keep
from isomargin.cli.summary import print_summary
from isomargin.cli.verdicts import complain_of_failures
from isomargin.errors import InputError
from isomargin.record import RunRecord
from isomargin.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from isomargin.server import Service

__all__ = ["serve"]

_LEAST_BLOCKS = 65  # a reorganisation replaces 64

_ScenarioFile = Annotated[Path, typer.Argument(metavar="SCENARIO", help="The scenario, a TOML file.")]
_Host = Annotated[
    str,
    typer.Option(help="Where to listen. Anything but this machine lets others in: it is a toy chain."),
]
_Port = Annotated[int, typer.Option(help="Port for HTTP and WebSocket; 0 takes a free one.")]
_BlockTime = Annotated[
    str | None,
    typer.Option(
        metavar="S",
        help="Real seconds between blocks; by default the scenario's `block_time`.",
    ),
]
_Auto = Annotated[
    bool,
    typer.Option("--auto", help="Make a block when a transaction comes or the scenario acts."),
]
_Manual = Annotated[
    bool,
    typer.Option("--manual", help="Make no block unless asked: `isomargin_step`, `evm_mine`."),
]
_Speed = Annotated[
    str, typer.Option(metavar="X", help="Play the scenario so many times faster than real time.")
]
_Prices = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Candles in place of the scenario's own prices.")
]
_Seed = Annotated[int | None, typer.Option(metavar="N", help="In place of the scenario's seed.")]
_Deployment = Annotated[
    Path, typer.Option(metavar="FILE", help="Where to write addresses, ABIs and test keys for bots.")
]
_Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Keep record and report there when it ends.")]
_Alone = Annotated[
    bool, typer.Option("--alone", help="Leave the scenario's own keepers out: only bots liquidate.")
]
_Ends = Annotated[bool, typer.Option("--until-end", help="Stop by itself 32 blocks after the last price.")]
_AllowHost = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A name that requests may call the server by; may be repeated."),
]
_AllowOrigin = Annotated[
    list[str] | None,
    typer.Option(metavar="ORIGIN", help="A web page that may send requests; may be repeated."),
]
_KeepBlocks = Annotated[
    str,
    typer.Option(
        metavar="N",
        help="Newest blocks kept whole, 65 or more, or `all`; of older ones headers and logs are kept.",
    ),
]


def serve(
    file: _ScenarioFile,
    engine: EngineOption = DEFAULT_ENGINE,
    host: _Host = "127.0.0.1",
    port: _Port = 8545,
    block_time: _BlockTime = None,
    auto: _Auto = False,
    manual: _Manual = False,
    speed: _Speed = "1",
    prices: _Prices = None,
    seed: _Seed = None,
    variant: VariantOption = None,
    deployment: _Deployment = Path("deployment.json"),
    out: _Out = None,
    alone: _Alone = False,
    ends: _Ends = False,
    allow_host: _AllowHost = None,
    allow_origin: _AllowOrigin = None,
    keep_blocks: _KeepBlocks = "1024",
) -> int:
    """Serve a scenario as a test chain: point your keeper bot at it and see whether it wins.

    The market is deployed, traders and prices play in real time (`--speed 60`: an hour a minute), and the
    chain answers Ethereum JSON-RPC over HTTP and WebSocket on one port, with a mempool, base fees and faults
    on demand.

        isomargin serve examples/black_thursday.toml --engine revm --block-time 0.5 --speed 600

    prints `listening on http://127.0.0.1:8545 chain 1337` when it is ready; `deployment.json` then tells your
    bot where everything is, and gives it funded accounts `bot-1` to `bot-10`. Ctrl-C ends it, with a summary
    that ranks your bot among the keepers of the scenario. See docs/keepers.md.
    """
    from isomargin.server import Pace, Service  # late: a web server is of no use to other commands

    choices = chosen_variant(variant)
    scenario = load_scenario(file, prices=prices, seed=seed, variant=choices)
    if alone:
        scenario = scenario.without_keepers()
    if sum((block_time is not None, auto, manual)) > 1:
        raise InputError("expected one of --block-time, --auto and --manual, found several")
    if not 0 <= port < 65_536:
        raise InputError(f"--port {port}: expected 0 to 65535")
    if manual and ends:
        raise InputError("--until-end: not used with --manual, where you say when it ends")
    pace = Pace(
        "automatic" if auto else "manual" if manual else "steady",
        _positive("--block-time", block_time) if block_time else Fraction(scenario.chain.block_time),
        _positive("--speed", speed),
    )
    if out is not None:
        check_writable(out)
    service = Service(
        engine=engine,
        host=host,
        port=port,
        pace=pace,
        deployment=deployment,
        ends=ends,
        allowed_hosts=tuple(allow_host or ()),
        allowed_origins=tuple(allow_origin or ()),
        command=_command(file, choices, engine),
        keep_blocks=_kept_blocks(keep_blocks),
        detail="summary" if out is None else "full",
    )
    logging.basicConfig(format="isomargin: %(message)s", level=logging.WARNING)
    record = _run(scenario, service)
    if out is not None:
        keep(record, out)
    print_summary(record, out)
    return complain_of_failures(record)


def _command(file: Path, choices: Mapping[str, str], engine: str) -> str:
    """The command that serves the same, as far as the record is concerned."""
    words = ["isomargin", "serve", str(file), *variant_words(choices)]
    return shlex.join([*words, *(["--engine", engine] * (engine != DEFAULT_ENGINE))])


def _positive(option: str, text: str) -> Fraction:
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{option} {text}: expected a number") from None
    if not 0 < number <= 10**9:
        raise InputError(f"{option} {text}: expected above 0 and at most 1000000000")
    return number


def _kept_blocks(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdigit() or int(text) < _LEAST_BLOCKS:
        raise InputError(f"--keep-blocks {text}: expected {_LEAST_BLOCKS} or more, or all")
    return int(text)


def _run(scenario: Scenario, service: Service) -> RunRecord:
    from isomargin.server import serve as serve_scenario

    async def until_stopped() -> RunRecord:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        return await serve_scenario(
            scenario,
            service,
            stop=stop,
            on_ready=lambda url, chain_id: typer.echo(f"listening on {url} chain {chain_id}"),
            on_over=lambda: typer.echo("isomargin: the last price is written; Ctrl-C ends", err=True),
        )

    try:
        import uvloop
    except ImportError:  # not for Windows
        return asyncio.run(until_stopped())
    return uvloop.run(until_stopped())
