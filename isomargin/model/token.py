"""The collateral token: balances that go back to what they were when an action is refused."""

from __future__ import annotations

from typing import TypeVar

from isomargin.model.arithmetic import ceil_div
from isomargin.model.terms import Rejected
from isomargin.units import WAD

__all__ = ["JournaledDict", "TokenLedger"]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class JournaledDict(dict[_Key, _Value]):
    """A dictionary that can go back to what it was; entries are assigned, never deleted."""

    def __init__(self) -> None:
        super().__init__()
        self._before: dict[_Key, _Value | None] = {}

    def __setitem__(self, key: _Key, value: _Value) -> None:
        self._before.setdefault(key, self.get(key))
        super().__setitem__(key, value)

    def keep(self) -> None:
        """Make what stands now the state to go back to."""
        self._before.clear()

    def undo(self) -> None:
        """Go back to what stood at the last `keep`."""
        for key, value in self._before.items():
            if value is None:
                del self[key]
            else:
                super().__setitem__(key, value)
        self._before.clear()


class TokenLedger:
    """Token balances by account, token units.

    Attributes
    ----------
    transfer_fee_ratio : int
        What the token burns of every transfer, WAD ratio, up; 0 for a plain token.
    blocked : set of str
        Accounts that the token refuses to pay.
    """

    def __init__(self, transfer_fee_ratio: int = 0) -> None:
        self.transfer_fee_ratio = transfer_fee_ratio
        self.blocked: set[str] = set()
        self.balances: JournaledDict[str, int] = JournaledDict()

    @property
    def total_supply(self) -> int:
        """The sum of all balances."""
        return sum(self.balances.values())

    def balance(self, account: str) -> int:
        """What an account holds."""
        return self.balances.get(account, 0)

    def mint(self, account: str, amount: int) -> None:
        """Give an account tokens out of nowhere."""
        self.balances[account] = self.balance(account) + amount

    def burn(self, account: str, amount: int) -> None:
        """Take tokens out of the world.

        Raises
        ------
        Rejected
            ``token: insufficient balance``.
        """
        if amount > self.balance(account):
            raise Rejected("token: insufficient balance")
        self.balances[account] = self.balance(account) - amount

    def transfer(self, sender: str, receiver: str, amount: int) -> int:
        """Move tokens; returns what arrived.

        Raises
        ------
        Rejected
            ``token: refused`` for a blocked receiver, ``token: insufficient balance``.
        """
        if receiver in self.blocked:
            raise Rejected("token: refused")
        self.burn(sender, amount)
        arrived = self.arriving(amount)
        self.mint(receiver, arrived)
        return arrived

    def arriving(self, amount: int) -> int:
        """What the token lets arrive of a transfer."""
        return amount - ceil_div(amount * self.transfer_fee_ratio, WAD)
