"""How keepers stand while a run goes on: what each has left to pay for gas, and its setbacks in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from isomargin.simulation.fates import Fate

__all__ = ["Standing", "note_fates"]


@dataclass
class Standing:
    """One keeper's.

    Attributes
    ----------
    funds : int or None
        Ether for gas, wei; None: no end. It is the keeper's own account: balances on the chain, from which
        every engine could pay for ever, know nothing of it.
    refills : bool
        Whether rewards become ether for gas.
    setbacks : int
        Blocks in a row in which its transactions waited for room or came to nothing.
    """

    funds: int | None = None
    refills: bool = False
    setbacks: int = 0


def note_fates(
    standings: Mapping[str, Standing],
    fates: Iterable[Fate],
    waiting: Iterable[str],
    ether: Callable[[int], int],
) -> None:
    """Bring standings up to date after a block.

    Parameters
    ----------
    standings : mapping of str to Standing
        By account; changed in place.
    fates : iterable of Fate
        Of the keepers' transactions in the block.
    waiting : iterable of str
        Accounts with a transaction that could have been in the block and found no room.
    ether : callable
        What rewards in token units come to in wei.
    """
    winners: set[str] = set()
    unlucky = set(waiting)
    for fate in fates:
        account = fate.order.actor.account
        (winners if fate.won else unlucky).add(account)
        standing = standings.get(account)
        if standing is not None and standing.funds is not None:
            standing.funds -= fate.wei
            if standing.refills and fate.rewards:
                standing.funds += ether(fate.rewards)
    for account, standing in standings.items():
        if account in winners:
            standing.setbacks = 0
        elif account in unlucky:
            standing.setbacks += 1
