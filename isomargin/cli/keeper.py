"""`isomargin keeper`: a liquidation bot, or another keeper, on a market that a chain serves."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from isomargin.bot import Kind, StrategyName, Style
from isomargin.chain import address_of_key
from isomargin.errors import InputError
from isomargin.protocol import (
    BATCH_LIMIT,
    ORDER_BATCH_LIMIT,
    DeployedAccount,
    Deployment,
    read_deployment,
)
from isomargin.units import to_units

__all__ = ["KEEPER_EXIT_CODES", "keeper"]

KEEPER_EXIT_CODES = "Exit codes: **0** stopped when asked or idle, **1** the bot failed, **2** bad input."


_Deployment = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help="`deployment.json` of `isomargin serve`: addresses, ABIs, keys, terms.",
    ),
]
_Rpc = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The node, `http://` or `ws://`; by default the one in the file."),
]
_Account = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose key of the file to use; by default `bot-1`."),
]
_KeyEnv = Annotated[
    str | None,
    typer.Option(metavar="VAR", help="Environment variable with a private key of your own, hexadecimal."),
]
_Kind = Annotated[
    Kind,
    typer.Option(help="What it does: liquidate, call margins, execute trigger orders, or deleverage."),
]
_Strategy = Annotated[
    StrategyName,
    typer.Option(
        help="How it bids for gas: `patient` the going price, replaced after three blocks; `aggressive` a "
        "quarter more, and more after each race that it lost; `profit-share` half of what it would earn.",
    ),
]
_MinProfit = Annotated[
    str,
    typer.Option(metavar="QUOTE", help="Least earnings above the gas that a batch must bring."),
]
_BatchSize = Annotated[
    int,
    typer.Option(metavar="N", min=1, max=BATCH_LIMIT, help="Entries of a batch, at most."),
]
_MaxGasPrice = Annotated[
    str | None, typer.Option(metavar="GWEI", help="The most that it pays for a unit of gas.")
]
_EtherPrice = Annotated[
    str | None,
    typer.Option(
        metavar="QUOTE",
        help="What an ether is worth, to weigh gas; `index` for the market's own price. By default what "
        "the file says, else `index` where the market's coin is ETH.",
    ),
]
_Poll = Annotated[
    float, typer.Option(metavar="SECONDS", min=0.01, max=3600, help="Between two looks at the chain.")
]
_Once = Annotated[bool, typer.Option("--once", help="Look once, send what is due, and end.")]
_UntilIdle = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="End after N blocks in a row with nothing to send or on the way."),
]
_Log = Annotated[Style, typer.Option(help="One JSON object a line, or words.")]


def keeper(
    deployment: _Deployment,
    rpc: _Rpc = None,
    account: _Account = None,
    key_env: _KeyEnv = None,
    kind: _Kind = "liquidation",
    strategy: _Strategy = "patient",
    min_profit: _MinProfit = "0",
    batch_size: _BatchSize = 32,
    max_gas_price: _MaxGasPrice = None,
    ether_price: _EtherPrice = None,
    poll: _Poll = 1.0,
    once: _Once = False,
    until_idle: _UntilIdle = None,
    log: _Log = "json",
) -> int:
    """Keep a market that a chain serves: liquidate what is due, over the same socket as any other bot.

        isomargin serve examples/black_thursday.toml

        isomargin keeper --deployment deployment.json --strategy aggressive

    It rebuilds the market from logs, so it needs no memory: kill it at any moment and start it again. Before
    it sends, the contract is asked what is really due. Each transaction has the account's next nonce, and
    what waits too long is replaced at the same one; so nothing is done, or paid for, twice.

    Every event is a line on standard output: `started`, `block`, `due`, `sent`, `replaced`, `mined`, `lost`,
    `reorg`, `disconnected`, `reconnected`, `stopped` ... Amounts are exact decimals in the collateral token.
    Ctrl-C ends it after the look that it is at, with a last line of what all came to.
    """
    from isomargin.bot.journal import Journal  # late: speaking to nodes takes a second to load
    from isomargin.bot.running import BotTerms, run_bot, start_bot

    found = read_deployment(deployment)
    if kind == "trigger-orders" and batch_size > ORDER_BATCH_LIMIT:
        raise InputError(
            f"--batch-size {batch_size}: expected at most {ORDER_BATCH_LIMIT} orders a transaction"
        )
    terms = BotTerms(
        account=_account(found, account, key_env),
        kind=kind,
        strategy=strategy,
        min_profit=_amount("--min-profit", min_profit),
        batch_size=batch_size,
        ether_price=_ether_price(found, ether_price),
        max_gas_price=None if max_gas_price is None else _amount("--max-gas-price", max_gas_price, 9),
    )
    journal = Journal(typer.echo, log)
    with _stop_on_signals() as stopped:
        bot = start_bot(rpc or found.rpc_url, found, terms, journal)
        run_bot(bot, stopped.wait, poll=poll, once=once, until_idle=until_idle)
    return 0


def _account(deployment: Deployment, name: str | None, variable: str | None) -> DeployedAccount:
    if variable is None:
        return deployment.account(name or "bot-1")
    if name is not None:
        raise InputError("--account and --key-env: expected one of them, found both")
    text = os.environ.get(variable, "").strip().removeprefix("0x")
    try:
        address = address_of_key(bytes.fromhex(text))
    except ValueError:
        raise InputError(f"--key-env {variable}: expected a private key of 64 hexadecimal digits") from None
    return DeployedAccount(variable, address, f"0x{text}", "bot")


def _amount(option: str, text: str, decimals: int = 18) -> int:
    try:
        amount = to_units(text, decimals)
    except InputError as error:
        raise InputError(f"{option}: {error}") from None
    if amount < 0:
        raise InputError(f"{option}: expected 0 or more, found {text}")
    return amount


def _ether_price(deployment: Deployment, chosen: str | None) -> int | None:
    if chosen is not None:
        return None if chosen == "index" else _amount("--ether-price", chosen)
    if deployment.ether_price is not None:
        known = deployment.ether_price
        return None if known == "index" else _amount("the deployment's ether_price", known)
    if deployment.base.upper() not in ("ETH", "WETH"):
        raise InputError(
            f"--ether-price: missing; the market's coin is {deployment.base}, whose price does not tell what "
            "gas costs"
        )
    return None


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """Let Ctrl-C and a polite kill end the bot between two looks."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
