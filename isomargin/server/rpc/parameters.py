"""How a method says what it takes: parameters by position, each with name and parser; tables of methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from isomargin.server.rpc.refusals import INVALID_PARAMS, Malformed, RpcError

__all__ = ["Method", "MethodTable", "Parameter", "each", "optional", "required"]

_Parser = Callable[[Any], Any]
_Function = Callable[..., Any]


class Parameter(NamedTuple):
    """One parameter; `default` stands for one that is left out or null."""

    name: str
    parse: _Parser
    is_required: bool
    default: Any = None


class Method(NamedTuple):
    """A function and what it takes after the session."""

    function: _Function
    parameters: tuple[Parameter, ...]

    def bind(self, params: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
        """Read the parameters.

        Raises
        ------
        RpcError
            Invalid params: too many, too few, or one that cannot be read; says which and why.
        """
        if isinstance(params, Mapping):
            raise RpcError(INVALID_PARAMS, "params must be an array: methods take them by position")
        given = len(params)
        if given > len(self.parameters):
            raise RpcError(INVALID_PARAMS, f"too many arguments, want at most {len(self.parameters)}")
        arguments = []
        for position, parameter in enumerate(self.parameters):
            value = params[position] if position < given else None
            if value is not None:
                arguments.append(_read(value, position, parameter))
            elif parameter.is_required:
                raise RpcError(
                    INVALID_PARAMS, f"missing value for required argument {position} ({parameter.name})"
                )
            else:
                arguments.append(parameter.default)
        return arguments


class MethodTable(Mapping[str, Method]):
    """The methods of one topic, by name; filled by its decorator."""

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}

    def method(self, *names: str, takes: Sequence[Parameter] = ()) -> Callable[[_Function], _Function]:
        """Register a function under one or more names."""

        def register(function: _Function) -> _Function:
            for name in names:
                self._methods[name] = Method(function, tuple(takes))
            return function

        return register

    def __getitem__(self, name: str) -> Method:
        return self._methods[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._methods)

    def __len__(self) -> int:
        return len(self._methods)


def required(name: str, parse: _Parser) -> Parameter:
    """Return a parameter that has to be there."""
    return Parameter(name, parse, is_required=True)


def optional(name: str, parse: _Parser, default: Any = None) -> Parameter:
    """Return a parameter that may be left out."""
    return Parameter(name, parse, is_required=False, default=default)


def each(parse: _Parser) -> _Parser:
    """Return a parser of arrays of what `parse` reads; it names the place of a wrong one."""

    def parse_all(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Malformed("expected an array")
        found = []
        for place, entry in enumerate(value):
            try:
                found.append(parse(entry))
            except Malformed as error:
                raise Malformed(f"entry {place}: {error}") from None
        return found

    return parse_all


def _read(value: Any, position: int, parameter: Parameter) -> Any:
    try:
        return parameter.parse(value)
    except Malformed as error:
        raise RpcError(INVALID_PARAMS, f"invalid argument {position} ({parameter.name}): {error}") from None
