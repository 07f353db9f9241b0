"""The conventions of the Vyper sources, each a function from one parsed source to the places that break it.

Several keep out constructs that Vyper 0.4.3 compiles wrongly or silently; these say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vyper.ast import nodes as vy
from vyper.ast import parse_to_ast

__all__ = ["CONVENTIONS", "Source", "parse_source"]

PRAGMA = "# pragma version 0.4.3"
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_REASON_BYTES = 32
TOKEN_CALLS = {"transfer", "transferFrom", "approve"}
MODULE_NAME = re.compile(r"[a-z][a-z0-9_]*$")
CONTRACT_NAME = re.compile(r"[A-Z][A-Za-z0-9]*$")
INTERFACE_NAME = re.compile(r"I[A-Z][A-Za-z0-9]*$")


@dataclass(frozen=True)
class Source:
    """One Vyper file; `others` are all files it may import, by stem, itself included."""

    path: Path
    text: str
    tree: Any
    others: dict[str, tuple[Source, ...]]

    @property
    def functions(self) -> list[Any]:
        return [node for node in self.tree.body if isinstance(node, vy.FunctionDef)]

    @property
    def imports(self) -> dict[str, str]:
        """The stem of the file behind each imported name."""
        nodes = [node for node in self.tree.body if isinstance(node, vy.Import | vy.ImportFrom)]
        return {node.alias or node.name.rpartition(".")[2]: node.name.rpartition(".")[2] for node in nodes}

    def behind(self, alias: str) -> list[Source]:
        """The project's files that an imported name may stand for."""
        return list(self.others.get(self.imports.get(alias, ""), ()))


def parse_source(
    path: Path, text: str | None = None, others: dict[str, tuple[Source, ...]] | None = None
) -> Source:
    """Read and parse one file; `text` instead of what the file holds."""
    text = path.read_text(encoding="utf-8") if text is None else text
    tree = parse_to_ast(text, is_interface=path.suffix == ".vyi")
    return Source(path, text, tree, others if others is not None else {})


Fault = tuple[int, str]


def decorators(function: Any) -> set[str]:
    return {node.id for node in function.decorator_list if isinstance(node, vy.Name)}


def is_internal(function: Any) -> bool:
    return not decorators(function) & {"external", "deploy"}


def code_of(node: Any) -> str:
    return str(node.node_source_code)


def within(node: Any, kind: Any) -> list[Any]:
    return list(node.get_descendants(kind, include_self=True))


def calls_of(tree: Any, name: str) -> list[Any]:
    return [call for call in within(tree, vy.Call) if isinstance(call.func, vy.Name) and call.func.id == name]


def constants_of(source: Source) -> dict[str, Any]:
    declared = [node for node in source.tree.body if isinstance(node, vy.VariableDecl) and node.is_constant]
    return {node.target.id: node.value for node in declared}


def types_of_storage(source: Source) -> dict[str, str]:
    declared = [node for node in source.tree.body if isinstance(node, vy.VariableDecl)]
    return {f"self.{node.target.id}": code_of(node.annotation) for node in declared}


def types_of_locals(function: Any) -> dict[str, str]:
    types = {arg.arg: code_of(arg.annotation) for arg in function.args.args}
    for node in function.get_descendants(vy.AnnAssign):
        types[node.target.id] = code_of(node.annotation)
    return types


def ascii_only(source: Source) -> Iterator[Fault]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if not line.isascii():
            yield number, "a character outside ASCII"


def right_pragma(source: Source) -> Iterator[Fault]:
    if PRAGMA not in source.text.splitlines():
        yield 1, f"the line {PRAGMA!r} is missing"
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"experimental.?codegen", line):
            yield number, "experimental code generation"


