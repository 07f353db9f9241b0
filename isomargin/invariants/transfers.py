"""Joins the token transfers of one transaction to the market's events that explain them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Transfer", "TransferTrail"]


class Transfer(NamedTuple):
    """Tokens that moved; token units."""

    sender: str
    receiver: str
    value: int


class TransferTrail:
    """The transfers of a transaction that no event has explained yet, and those that events have announced.

    The market logs some events before it moves tokens and some after; either way each transfer must meet
    its event.
    """

    def __init__(self) -> None:
        self._unexplained: list[Transfer] = []
        self._announced: list[Transfer] = []

    def add(self, transfer: Transfer) -> None:
        """Note what the token logged."""
        if transfer in self._announced:
            self._announced.remove(transfer)
        else:
            self._unexplained.append(transfer)

    def explain(self, sender: str, receiver: str, value: int) -> bool:
        """Find the newest transfer like this among those before an event; moving nothing needs none."""
        if value == 0:
            return True
        wanted = Transfer(sender, receiver, value)
        for place in reversed(range(len(self._unexplained))):
            if self._unexplained[place] == wanted:
                del self._unexplained[place]
                return True
        return False

    def announce(self, sender: str, receiver: str, value: int) -> None:
        """Expect a transfer like this after an event; moving nothing needs none."""
        if value != 0:
            self._announced.append(Transfer(sender, receiver, value))

    def sent_by(self, account: str) -> list[Transfer]:
        """Transfers out of an account that nothing has explained."""
        return [transfer for transfer in self._unexplained if transfer.sender == account]

    @property
    def unexplained(self) -> list[Transfer]:
        """Transfers that nothing has explained."""
        return list(self._unexplained)

    @property
    def missing(self) -> list[Transfer]:
        """Transfers that an event announced and that did not come."""
        return list(self._announced)
