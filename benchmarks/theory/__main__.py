"""`python -m benchmarks.theory`: plays runs whose results are known, and prints or writes their tables."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from benchmarks.theory.funding import CADENCES, MODES, payments
from benchmarks.theory.page import LARGE, PAGE, SMALL, funding_table, played, share_table, with_table


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Play a sample; exit with 1 if a share is four errors from theory, or contracts and model part."""
    parser = argparse.ArgumentParser(prog="scripts/theory", description=__doc__)
    parser.add_argument("--large", action="store_true", help="10,000 paths on the contracts: minutes")
    parser.add_argument("--paths", type=int, help="paths on the contracts, instead of the sample's")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/theory.md")
    chosen = parser.parse_args()
    sample = LARGE if chosen.large else SMALL
    if chosen.paths is not None:
        sample = replace(sample, contracts=min(chosen.paths, sample.model[1][1]))
    result = played(sample, _tell)
    found = result.shares()
    _tell("funding")
    charged = {(mode, cadence): payments(mode, cadence) for mode in MODES for cadence in CADENCES}
    tables = {sample.name: share_table(found), "funding": funding_table(charged)}
    sys.stdout.write("\n\n".join(tables.values()) + "\n")
    if chosen.write:
        page = PAGE.read_text(encoding="utf-8")
        for name, table in tables.items():
            page = with_table(page, name, table)
        PAGE.write_text(page, encoding="utf-8")
    return int(not result.is_one_market or any(abs(one.off_by) > 4 for one in found))


if __name__ == "__main__":
    sys.exit(main())
