"""The `[audit]` table: what `isomargin audit` shows of a scenario."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from isomargin.prices.parsing import shown
from isomargin.scenario.expressions import Expression, parse_amount
from isomargin.scenario.values import Section

__all__ = ["AuditSection"]


def _amount(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected an expression as text, found {shown(value)}")
    parse_amount(value)
    return value


class AuditSection(Section):
    """`[audit]`.

    Attributes
    ----------
    loss : str or None
        What counts as lost, read at the end of the run; what pool and insurance fund lost if not given.
    """

    loss: Annotated[str, BeforeValidator(_amount)] | None = None

    @property
    def measure(self) -> Expression | None:
        """What `loss` says."""
        return None if self.loss is None else parse_amount(self.loss)
