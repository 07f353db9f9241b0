"""The user's code as coverage counts it: functions, their statements in blocks, and branches of two outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["OUTCOMES", "Branch", "Function", "Module", "Node", "Statement", "modules_of"]

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "if": ("true", "false"),
    "ternary": ("true", "false"),
    "and": ("goes on to the next operand", "stops: false"),
    "or": ("goes on to the next operand", "stops: true"),
    "loop": ("runs its body", "comes to its end"),
    "assert": ("passes", "fails"),
}
"""What the two outcomes of each kind of branch are called, the positive one first."""

# Statements that need no instruction of their own: jumps are threaded, neighbours merged.
_CODELESS = frozenset({"Pass", "Break", "Continue", "AnnAssign"})
_NOT_CODE = frozenset({"type", "folded_value", "variable_reads", "variable_writes", "doc_string", "op"})

Node = tuple[int, int]
"""How the compiler names a node of the syntax tree: id of the source, id within it."""


@dataclass(eq=False, slots=True)
class Statement:
    """One statement of a function.

    Attributes
    ----------
    kind : str
        The compiler's name: ``Assign``, ``If``, ``For``, ``Assert`` ...
    block, index
        The block it stands in, and its place there.
    owner : Statement or None
        The `If` or `For` that the block belongs to; None at the top of a function.
    body, orelse : list of Statement
        Blocks of an `If` or `For`.
    branch : Branch or None
        Its own: of an `If`, `For` or `Assert`.
    """

    kind: str
    line: int
    function: Function = field(repr=False)
    owner: Statement | None = field(repr=False)
    in_body: bool  # of its owner; else in its orelse
    block: list[Statement] = field(repr=False)
    index: int
    needs_code: bool
    has_message: bool  # of an assertion
    body: list[Statement] = field(default_factory=list, repr=False)
    orelse: list[Statement] = field(default_factory=list, repr=False)
    branch: Branch | None = None

    @property
    def after(self) -> Statement | None:
        """The next statement of its block."""
        return self.block[self.index + 1] if self.index + 1 < len(self.block) else None

    @property
    def before(self) -> Statement | None:
        """The statement above it in its block."""
        return self.block[self.index - 1] if self.index else None

    def is_within(self, block: list[Statement]) -> bool:
        """Tell whether it stands in `block`, at any depth."""
        at: Statement | None = self
        while at is not None:
            if at.block is block:
                return True
            at = at.owner
        return False


@dataclass(eq=False, slots=True)
class Branch:
    """A place where the user's code goes one of two ways; `operand` counts those of one ``and`` or ``or``."""

    kind: str
    line: int
    column: int
    operand: int
    statement: Statement = field(repr=False)
    node: Node
    test: frozenset[Node] = field(repr=False)  # the nodes of what decides
    positive: frozenset[Node] = field(repr=False)  # the nodes that run only on the positive outcome
    negative: frozenset[Node] = field(repr=False)

    @property
    def key(self) -> tuple[int, int, str, int]:
        """What names it in its source, in every compilation."""
        return self.line, self.column, self.kind, self.operand


@dataclass(eq=False, slots=True)
class Function:
    """A function that the user wrote."""

    name: str
    line: int
    node: Node
    arguments: frozenset[str]
    takes_calldata: bool
    body: list[Statement] = field(default_factory=list, repr=False)
    statements: list[Statement] = field(default_factory=list, repr=False)  # at all depths
    branches: list[Branch] = field(default_factory=list, repr=False)


@dataclass(eq=False, slots=True)
class Module:
    """One source file: its functions, the statement of each node, and the names of variables among them."""

    path: str
    functions: list[Function] = field(default_factory=list)
    homes: dict[Node, Statement] = field(default_factory=dict)
    functions_of: dict[Node, Function] = field(default_factory=dict)
    names: dict[Node, str] = field(default_factory=dict)


def modules_of(trees: Sequence[Mapping[str, Any]]) -> list[Module]:
    """Read the compiler's syntax trees of a contract and of what it imports; interfaces hold no code."""
    once = {tree["source_id"]: tree for tree in trees}  # imported twice, listed twice
    return [_module(tree) for tree in once.values() if not tree["is_interface"]]


def _module(tree: Mapping[str, Any]) -> Module:
    module = Module(tree["resolved_path"])
    for node in tree["body"]:
        if node["ast_type"] == "FunctionDef":
            module.functions.append(_Reader(module, tree["source_id"], node).function)
    return module