def name_by_kind(source: Source) -> Iterator[Fault]:
    """CamelCase is deployed, snake_case is a module, IName.vyi an interface; only modules are wired in."""
    stem = source.path.stem
    if source.path.suffix == ".vyi":
        if not INTERFACE_NAME.match(stem):
            yield 1, "an interface is named IName.vyi"
    elif not MODULE_NAME.match(stem) and not CONTRACT_NAME.match(stem):
        yield 1, "a contract is named CamelCase.vy, a module snake_case.vy"
    for node in source.tree.body:
        if isinstance(node, vy.InitializesDecl | vy.UsesDecl):
            for name in within(node, vy.Name):
                if not MODULE_NAME.match(source.imports.get(name.id, name.id)):
                    yield node.lineno, f"{name.id} is wired in as a module and not named like one"


def short_enough(source: Source) -> Iterator[Fault]:
    lines = len(source.text.splitlines())
    if lines > MAX_FILE_LINES:
        yield lines, f"{lines} lines, at most {MAX_FILE_LINES}"
    for function in source.functions:
        length = function.end_lineno - function.lineno + 1
        if length > MAX_FUNCTION_LINES:
            yield function.lineno, f"{function.name} has {length} lines, at most {MAX_FUNCTION_LINES}"


def documented_names(source: Source) -> set[str]:
    """Functions of the interfaces that `source` implements whose `@notice` stands there."""
    names: set[str] = set()
    for node in source.tree.body:
        if isinstance(node, vy.ImplementsDecl):
            for alias in within(node.annotation, vy.Name):
                for interface in source.behind(alias.id):
                    names |= {f.name for f in interface.functions if "@notice" in docstring(f)}
    return names


def docstring(function: Any) -> str:
    node = function.get("doc_string")
    return str(node.value) if node else ""


def natspec(source: Source) -> Iterator[Fault]:
    """External functions say what they do, take and return, here or in the interface that they implement.

    What serves tests only needs no more than a notice.
    """
    if source.path.suffix == ".vyi":
        return
    documented = documented_names(source)
    for function in source.functions:
        if "external" not in decorators(function) or function.name in documented:
            continue
        text = docstring(function)
        wanted = [r"@notice\s+\S"]
        if "testing" not in source.path.parts:
            wanted += [rf"@param {arg.arg} +\S" for arg in function.args.args]
            wanted += [r"@return\s+\S"] if function.returns else []
        for pattern in wanted:
            if not re.search(pattern, text):
                tag = re.sub(r" ?\+?\\[sS]\+?", "", pattern)
                yield function.lineno, f"{function.name} has no {tag}"


def type_of(node: Any, source: Source, function: Any) -> str:
    """The declared type of a variable or of a field of a struct variable, empty where it is not seen."""
    types = types_of_storage(source) | types_of_locals(function)
    if not isinstance(node, vy.Attribute) or code_of(node) in types:
        return types.get(code_of(node), "")
    module, _, struct = types.get(code_of(node.value), "").rpartition(".")
    for home in source.behind(module) if module else [source]:
        for definition in home.tree.get_children(vy.StructDef, {"name": struct}):
            for field in definition.get_children(vy.AnnAssign, {"target.id": node.attr}):
                return code_of(field.annotation)
    return ""


def reason_of(node: Any, source: Source, function: Any) -> tuple[str | None, str]:
    """The text of a revert reason where it is constant, and what is wrong with it."""
    if node is None:
        return None, "no reason"
    if isinstance(node, vy.Str):
        return str(node.value), ""
    if isinstance(node, vy.Name) and node.id in (constants := constants_of(source)):
        return reason_of(constants[node.id], source, function)
    if isinstance(node, vy.Attribute) and isinstance(node.value, vy.Name):
        for other in source.behind(node.value.id):
            if node.attr in (constants := constants_of(other)):
                return reason_of(constants[node.attr], other, function)
    annotation = type_of(node, source, function)
    size = re.fullmatch(r"String\[(\d+)\]", annotation)
    if size is None or int(size[1]) > MAX_REASON_BYTES:
        return None, f"the reason {code_of(node)} is no constant and no String[{MAX_REASON_BYTES}]"
    return None, ""


