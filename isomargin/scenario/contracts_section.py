"""The `[contracts]` table: a user's own sources in place of the system's, and contracts beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from isomargin.prices.parsing import shown
from isomargin.protocol import Sources, altered_sources
from isomargin.scenario.values import Checked, Name, Section, text_of

__all__ = ["BesideSection", "ChangeSection", "ContractsSection", "source_in"]

_LONGEST = 4_000  # characters of a text that is changed


def _lines(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError(f"expected text of at most {_LONGEST} characters, found {shown(value)}")
    return value


_LISTS = ("beside", "changes")
_Source = Annotated[str, text_of(500)]
_Lines = Annotated[str, Checked(_lines, {"maxLength": _LONGEST})]


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


class ChangeSection(Section):
    """One of `[[contracts.changes]]`: a few lines of the packaged contracts, and others in their place.

    Attributes
    ----------
    text : str
        Stands in exactly one place of all of them.
    instead : str
        What is compiled there.
    """

    text: _Lines
    instead: _Lines


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
    changes: tuple[ChangeSection, ...] = ()

    def replaced(self) -> dict[str, str]:
        """What the file says of the system's own parts."""
        named = {part: getattr(self, part) for part in type(self).model_fields if part not in _LISTS}
        return {part: source for part, source in named.items() if source is not None}

    def chosen(self, folder: Path) -> Sources:
        """What stands for each part before any change; files are looked for in a folder first."""
        return Sources(**{part: source_in(folder, text) for part, text in self.replaced().items()})

    def sources(self, folder: Path) -> Sources:
        """What the system is deployed from.

        Raises
        ------
        CompileError
            If a change does not name one place of the packaged contracts.
        """
        if not self.changes:
            return self.chosen(folder)
        return altered_sources(self.chosen(folder), [(one.text, one.instead) for one in self.changes])


def source_in(folder: Path, text: str) -> str | Path:
    """The file that a text names in a folder; the text itself where there is none."""
    for candidate in (folder / text, Path(f"{folder / text}.vy")):
        if candidate.is_file():
            return candidate
    return text
