"""What checking gives: how many cases were looked at, how many failed, and the first failure in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from isomargin.errors import InvariantViolation
from isomargin.invariants.catalogue import INVARIANTS, Invariant

__all__ = ["Finding", "Tally", "raise_on_violation"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How one invariant fared at one block.

    Attributes
    ----------
    invariant : str
        Its id.
    checked, violations : int
        Cases looked at; those in which it did not hold.
    message : str
        The first violation in words, empty when there was none.
    """

    invariant: str
    block: int
    checked: int
    violations: int
    message: str


class Tally:
    """Counts cases by invariant, and keeps the first violation of each in words."""

    def __init__(self) -> None:
        self._checked = dict.fromkeys(INVARIANTS, 0)
        self._violations = dict.fromkeys(INVARIANTS, 0)
        self._messages: dict[str, str] = {}

    def check(self, invariant: Invariant, holds: bool, message: str | Callable[[], str]) -> None:
        """Count one case; the message is for when it does not hold."""
        self._checked[invariant.id] += 1
        if not holds:
            self._violations[invariant.id] += 1
            if invariant.id not in self._messages:
                self._messages[invariant.id] = message if isinstance(message, str) else message()

    def equal(self, invariant: Invariant, place: str, what: str, found: object, expected: object) -> None:
        """Count one case in which two things must be the same."""
        self.check(invariant, found == expected, lambda: f"{place}: {what} is {found}, expected {expected}")

    def findings(self, block: int) -> list[Finding]:
        """Return a finding for every invariant that was checked."""
        return [
            Finding(name, block, checked, self._violations[name], self._messages.get(name, ""))
            for name, checked in self._checked.items()
            if checked
        ]


def raise_on_violation(findings: Iterable[Finding]) -> None:
    """Turn the first violation among the findings into an exception.

    Raises
    ------
    InvariantViolation
        With the invariant's id, its name, and what was found where.
    """
    for finding in findings:
        if finding.violations:
            name = INVARIANTS[finding.invariant].name
            raise InvariantViolation(finding.invariant, f"{name}: {finding.message}")
