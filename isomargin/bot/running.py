"""Starts a bot on a deployed market, and keeps it looking until somebody says that it is enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from isomargin.bot.choices import Kind, StrategyName
from isomargin.bot.following import Follower
from isomargin.bot.journal import Journal
from isomargin.bot.keeper import KeeperBot
from isomargin.bot.strategies import STRATEGIES, brain_of
from isomargin.bot.wallet import Wallet
from isomargin.chain.followed import FollowedEngine, followed_chain
from isomargin.chain.node_rpc import NodeRefusal, NodeRpc
from isomargin.chain.remote import Header, RemoteNode
from isomargin.errors import ChainError, InputError
from isomargin.protocol import DeployedAccount, Deployment, system_at

__all__ = ["BotTerms", "connect", "run_bot", "start_bot"]

_SERVE = "isomargin serve SCENARIO"
_SHORTEST_WAIT, _LONGEST_WAIT = 0.25, 15.0  # seconds before another try, doubling
_KINDS_WITH_BATCHES = ("liquidation", "trigger-orders")


@dataclass(frozen=True)
class BotTerms:
    """What whoever starts a bot chooses.

    Attributes
    ----------
    account : DeployedAccount
        Who sends.
    kind, strategy : str
        What it does, and how it bids: a name of `STRATEGIES`.
    min_profit : int
        Least earnings above the gas of a batch, WAD quote.
    batch_size : int
        Entries a transaction; or transactions at once, where each has one entry.
    ether_price : int or None
        WAD quote an ether; None for the market's own price.
    max_gas_price : int or None
        The most that it pays, wei for a unit of gas.
    """

    account: DeployedAccount
    kind: Kind = "liquidation"
    strategy: StrategyName = "patient"
    min_profit: int = 0
    batch_size: int = 32
    ether_price: int | None = None
    max_gas_price: int | None = None


def connect(url: str, deployment: Deployment) -> tuple[RemoteNode, Header]:
    """Find the node, see that it has the market, and return it with its newest block.

    Raises
    ------
    InputError
        If nothing answers there, or it is another chain.
    """
    node = RemoteNode(NodeRpc(url, _SERVE))
    market = deployment.contracts["market"].address
    try:
        chain_id, head = node.chain_id(), node.head()
        code = node.ask_about(market, "eth_getCode")
    except ChainError as error:
        raise InputError(str(error)) from None
    if chain_id != deployment.chain_id:
        raise InputError(
            f"{url} is chain {chain_id}, expected {deployment.chain_id}, the chain of the deployment"
        )
    if code == "0x":
        raise InputError(f"{url} has no market at {market}; expected the chain of the deployment")
    return node, head


def start_bot(url: str, deployment: Deployment, terms: BotTerms, journal: Journal) -> KeeperBot:
    """Make a bot that stands before its first look.

    Raises
    ------
    InputError
        As `connect` does.
    """
    node, head = connect(url, deployment)
    engine = FollowedEngine(node, head)
    system = system_at(followed_chain(engine, deployment.chain_id), deployment)
    strategy = STRATEGIES[terms.strategy]
    wallet = Wallet(
        node,
        system,
        terms.account.address,
        terms.account.key,
        capacity=1 if terms.kind in _KINDS_WITH_BATCHES else terms.batch_size,
        patience=strategy.patience,
    )
    brain = brain_of(
        terms.kind,
        terms.account.name,
        terms.account.address,
        strategy=strategy,
        batch_size=terms.batch_size,
        min_profit=terms.min_profit,
        max_gas_price=terms.max_gas_price,
    )
    follower = Follower(node, engine, system, deployment.first_block)
    bot = KeeperBot(node, system, follower, wallet, brain, journal, terms.ether_price)
    bot.tell_of_start(
        node=node.version(),
        chain_id=deployment.chain_id,
        block=head.number,
        kind=terms.kind,
        strategy=terms.strategy,
    )
    return bot


def run_bot(
    bot: KeeperBot,
    pause: Callable[[float], bool],
    *,
    poll: float,
    once: bool = False,
    until_idle: int | None = None,
) -> None:
    """Look again and again.

    Parameters
    ----------
    pause : callable
        Waits so many seconds, or less; answers whether the bot shall stop.
    poll : float
        Seconds between two looks at the chain.
    once : bool
        Stop after the first look that succeeds.
    until_idle : int, optional
        Stop after so many blocks in a row with nothing to send and nothing on the way.
    """
    wait = 0.0
    while True:
        try:
            bot.look()
        except ChainError as error:
            wait = min(2 * wait, _LONGEST_WAIT) or _SHORTEST_WAIT
            event = "refused" if isinstance(error, NodeRefusal) else "disconnected"
            bot.journal.note(event, why=str(error), retry_in=wait)
            if pause(wait):
                break
            continue
        if wait:
            bot.journal.note("reconnected", block=bot.block)
            wait = 0.0
        if once or (until_idle is not None and bot.idle >= until_idle):
            bot.tell_of_end("looked once" if once else "idle")
            return
        if pause(poll):
            break
    bot.tell_of_end("asked to stop")
