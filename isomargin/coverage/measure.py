"""From recordings to figures: the lines and branches of each source file, over all contracts that hold it."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from isomargin.contracts import contracts_root
from isomargin.coverage.compilation import Compilation, compile_recorded
from isomargin.coverage.inference import infer
from isomargin.coverage.instructions import lay_out
from isomargin.coverage.records import ContractRecord, Origin, Records
from isomargin.coverage.syntax import OUTCOMES, Function, Module, modules_of
from isomargin.errors import CompileError, InputError

__all__ = ["BranchCoverage", "FileCoverage", "Ignored", "Report", "State", "Tally", "measure"]

_IGNORE = re.compile(r"#\s*coverage:\s*ignore\b\s*(.*)")


class State(Enum):
    """Of a line, or of one outcome of a branch."""

    COVERED = "covered"
    MISSED = "missed"
    UNKNOWN = "unknown"  # the compiler names no instruction of it, and nothing follows from its neighbours
    UNREACHABLE = "unreachable"  # the compiler made no code for it


@dataclass(frozen=True)
class BranchCoverage:
    """A branch and its two outcomes, the positive first; see `syntax.OUTCOMES`."""

    line: int
    column: int
    kind: str
    operand: int
    outcomes: tuple[State, State]

    def missed(self) -> list[str]:
        """Name the outcomes that did not come about."""
        names = OUTCOMES[self.kind]
        return [name for name, state in zip(names, self.outcomes, strict=True) if state is State.MISSED]

    @property
    def label(self) -> str:
        """The kind, with the operand's place where there are several."""
        return f"{self.kind} {self.operand + 1}" if self.operand else self.kind


