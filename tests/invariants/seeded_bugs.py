"""Lets every contract that was broken on purpose live, and tells which faults were found."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from isomargin.invariants import INVARIANTS
from isomargin.model import Adjustment
from isomargin.protocol import Sources
from isomargin.units import WAD
from tests.invariants.breaking import KINDS, Mutant, sources_of
from tests.invariants.market_life import be_called_back, live_through, try_everything
from tests.invariants.mutants import MUTANTS
from tests.system_helpers import Stage

__all__ = ["BEGIN", "END", "INSURANCE", "PAGE", "found_in", "page_with", "stage_for", "table_of"]

INSURANCE = 350
"""Whole tokens: pays the first bad debt of the life in full, and the second in part."""

PAGE = Path(__file__).parents[2] / "docs" / "invariants.md"
BEGIN, END = "<!-- seeded bugs: begin -->\n", "<!-- seeded bugs: end -->\n"

_TOKENS: dict[str, str | Path] = {
    "tried": "testing/BlacklistToken",
    "called back": Path(__file__).with_name("CallbackToken.vy"),
}


def stage_for(life: str, sources: Sources | None = None, decimals: int = 6) -> Stage:
    """Deploy what a life needs: tokens that can do what it is about, room for a multiplier, traces."""
    used = sources or Sources()
    if life in _TOKENS:
        used = replace(used, token=_TOKENS[life])
    adjustment = Adjustment(max_multiplier=2 * WAD)
    return Stage(decimals=decimals, sources=used, insurance=INSURANCE, adjustment=adjustment, trace=True)


def play(life: str, stage: Stage) -> None:
    """Live it."""
    lives = {"watched": live_through, "tried": try_everything, "called back": be_called_back}
    lives[life](stage)


def found_in(mutant: Mutant) -> set[str]:
    """The invariants that a broken contract violates."""
    stage = stage_for(mutant.life, sources_of(mutant))
    play(mutant.life, stage)
    return stage.violated


def table_of(found: Sequence[tuple[Mutant, set[str]]]) -> str:
    """Class by class: how many were seeded, how many found, and by which invariants."""
    lines = ["| class | seeded | found | by |", "|---|---|---|---|"]
    for kind in KINDS:
        of_kind = [(mutant, names) for mutant, names in found if mutant.kind == kind]
        hits = [mutant for mutant, names in of_kind if mutant.invariant in names]
        by = sorted({mutant.invariant for mutant in hits}, key=list(INVARIANTS).index)
        lines.append(f"| {kind} | {len(of_kind)} | {len(hits)} | {', '.join(by)} |")
    hits = [mutant for mutant, names in found if mutant.invariant in names]
    lines.append(f"| all | {len(found)} | {len(hits)} | |")
    return "\n".join(lines) + "\n"


def page_with(table: str, text: str) -> str:
    """Put a table between the marks of a page."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{table}{END}{after}"


def main() -> int:
    """Play all, print what was found, and write the table into the page."""
    found = []
    for mutant in MUTANTS:
        names = found_in(mutant)
        found.append((mutant, names))
        seen = "found" if mutant.invariant in names else "MISSED"
        sys.stdout.write(f"{seen} by {mutant.invariant}: {mutant.fault} (violated: {', '.join(names)})\n")
        sys.stdout.flush()
    hits = sum(mutant.invariant in names for mutant, names in found)
    sys.stdout.write(f"{len(found)} seeded bugs, {hits} found\n\n{table_of(found)}")
    PAGE.write_text(page_with(table_of(found), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0 if hits == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
