"""``with reverts("market: price limit"):`` what is inside must be refused, with this reason."""

from __future__ import annotations

from types import TracebackType

from isomargin.errors import TransactionReverted

__all__ = ["reverts"]

_ANY_END = "..."


class reverts:  # noqa: N801 -- read as a verb
    """Expect a call or transaction inside the block to revert.

    Parameters
    ----------
    reason : str, optional
        The contract's reason, to the letter; one that ends in ``...`` only has to begin like it. Without a
        reason any revert will do.

    Attributes
    ----------
    error : TransactionReverted or None
        What was raised, with `reason` and `data`.

    Raises
    ------
    AssertionError
        If nothing reverts, or for another reason.
    """

    def __init__(self, reason: str | None = None) -> None:
        self._expected = reason
        self.error: TransactionReverted | None = None

    @property
    def reason(self) -> str:
        """The reason found; empty where the contract gave none, or nothing reverted yet."""
        return self.error.reason if self.error is not None else ""

    def __enter__(self) -> reverts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        __tracebackhide__ = True
        if error is None:
            raise AssertionError(f"expected {self._wanted()}, found none")
        if not isinstance(error, TransactionReverted):
            return False
        self.error = error
        if not self._fits(error.reason):
            raise AssertionError(f"expected {self._wanted()}, found {str(error)!r}") from error
        return True

    def _fits(self, reason: str) -> bool:
        expected = self._expected
        if expected is None:
            return True
        if expected.endswith(_ANY_END):
            return reason.startswith(expected.removesuffix(_ANY_END))
        return reason == expected

    def _wanted(self) -> str:
        return "a revert" if self._expected is None else f"a revert with {self._expected!r}"
