"""What only deployed contracts can tell of a script: functions, their arguments, and events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from isomargin.errors import ChainError, ScenarioError
from isomargin.scenario import Scenario
from isomargin.scenario.expression_reader import hint
from isomargin.scenario.expressions import Name, Term, Whole, terms_of
from isomargin.simulation.arguments import arguments_for
from isomargin.simulation.cast import Cast
from isomargin.simulation.step_orders import StepWriter

__all__ = ["check_calls"]

_Key = tuple[str | int, ...]


def check_calls(scenario: Scenario, cast: Cast, writer: StepWriter) -> None:
    """Look up every function that a step calls or an expression reads, and every event that is counted.

    Raises
    ------
    ScenarioError
        One line that names file, line and key.
    """
    given = {step.named for step in scenario.steps} | cast.actors.keys()

    def any_number(name: str) -> int:
        if name not in given:
            raise ValueError(f"expected a whole number or the name of a position, found {name!r}")
        return 1

    for number, step in enumerate(scenario.steps):
        if step.actor not in cast.actors:  # a keeper of the file, in a run without keepers
            raise ScenarioError(f"{scenario.place('steps', number, 'by')}: {step.actor!r} takes no part")
        if step.call is not None:
            with_key: _Key = ("steps", number, "call")
            handle = cast.contracts.get(step.call.contract)
            if handle is not None and step.call.function is not None:
                names = _names(handle.compiled.abi, "function")
                _require(scenario, (*with_key, "function"), step.call.function, names, "function")
            try:
                writer.call_data(step.call, any_number)
            except ValueError as error:
                raise ScenarioError(f"{scenario.place(*with_key, 'args')}: {error}") from None
    for key, term in _terms(scenario):
        if term.name == "events":
            known = (name for one in cast.contracts.values() for name in _names(one.compiled.abi, "event"))
            _require(scenario, key, str(getattr(term.arguments[0], "text", "")), known, "event")
        elif term.name == "read":
            _check_read(scenario, key, term, cast, any_number)


def _check_read(scenario: Scenario, key: _Key, term: Term, cast: Cast, number_of: Any) -> None:
    contract, function, *rest = term.arguments
    handle = cast.contracts.get(str(getattr(contract, "text", "")))
    name = str(getattr(function, "text", ""))
    if handle is None:
        raise ScenarioError(f"{scenario.place(*key)}: {contract} is not deployed in this scenario")
    _require(scenario, key, name, _names(handle.compiled.abi, "function"), "function")
    try:
        found = handle.abi.function(name, len(rest))
        values = [one.value if isinstance(one, Whole) else _text(one) for one in rest]
        found.encode(arguments_for(found.inputs, values, cast.address, number_of))
    except (ChainError, ValueError) as error:
        raise ScenarioError(f"{scenario.place(*key)}: {term}: {error}") from None
    if len(found.outputs) != 1 or not found.outputs[0].startswith(("uint", "int", "bool")):
        raise ScenarioError(
            f"{scenario.place(*key)}: {term}: expected a function that returns a number, found "
            f"({','.join(found.outputs)})"
        )


def _text(argument: object) -> str:
    return argument.text if isinstance(argument, Name) else str(argument)


def _terms(scenario: Scenario) -> Iterator[tuple[_Key, Term]]:
    for number, step in enumerate(scenario.steps):
        if step.condition is not None:
            yield from ((("steps", number, "when"), term) for term in terms_of(step.condition))
    for number, expected in enumerate(scenario.expect):
        if expected.condition is not None:
            yield from ((("expect", number, "when"), term) for term in terms_of(expected.condition))
        yield from ((("expect", number, "that"), term) for term in terms_of(expected.claim))
    if scenario.audit.measure is not None:
        yield from ((("audit", "loss"), term) for term in terms_of(scenario.audit.measure))


def _names(abi: Iterable[Any], kind: str) -> list[str]:
    return [str(entry["name"]) for entry in abi if entry["type"] == kind]


def _require(scenario: Scenario, key: _Key, name: str, known: Iterable[str], what: str) -> None:
    names = sorted(set(known))
    if name not in names:
        article = "an" if what == "event" else "a"
        raise ScenarioError(
            f"{scenario.place(*key)}: expected the name of {article} {what}, "
            f"found {name!r}; {hint(name, names)}"
        )
