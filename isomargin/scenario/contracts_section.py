"""The `[contracts]` table: a user's own sources in place of the system's, and contracts beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from isomargin.protocol import Sources
from isomargin.scenario.values import Name, Section, text_of

__all__ = ["BesideSection", "ContractsSection", "source_in"]

_Source = Annotated[str, text_of(500)]


class BesideSection(Section):
    """One of `[[contracts.beside]]`: deployed before the first price.

    Attributes
    ----------
    name : str
        What steps and expressions call it by.
    source : str
        A Vyper source or an artefact of Foundry, relative to the scenario file.
    args : tuple
        Of the constructor, in units, by its ABI.
    by : str
        Who deploys it.
    """

    name: Name
    source: _Source
    args: tuple[Any, ...] = ()
    by: Name = "admin"


class ContractsSection(Section):
    """`[contracts]`: by the part that it stands for, a packaged name or a file of the user's."""

    token: _Source | None = None
    feed: _Source | None = None
    oracle: _Source | None = None
    risk_engine: _Source | None = None
    full_liquidation: _Source | None = None
    target_health: _Source | None = None
    half_then_all: _Source | None = None
    planner: _Source | None = None
    vault: _Source | None = None
    pool: _Source | None = None
    insurance_fund: _Source | None = None
    market: _Source | None = None
    lens: _Source | None = None
    what_if: _Source | None = None
    margin_calls: _Source | None = None
    trigger_orders: _Source | None = None
    beside: tuple[BesideSection, ...] = ()

    def replaced(self) -> dict[str, str]:
        """What the file says of the system's own parts."""
        named = {part: getattr(self, part) for part in type(self).model_fields if part != "beside"}
        return {part: source for part, source in named.items() if source is not None}

    def sources(self, folder: Path) -> Sources:
        """What the system is deployed from; files are looked for in a folder first."""
        return Sources(**{part: source_in(folder, text) for part, text in self.replaced().items()})


def source_in(folder: Path, text: str) -> str | Path:
    """The file that a text names in a folder; the text itself where there is none."""
    for candidate in (folder / text, Path(f"{folder / text}.vy")):
        if candidate.is_file():
            return candidate
    return text