def reverts_with_reason(source: Source) -> Iterator[Fault]:
    """Each assert and raise says who refuses and why: ``"market: price stale"``, at most 32 bytes."""
    for function in source.functions:
        for node in function.get_descendants((vy.Assert, vy.Raise)):
            text, fault = reason_of(node.msg if isinstance(node, vy.Assert) else node.exc, source, function)
            if fault:
                yield node.lineno, fault
            elif text is not None and len(text.encode()) > MAX_REASON_BYTES:
                yield node.lineno, f"the reason {text!r} has more than {MAX_REASON_BYTES} bytes"
            elif text is not None and not re.match(r"[a-z][a-z0-9 ]*: \S", text):
                yield node.lineno, f"the reason {text!r} does not begin with its speaker, as 'market: '"


def no_internal_defaults(source: Source) -> Iterator[Fault]:
    """0.4.3 resolves the default of a module's internal function in the scope of its caller."""
    for function in source.functions:
        if is_internal(function) and function.args.defaults:
            yield function.lineno, f"{function.name} is internal and has a default argument"


def no_underscored_arguments(source: Source) -> Iterator[Fault]:
    """0.4.3 can resolve an imported constant in the scope of its caller, where `_x` may be another."""
    for function in source.functions:
        for arg in function.args.args:
            if is_internal(function) and arg.arg.startswith("_"):
                yield (
                    function.lineno,
                    f"{function.name} is internal and its argument {arg.arg} is underscored",
                )


def no_bit_or_in_ternary(source: Source) -> Iterator[Fault]:
    """0.4.3 compiles `|` inside a ternary wrongly."""
    for ternary in source.tree.get_descendants(vy.IfExp):
        if any(isinstance(node.op, vy.BitOr) for node in ternary.get_descendants(vy.BinOp)):
            yield ternary.lineno, "| inside a ternary"


def is_array(annotation: str) -> bool:
    head = annotation.partition("[")[0]
    return annotation.endswith("]") and head not in {"String", "Bytes", "HashMap"}


def declared_type(node: Any, source: Source, function: Any) -> str:
    """The type of an expression as far as declarations tell it, empty where they do not.

    A list, a variable or a constant, here or in a module; an entry of a mapping or an array; what a function
    of these files returns.
    """
    if isinstance(node, vy.List):
        return "list[]"
    if isinstance(node, vy.Subscript):
        entries = declared_type(node.value, source, function)
        if mapped := re.fullmatch(r"HashMap\[[^,]+, *(.+)\]", entries):
            return mapped[1]
        return re.sub(r"^DynArray\[(.+),[^,]+\]$|\[[^\[]*\]$", r"\1", entries)
    called = node.func if isinstance(node, vy.Call) else node
    name = called.attr if isinstance(called, vy.Attribute) else code_of(called)
    homes = [source]
    if isinstance(called, vy.Attribute) and code_of(called.value) != "self":
        homes = source.behind(code_of(called.value))
    for home in homes:
        if isinstance(node, vy.Call):
            for found in home.functions:
                if found.name == name and found.returns:
                    return code_of(found.returns)
        elif found_type := types_of_storage(home).get(f"self.{name}"):
            return re.sub(r"^(?:public|constant|immutable|transient)\((.+)\)$", r"\1", found_type)
    return type_of(node, source, function)


def no_ternary_over_arrays(source: Source) -> Iterator[Fault]:
    """0.4.3 compiles a ternary over arrays wrongly. Seen by what its branches are and by where it goes."""
    for function in source.functions:
        for ternary in function.get_descendants(vy.IfExp):
            parent = ternary.get_ancestor()
            typed = [declared_type(branch, source, function) for branch in (ternary.body, ternary.orelse)]
            if isinstance(parent, vy.AnnAssign):
                typed.append(code_of(parent.annotation))
            elif isinstance(parent, vy.Assign):
                typed.append(declared_type(parent.target, source, function))
            elif isinstance(parent, vy.Return) and function.returns:
                typed.append(code_of(function.returns))
            if any(map(is_array, typed)):
                yield ternary.lineno, "a ternary over arrays"


