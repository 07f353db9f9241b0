"""The exceptions of isomargin, one tree; everything a user can cause is an `IsomarginError`.

IsomarginError
+-- InputError               bad file, key, value or option: one line, exit code 2
|   +-- ScenarioError        in a scenario file
|   +-- PriceDataError       in a price file or list
+-- CompileError             a Vyper source that does not compile, or is not found
+-- ChainError               the engine refused something
|   +-- MalformedTransaction bytes that are no signed transaction for this chain
|   +-- TransactionReverted  the contract said no; carries its reason
+-- InvariantViolation       the books do not balance; carries the invariant's id
+-- SweepStopped             a sweep that ends before its last run; what is finished is kept
"""

from __future__ import annotations

__all__ = [
    "ChainError",
    "CompileError",
    "InputError",
    "InvariantViolation",
    "IsomarginError",
    "MalformedTransaction",
    "PriceDataError",
    "ScenarioError",
    "SweepStopped",
    "TransactionReverted",
]


class IsomarginError(Exception):
    """Root of the tree; `str(error)` is one line that a user can act on."""


class InputError(IsomarginError):
    """Bad input: says what was found, what was expected, and where."""


class ScenarioError(InputError):
    """A scenario file that cannot be run; the message names file and key."""


class PriceDataError(InputError):
    """A price file or list that cannot be used; the message names file and row."""


class CompileError(IsomarginError):
    """A Vyper source that is missing or does not compile."""


class ChainError(IsomarginError):
    """The engine refused a request that no contract refused."""


class MalformedTransaction(ChainError):
    """Bytes that are no signed transaction for this chain; says why in the words of geth."""


class TransactionReverted(ChainError):
    """A call or transaction that reverted.

    Attributes
    ----------
    reason : str
        The contract's reason, for example ``"market: price limit"``; empty when it gave none.
    data : bytes
        The raw revert data.
    """

    def __init__(self, reason: str = "", data: bytes = b"") -> None:
        super().__init__(reason or f"reverted without a reason (data 0x{data.hex()})")
        self.reason = reason
        self.data = data


class InvariantViolation(IsomarginError):
    """An invariant that does not hold.

    Attributes
    ----------
    invariant : str
        Its id, for example ``"I5"``.
    """

    def __init__(self, invariant: str, message: str) -> None:
        super().__init__(f"{invariant}: {message}")
        self.invariant = invariant


class SweepStopped(IsomarginError):
    """A sweep that cannot go on: a full disk, a worker without memory, a cluster that is gone."""
