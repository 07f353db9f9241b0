"""Checks that what a script names is there: accounts, contracts, labels, positions, orders, invariants."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from isomargin.invariants import INVARIANTS
from isomargin.protocol import System
from isomargin.scenario.contracts_section import ContractsSection
from isomargin.scenario.expression_terms import TERMS
from isomargin.scenario.expressions import Comparison, Expression, Name, Term, terms_of
from isomargin.scenario.locations import KeyPath
from isomargin.scenario.script_sections import (
    ExpectSection,
    PersonSection,
    StepSection,
    TriggerSection,
)
from isomargin.scenario.values import KeyProblem

__all__ = ["RUNNERS", "TRADER_PREFIX", "References"]

RUNNERS = ("admin", "oracle", "guardian")
"""Whoever runs the market, as steps call them; the admin's account is called the deployer's."""

TRADER_PREFIX = "trader-"
"""How the population names its own."""

_MAKE_POSITIONS = ("open", "place_limit", "call")
_MAKE_ORDERS = ("place_stop_loss", "place_take_profit", "place_limit", "call")
_TAKEN = (*RUNNERS, "deployer", "caller")
_ADDRESS = re.compile(r"0x[0-9A-Fa-f]{40}")
_CONTRACTS = (*System.contract_names(), "sequencer_feed", "second_feed")


@dataclass(frozen=True)
class References:
    """All that a scenario says of people, contracts and steps, and who else is there."""

    people: tuple[PersonSection, ...]
    contracts: ContractsSection
    steps: tuple[StepSection, ...]
    expect: tuple[ExpectSection, ...]
    others: tuple[str, ...] = field(default=())
    traders: int = 0
    loss: Expression | None = None

    @cached_property
    def _senders(self) -> frozenset[str]:
        digits = len(str(self.traders))
        crowd = {f"{TRADER_PREFIX}{number:0{digits}d}" for number in range(1, self.traders + 1)}
        people = {person.name for person in self.people}
        return frozenset({*RUNNERS, *people, *self.others, *crowd})

    @cached_property
    def _contract_names(self) -> frozenset[str]:
        return frozenset({*_CONTRACTS, *(beside.name for beside in self.contracts.beside)})

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(step.label for step in self.steps if step.label is not None)

    def _names_given(self, actions: Collection[str]) -> frozenset[str]:
        """What steps with these actions call that which comes of them."""
        return frozenset(
            step.named for step in self.steps if step.named is not None and step.action in actions
        )

    def check(self) -> None:
        """Raise KeyProblem for the first name that nothing bears, or two bear."""
        self._check_people()
        self._check_beside()
        seen: set[str] = set()
        for index, step in enumerate(self.steps):
            self._check_step(step, ("steps", index), seen)
        self._check_no_circle()
        for index, expected in enumerate(self.expect):
            self._check_trigger(expected, ("expect", index))
            self._check_expression(expected.claim, ("expect", index, "that"))
        if self.loss is not None:
            self._check_expression(self.loss, ("audit", "loss"))

    def _check_people(self) -> None:
        seen = set(self.others)
        for index, person in enumerate(self.people):
            key = ("people", index, "name")
            if person.name in _TAKEN or person.name in self._contract_names:
                raise KeyProblem(f"expected a name of its own, found {person.name!r}, which is taken", *key)
            if person.name.startswith(TRADER_PREFIX) or person.name in seen:
                raise KeyProblem(
                    f"expected a name of its own, found {person.name!r}, which is another account's", *key
                )
            seen.add(person.name)

    def _check_beside(self) -> None:
        seen = {*_CONTRACTS, *_TAKEN}
        for index, beside in enumerate(self.contracts.beside):
            key: KeyPath = ("contracts", "beside", index)
            if beside.name in seen or beside.name in self._senders:
                raise KeyProblem(
                    f"expected a name of its own, found {beside.name!r}, which is taken", *key, "name"
                )
            seen.add(beside.name)
            _require(beside.by, self._senders, "account", *key, "by")

    def _check_step(self, step: StepSection, key: KeyPath, seen: set[str]) -> None:
        if step.label is not None:
            if step.label in seen:
                raise KeyProblem(f"expected a label of its own, found {step.label!r} again", *key, "label")
            seen.add(step.label)
        self._check_trigger(step, key)
        _require(step.actor, self._senders, "account", *key, "by")
        details, inner = step.details, (*key, step.action)
        if isinstance(details, str):
            return
        for name in details.POSITIONS:
            self._check_references(getattr(details, name), self._positions, "position", *inner, name)
        for name in details.ORDERS:
            names = self._names_given(_MAKE_ORDERS)
            self._check_references(getattr(details, name), names, "order", *inner, name)
        for name in details.ACCOUNTS:
            if (account := getattr(details, name)) is not None:
                self._require_account(account, *inner, name)
        if step.call is not None:
            self._require_account(step.call.contract, *inner, "contract")

    @cached_property
    def _positions(self) -> frozenset[str]:
        return self._names_given(_MAKE_POSITIONS) | self._senders | self._contract_names

    @staticmethod
    def _check_references(found: Any, names: Collection[str], what: str, *key: str | int) -> None:
        for index, one in enumerate(found if isinstance(found, tuple) else (found,)):
            if isinstance(one, str):
                place = (*key, index) if isinstance(found, tuple) else key
                _require(one, names, what, *place)

    def _check_trigger(self, section: TriggerSection, key: KeyPath) -> None:
        if section.after is not None:
            _require(section.after, self._labels, "step", *key, "after")
        if section.condition is not None:
            self._check_expression(section.condition, (*key, "when"))

    def _check_no_circle(self) -> None:
        after = {step.label: step.after for step in self.steps if step.label is not None}
        for index, step in enumerate(self.steps):
            label, passed = step.after, {step.label}
            while label is not None:
                if label in passed:
                    raise KeyProblem(
                        f"expected a step that comes before, found {label!r}, which waits for this one",
                        *("steps", index, "after"),
                    )
                passed.add(label)
                label = after.get(label)

    def _require_account(self, name: str, *key: str | int) -> None:
        if not _ADDRESS.fullmatch(name):
            _require(name, self._senders | self._contract_names, "account", *key)

    def _check_expression(self, tree: Comparison | Expression, key: KeyPath) -> None:
        for term in terms_of(tree):
            for name, kind in _named(term):
                known = self._known(kind)
                if known is None or (kind == "account" and _ADDRESS.fullmatch(name.text)):
                    continue
                try:
                    _require(name.text, known, kind, *key)
                except KeyProblem as problem:
                    raise KeyProblem(f"column {name.at}: {problem}", *key) from None

    def _known(self, kind: str) -> Collection[str] | None:
        match kind:
            case "account":
                return self._senders | self._contract_names
            case "position":
                return self._positions
            case "contract":
                return self._contract_names
            case "invariant":
                return INVARIANTS.keys()
            case _:
                return None


def _named(term: Term) -> Iterator[tuple[Name, str]]:
    """The names in the parentheses of a term, and of what each is."""
    signature = TERMS[term.name]
    for index, argument in enumerate(term.arguments):
        if isinstance(argument, Name):
            yield argument, signature.kind(index) or ""


def _require(name: str, known: Iterable[str], what: str, *key: str | int) -> None:
    names = sorted(known)
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    article = "an" if what[0] in "aeiou" else "a"
    if near:
        hint = f'did you mean "{near[0]}"?'
    else:
        listed = [one for one in names if not one.startswith(TRADER_PREFIX)]
        hint = f"expected one of {', '.join(listed)}" if listed else "there is none"
    raise KeyProblem(f"expected the name of {article} {what}, found {name!r}; {hint}", *key)
