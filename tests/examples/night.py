"""A night of the Black Thursday market with one bot over the socket, which is killed and started again.

``python -m tests.examples.night [--engine py-evm] [BOT...]``, or `scripts/try-bots`, plays it with each bot
and tells what came of it; the tests play it on the fast engine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.examples.bots import Bot, command_of, running_bot
from tests.examples.ledger import liquidations
from tests.server.serve_command import Served, serving

__all__ = ["BUILT_IN", "NAMES", "Outcome", "night"]

BLACK_THURSDAY = Path(__file__).parents[2] / "examples" / "black_thursday.toml"
BUILT_IN = "isomargin keeper"
NAMES = ("keeper_web3.py", "keeper_viem.mjs", BUILT_IN)
_PATIENCE = 240.0  # seconds that a bot has for what one price makes due
_LOOK = 0.02  # seconds between two looks at whether it has sent something
_LOOKS_A_BLOCK = 20  # after so many without anything a block comes all the same


@dataclass(frozen=True)
class Outcome:
    """What came of a night.

    Attributes
    ----------
    liquidations : int
        Of all positions, by the chain's own logs, every one by the bot.
    transactions, empty : int
        That the bot has sent and paid for; those of them that liquidated nobody.
    kills : int
    left : tuple of int
        Positions below maintenance at the end.
    violations : tuple of str
        Broken invariants.
    strangers : int
        Liquidations by somebody else.
    """

    liquidations: int
    transactions: int
    empty: int
    kills: int
    left: tuple[int, ...]
    violations: tuple[str, ...]
    strangers: int


def night(name: str, engine: str, folder: Path, *, kills: int) -> Outcome:
    """Play the night: prices step by step, blocks until the bot has liquidated all that is due."""
    with serving(BLACK_THURSDAY, folder, "--engine", engine, "--manual", "--alone") as served:
        address = served.deployment.account("bot-1").address
        done = _play(served, _command(name, folder), kills)
        paid = liquidations(served)
        sent = int(served.ask("eth_getTransactionCount", address, "latest"), 16)
        status = served.ask("isomargin_status")
    own = [each for each in paid if each.keeper == address.lower()]
    return Outcome(
        liquidations=len(paid),
        transactions=sent,
        empty=sent - len({each.transaction for each in own}),
        kills=done,
        left=tuple(status["liquidatable"]),
        violations=tuple(status["violations"]),
        strangers=len(paid) - len(own),
    )


def _command(name: str, folder: Path) -> list[str]:
    if name == BUILT_IN:
        options = ["--poll", "0.05", "--log", "text", "--strategy", "aggressive", "--deployment"]
        return [sys.executable, "-m", "isomargin", "keeper", *options]
    return command_of(name, folder)


def _play(served: Served, command: Sequence[str], kills: int) -> int:
    """Return how often the bot was killed: while its transaction waits, at most once a price."""
    done, bots = 0, _bots(served, command)
    bot = next(bots)
    while not (status := served.ask("isomargin_status"))["isOver"] or status["liquidatable"]:
        if not status["liquidatable"]:
            served.ask("isomargin_step", 1)
            continue
        is_fresh, deadline, looks = True, time.monotonic() + _PATIENCE, 0
        while (status := served.ask("isomargin_status"))["liquidatable"]:
            if time.monotonic() > deadline:
                printed = "\n".join(bot.lines)
                raise AssertionError(f"{status['liquidatable']} stay below maintenance:\n{printed}")
            looks += 1
            if status["pending"] and is_fresh and done < kills:
                bot.kill()
                bot, done, is_fresh = next(bots), done + 1, False
            if status["pending"] or looks % _LOOKS_A_BLOCK == 0:
                served.ask("evm_mine")
            else:
                time.sleep(_LOOK)
    bots.close()
    return done


def _bots(served: Served, command: Sequence[str]) -> Generator[Bot, None, None]:
    """Bots, one after another; each ends when the next is asked for."""
    while True:
        with ExitStack() as stack:
            yield stack.enter_context(running_bot(command, served.deployment_file))


def main() -> int:
    """Tell what came of each night; the exit code is 1 if a bot left anything."""
    parser = argparse.ArgumentParser(description="Plays Black Thursday with bots over the socket.")
    parser.add_argument("--engine", default="revm", choices=("revm", "py-evm"))
    parser.add_argument("--kills", type=int, default=3, help="how often the bot is killed")
    parser.add_argument("bots", nargs="*", metavar="BOT", help=f"some of: {', '.join(NAMES)}")
    chosen = parser.parse_args()
    failed = False
    for name in chosen.bots or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            outcome = night(name, chosen.engine, Path(folder), kills=chosen.kills)
        failed |= bool(outcome.left or outcome.violations or outcome.empty)
        sys.stdout.write(
            f"{name} on {chosen.engine}: {outcome.liquidations} liquidations in {outcome.transactions} "
            f"transactions, {outcome.empty} for nothing, killed {outcome.kills} times, "
            f"{len(outcome.left)} left, {len(outcome.violations)} invariants broken\n"
        )
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
