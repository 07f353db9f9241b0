"""A market on an anvil whose blocks a test mines, and bots that reach it over the socket alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isomargin.bot.journal import Journal
from isomargin.bot.keeper import KeeperBot
from isomargin.bot.running import BotTerms, start_bot
from isomargin.chain import Chain, Transaction, private_key_of
from isomargin.chain.signed import sign_transaction
from isomargin.protocol import Deployment, deployment_document, named_account, read_deployment
from isomargin.units import to_wad
from tests.chain.anvil import Anvil, running_anvil
from tests.system_helpers import Stage

__all__ = ["BOTS", "Ground", "Spoken", "standing_ground"]

BOTS = ("bot-1", "bot-2")
GWEI = 10**9


@dataclass
class Spoken:
    """What a bot has told so far."""

    lines: list[str] = field(default_factory=list)

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """All events, or those of one name."""
        told = [json.loads(line) for line in self.lines]
        return [event for event in told if name is None or event["event"] == name]


class Ground:
    """Anvil with a market of longs that a lower price ruins; nobody mines but the test."""

    def __init__(self, anvil: Anvil, folder: Path, longs: int = 5) -> None:
        self.anvil = anvil
        self.stage = Stage(chain=Chain(anvil.url))
        self.system, self.chain = self.stage.system, self.stage.chain
        names = [f"long-{number}" for number in range(longs)]
        self.stage.welcome(*names)
        self.stage.mine(*(self.stage.opening(name, 10 + at, 100) for at, name in enumerate(names)))
        for name in BOTS:
            self.anvil.ask("anvil_setBalance", self.chain.account(name), hex(10**22))
        self.file = folder / "deployment.json"
        self.file.write_text(json.dumps(self.document()))
        self._nonces: dict[str, int] = {}
        assert self.chain.w3  # from now on others send as well

    def document(self) -> dict[str, Any]:
        return deployment_document(
            self.system,
            scenario="ground",
            base="ETH",
            rpc_url=self.anvil.url,
            ws_url=self.anvil.url.replace("http", "ws"),
            accounts=[named_account(name, "bot") for name in BOTS],
            ether_price="index",
        )

    @property
    def deployment(self) -> Deployment:
        return read_deployment(self.file)

    # The chain

    def ask(self, method: str, *params: Any) -> Any:
        return self.anvil.ask(method, *params)

    def mine(self, base_fee: int = 0, gas_limit: int = 36_000_000) -> dict[str, Any]:
        """Mine what the pool has, at a base fee in wei, and return the block."""
        self.ask("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
        self.ask("evm_setBlockGasLimit", hex(gas_limit))
        self.ask("evm_mine")
        block: dict[str, Any] = self.ask("eth_getBlockByNumber", "latest", False)
        return block

    def mine_without_room(self, base_fee: int) -> None:
        """Mine a block that has no room; what offers too little is dropped by anvil once it is tried."""
        self.mine(base_fee, gas_limit=1_000_000)
        self.ask("evm_setBlockGasLimit", hex(36_000_000))

    def send(self, transaction: Transaction, price: int = 2 * GWEI) -> str:
        """Put somebody's transaction into the pool, signed with the key of their name."""
        sender = transaction.sender
        name = next(name for name in ("oracle", "keeper") if self.chain.account(name) == sender)
        nonce = int(self.ask("eth_getTransactionCount", sender, "pending"), 16)
        signed = sign_transaction(
            transaction,
            key=private_key_of(name),
            nonce=nonce,
            chain_id=1337,
            max_fee=price,
            max_priority_fee=price,
        )
        answer: str = self.ask("eth_sendRawTransaction", f"0x{signed.raw.hex()}")
        return answer

    def crash(self, price: str | int, base_fee: int = 0) -> None:
        """Push a price in a block of its own."""
        self.send(self.system.push_price(to_wad(price)))
        self.mine(base_fee)

    def waiting(self) -> list[str]:
        """Hashes in the pool."""
        pool = self.ask("txpool_content")
        return [each["hash"] for queue in pool.values() for sent in queue.values() for each in sent.values()]

    def open_ids(self) -> list[int]:
        return [view.id for view in self.system.open_positions()]

    def liquidations(self) -> list[tuple[int, str, int]]:
        """Every liquidation so far: position, keeper, and size left."""
        events = self.system.events(log for log in self.chain.logs())
        return [
            (each.event.args["id"], each.event.args["keeper"], each.event.args["size"])
            for each in events
            if each.event.name == "PositionLiquidated"
        ]

    # Bots

    def bot(self, name: str = "bot-1", **terms: Any) -> tuple[KeeperBot, Spoken]:
        """A bot in this process, before its first look."""
        spoken = Spoken()
        deployment = self.deployment
        url = terms.pop("url", None) or self.anvil.url
        wanted = BotTerms(deployment.account(name), **terms)
        return start_bot(url, deployment, wanted, Journal(spoken.lines.append)), spoken

    def command(self, *options: str) -> list[str]:
        """The command line of a bot of its own."""
        program = [sys.executable, "-m", "isomargin", "keeper", "--deployment", str(self.file)]
        return [*program, "--poll", "0.05", *options]

    def started(self, *options: str) -> subprocess.Popen[str]:
        """A bot in a process of its own."""
        return subprocess.Popen(
            self.command(*options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


@contextmanager
def standing_ground(folder: Path, *options: str, longs: int = 5) -> Iterator[Ground]:
    """A ground that is gone with the block."""
    with running_anvil(order="fees") as anvil:
        yield Ground(anvil, folder, longs)