class _Reader:
    """Reads one function."""

    def __init__(self, module: Module, source_id: int, tree: Mapping[str, Any]) -> None:
        self._module, self._source_id = module, source_id
        decorators = {decorator.get("id") for decorator in tree["decorator_list"]}
        self.function = Function(
            tree["name"],
            tree["lineno"],
            (source_id, tree["node_id"]),
            frozenset(argument["arg"] for argument in tree["args"]["args"]),
            "internal" not in decorators,
        )
        module.functions_of[self.function.node] = self.function
        self._block(tree["body"], self.function.body, None, in_body=True)

    def _block(
        self,
        trees: Sequence[Mapping[str, Any]],
        block: list[Statement],
        owner: Statement | None,
        *,
        in_body: bool,
    ) -> None:
        for tree in trees:
            kind = tree["ast_type"]
            value = tree.get("value")
            is_codeless = kind in _CODELESS and (kind != "AnnAssign" or _is_literal(value))
            statement = Statement(
                kind,
                tree["lineno"],
                self.function,
                owner,
                in_body,
                block,
                len(block),
                not (is_codeless or (kind == "Return" and value is None)),
                kind == "Assert" and tree.get("msg") is not None,
            )
            block.append(statement)
            self.function.statements.append(statement)
            self._statement(tree, statement)

    def _statement(self, tree: Mapping[str, Any], statement: Statement) -> None:
        self._own(tree, statement)
        if statement.kind in {"If", "For"}:
            self._block(tree["body"], statement.body, statement, in_body=True)
            self._block(tree.get("orelse", ()), statement.orelse, statement, in_body=False)
        kind = {"If": "if", "For": "loop", "Assert": "assert"}.get(statement.kind)
        if kind is not None:
            test = tree["iter"] if kind == "loop" else tree["test"]
            statement.branch = self._branch(
                kind, tree, statement, [test], tree["body"] if kind != "assert" else (), tree.get("orelse", ())
            )

    def _own(self, tree: Mapping[str, Any], statement: Statement) -> None:
        """Take the statement's own nodes, without those of its blocks, and the branches among them."""
        blocks = {"body", "orelse"} if statement.kind in {"If", "For"} else set()
        self._module.homes[self._node(tree)] = statement
        for key, child in tree.items():
            if key in blocks or key in _NOT_CODE:
                continue
            for node in _nodes(child):
                self._module.homes[self._node(node)] = statement
                if node["ast_type"] == "Name":
                    self._module.names[self._node(node)] = node["id"]
                self._expression(node, statement)

    def _expression(self, tree: Mapping[str, Any], statement: Statement) -> None:
        if tree["ast_type"] == "IfExp":
            self._branch("ternary", tree, statement, [tree["test"]], [tree["body"]], [tree["orelse"]])
        elif tree["ast_type"] == "BoolOp":
            kind = tree["op"]["ast_type"].lower()
            values = tree["values"]
            for operand, value in enumerate(values[:-1]):
                self._branch(kind, tree, statement, [value], values[operand + 1 :], (), operand)

    def _branch(
        self,
        kind: str,
        tree: Mapping[str, Any],
        statement: Statement,
        test: Sequence[Any],
        positive: Sequence[Any],
        negative: Sequence[Any],
        operand: int = 0,
    ) -> Branch:
        branch = Branch(
            kind,
            tree["lineno"],
            tree["col_offset"],
            operand,
            statement,
            self._node(tree),
            self._set(test),
            self._set(positive),
            self._set(negative),
        )
        self.function.branches.append(branch)
        return branch

    def _set(self, trees: Sequence[Any]) -> frozenset[Node]:
        return frozenset(self._node(node) for tree in trees for node in _nodes(tree))

    def _node(self, tree: Mapping[str, Any]) -> Node:
        return self._source_id, tree["node_id"]


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every node in a part of the tree, itself first."""
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict) and "ast_type" in value:
        yield value
        for key, child in value.items():
            if key not in _NOT_CODE and isinstance(child, dict | list):
                yield from _nodes(child)


def _is_literal(value: Any) -> bool:
    return isinstance(value, dict) and value["ast_type"] in {"Int", "Hex", "NameConstant", "Decimal", "Call"}
