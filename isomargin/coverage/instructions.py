"""Instructions tied to the syntax: which statement each belongs to, and which JUMPI decides which branch.

The compiler names a node of the syntax tree for most instructions. Not all of these names can be relied on
(vyper 0.4.3), and each exception is handled where it arises:

- an argument in calldata is compiled once, and all its uses carry the node of the last;
- the target that is pushed before a jump carries the node of the label that it was merged with;
- where the optimiser turns a jump round, the new JUMPI carries no node;
- the loop over a list carries the node of the function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from isomargin.coverage.syntax import Branch, Function, Module, Node, Statement

__all__ = ["Layout", "lay_out"]

_JUMP, _JUMPI, _JUMPDEST = 0x56, 0x57, 0x5B
_PUSH0, _PUSH1, _PUSH2, _PUSH32 = 0x5F, 0x60, 0x61, 0x7F
_ENDS = frozenset({0x00, 0xF3, 0xFD, 0xFE})  # STOP, RETURN, REVERT, INVALID
_REVERTS = bytes.fromhex("5b5f80fd")  # the block that every check of the compiler's own jumps to
_BACK_EDGE = bytes.fromhex("818118")  # DUP2 DUP2 XOR: is the next index the last?

_NO_ROUNDS = bytes.fromhex("8015")  # DUP1 ISZERO
_EXIT = bytes.fromhex("5b5050")  # JUMPDEST POP POP

_Value = TypeVar("_Value")


@dataclass(eq=False)
class Layout:
    """How one code realises the syntax.

    Attributes
    ----------
    anchors : mapping
        Program counters that run only when the statement runs, ascending.
    jumps : mapping
        For each branch its JUMPIs: program counter, and whether jumping is the positive outcome.
    functions : mapping
        For each function that has code here the program counters that carry its own node.
    """

    anchors: dict[Statement, list[int]] = field(default_factory=dict)
    jumps: dict[Branch, list[tuple[int, bool]]] = field(default_factory=dict)
    functions: dict[Function, list[int]] = field(default_factory=dict)


def lay_out(code: bytes, nodes: Mapping[int, Node], modules: Sequence[Module]) -> Layout:
    """Find the place of every statement and branch in `code`.

    Parameters
    ----------
    code : bytes
        Instructions; data behind them does no harm.
    nodes : mapping
        Node of the syntax tree by program counter, the compiler's ``pc_ast_map``.
    modules : sequence of Module
        The sources.
    """
    return _Finder(code, nodes, modules).layout


class _Finder:
    def __init__(self, code: bytes, nodes: Mapping[int, Node], modules: Sequence[Module]) -> None:
        self._code, self._nodes = code, nodes
        self._homes = _union(module.homes for module in modules)
        self._functions = _union(module.functions_of for module in modules)
        self._names = _union(module.names for module in modules)
        self._branches: dict[Node, list[Branch]] = {}
        self._tests: dict[Node, list[Branch]] = {}  # by every node of what decides
        for module in modules:
            for function in module.functions:
                for branch in function.branches:
                    self._branches.setdefault(branch.node, []).append(branch)
                    for node in branch.test:
                        self._tests.setdefault(node, []).append(branch)
        self.counters, self._previous = _instructions(code)
        self._next = {before: counter for counter, before in self._previous.items()}
        self.layout = Layout()
        self._anchor()
        self._find_loops()
        self._find_jumps()

    # Statements

    def _anchor(self) -> None:
        for counter in self.counters:
            node = self._nodes.get(counter)
            if node is None:
                continue
            if (function := self._functions.get(node)) is not None:
                self.layout.functions.setdefault(function, []).append(counter)
            statement = self._statement_at(counter)
            if statement is not None:
                self.layout.anchors.setdefault(statement, []).append(counter)
                self.layout.functions.setdefault(statement.function, [])

    def _statement_at(self, counter: int) -> Statement | None:
        """Return the statement that surely runs when this instruction runs."""
        node = self._nodes.get(counter)
        statement = self._homes.get(node) if node is not None else None
        if node is None or statement is None or self._is_shared(node, statement):
            return None
        if self._target(counter) is not None and self._code[self._next.get(counter, 0)] in {_JUMP, _JUMPI}:
            return None  # a pushed target
        return statement

    def _is_shared(self, node: Node, statement: Statement) -> bool:
        function = statement.function
        return function.takes_calldata and self._names.get(node) in function.arguments

    def _target(self, counter: int) -> int | None:
        if self._code[counter] == _PUSH2:
            return int.from_bytes(self._code[counter + 1 : counter + 3], "big")
        return None

    # Loops: start, rounds, [check of the bound, way round if there are none], entry: body, back edge, exit

    def _find_loops(self) -> None:
        widest: dict[Statement, tuple[int, int]] = {}
        for counter in self.counters:
            if self._code[counter] != _JUMPI or self._code[counter - 6 : counter - 3] != _BACK_EDGE:
                continue
            entry = self._target(counter - 3)
            if entry is None or entry > counter:
                continue
            loop = self._loop_of(entry, counter)
            if loop is not None and (loop not in widest or entry < widest[loop][0]):
                widest[loop] = (entry, counter)
        for loop, (entry, back) in widest.items():
            assert loop.branch is not None
            jumps = [(back, True)]
            for counter in reversed([counter for counter in self.counters if counter < entry][-8:]):
                if self._code[counter] == _JUMPI and self._target(counter - 3) == back + 1:
                    jumps.insert(0, (counter, False))
                    break
            self.layout.jumps[loop.branch] = jumps
        self._find_loops_that_never_go_round()

    def _find_loops_that_never_go_round(self) -> None:
        """Find loops whose body always leaves: they have no back edge, but may still have the way round."""
        for counter in self.counters:
            target = self._target(counter - 3) if self._code[counter] == _JUMPI else None
            if target is None or self._code[counter - 5 : counter - 3] != _NO_ROUNDS:
                continue
            if target > counter and self._code.startswith(_EXIT, target):
                loop = self._loop_of(counter, target)
                if loop is not None and loop.branch is not None and loop.branch not in self.layout.jumps:
                    self.layout.jumps[loop.branch] = [(counter, False)]

    def _loop_of(self, entry: int, back: int) -> Statement | None:
        """Return the user's loop whose body is laid out between entry and back edge, if there is one."""
        node = self._nodes.get(back)
        named = self._homes.get(node) if node is not None else None
        if named is not None and named.kind == "For":
            return named
        found = [
            statement
            for statement, counters in self.layout.anchors.items()
            if any(entry <= counter < back for counter in counters)
        ]
        loops = [_loops_around(statement) for statement in found]
        shared = [loop for loop in (loops[0] if loops else []) if all(loop in others for others in loops)]
        return shared[0] if shared else None  # the innermost

    # Decisions

    def _find_jumps(self) -> None:
        chains: dict[Node, list[int]] = {}
        certain: set[Branch] = set()
        for counter in self.counters:
            if self._code[counter] != _JUMPI:
                continue
            branch = self._branch_at(counter)
            if branch is None:
                continue
            if branch.kind in {"and", "or"}:
                chains.setdefault(branch.node, []).append(counter)
            elif branch.kind != "loop" and branch not in certain:
                self.layout.jumps[branch] = [(counter, self._polarity(branch, counter))]
                if counter in self._nodes:
                    certain.add(branch)
        for node, counters in chains.items():
            branches = self._branches[node]
            if len(counters) % len(branches):  # an operand was folded away: which is seen from what decides
                pairs = [(self._operand(branches, counter), counter) for counter in counters]
            else:
                pairs = list(zip(branches * (len(counters) // len(branches)), counters, strict=True))
            for branch, counter in pairs:
                if branch is not None:
                    self.layout.jumps.setdefault(branch, []).append((counter, self._continues(counter)))

    def _branch_at(self, counter: int) -> Branch | None:
        node = self._nodes.get(counter)
        if node is not None:
            return self._branches[node][0] if node in self._branches else None
        target = self._target(counter - 3)
        if target is None or self._code[target : target + 4] == _REVERTS:
            return None  # a check of the compiler's own
        # no node: turned round, or nested; the branch that the value just computed decides
        at = self._previous.get(counter)
        for _ in range(8):
            if at is None or self._code[at] in {_JUMP, _JUMPI}:
                return None
            before = self._nodes.get(at)
            if before is not None and self._target(at) is None and before in self._homes:
                return self._decided_by(before, counter)
            at = self._previous.get(at)
        return None

    def _decided_by(self, node: Node, counter: int) -> Branch | None:
        if node in self._branches and self._branches[node][0].kind == "if":
            return self._branches[node][0]
        found = [
            branch
            for branch in self._tests.get(node, ())
            if branch.kind == "if" or (branch.kind in {"and", "or"} and self._stops(branch, counter))
        ]
        return min(found, key=lambda branch: len(branch.test), default=None)

    def _operand(self, branches: Sequence[Branch], counter: int) -> Branch | None:
        at = self._previous.get(counter)
        while at is not None:
            node = self._nodes.get(at)
            for branch in branches:
                if node in branch.test:
                    return branch
            at = self._previous.get(at)
        return None

    def _continues(self, counter: int) -> bool:
        """Tell whether an ``and`` or ``or`` goes on to its next operand by jumping.

        Stopping puts a constant on the stack: either below, with a jump behind it, or at the target.
        """
        below = counter + 1
        behind = below + {_PUSH0: 1, _PUSH1: 2}.get(self._code[below], 0)
        return behind > below and self._target(behind) is not None and self._code[behind + 3] == _JUMP

    def _stops(self, branch: Branch, counter: int) -> bool:
        """Tell whether one way of this JUMPI stops an ``and`` or ``or``."""
        constant = b"\x5f" if branch.kind == "and" else b"\x60\x01"
        target = (self._target(counter - 3) or 0) + 1
        return self._code.startswith(constant, counter + 1) or self._code.startswith(constant, target)

    def _polarity(self, branch: Branch, counter: int) -> bool:
        """Tell whether the jump is taken on the positive outcome."""
        target = self._target(counter - 3)
        if branch.kind == "assert":
            fails_by_jumping = not branch.statement.has_message and self._code[counter + 1] != 0xFE
            return not fails_by_jumping
        if branch.kind == "if" and not branch.statement.orelse:
            return counter not in self._nodes  # jumps over its body, unless it was turned round
        below = self._side(branch, counter + 1)
        beyond = self._side(branch, target) if target is not None else None
        if below is not None:
            return not below
        if beyond is not None:
            return beyond
        return False

    def _side(self, branch: Branch, start: int) -> bool | None:
        """Follow the code to the first instruction of either side: True the positive, None not to be told."""
        counter: int | None = start
        seen: set[int] = set()
        while counter is not None and counter not in seen and counter < len(self._code):
            seen.add(counter)
            node = self._nodes.get(counter)
            if node is not None and self._is_telling(counter, branch):
                if self._is_in(node, branch.positive, branch):
                    return True
                if self._is_in(node, branch.negative, branch):
                    return False
                if node != branch.node and node in self._homes and self._homes[node] is not branch.statement:
                    return None
            opcode = self._code[counter]
            if opcode in _ENDS or opcode == _JUMPI:
                return None
            counter = self._target(counter - 3) if opcode == _JUMP else self._next.get(counter)
        return None

    def _is_telling(self, counter: int, branch: Branch) -> bool:
        if branch.kind == "ternary":
            return True
        return self._statement_at(counter) is not None

    def _is_in(self, node: Node, side: frozenset[Node], branch: Branch) -> bool:
        if not self._is_shared(node, branch.statement):
            return node in side
        # which use of the argument this is cannot be told, but its name can
        sides = [{self._names.get(item) for item in part} for part in (branch.positive, branch.negative)]
        here, there = sides if side is branch.positive else sides[::-1]
        name = self._names[node]
        return name in here and name not in there


def _loops_around(statement: Statement) -> list[Statement]:
    """The loops whose bodies hold the statement, the innermost first."""
    loops = []
    at: Statement | None = statement
    while at is not None:
        if at.owner is not None and at.owner.kind == "For":
            loops.append(at.owner)
        at = at.owner
    return loops


def _instructions(code: bytes) -> tuple[list[int], dict[int, int]]:
    counters: list[int] = []
    previous: dict[int, int] = {}
    counter = 0
    while counter < len(code):
        if counters:
            previous[counter] = counters[-1]
        counters.append(counter)
        opcode = code[counter]
        counter += 1 + (opcode - _PUSH0 if _PUSH0 <= opcode <= _PUSH32 else 0)
    return counters, previous


def _union(mappings: Iterable[Mapping[Node, _Value]]) -> dict[Node, _Value]:
    return {key: value for mapping in mappings for key, value in mapping.items()}
