"""Write a contract, run it under recording, and read the coverage of its lines by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from isomargin.chain import Chain, Contract
from isomargin.chain.recording import recording
from isomargin.contracts import compile_contract
from isomargin.coverage import FileCoverage, Report, State, measure, merge_records

__all__ = ["LEVELS", "branches", "covered", "cover", "missed", "outcomes", "tried", "unreachable", "write"]

LEVELS = ["gas", "codesize", "none"]


def write(folder: Path, **sources: str) -> None:
    """Write ``<name>.vy`` for each, its first line the first of the text."""
    for name, text in sources.items():
        (folder / f"{name}.vy").write_text(text.lstrip("\n"))


def cover(folder: Path, run: Callable[[Chain], None]) -> Report:
    """Run with a chain that records, and measure what lies in `folder`."""
    with recording() as made:
        run(Chain())
    return measure(merge_records([made.as_json()]), [folder])


def tried(folder: Path, name: str, calls: list[tuple], *, optimize: str = "gas", args: tuple = ()) -> FileCoverage:
    """Deploy ``name`` and make the calls, whether they revert or not; return the coverage of its own file."""

    def run(chain: Chain) -> None:
        contract = chain.deploy(compile_contract(folder / f"{name}.vy", optimize=optimize), *args)
        for function, *arguments in calls:
            attempt(contract, function, *arguments)

    report = cover(folder, run)
    return next(file for file in report.files if file.path.stem == name)


def attempt(contract: Contract, function: str, *arguments: object) -> None:
    """Send it in a block; a revert is in the receipt and raises nothing."""
    chain = contract.chain
    chain.mine([contract.transaction(function, *arguments, sender=chain.account("caller"))])


def covered(file: FileCoverage) -> list[int]:
    return file.lines_in(State.COVERED)


def missed(file: FileCoverage) -> list[int]:
    return file.lines_in(State.MISSED)


def unreachable(file: FileCoverage) -> list[int]:
    return file.lines_in(State.UNREACHABLE)


def branches(file: FileCoverage) -> Mapping[tuple[int, str], str]:
    """For each branch its outcomes, positive and negative: ``+`` covered, ``-`` missed, ``.`` unreachable."""
    signs = {State.COVERED: "+", State.MISSED: "-", State.UNREACHABLE: "."}
    return {
        (branch.line, branch.label): "".join(signs[state] for state in branch.outcomes)
        for branch in file.branches
    }


def outcomes(file: FileCoverage, line: int, label: str) -> str:
    return branches(file)[line, label]
