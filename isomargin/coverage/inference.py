"""What ran and what could have run, statement by statement, inferred from the counters that were executed.

Only some statements have instructions of their own: the optimiser threads jumps, merges neighbours and drops
what can never run. The rest follows from the syntax, because Vyper has no other ways than these: a statement
runs when the one above it in its block has come to its end; the first of a block runs when the branch above
takes that side; and whatever ran had everything above it in its block run before.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from isomargin.chain.recording import CodeHits
from isomargin.coverage.instructions import Layout
from isomargin.coverage.syntax import Branch, Function, Statement

__all__ = ["Facts", "infer"]

_JUMP = 0x56
_LEAVES = frozenset({0x00, 0xF3})  # STOP, RETURN
_NEVER_ENDS = frozenset({"Return", "Raise", "Break", "Continue"})


@dataclass(eq=False)
class Facts:
    """Of one code.

    Attributes
    ----------
    possible, entered : set of Statement
        Those that can run in it, and those that did.
    unknown : set of Statement
        Possible ones of which neither can be told: no instruction names them, and nothing follows.
    open, seen : set of (Branch, bool)
        The outcomes that can come about, and those that did; True is the positive.
    """

    possible: set[Statement] = field(default_factory=set)
    entered: set[Statement] = field(default_factory=set)
    unknown: set[Statement] = field(default_factory=set)
    open: set[tuple[Branch, bool]] = field(default_factory=set)
    seen: set[tuple[Branch, bool]] = field(default_factory=set)


def infer(layout: Layout, code: bytes, hits: CodeHits) -> Facts:
    """Return the facts about every function that has code in `layout`."""
    facts = Facts()
    for function in layout.functions:
        _Possible(layout, facts).block(function.body, starts=True)
        _Ran(layout, code, hits, facts).function(function)
    return facts


class _Possible:
    """What can run: all of a function, less what a constant condition cuts off."""

    def __init__(self, layout: Layout, facts: Facts) -> None:
        self._layout, self._facts = layout, facts

    def block(self, block: list[Statement], *, starts: bool) -> bool:
        """Go through a block; tell whether its end can be reached."""
        flows = starts
        for statement in block:
            if not flows:
                break
            self._facts.possible.add(statement)
            flows = self._statement(statement)
        return flows

    def _statement(self, statement: Statement) -> bool:
        if statement.kind == "If":
            assert statement.branch is not None
            found = statement.branch in self._layout.jumps
            ways = []
            for positive, side in ((True, statement.body), (False, statement.orelse)):
                is_open = found or self._is_open(side, statement)
                if is_open and found:
                    self._facts.open.add((statement.branch, positive))
                ways.append(self.block(side, starts=True) if is_open else False)
            return any(ways)
        if statement.kind == "For":
            self._loop(statement)
            return True
        if statement.kind == "Assert" and statement.branch in self._layout.jumps:
            assert statement.branch is not None
            self._facts.open |= {(statement.branch, True), (statement.branch, False)}
        return statement.kind not in _NEVER_ENDS

    def _loop(self, loop: Statement) -> None:
        self.block(loop.body, starts=True)
        assert loop.branch is not None
        self._facts.open.add((loop.branch, True))
        if loop.branch in self._layout.jumps:
            self._facts.open.add((loop.branch, False))

    def _is_open(self, side: list[Statement], statement: Statement) -> bool:
        """Tell whether a side of a branch without JUMPI is the one that was kept."""
        if side and any(item.needs_code for item in side):
            return self._has_code(side)
        other = statement.orelse if side is statement.body else statement.body
        return not self._has_code(other)

    def _has_code(self, block: list[Statement]) -> bool:
        return any(anchored.is_within(block) for anchored in self._layout.anchors)


class _Ran:
    """What ran."""

    def __init__(self, layout: Layout, code: bytes, hits: CodeHits, facts: Facts) -> None:
        self._layout, self._code, self._hits, self._facts = layout, code, hits, facts

    def function(self, function: Function) -> None:
        """Take the direct evidence, then draw conclusions until there are no more."""
        facts = self._facts
        for statement in function.statements:
            if any(self._hits.executed[counter] for counter in self._layout.anchors.get(statement, ())):
                facts.entered.add(statement)
        for branch in function.branches:
            for counter, jumps_if in self._layout.jumps.get(branch, ()):
                if branch.kind not in {"if", "loop", "assert"}:
                    facts.open |= {(branch, True), (branch, False)}
                if counter in self._hits.jumped:
                    facts.seen.add((branch, jumps_if))
                if counter in self._hits.passed:
                    facts.seen.add((branch, not jumps_if))
        self._leave(function)
        size = -1
        while size != len(facts.entered) + len(facts.seen):
            size = len(facts.entered) + len(facts.seen)
            for statement in function.statements:
                if statement in facts.possible:
                    self._conclude(statement)
        if self._is_touched(function):
            facts.unknown |= {item for item in function.statements if self._is_unknown(item)}

    def _leave(self, function: Function) -> None:
        """Conclude from an external function's end that its last statement ran, if no other one returns."""
        counters = self._layout.functions[function]
        left = any(self._code[at] in _LEAVES and self._hits.executed[at] for at in counters)
        last = function.body[-1]
        if left and all(item is last or item.kind != "Return" for item in function.statements):
            self._facts.entered.add(last)

    def _is_touched(self, function: Function) -> bool:
        """Tell whether anything of a function ran, its check of arguments included."""
        counters = self._layout.functions[function]
        own = any(self._hits.executed[counter] for counter in counters)
        return own or not counters or any(item in self._facts.entered for item in function.statements)

    def _is_unknown(self, statement: Statement) -> bool:
        facts = self._facts
        if statement in facts.entered or statement not in facts.possible or not statement.needs_code:
            return False
        if statement in self._layout.anchors or statement.branch in self._layout.jumps:
            return False
        before, owner = statement.before, statement.owner
        if before is not None:
            return before in facts.entered or before in facts.unknown or self._is_unknown(before)
        if owner is not None and owner.branch in self._layout.jumps:
            return (owner.branch, statement.in_body) in facts.seen
        return not any(item in self._layout.anchors for item in statement.block)

    def _conclude(self, statement: Statement) -> None:
        facts = self._facts
        before, owner = statement.before, statement.owner
        if statement not in facts.entered:
            if before is not None:
                started = before in facts.entered and self._came_to_end(before)
            elif owner is not None and owner.branch is not None:
                started = (owner.branch, statement.in_body) in facts.seen
            else:
                started = False
            below = [item for item in statement.block[statement.index + 1 :] if item in facts.entered]
            if started or below:
                facts.entered.add(statement)
        if statement in facts.entered:
            if owner is not None and owner.branch is not None:
                facts.entered.add(owner)
                facts.seen.add((owner.branch, statement.in_body))
            after = statement.after
            if after is not None and after in facts.entered and statement.kind == "Assert":
                assert statement.branch is not None
                facts.seen.add((statement.branch, True))

    def _came_to_end(self, statement: Statement) -> bool:
        facts = self._facts
        if statement.kind in _NEVER_ENDS:
            return False
        if statement.kind in {"If", "For"}:
            return self._compound_came_to_end(statement)
        if statement.branch is not None and statement.branch in self._layout.jumps:  # an assertion
            return (statement.branch, True) in facts.seen
        counters = self._layout.anchors.get(statement)
        if not counters:
            return True  # merged or dropped: nothing in it that could fail
        last = counters[-1]
        if self._code[last] == _JUMP:
            last += 1  # a call comes back here
        return last < len(self._hits.executed) and bool(self._hits.executed[last])

    def _compound_came_to_end(self, statement: Statement) -> bool:
        facts = self._facts
        branch = statement.branch
        assert branch is not None
        if statement.kind == "For":
            breaks = [
                item
                for item in statement.function.statements
                if item.kind == "Break" and _loop_of(item) is statement and item in facts.entered
            ]
            return (branch, False) in facts.seen or bool(breaks)
        for positive, side in ((True, statement.body), (False, statement.orelse)):
            taken = (branch, positive) in facts.seen
            if taken and (not side or (side[-1] in facts.entered and self._came_to_end(side[-1]))):
                return True
        return False


def _loop_of(statement: Statement) -> Statement | None:
    at = statement.owner
    while at is not None and at.kind != "For":
        at = at.owner
    return at