@dataclass(frozen=True)
class Ignored:
    """A line that its author takes out of the count, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Tally:
    """How many there are, and how many are covered."""

    total: int
    covered: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.total + other.total, self.covered + other.covered)

    @property
    def percent(self) -> float:
        """100 where there is nothing to cover."""
        return 100 * self.covered / self.total if self.total else 100.0


@dataclass(frozen=True)
class FileCoverage:
    """One source file; `lines` has the state of each line on which a statement begins."""

    path: Path
    text: str = field(repr=False)
    lines: dict[int, State]
    branches: tuple[BranchCoverage, ...]
    ignored: tuple[Ignored, ...]

    @property
    def line_tally(self) -> Tally:
        """Lines, those missed and those covered."""
        return _tally(self.lines.values())

    @property
    def branch_tally(self) -> Tally:
        """Outcomes, those missed and those covered."""
        return _tally(state for branch in self.branches for state in branch.outcomes)

    def lines_in(self, state: State) -> list[int]:
        """The numbers of the lines in a state, ascending."""
        return sorted(line for line, found in self.lines.items() if found is state)


@dataclass(frozen=True)
class Report:
    """All files, by path, what a reader must know besides, and the contracts left out since they changed."""

    files: tuple[FileCoverage, ...]
    notes: tuple[str, ...]
    stale: tuple[str, ...] = ()

    @property
    def line_tally(self) -> Tally:
        """Over all files."""
        return sum((file.line_tally for file in self.files), Tally(0, 0))

    @property
    def branch_tally(self) -> Tally:
        """Over all files."""
        return sum((file.branch_tally for file in self.files), Tally(0, 0))

    @property
    def percent(self) -> float:
        """Lines and outcomes together."""
        return (self.line_tally + self.branch_tally).percent


def _tally(states: Iterable[State]) -> Tally:
    counted = [state for state in states if state in {State.COVERED, State.MISSED}]
    return Tally(len(counted), counted.count(State.COVERED))


@dataclass(eq=False)
class _Sums:
    """What all codes say of one file: the states of its lines and outcomes, the best of each."""

    lines: dict[int, State] = field(default_factory=dict)
    branches: dict[tuple[int, int, str, int], list[State]] = field(default_factory=dict)


def measure(
    records: Records,
    sources: Sequence[Path] = (),
    on_contract: Callable[[str], None] = lambda name: None,
) -> Report:
    """Work out the coverage of every source file below `sources`.

    Parameters
    ----------
    records : Records
        From `read_records`.
    sources : sequence of Path
        Files or folders to report on; by default the working directory and the packaged contracts, without
        what is installed in it.
    on_contract : callable
        Told the name of each contract before it is compiled.

    Raises
    ------
    InputError
        If none of what was recorded has its source there.
    """
    roots = [root.resolve() for root in sources] or [Path.cwd(), contracts_root()]
    sums: dict[str, _Sums] = {}
    stale: list[str] = []
    elsewhere = 0
    for record in records.contracts:
        origins = [origin for origin in record.origins if _is_near(origin.source, roots)]
        if not origins:
            elsewhere += 1
            continue
        on_contract(record.name)
        compilation = _compilation(record, origins)
        if compilation is None:
            stale.append(record.name)
        else:
            _add(sums, record, compilation)
    files = [_file(path, sums[path]) for path in sorted(sums) if _is_shown(Path(path), roots)]
    if not files:
        raise InputError(_nothing_left(records, roots, stale))
    notes = [f"{name}: left out, its source has changed since it was recorded" for name in stale]
    notes += _absent(sources, {file.path for file in files})
    if elsewhere:
        notes.append(f"{_count(elsewhere, 'contract')} left out: source elsewhere or gone")
    if records.unknown:
        notes.append(f"{_count(records.unknown, 'code')} of no known source ran")
    return Report(tuple(files), tuple(notes), tuple(stale))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _is_near(source: Path, roots: Sequence[Path]) -> bool:
    """Tell whether a contract is worth compiling: it may stand beside the sources, and import them."""
    return source.is_file() and any(source.is_relative_to(root) for root in (*roots, Path.cwd()))


def _is_shown(path: Path, roots: Sequence[Path]) -> bool:
    within = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return any("site-packages" not in place.parts for place in within)


def _nothing_left(records: Records, roots: Sequence[Path], stale: Sequence[str]) -> str:
    if stale:
        return f"{', '.join(stale)}: source has changed since it was recorded; record again"
    names = ", ".join(sorted({record.name for record in records.contracts})) or "no contract"
    return f"nothing recorded below {', '.join(map(str, roots))}; recorded: {names}"


def _absent(sources: Sequence[Path], shown: set[Path]) -> list[str]:
    """Name the files asked for that no recorded contract holds: nobody deployed them."""
    missing = [
        file
        for root in sources
        for file in (sorted(root.resolve().rglob("*.vy")) if root.is_dir() else [root.resolve()])
        if file not in shown
    ]
    return [f"in no recorded contract: {', '.join(map(_shown, missing))}"] if missing else []


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _compilation(record: ContractRecord, origins: Sequence[Origin]) -> Compilation | None:
    for origin in origins:
        try:
            made = compile_recorded(origin.source, origin.optimize, origin.search_paths)
        except CompileError:
            continue
        if _instructions(made.init_code) == _instructions(record.init_code):
            return made
    return None


def _instructions(init_code: bytes) -> bytes:
    """Leave out the footer, which has a hash of the sources and changes with every comment."""
    return init_code[: -int.from_bytes(init_code[-2:], "big")]


def _add(sums: dict[str, _Sums], record: ContractRecord, made: Compilation) -> None:
    """Add what one contract's two codes tell about each of its files."""
    modules = modules_of(made.trees)
    main = modules[0].functions if modules else []
    constructor = next((function for function in main if function.name == "__init__"), None)
    for code, nodes, hits, creating in (
        (made.constructor_code, made.init_nodes, record.init, constructor),
        (made.runtime_code, made.runtime_nodes, record.runtime, None),
    ):
        here = {counter: node for counter, node in nodes.items() if counter < len(code)}
        facts = infer(lay_out(code, here, modules), code, hits, creating)
        for module in modules:
            total = sums.setdefault(module.path, _Sums())
            for function in _counted(module):
                for statement in function.statements:
                    state = _state(statement in facts.possible, statement in facts.entered)
                    if statement in facts.unknown:
                        state = State.UNKNOWN
                    _raise(total.lines, statement.line, state)
                for branch in function.branches:
                    found = [
                        _state((branch, way) in facts.open, (branch, way) in facts.seen)
                        for way in (True, False)
                    ]
                    before = total.branches.get(branch.key, found)
                    total.branches[branch.key] = [
                        _better(one, other) for one, other in zip(before, found, strict=True)
                    ]


def _counted(module: Module) -> Sequence[Function]:
    return () if module.path.endswith(".vyi") else module.functions


_ORDER = (State.UNREACHABLE, State.UNKNOWN, State.MISSED, State.COVERED)


def _state(possible: bool, happened: bool) -> State:
    return State.COVERED if happened else State.MISSED if possible else State.UNREACHABLE


def _better(one: State, other: State) -> State:
    return max(one, other, key=_ORDER.index)


def _raise(lines: dict[int, State], line: int, state: State) -> None:
    lines[line] = _better(lines.get(line, state), state)


def _file(path: str, sums: _Sums) -> FileCoverage:
    file = Path(path)
    text = file.read_text()
    ignored = _ignored(file, text)
    left_out = {item.line for item in ignored}
    return FileCoverage(
        file,
        text,
        {line: state for line, state in sorted(sums.lines.items()) if line not in left_out},
        tuple(
            BranchCoverage(*key, (states[0], states[1]))
            for key, states in sorted(sums.branches.items())
            if key[0] not in left_out
        ),
        ignored,
    )


def _ignored(file: Path, text: str) -> tuple[Ignored, ...]:
    """Find the comments that take a line out of the count; each must say why."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        match = _IGNORE.match(token.string) if token.type == tokenize.COMMENT else None
        if match is not None:
            if not match[1].strip():
                raise InputError(
                    f"{_shown(file)}:{token.start[0]}: coverage: ignore needs a reason behind it"
                )
            found.append(Ignored(token.start[0], match[1].strip()))
    return tuple(found)