def constants_in_upper_case(source: Source) -> Iterator[Fault]:
    """An argument is never named so, hence none is taken for a constant of the scope that it is passed in.

    A public constant has the name that the ABI needs.
    """
    for node in source.tree.get_children(vy.VariableDecl):
        name = node.target.id
        if node.is_constant and not node.is_public and name != name.upper():
            yield node.lineno, f"the constant {name} is not in upper case"
    for function in source.functions:
        for arg in function.args.args:
            if arg.arg == arg.arg.upper():
                yield function.lineno, f"{function.name} has an argument {arg.arg}, named like a constant"


def constant_code_offset(source: Source) -> Iterator[Fault]:
    """0.4.3 evaluates a computed `code_offset` of a blueprint wrongly."""
    constants = constants_of(source)
    for call in calls_of(source.tree, "create_from_blueprint"):
        for keyword in call.keywords:
            value = keyword.value
            constant = isinstance(value, vy.Int) or (isinstance(value, vy.Name) and value.id in constants)
            if keyword.arg == "code_offset" and not constant:
                yield call.lineno, "create_from_blueprint with a code_offset that is no constant"


def clones_checked(source: Source) -> Iterator[Fault]:
    """A clone is only as good as its code: asserted on before the function ends."""
    for call in calls_of(source.tree, "create_minimal_proxy_to"):
        function, parent = call.get_ancestor(vy.FunctionDef), call.get_ancestor()
        target = code_of(parent.target) if isinstance(parent, vy.AnnAssign | vy.Assign) else None
        checked = [
            code_of(attribute.value)
            for node in function.get_descendants(vy.Assert)
            for attribute in node.test.get_descendants(vy.Attribute, include_self=True)
            if node.lineno > call.lineno and attribute.attr in {"code", "codesize", "is_contract"}
        ]
        if target not in checked:
            yield call.lineno, "the result of create_minimal_proxy_to is not checked for code"


def is_asserted(call: Any) -> bool:
    """Whether it stands in an assertion, or in a variable that is asserted after it."""
    parent = call.get_ancestor()
    if not isinstance(parent, vy.AnnAssign):
        return isinstance(parent, vy.Assert)
    asserted = call.get_ancestor(vy.FunctionDef).get_descendants(vy.Assert)
    name = code_of(parent.target)
    return any(node.lineno > call.lineno and code_of(node.test) == name for node in asserted)


def token_calls_asserted(source: Source) -> Iterator[Fault]:
    """A bare token call ignores `False`; one without a default fails on tokens that return nothing."""
    for call in within(source.tree, vy.ExtCall):
        function = call.value.func
        if not isinstance(function, vy.Attribute) or function.attr not in TOKEN_CALLS:
            continue
        if not is_asserted(call):
            yield call.lineno, f"the result of {function.attr} is not asserted"
        elif "default_return_value" not in {keyword.arg for keyword in call.value.keywords}:
            yield call.lineno, f"{function.attr} without default_return_value=True"


def own_storage_written(source: Source) -> Iterator[Fault]:
    """A module's storage is written by its own functions alone."""
    for node in within(source.tree, (vy.Assign, vy.AugAssign)):
        target = node.target
        while isinstance(target, vy.Attribute | vy.Subscript):
            target = target.value
        if isinstance(target, vy.Name) and target.id in source.imports:
            yield node.lineno, f"writes {code_of(node.target)}, the storage of another module"


CONVENTIONS: tuple[Callable[[Source], Iterator[Fault]], ...] = (
    ascii_only,
    right_pragma,
    name_by_kind,
    short_enough,
    natspec,
    reverts_with_reason,
    no_internal_defaults,
    no_underscored_arguments,
    no_bit_or_in_ternary,
    no_ternary_over_arrays,
    constants_in_upper_case,
    constant_code_offset,
    clones_checked,
    token_calls_asserted,
    own_storage_written,
)
