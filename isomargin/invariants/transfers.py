"""Joins the token transfers of one transaction to the market's events that explain them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Transfer", "TransferTrail"]


class Transfer(NamedTuple):
    """Tokens that moved; token units."""

    sender: str
    receiver: str
    value: int


class _Dated(NamedTuple):
    """A transfer and how many actions had logged their event before it."""

    transfer: Transfer
    action: int


class TransferTrail:
    """The transfers of a transaction that no event has explained yet, and those that events have announced.

    The market logs some events before it moves tokens and some after; either way each transfer must meet
    its event, and no other action's event may come between the two: actions do not interleave.
    """

    def __init__(self) -> None:
        self._unexplained: list[_Dated] = []
        self._announced: list[_Dated] = []
        self._actions = 0  # that have logged their event
        self._interleaved: list[Transfer] = []

    def add(self, transfer: Transfer) -> None:
        """Note what the token logged."""
        if not self._meet(self._announced, transfer):
            self._unexplained.append(_Dated(transfer, self._actions))

    def explain(self, sender: str, receiver: str, value: int) -> bool:
        """Find the newest transfer like this among those before an event; moving nothing needs none."""
        return value == 0 or self._meet(self._unexplained, Transfer(sender, receiver, value))

    def announce(self, sender: str, receiver: str, value: int) -> None:
        """Expect a transfer like this after the event of the action under way; moving nothing needs none."""
        if value != 0:
            self._announced.append(_Dated(Transfer(sender, receiver, value), self._actions + 1))

    def end_action(self) -> None:
        """Note that an action has logged its event: what follows is this one's or the next's."""
        self._actions += 1

    def sent_by(self, account: str) -> list[Transfer]:
        """Transfers out of an account that nothing has explained."""
        return [seen.transfer for seen in self._unexplained if seen.transfer.sender == account]

    def has_just_reached(self, account: str) -> bool:
        """Whether something reached an account since the last action."""
        return any(
            seen.transfer.receiver == account and seen.action == self._actions for seen in self._unexplained
        )

    @property
    def unexplained(self) -> list[Transfer]:
        """Transfers that nothing has explained."""
        return [seen.transfer for seen in self._unexplained]

    @property
    def missing(self) -> list[Transfer]:
        """Transfers that an event announced and that did not come."""
        return [seen.transfer for seen in self._announced]

    @property
    def interleaved(self) -> list[Transfer]:
        """Transfers that another action's event parts from their own."""
        return list(self._interleaved)

    def _meet(self, waiting: list[_Dated], wanted: Transfer) -> bool:
        """Take the newest of those that wait and are alike."""
        for place in reversed(range(len(waiting))):
            if waiting[place].transfer == wanted:
                if waiting.pop(place).action != self._actions:
                    self._interleaved.append(wanted)
                return True
        return False
